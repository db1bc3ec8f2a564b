#include "go3s.h"

// Minimum and maximum are stored so that zero is none: with the sign turned, and the minimum as its complement.
struct statistics {
	u64 n, sum, min, max;
};

MAP(written, PERCPU_HASH, u32, struct statistics);

SEC("tracepoint")
int prog(struct leave *ctx)
{
	struct line *st = begin(cpu_id());
	u32 pid = pid_tgid() >> 32;
	u64 max = ctx->ret ^ 1ull << 63, min = ~max;
	struct statistics *s = lookup(&written, &pid), first;

	if (s) {
		s->n++;
		s->sum += ctx->ret;
		if (s->min < min)
			s->min = min;
		if (s->max < max)
			s->max = max;
		return 0;
	}
	first = (struct statistics){ 1, ctx->ret, min, max };
	set(&written, &pid, &first, st);
	return 0;
}
