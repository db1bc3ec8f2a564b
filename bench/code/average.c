#include "go3s.h"

MAP(sum, HASH, u32, u64);
MAP(calls, HASH, u32, u64);
MAP(mean, HASH, u32, u64);

SEC("tracepoint")
int prog(struct leave *ctx)
{
	struct line *st = begin(cpu_id());
	u32 pid;
	u64 *p, s, n, m;

	if (ctx->ret <= 0)
		return 0;
	pid = pid_tgid() >> 32;
	add_shared(&sum, &pid, ctx->ret, st);
	add_shared(&calls, &pid, 1, st);
	p = lookup(&sum, &pid);
	s = p ? *p : 0;
	p = lookup(&calls, &pid);
	n = p ? *p : 0;
	if (n == 0) {
		st->fault++;
		return 0;
	}
	m = s / n;
	set(&mean, &pid, &m, st);
	return 0;
}
