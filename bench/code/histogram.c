#include "go3s.h"

struct bucket {
	char comm[16];
	u32 number;
};

MAP(sizes, PERCPU_HASH, struct bucket, u64);

static inline u32 bit_length(u64 v)
{
	u32 n = 0;

	if (v >> 32) {
		v >>= 32;
		n = 32;
	}
	if (v >> 16) {
		v >>= 16;
		n += 16;
	}
	if (v >> 8) {
		v >>= 8;
		n += 8;
	}
	if (v >> 4) {
		v >>= 4;
		n += 4;
	}
	if (v >> 2) {
		v >>= 2;
		n += 2;
	}
	if (v >> 1) {
		v >>= 1;
		n += 1;
	}
	return n + v;
}

SEC("tracepoint")
int prog(struct leave *ctx)
{
	struct line *st = begin(cpu_id());
	struct bucket b;

	get_comm(b.comm, sizeof(b.comm));
	b.number = ctx->ret < 0 ? 65 : bit_length(ctx->ret);
	add_percpu(&sizes, &b, 1, st);
	return 0;
}
