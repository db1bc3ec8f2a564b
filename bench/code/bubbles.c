#include "go3s.h"

MAP(median, PERCPU_HASH, s64, u64);

SEC("tracepoint")
int prog(struct sched_switch *ctx)
{
	struct line *st = begin(cpu_id());
	s32 a[4] = {ctx->prev_pid, ctx->next_pid, ctx->prev_prio, ctx->next_prio};
	s64 m;

	for (int i = 0; i < 3; i++) {
		for (int j = 0; j < 3 - i; j++) {
			if (a[j] > a[j + 1]) {
				s32 t = a[j];

				a[j] = a[j + 1];
				a[j + 1] = t;
			}
		}
	}
	m = (s64)a[1] + a[2];
	add_percpu(&median, &m, 1, st);
	return 0;
}
