#include "go3s.h"

struct event {
	struct header h;
	u32 pid, pad;
	char comm[16] WORDS;
	char name[64] WORDS;
};

SEC("tracepoint")
int prog(struct enter *ctx)
{
	u32 cpu = cpu_id();
	struct line *st = begin(cpu);
	u32 pid = pid_tgid() >> 32;
	char comm[16] WORDS;
	char name[65] WORDS;
	struct event *e;

	get_comm(comm, sizeof(comm));
	READ(read_user_str, name, 64, (void *)ctx->args[1], st);
	e = record(sizeof(*e), 0x51a5e1d3, cpu, st);
	if (!e)
		return 0;
	e->pid = pid;
	e->pad = 0;
	__builtin_memcpy(e->comm, comm, 16);
	__builtin_memcpy(e->name, name, 64);
	submit(e, 0);
	return 0;
}
