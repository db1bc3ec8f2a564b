#include "go3s.h"

struct event {
	struct header h;
	char prev_comm[16] WORDS;
	s32 prev_pid, pad1;
	char next_comm[16] WORDS;
	s32 next_pid, pad2;
};

SEC("tracepoint")
int prog(struct sched_switch *ctx)
{
	u32 cpu = cpu_id();
	struct line *st = begin(cpu);
	struct event *e = record(sizeof(*e), 0x51a5e1d3, cpu, st);

	if (!e)
		return 0;
	__builtin_memcpy(e->prev_comm, ctx->prev_comm, 16);
	e->prev_pid = ctx->prev_pid;
	e->pad1 = 0;
	__builtin_memcpy(e->next_comm, ctx->next_comm, 16);
	e->next_pid = ctx->next_pid;
	e->pad2 = 0;
	submit(e, 0);
	return 0;
}
