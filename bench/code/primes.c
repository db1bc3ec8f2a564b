#include "go3s.h"

COUNTER(primes);

SEC("tracepoint")
int prog(struct sched_process_exit *ctx)
{
	u32 cpu = cpu_id();
	u32 n = ctx->pid;
	_Bool prime = n > 1;

	begin(cpu);
	for (u32 d = 2; d < 64 && d * d <= n; d++) {
		if (n % d == 0) {
			prime = 0;
			break;
		}
	}
	if (prime)
		add(primes, cpu, 1);
	return 0;
}
