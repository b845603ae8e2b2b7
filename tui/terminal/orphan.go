package terminal

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// Orphaned reports whether no shell could bring this program back if it stopped, as in a window or a container of its
// own: the system does not stop it then, and whoever waits for its return would wait for ever.
func Orphaned() bool {
	parent := parentOf(syscall.Getpgrp())
	if parent < 0 {
		return false
	}
	own, err := unix.Getsid(0)
	if err != nil || parent == 0 {
		return err == nil
	}
	theirs, err := unix.Getsid(parent)
	return err != nil || theirs != own
}

// parentOf is the parent of a process of our own group, 0 where it lies outside of what we see, -1 where it is not known.
func parentOf(pid int) int {
	if pid == os.Getpid() {
		return os.Getppid()
	}
	return parent(pid)
}
