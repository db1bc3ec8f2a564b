#include "go3s.h"

MAP(opens, PERCPU_HASH, char[16], u64);

SEC("tracepoint")
int prog(struct enter *ctx)
{
	struct line *st = begin(cpu_id());
	char comm[16];

	get_comm(comm, sizeof(comm));
	add_percpu(&opens, comm, 1, st);
	return 0;
}
