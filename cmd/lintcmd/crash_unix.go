//go:build unix

package lintcmd

import "syscall"

// withoutCoreDump disables core dumps. They would contain credentials.
func withoutCoreDump() {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_CORE, &limit) == nil {
		limit.Cur = 0
		_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &limit)
	}
}
