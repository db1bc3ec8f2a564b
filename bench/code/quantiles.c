#include "go3s.h"

struct {
	KIND(PERCPU_ARRAY);
	KEY(u32);
	VALUE(u64);
	ENTRIES(3776);
} sizes SEC(".maps");

// 64 buckets in each power of two.
static inline u32 log_linear(u64 v)
{
	u32 n = 0;

	if (v >> 32 >= 64) {
		v >>= 32;
		n = 32 << 6;
	}
	if (v >= 64 << 16) {
		v >>= 16;
		n += 16 << 6;
	}
	if (v >= 64 << 8) {
		v >>= 8;
		n += 8 << 6;
	}
	if (v >= 64 << 4) {
		v >>= 4;
		n += 4 << 6;
	}
	if (v >= 64 << 2) {
		v >>= 2;
		n += 2 << 6;
	}
	if (v >= 64 << 1) {
		v >>= 1;
		n += 1 << 6;
	}
	return n + v;
}

SEC("tracepoint")
int prog(struct kmalloc *ctx)
{
	u32 number = log_linear(ctx->bytes_alloc);
	u64 *n;

	begin(cpu_id());
	n = lookup(&sizes, &number);
	if (n)
		(*n)++;
	return 0;
}
