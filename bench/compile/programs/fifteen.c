#include "go3s.h"

MAP(writes, PERCPU_HASH, char[16], u64);
MAP(reads, PERCPU_HASH, char[16], u64);
MAP(total, PERCPU_HASH, char[16], u64);
COUNTER(n);

struct event {
	struct header h;
	u32 pid, pad;
	char name[64];
	u64 rest; // takes the byte that tells whether the name was cut
	u64 flags;
};

SEC("tracepoint/openat")
int opens(struct enter *ctx)
{
	u32 pid = pid_tgid() >> 32, cpu = cpu_id();
	struct line *st;
	struct event *e;
	char comm[16] WORDS;
	long got;

	if (pid == 1)
		return 0;
	st = begin(cpu);
	get_comm(comm, sizeof(comm));
	if ((s64)ctx->args[2] > 0)
		add_percpu(&writes, comm, 1, st);
	else
		add_percpu(&reads, comm, 1, st);
	e = record(sizeof(*e), 0x51a5e1d3, cpu, st);
	if (!e)
		return 0;
	e->pid = pid;
	e->pad = 0;
	got = read_user_str(e->name, 65, (void *)ctx->args[1]);
	if (got < 0)
		st->read++;
	else if (got > 64)
		st->cut++;
	e->rest = 0;
	e->flags = ctx->args[2];
	submit(e, 0);
	return 0;
}

SEC("tracepoint/switch")
int switches(struct sched_switch *ctx)
{
	u32 cpu = cpu_id();
	struct line *st = begin(cpu);
	char comm[16] WORDS;

	add(n, cpu, 1);
	__builtin_memcpy(comm, ctx->prev_comm, 16);
	for (int i = 0; i < 4; i++)
		add_percpu(&total, comm, i, st);
	return 0;
}
