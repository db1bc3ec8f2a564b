#include "go3s.h"

struct info {
	u64 now;
	u32 uid;
	s32 prio;
	char comm[16];
};

MAP(last, HASH, s32, struct info);

SEC("tracepoint")
int prog(struct sched_wakeup *ctx)
{
	struct line *st = begin(cpu_id());
	struct info i;
	s32 pid;

	i.now = nsecs();
	i.uid = uid_gid();
	i.prio = ctx->prio;
	__builtin_memcpy(i.comm, ctx->comm, 16);
	pid = ctx->pid;
	set(&last, &pid, &i, st);
	return 0;
}
