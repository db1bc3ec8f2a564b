// Package ir is the compiler's intermediate representation: functions in SSA form over untyped
// memory, close to what eBPF can do and free of Go.
//
// A Module's text form (Print, Parse) is complete: Parse(Print(m)) equals m, so that every pass and the
// code generator are tested from text alone. Verify checks the rules below; Interp runs a function.
//
// Values are 32-bit integers, 64-bit integers or pointers. An integer narrower than 32 bits is an I32 that
// holds the value zero- or sign-extended, as its Go type says; whoever computes it normalizes it with the
// extension ops. A bool is an I32 that is 0 or 1. The upper half of an I32's register is unspecified;
// Zext32 and Sext32 make a 64-bit value of it.
//
// # Writing IR by hand
//
// A module is its maps, then its functions. Everything stands on a line of its own; indentation is free; a line that
// starts with # is a comment. This program counts by command name:
//
//	map opens hash key=16 value=8 entries=1024
//	func count tracepoint {
//		slot key size=16 align=8
//		slot one size=8 align=8
//	b0:
//		v0 = param.ptr 0
//		v1 = slot.ptr key
//		v2 = const.i64 16
//		v3 = call.i64 get_current_comm v1 v2
//		v4 = map.ptr opens
//		v5 = call.ptr map_lookup_elem v4 v1
//		v6 = const.ptr 0
//		v7 = const.i64 1
//		br ne v5 v6 b1 b2 likely=1
//	b1:
//		atomic64 v5 v7
//		jump b3
//	b2:
//		v8 = slot.ptr one
//		store64 v8 v7
//		v9 = const.i64 0
//		call map_update_elem v4 v1 v8 v9
//		jump b3
//	b3:
//		v10 = const.i32 0
//		ret v10
//	}
//
// Maps: map NAME KIND key=BYTES value=BYTES entries=N; a ringbuf has only entries, its size in bytes. The kinds are
// hash, percpu_hash, array, percpu_array, lru_hash, percpu_lru_hash, counters and ringbuf.
//
// Functions: func NAME KIND { and, at the end, }. The kinds are tracepoint and raw_tp, whose one parameter is the
// context, and sub, which has up to five: v0 = param.i64 0, v1 = param.ptr 1. Parameters come first in the first block.
//
// Slots are the objects on the stack; their address is the op slot. They hold garbage at first.
//
// Blocks are a label bN: and a run of values that a terminator ends: jump b1; br COND v1 v2 b1 b2, which goes to b1
// when the comparison holds and to b2 otherwise, with an optional likely=1 or likely=2 for the expected one; ret or
// ret v1. The comparisons are eq ne slt sle sgt sge ult ule ugt uge, and set for a&b != 0.
//
// A value with a result is vN = OP.TYPE OPERANDS, with TYPE i32, i64 or ptr; one that only acts is OP OPERANDS. The
// table Ops lists the ops and the comments of the constants say what they compute. The operands are, in this order,
// what the op names (a constant, a comparison, a slot, a map, a function, a helper by its name in Helpers) and the
// arguments. Some ops take more:
//
//	v1 = load32.i32 v0 +16      a byte offset stands after the pointer, nothing for 0
//	store64 v2 +8 v1            pointer, offset, what is stored
//	v3 = offset.ptr v2 -8       a pointer and a constant
//	v4 = ptradd.ptr v2 v1       a pointer and an i64
//	v5 = mapvalue.ptr opens +8  the address of the only value of an array
//	move v2 v4 size=16          from v4 to v2
//	zero v2 size=16
//	v6 = phi.i64 [b1 v4] [b2 v5]
//	v7 = cmp.i32 ult v1 v2
//	v8 = loadptr.ptr v0 +8 align=4  where what comes out, or a param, may be no multiple of 8
//
// Any line may end in the place of the user's text that it comes from: @ CELL:START:END. Names of other characters
// than letters, digits and _ . $ / : - # are written in Go's double quotes.
//
// # Rules
//
// Verify refuses what the kernel would refuse as far as the text shows it; its comment lists the rules. The ones that
// surprise: helpers take i64 and ptr, never i32, as an argument fills a register; a constant of type i32 is written
// sign-extended (4294967295 is -1); a branch has two different targets; a pointer that may be null is tested by a
// branch on the pointer itself, not through cmp; slots are accessed aligned.
package ir
