//go:build !linux

package terminal

import (
	"os"

	"golang.org/x/sys/unix"
)

const (
	getTermios = unix.TIOCGETA
	setTermios = unix.TIOCSETA
)

func ownFile() (string, error) { return os.Executable() }

func dup(from, to int) error { return unix.Dup2(from, to) }

func stepPipe() (r, w *os.File, err error) { return os.Pipe() }

func rename() {}

func parent(int) int { return -1 }
