#include "go3s.h"

STATE(start, u64);
MAP(total, PERCPU_HASH, char[16], u64);

SEC("tracepoint")
int prog(struct leave *ctx)
{
	struct line *st = begin(cpu_id());
	struct task_struct *task = current();
	u32 tid = task->pid;
	struct start_state *s = storage(&start, task, 0, 0);
	u64 now;

	if (s && s->tid == tid) {
		u64 before = s->value;
		char comm[16];

		get_comm(comm, sizeof(comm));
		add_percpu(&total, comm, nsecs() - before, st);
		s->tid = 0;
	}
	now = nsecs();
	s = storage(&start, task, 0, CREATE);
	if (s) {
		s->value = now;
		s->tid = tid;
	} else {
		st->map_full++;
	}
	return 0;
}
