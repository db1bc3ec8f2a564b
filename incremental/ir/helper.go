package ir

// Helper is what the compiler knows of one BPF helper function.
//
// Source: the comments and the list ___BPF_FUNC_MAPPER in include/uapi/linux/bpf.h, the prototypes
// (struct bpf_func_proto) in kernel/bpf/helpers.c, kernel/bpf/ringbuf.c and kernel/trace/bpf_trace.c.
type Helper struct {
	Name   string // without "bpf_", as in the text form
	Args   []Arg
	Result HelperResult
	// Pure reports that a call whose result nobody uses may be left out.
	Pure bool
	// Constant reports that calls with equal arguments give equal results throughout one run of the program; a Quiet
	// helper then fills memory with the same bytes each time.
	Constant bool
	// Maps reports that the call may change map values or end the life of a pointer to one.
	Maps bool
	// Quiet reports that the call does nothing but fill the memory it is given.
	Quiet bool
	// Partial reports that the call may leave some of the memory it is given to write as it was.
	Partial bool
	// Calls reports that the helper calls functions of the program.
	Calls bool
	// Optional is how many trailing arguments may be left out.
	Optional int
	// Max is the largest result where it is known, else 0.
	Max int64
	// Floor is the first kernel that has the helper for tracing programs.
	Floor string
}

// Arg is what a helper wants of one argument. Every argument is an I64 or a Ptr, as it fills a register.
type Arg uint8

// The kinds of arguments.
const (
	ArgInt            Arg = iota // a number
	ArgAny                       // a number or any pointer, such as an address to read from
	ArgMap                       // an OpMap
	ArgKey                       // pointer to a key of the map, read
	ArgMapValue                  // pointer to a value of the map, read
	ArgMapValueOrNull            // the same, or null
	ArgRead                      // pointer to memory that is read; the next argument is its size
	ArgWrite                     // pointer to memory that is written; the next argument is its size
	ArgWrite8                    // pointer to 8 bytes that are written
	ArgSize                      // the size in bytes of the memory before it
	ArgCtx                       // the program's context
	ArgRecord                    // a ring record, which the call takes away
	ArgFunc                      // an OpFunc
)

// HelperResult is what a helper returns.
type HelperResult uint8

// The kinds of results.
const (
	HelperResultInt       HelperResult = iota // I64
	HelperResultVoid                          // nothing
	HelperResultMapValue                      // Ptr to a map value, or null
	HelperResultRecord                        // Ptr to a ring record, or null
	HelperResultKernelPtr                     // Ptr to a kernel object, never null
)

// The helpers' numbers, the Imm of OpCall.
const (
	HelperMapLookupElem              int64 = 1
	HelperMapUpdateElem              int64 = 2
	HelperMapDeleteElem              int64 = 3
	HelperProbeRead                  int64 = 4
	HelperKtimeGetNS                 int64 = 5
	HelperTracePrintk                int64 = 6
	HelperGetPrandomU32              int64 = 7
	HelperGetSmpProcessorID          int64 = 8
	HelperTailCall                   int64 = 12
	HelperGetCurrentPIDTGID          int64 = 14
	HelperGetCurrentUIDGID           int64 = 15
	HelperGetCurrentComm             int64 = 16
	HelperPerfEventOutput            int64 = 25
	HelperGetStackID                 int64 = 27
	HelperGetCurrentTask             int64 = 35
	HelperGetNumaNodeID              int64 = 42
	HelperProbeReadStr               int64 = 45
	HelperGetStack                   int64 = 67
	HelperGetCurrentCgroupID         int64 = 80
	HelperSendSignal                 int64 = 109
	HelperProbeReadUser              int64 = 112
	HelperProbeReadKernel            int64 = 113
	HelperProbeReadUserStr           int64 = 114
	HelperProbeReadKernelStr         int64 = 115
	HelperJiffies64                  int64 = 118
	HelperGetNSCurrentPIDTGID        int64 = 120
	HelperGetCurrentAncestorCgroupID int64 = 123
	HelperKtimeGetBootNS             int64 = 125
	HelperRingbufOutput              int64 = 130
	HelperRingbufReserve             int64 = 131
	HelperRingbufSubmit              int64 = 132
	HelperRingbufDiscard             int64 = 133
	HelperRingbufQuery               int64 = 134
	HelperCopyFromUser               int64 = 148
	HelperTaskStorageGet             int64 = 156
	HelperTaskStorageDelete          int64 = 157
	HelperGetCurrentTaskBTF          int64 = 158
	HelperKtimeGetCoarseNS           int64 = 160
	HelperForEachMapElem             int64 = 164
	HelperGetFuncIP                  int64 = 173
	HelperGetAttachCookie            int64 = 174
	HelperTaskPtRegs                 int64 = 175
	HelperLoop                       int64 = 181
	HelperStrncmp                    int64 = 182
	HelperGetFuncArg                 int64 = 183
	HelperGetFuncRet                 int64 = 184
	HelperGetFuncArgCount            int64 = 185
	HelperMapLookupPerCPUElem        int64 = 195
	HelperKtimeGetTAINS              int64 = 208
)

// Helpers is the table of the helpers that the IR knows, by number.
var Helpers = map[int64]*Helper{
	HelperMapLookupElem:              {Name: "map_lookup_elem", Args: []Arg{ArgMap, ArgKey}, Result: HelperResultMapValue, Pure: true, Floor: "3.19"},
	HelperMapUpdateElem:              {Name: "map_update_elem", Args: []Arg{ArgMap, ArgKey, ArgMapValue, ArgInt}, Maps: true, Floor: "3.19"},
	HelperMapDeleteElem:              {Name: "map_delete_elem", Args: []Arg{ArgMap, ArgKey}, Maps: true, Floor: "3.19"},
	HelperProbeRead:                  {Name: "probe_read", Args: []Arg{ArgWrite, ArgSize, ArgAny}, Quiet: true, Floor: "4.1"},
	HelperKtimeGetNS:                 {Name: "ktime_get_ns", Pure: true, Floor: "4.1"},
	HelperTracePrintk:                {Name: "trace_printk", Args: []Arg{ArgRead, ArgSize, ArgAny, ArgAny, ArgAny}, Optional: 3, Floor: "4.1"},
	HelperGetPrandomU32:              {Name: "get_prandom_u32", Pure: true, Floor: "4.1"},
	HelperGetSmpProcessorID:          {Name: "get_smp_processor_id", Pure: true, Constant: true, Max: 1<<32 - 1, Floor: "4.1"},
	HelperTailCall:                   {Name: "tail_call", Args: []Arg{ArgCtx, ArgMap, ArgInt}, Maps: true, Floor: "4.2"},
	HelperGetCurrentPIDTGID:          {Name: "get_current_pid_tgid", Pure: true, Constant: true, Floor: "4.2"},
	HelperGetCurrentUIDGID:           {Name: "get_current_uid_gid", Pure: true, Constant: true, Floor: "4.2"},
	HelperGetCurrentComm:             {Name: "get_current_comm", Args: []Arg{ArgWrite, ArgSize}, Quiet: true, Constant: true, Floor: "4.2"},
	HelperPerfEventOutput:            {Name: "perf_event_output", Args: []Arg{ArgCtx, ArgMap, ArgInt, ArgRead, ArgSize}, Floor: "4.4"},
	HelperGetStackID:                 {Name: "get_stackid", Args: []Arg{ArgCtx, ArgMap, ArgInt}, Maps: true, Floor: "4.6"},
	HelperGetCurrentTask:             {Name: "get_current_task", Pure: true, Constant: true, Floor: "4.8"},
	HelperGetNumaNodeID:              {Name: "get_numa_node_id", Pure: true, Constant: true, Max: 1<<32 - 1, Floor: "4.10"},
	HelperProbeReadStr:               {Name: "probe_read_str", Args: []Arg{ArgWrite, ArgSize, ArgAny}, Quiet: true, Partial: true, Floor: "4.11"},
	HelperGetStack:                   {Name: "get_stack", Args: []Arg{ArgCtx, ArgWrite, ArgSize, ArgInt}, Quiet: true, Partial: true, Floor: "4.18"},
	HelperGetCurrentCgroupID:         {Name: "get_current_cgroup_id", Pure: true, Constant: true, Floor: "4.18"},
	HelperSendSignal:                 {Name: "send_signal", Args: []Arg{ArgInt}, Floor: "5.3"},
	HelperProbeReadUser:              {Name: "probe_read_user", Args: []Arg{ArgWrite, ArgSize, ArgAny}, Quiet: true, Floor: "5.5"},
	HelperProbeReadKernel:            {Name: "probe_read_kernel", Args: []Arg{ArgWrite, ArgSize, ArgAny}, Quiet: true, Floor: "5.5"},
	HelperProbeReadUserStr:           {Name: "probe_read_user_str", Args: []Arg{ArgWrite, ArgSize, ArgAny}, Quiet: true, Partial: true, Floor: "5.5"},
	HelperProbeReadKernelStr:         {Name: "probe_read_kernel_str", Args: []Arg{ArgWrite, ArgSize, ArgAny}, Quiet: true, Partial: true, Floor: "5.5"},
	HelperJiffies64:                  {Name: "jiffies64", Pure: true, Floor: "5.6"},
	HelperGetNSCurrentPIDTGID:        {Name: "get_ns_current_pid_tgid", Args: []Arg{ArgInt, ArgInt, ArgWrite, ArgSize}, Quiet: true, Floor: "5.7"},
	HelperGetCurrentAncestorCgroupID: {Name: "get_current_ancestor_cgroup_id", Args: []Arg{ArgInt}, Pure: true, Constant: true, Floor: "5.7"},
	HelperKtimeGetBootNS:             {Name: "ktime_get_boot_ns", Pure: true, Floor: "5.8"},
	HelperRingbufOutput:              {Name: "ringbuf_output", Args: []Arg{ArgMap, ArgRead, ArgSize, ArgInt}, Floor: "5.8"},
	HelperRingbufReserve:             {Name: "ringbuf_reserve", Args: []Arg{ArgMap, ArgInt, ArgInt}, Result: HelperResultRecord, Floor: "5.8"},
	HelperRingbufSubmit:              {Name: "ringbuf_submit", Args: []Arg{ArgRecord, ArgInt}, Result: HelperResultVoid, Floor: "5.8"},
	HelperRingbufDiscard:             {Name: "ringbuf_discard", Args: []Arg{ArgRecord, ArgInt}, Result: HelperResultVoid, Floor: "5.8"},
	HelperRingbufQuery:               {Name: "ringbuf_query", Args: []Arg{ArgMap, ArgInt}, Pure: true, Floor: "5.8"},
	HelperCopyFromUser:               {Name: "copy_from_user", Args: []Arg{ArgWrite, ArgSize, ArgAny}, Quiet: true, Partial: true, Floor: "5.10"},
	HelperTaskStorageGet:             {Name: "task_storage_get", Args: []Arg{ArgMap, ArgAny, ArgMapValueOrNull, ArgInt}, Result: HelperResultMapValue, Floor: "5.13"},
	HelperTaskStorageDelete:          {Name: "task_storage_delete", Args: []Arg{ArgMap, ArgAny}, Maps: true, Floor: "5.13"},
	HelperGetCurrentTaskBTF:          {Name: "get_current_task_btf", Result: HelperResultKernelPtr, Pure: true, Constant: true, Floor: "5.11"},
	HelperKtimeGetCoarseNS:           {Name: "ktime_get_coarse_ns", Pure: true, Floor: "5.11"},
	HelperForEachMapElem:             {Name: "for_each_map_elem", Args: []Arg{ArgMap, ArgFunc, ArgAny, ArgInt}, Maps: true, Calls: true, Floor: "5.13"},
	HelperGetFuncIP:                  {Name: "get_func_ip", Args: []Arg{ArgCtx}, Pure: true, Constant: true, Floor: "5.15"},
	HelperGetAttachCookie:            {Name: "get_attach_cookie", Args: []Arg{ArgCtx}, Pure: true, Constant: true, Floor: "5.15"},
	HelperTaskPtRegs:                 {Name: "task_pt_regs", Args: []Arg{ArgAny}, Result: HelperResultKernelPtr, Pure: true, Floor: "5.15"},
	HelperLoop:                       {Name: "loop", Args: []Arg{ArgInt, ArgFunc, ArgAny, ArgInt}, Maps: true, Calls: true, Floor: "5.17"},
	HelperStrncmp:                    {Name: "strncmp", Args: []Arg{ArgRead, ArgSize, ArgAny}, Pure: true, Floor: "5.17"},
	HelperGetFuncArg:                 {Name: "get_func_arg", Args: []Arg{ArgCtx, ArgInt, ArgWrite8}, Quiet: true, Floor: "5.17"},
	HelperGetFuncRet:                 {Name: "get_func_ret", Args: []Arg{ArgCtx, ArgWrite8}, Quiet: true, Floor: "5.17"},
	HelperGetFuncArgCount:            {Name: "get_func_arg_cnt", Args: []Arg{ArgCtx}, Pure: true, Constant: true, Floor: "5.17"},
	HelperMapLookupPerCPUElem:        {Name: "map_lookup_percpu_elem", Args: []Arg{ArgMap, ArgKey, ArgInt}, Result: HelperResultMapValue, Pure: true, Floor: "5.19"},
	HelperKtimeGetTAINS:              {Name: "ktime_get_tai_ns", Pure: true, Floor: "6.1"},
}

// helperNames finds a helper's number by its name.
var helperNames = func() map[string]int64 {
	names := make(map[string]int64, len(Helpers))
	for number, h := range Helpers {
		names[h.Name] = number
	}
	return names
}()

// HelperNumber is the number of a helper by its name, 0 for none that the table has.
func HelperNumber(name string) int64 { return helperNames[name] }

// helperTable is Helpers as an array, for the passes.
var helperTable = func() (table [256]*Helper) {
	for number, h := range Helpers {
		table[number] = h
	}
	return table
}()

// LookupHelper is the helper with the number, nil where the table has none.
func LookupHelper(number int64) *Helper {
	if number < 0 || number >= int64(len(helperTable)) {
		return nil
	}
	return helperTable[number]
}

// Type is the type of a call's value.
func (r HelperResult) Type() Type {
	switch r {
	case HelperResultInt:
		return I64
	case HelperResultVoid:
		return Void
	}
	return Ptr
}

// Nullable reports that the result must be compared with null before it is used as an address.
func (r HelperResult) Nullable() bool { return r == HelperResultMapValue || r == HelperResultRecord }

// Helper is the helper that an OpCall calls, nil where the table has none.
func (v *Value) Helper() *Helper { return LookupHelper(v.Imm) }

// HasEffect reports that the value must stay even when nobody uses its result.
func (v *Value) HasEffect() bool {
	if v.Op == OpCall {
		h := v.Helper()
		return h == nil || !h.Pure
	}
	return v.Op.Info().Effect
}
