#include "go3s.h"

MAP(interrupted, PERCPU_HASH, char[16], u64);
MAP(badfd, PERCPU_HASH, char[16], u64);
MAP(again, PERCPU_HASH, char[16], u64);
MAP(eof, PERCPU_HASH, char[16], u64);
MAP(other, PERCPU_HASH, s32, u64);

SEC("tracepoint")
int prog(struct leave *ctx)
{
	struct line *st = begin(cpu_id());
	char comm[16];
	s32 err;

	switch (ctx->ret) {
	case -4:
		get_comm(comm, sizeof(comm));
		add_percpu(&interrupted, comm, 1, st);
		break;
	case -9:
		get_comm(comm, sizeof(comm));
		add_percpu(&badfd, comm, 1, st);
		break;
	case -11:
		get_comm(comm, sizeof(comm));
		add_percpu(&again, comm, 1, st);
		break;
	case 0:
		get_comm(comm, sizeof(comm));
		add_percpu(&eof, comm, 1, st);
		break;
	default:
		if (ctx->ret < 0) {
			err = ctx->ret;
			add_percpu(&other, &err, 1, st);
		}
	}
	return 0;
}
