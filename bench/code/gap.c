#include "go3s.h"

u64 last;
COUNTER(slow);

SEC("tracepoint")
int prog(struct sched_switch *ctx)
{
	u32 cpu = cpu_id();
	u64 now;

	begin(cpu);
	now = nsecs();
	if (now - last > 1000000)
		add(slow, cpu, 1);
	last = now;
	return 0;
}
