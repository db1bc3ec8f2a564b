#include "go3s.h"

MAP(killed, PERCPU_HASH, char[16], u64);

struct event {
	struct header h;
	char comm[16] WORDS;
	s32 sig, pid;
};

SEC("tracepoint")
int prog(struct signal_generate *ctx)
{
	char name[16] WORDS;
	struct line *st;
	struct event *e;
	u32 cpu;

	if (!(ctx->sig == 9 || (ctx->sig == 15 && ctx->group == 0)))
		return 0;
	cpu = cpu_id();
	st = begin(cpu);
	__builtin_memcpy(name, ctx->comm, 16);
	add_percpu(&killed, name, 1, st);
	if (ctx->result == 0)
		return 0;
	e = record(sizeof(*e), 0x51a5e1d3, cpu, st);
	if (!e)
		return 0;
	get_comm(e->comm, sizeof(e->comm));
	e->sig = ctx->sig;
	e->pid = ctx->pid;
	submit(e, 0);
	return 0;
}
