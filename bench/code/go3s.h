// What every program here needs of the kernel's interface, and what each program of Go3s counts of itself. Nothing
// beside clang is needed: no libbpf, no kernel headers.
#pragma once

typedef signed char s8;
typedef unsigned char u8;
typedef short s16;
typedef unsigned short u16;
typedef int s32;
typedef unsigned int u32;
typedef long long s64;
typedef unsigned long long u64;

#define SEC(name) __attribute__((section(name), used))
// Where a field of a record starts: strings are copied by words.
#define WORDS __attribute__((aligned(8)))
#define inline inline __attribute__((always_inline))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

// How libbpf reads the definition of a map from BTF.
#define KIND(n) int (*type)[n]
#define KEY(t) __typeof__(t) *key
#define VALUE(t) __typeof__(t) *value
#define ENTRIES(n) int (*max_entries)[n]
enum { HASH = 1, ARRAY = 2, PERCPU_HASH = 5, PERCPU_ARRAY = 6, LRU_HASH = 9, RINGBUF = 27, TASK_STORAGE = 29 };
enum { ANY = 0, NOEXIST = 1, CREATE = 1, NO_PREALLOC = 1 };

#define MAP(name, kind, k, v) \
	struct { KIND(kind); KEY(k); VALUE(v); ENTRIES(10240); } name SEC(".maps")

// A value that is kept with each thread, behind the thread's number; see bpf_task_storage_get.
#define STATE(name, v)                              \
	struct name##_state {                       \
		u32 tid;                            \
		v value;                            \
	};                                          \
	struct {                                    \
		KIND(TASK_STORAGE);                 \
		KEY(s32);                           \
		VALUE(struct name##_state);         \
		int (*map_flags)[NO_PREALLOC];      \
	} name SEC(".maps")

struct task_struct {
	s32 pid;
} __attribute__((preserve_access_index));

static void *(*const lookup)(void *map, const void *key) = (void *)1;
static long (*const update)(void *map, const void *key, const void *value, u64 flags) = (void *)2;
static long (*const delete)(void *map, const void *key) = (void *)3;
static u64 (*const nsecs)(void) = (void *)5;
static u32 (*const cpu_id)(void) = (void *)8;
static u64 (*const pid_tgid)(void) = (void *)14;
static u64 (*const uid_gid)(void) = (void *)15;
static long (*const get_comm)(void *buf, u32 size) = (void *)16;
static u64 (*const cgroup_id)(void) = (void *)80;
static long (*const read_user_str)(void *dst, u32 size, const void *from) = (void *)114;
static long (*const read_kernel_str)(void *dst, u32 size, const void *from) = (void *)115;
static void *(*const reserve)(void *ring, u64 size, u64 flags) = (void *)131;
static void (*const submit)(void *record, u64 flags) = (void *)132;

static void *(*const storage)(void *map, struct task_struct *task, void *value, u64 flags) = (void *)156;
static struct task_struct *(*const current)(void) = (void *)158;

// One line of counters a CPU, in memory that user space maps.
struct line {
	u64 events, lost, map_full, cut, read, fault, unused[2];
} __attribute__((aligned(64)));

struct line stats[CPUS];

static inline struct line *begin(u32 cpu)
{
	struct line *st = &stats[cpu & (CPUS - 1)];
	st->events++;
	return st;
}

// A counter without a key: one cache line a CPU.
struct counter {
	u64 n, unused[7];
} __attribute__((aligned(64)));

#define COUNTER(name) struct counter name[CPUS]

static inline void add(struct counter *c, u32 cpu, u64 delta)
{
	c[cpu & (CPUS - 1)].n += delta;
}

// Adds to the value of a key in a per-CPU map; what doesn't fit is counted.
static inline void add_percpu(void *map, const void *key, u64 delta, struct line *st)
{
	u64 *v = lookup(map, key);

	if (v)
		*v += delta;
	else if (update(map, key, &delta, ANY) < 0)
		st->map_full++;
}

// Adds to the value of a key in a map that the CPUs share.
static inline void add_shared(void *map, const void *key, u64 delta, struct line *st)
{
	u64 *v = lookup(map, key);

	if (!v) {
		if (!update(map, key, &delta, NOEXIST))
			return;
		v = lookup(map, key); // another CPU was first, or the map is full
	}
	if (v)
		__sync_fetch_and_add(v, delta);
	else
		st->map_full++;
}

static inline void set(void *map, const void *key, const void *value, struct line *st)
{
	if (update(map, key, value, ANY) < 0)
		st->map_full++;
}

// The ring buffer and the head of each record in it.
struct {
	KIND(RINGBUF);
	ENTRIES(4 << 20);
} events SEC(".maps");

struct header {
	u32 schema, cpu;
	u64 now;
};

static inline void *record(u64 size, u32 schema, u32 cpu, struct line *st)
{
	u64 now = nsecs();
	struct header *h = reserve(&events, size, 0);

	if (!h) {
		st->lost++;
		return 0;
	}
	h->schema = schema;
	h->cpu = cpu;
	h->now = now;
	return h;
}

// Reads a string of at most n bytes into n+1, padded with zeros; a failed read and a cut string are counted.
#define READ(helper, buf, n, from, st)                 \
	({                                             \
		__builtin_memset(buf, 0, sizeof(buf)); \
		long got = helper(buf, (n) + 1, from); \
		if (got < 0)                           \
			(st)->read++;                  \
		else if (got > (n))                    \
			(st)->cut++;                   \
	})

struct sched_switch {
	u64 common;
	char prev_comm[16];
	s32 prev_pid, prev_prio;
	s64 prev_state;
	char next_comm[16];
	s32 next_pid, next_prio;
};

struct sched_process_exit {
	u64 common;
	char comm[16];
	s32 pid, prio;
	u8 group_dead;
};

struct sched_process_fork {
	u64 common;
	u32 parent_comm;
	s32 parent_pid;
	u32 child_comm;
	s32 child_pid;
};

struct sched_wakeup {
	u64 common;
	char comm[16];
	s32 pid, prio, target_cpu;
};

struct kmalloc {
	u64 common, call_site, ptr, bytes_req, bytes_alloc, gfp_flags;
	s32 node;
};

struct signal_generate {
	u64 common;
	s32 sig, err, code;
	char comm[16];
	s32 pid, group, result;
};

struct enter {
	u64 common;
	s32 nr;
	u64 args[6];
};

struct leave {
	u64 common;
	s32 nr;
	s64 ret;
};

char _license[] SEC("license") = "GPL";
