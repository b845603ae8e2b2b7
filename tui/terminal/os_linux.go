package terminal

import (
	"bytes"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

const (
	getTermios = unix.TCGETS
	setTermios = unix.TCSETS
)

// ownFile is this program's file, also when it was replaced since it was started.
func ownFile() (string, error) { return "/proc/self/exe", nil }

func dup(from, to int) error { return unix.Dup3(from, to, 0) }

// stepPipe returns a pipe that holds one write at a time: the next one waits until the reader has taken it. So a program
// that dies cannot be gone before the reader has acted.
func stepPipe() (r, w *os.File, err error) {
	var p [2]int
	if err := unix.Pipe2(p[:], unix.O_CLOEXEC|unix.O_DIRECT); err != nil {
		return os.Pipe()
	}
	_, _ = unix.FcntlInt(uintptr(p[1]), unix.F_SETPIPE_SZ, os.Getpagesize())
	return os.NewFile(uintptr(p[0]), "crash"), os.NewFile(uintptr(p[1]), "crash"), nil
}

// parent is a process' parent, -1 where it is not known.
func parent(pid int) int {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	ppid := -1
	if end := bytes.LastIndexByte(b, ')'); err == nil && end >= 0 { // the name may hold anything
		var state string
		_, _ = fmt.Sscan(string(b[end+1:]), &state, &ppid)
	}
	return ppid
}

// rename takes the program's name from the process, so that what ends all etcdscopes does not end it.
func rename() { _ = os.WriteFile("/proc/self/comm", []byte(title), 0) }
