#include "go3s.h"

COUNTER(up);
COUNTER(same);
COUNTER(down);

SEC("tracepoint")
int prog(struct sched_switch *ctx)
{
	u32 cpu = cpu_id();
	u64 *x = (u64 *)ctx->prev_comm, *y = (u64 *)ctx->next_comm;
	u64 a, b;

	begin(cpu);
	a = x[0], b = y[0];
	if (a == b)
		a = x[1], b = y[1];
	if (__builtin_bswap64(a) < __builtin_bswap64(b))
		add(up, cpu, 1);
	else if (a == b)
		add(same, cpu, 1);
	else
		add(down, cpu, 1);
	return 0;
}
