#include "go3s.h"

MAP(odd, PERCPU_HASH, u8, u64);

SEC("tracepoint")
int prog(struct sched_switch *ctx)
{
	struct line *st = begin(cpu_id());
	s8 a = ctx->prev_prio;
	u16 b = ((u16)ctx->next_prio << 3) + 7;

	if (((s8)(a * a) > 5 && b != 15) || (s16)((s16)ctx->prev_pid - (s16)ctx->next_pid) < -100) {
		u8 key = b;

		add_percpu(&odd, &key, 1, st);
	}
	return 0;
}
