#include "go3s.h"

MAP(start, HASH, u32, u64);
MAP(total, PERCPU_HASH, char[16], u64);

SEC("tracepoint")
int prog(struct leave *ctx)
{
	struct line *st = begin(cpu_id());
	u32 tid = pid_tgid();
	u64 now, *t = lookup(&start, &tid);

	if (t) {
		u64 before = *t;
		char comm[16];

		get_comm(comm, sizeof(comm));
		add_percpu(&total, comm, nsecs() - before, st);
		delete(&start, &tid);
	}
	now = nsecs();
	set(&start, &tid, &now, st);
	return 0;
}
