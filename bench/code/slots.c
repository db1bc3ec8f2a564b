#include "go3s.h"

struct {
	KIND(PERCPU_ARRAY);
	KEY(u32);
	VALUE(u64);
	ENTRIES(1024);
} slots SEC(".maps");

SEC("tracepoint")
int prog(struct sched_wakeup *ctx)
{
	struct line *st = begin(cpu_id());
	u32 k = ctx->prio & 63;
	u64 *v = lookup(&slots, &k);

	if (v)
		*v += 2;
	else
		st->map_full++;
	return 0;
}
