#include "go3s.h"

struct event {
	struct header h;
	s32 pid, pad1;
	char comm[16];
	u32 uid, pad2;
};

SEC("tracepoint")
int prog(struct sched_process_exit *ctx)
{
	u32 cpu = cpu_id();
	struct line *st = begin(cpu);
	struct event *e = record(sizeof(*e), 0x51a5e1d3, cpu, st);

	if (!e)
		return 0;
	e->pid = ctx->pid;
	e->pad1 = 0;
	__builtin_memcpy(e->comm, ctx->comm, 16);
	e->uid = uid_gid();
	e->pad2 = 0;
	submit(e, 0);
	return 0;
}
