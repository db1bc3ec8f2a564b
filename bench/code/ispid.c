#include "go3s.h"

COUNTER(n);

SEC("tracepoint")
int prog(struct enter *ctx)
{
	if (pid_tgid() >> 32 == 1234) {
		u32 cpu = cpu_id();

		begin(cpu);
		add(n, cpu, 1);
	}
	return 0;
}
