#include "go3s.h"

MAP(flags, PERCPU_HASH, u32, u64);

SEC("tracepoint")
int prog(struct kmalloc *ctx)
{
	struct line *st = begin(cpu_id());
	u32 n = 0;

	for (u32 v = ctx->gfp_flags; v != 0 && n < 32; v &= v - 1)
		n++;
	add_percpu(&flags, &n, 1, st);
	return 0;
}
