#include "go3s.h"

MAP(files, PERCPU_HASH, char[64], u64);

SEC("tracepoint")
int prog(struct enter *ctx)
{
	struct line *st = begin(cpu_id());
	char name[65] WORDS;

	READ(read_user_str, name, 64, (void *)ctx->args[1], st);
	add_percpu(&files, name, 1, st);
	return 0;
}
