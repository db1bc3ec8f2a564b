#include "go3s.h"

MAP(pairs, PERCPU_HASH, s32, u64);

SEC("tracepoint")
int prog(struct sched_switch *ctx)
{
	struct line *st = begin(cpu_id());
	s32 lo = ctx->prev_pid, hi = ctx->prev_prio;

	if (ctx->next_pid < lo)
		lo = ctx->next_pid;
	if (lo > 1000)
		lo = 1000;
	if (ctx->next_prio > hi)
		hi = ctx->next_prio;
	add_percpu(&pairs, &lo, hi, st);
	return 0;
}
