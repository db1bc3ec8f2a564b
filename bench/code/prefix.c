#include "go3s.h"

MAP(workers, PERCPU_HASH, s32, u64);

SEC("tracepoint")
int prog(struct sched_switch *ctx)
{
	struct line *st = begin(cpu_id());
	s32 pid;

	if (*(u64 *)ctx->prev_comm != *(u64 *)"kworker/")
		return 0;
	pid = ctx->prev_pid;
	add_percpu(&workers, &pid, 1, st);
	return 0;
}
