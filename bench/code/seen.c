#include "go3s.h"

MAP(seen, HASH, u32, u64);
MAP(busy, HASH, char[16], u64);

SEC("tracepoint")
int prog(struct enter *ctx)
{
	struct line *st = begin(cpu_id());
	u32 pid = pid_tgid() >> 32;
	u64 *n;

	add_shared(&seen, &pid, 1, st);
	n = lookup(&seen, &pid);
	if (n && *n > 100) {
		char comm[16];
		u64 now;

		get_comm(comm, sizeof(comm));
		now = nsecs();
		set(&busy, comm, &now, st);
	}
	return 0;
}
