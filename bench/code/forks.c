#include "go3s.h"

MAP(forks, PERCPU_HASH, char[64], u64);
MAP(parents, PERCPU_HASH, s32, u64);
COUNTER(n);

SEC("tracepoint")
int prog(struct sched_process_fork *ctx)
{
	u32 cpu = cpu_id();
	struct line *st = begin(cpu);
	char name[65] WORDS;
	s32 parent;

	READ(read_kernel_str, name, 64, (char *)ctx + (ctx->child_comm & 0xffff), st);
	add_percpu(&forks, name, 1, st);
	parent = ctx->parent_pid;
	add_percpu(&parents, &parent, 1, st);
	add(n, cpu, 1);
	return 0;
}
