#include "go3s.h"

struct key {
	u32 pid, uid;
	s16 fd;
	char comm[16];
} __attribute__((aligned(4)));

MAP(writes, PERCPU_HASH, struct key, u64);

SEC("tracepoint")
int prog(struct enter *ctx)
{
	struct line *st = begin(cpu_id());
	struct key k = {};

	k.pid = pid_tgid() >> 32;
	k.uid = uid_gid();
	k.fd = ctx->args[0];
	get_comm(k.comm, sizeof(k.comm));
	add_percpu(&writes, &k, ctx->args[2], st);
	return 0;
}
