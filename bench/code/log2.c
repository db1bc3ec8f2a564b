#include "go3s.h"

MAP(sizes, PERCPU_HASH, u32, u64);

SEC("tracepoint")
int prog(struct kmalloc *ctx)
{
	struct line *st = begin(cpu_id());
	u64 v = ctx->bytes_req;
	u32 b = 0;

	if (v >= 1ull << 32) {
		v >>= 32;
		b = 32;
	}
	if (v >= 1 << 16) {
		v >>= 16;
		b += 16;
	}
	if (v >= 1 << 8) {
		v >>= 8;
		b += 8;
	}
	if (v >= 1 << 4) {
		v >>= 4;
		b += 4;
	}
	if (v >= 1 << 2) {
		v >>= 2;
		b += 2;
	}
	if (v >= 2)
		b++;
	add_percpu(&sizes, &b, 1, st);
	return 0;
}
