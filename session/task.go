package session

// TaskName is the name (comm) of a running process or thread; empty if there is none of that number. It is raw.
func (s *Session) TaskName(pid uint64) string { return s.kernel.TaskName(pid) }
