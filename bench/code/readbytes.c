#include "go3s.h"

MAP(bytes, PERCPU_HASH, u32, u64);
MAP(failed, PERCPU_HASH, u32, u64);

SEC("tracepoint")
int prog(struct leave *ctx)
{
	struct line *st = begin(cpu_id());
	u32 pid = pid_tgid() >> 32;

	if (ctx->ret > 0)
		add_percpu(&bytes, &pid, ctx->ret, st);
	else
		add_percpu(&failed, &pid, 1, st);
	return 0;
}
