package rehearse

import (
	"os/exec"
	"runtime"

	"golang.org/x/sys/unix"
)

// startSparing starts a command that uses at most half of this process' cores, and yields to all others.
func startSparing(cmd *exec.Cmd) error {
	runtime.LockOSThread() // a process inherits the cores of the thread that starts it
	defer runtime.UnlockOSThread()
	var all unix.CPUSet
	if err := unix.SchedGetaffinity(0, &all); err == nil && all.Count() > 1 {
		half := lastOf(&all, all.Count()/2)
		if unix.SchedSetaffinity(0, &half) == nil {
			defer func() { _ = unix.SchedSetaffinity(0, &all) }()
		}
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	_ = unix.Setpriority(unix.PRIO_PROCESS, cmd.Process.Pid, niceness)
	return nil
}

// niceness is the priority of a member that is rehearsed: others go first.
const niceness = 10

// lastOf returns the last n cores of a set: the first ones have more to do with interrupts.
func lastOf(all *unix.CPUSet, n int) (out unix.CPUSet) {
	for i := len(all)*64 - 1; i >= 0 && n > 0; i-- {
		if all.IsSet(i) {
			out.Set(i)
			n--
		}
	}
	return out
}
