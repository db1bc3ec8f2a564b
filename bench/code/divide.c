#include "go3s.h"

MAP(ratio, PERCPU_HASH, s64, u64);

// Instruction sets before v4 divide without signs only.
static inline s32 divide(s32 x, s32 y)
{
	s32 sx = x >> 31, sy = y >> 31, sign = sx ^ sy;
	u32 q = (u32)((x ^ sx) - sx) / (u32)((y ^ sy) - sy);

	return (q ^ sign) - sign;
}

static inline s32 modulo(s32 x, s32 y)
{
	s32 sx = x >> 31, sy = y >> 31;
	u32 r = (u32)((x ^ sx) - sx) % (u32)((y ^ sy) - sy);

	return (r ^ sx) - sx;
}

SEC("tracepoint")
int prog(struct sched_switch *ctx)
{
	struct line *st = begin(cpu_id());
	s32 q = divide(ctx->prev_prio, 10);
	s32 r = modulo(ctx->next_prio, 7);
	s32 d = ctx->next_pid + 1;
	s64 key;

	if (d == 0) {
		st->fault++;
		return 0;
	}
	key = (s64)q * 100 + r + divide(ctx->prev_pid, d);
	add_percpu(&ratio, &key, 1, st);
	return 0;
}
