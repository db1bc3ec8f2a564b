#include "go3s.h"

MAP(off, HASH, s32, u64);
MAP(waited, PERCPU_HASH, char[16], u64);
MAP(times, PERCPU_HASH, char[16], u64);

SEC("tracepoint")
int prog(struct sched_switch *ctx)
{
	struct line *st = begin(cpu_id());
	u64 now = nsecs(), *t;
	s32 prev = ctx->prev_pid, next = ctx->next_pid;

	if (prev != 0)
		set(&off, &prev, &now, st);
	t = lookup(&off, &next);
	if (t) {
		u64 delta = now - *t;
		char comm[16] WORDS;

		__builtin_memcpy(comm, ctx->next_comm, 16);
		add_percpu(&waited, comm, delta, st);
		add_percpu(&times, comm, 1, st);
		delete(&off, &next);
	}
	return 0;
}
