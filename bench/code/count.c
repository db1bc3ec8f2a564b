#include "go3s.h"

COUNTER(n);

SEC("tracepoint")
int prog(struct sched_switch *ctx)
{
	u32 cpu = cpu_id();

	begin(cpu);
	add(n, cpu, 1);
	return 0;
}
