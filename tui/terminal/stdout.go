package terminal

import (
	"io"
	"os"
	"syscall"
)

// Stdout is standard output, or what refuses every write where the program was started with a closed one: the Go runtime
// puts the null device in its place, and a result would be lost without a word.
func Stdout() io.Writer {
	if stdoutClosed() {
		return closed{}
	}
	return os.Stdout
}

// closed fails as a closed file descriptor does, and is the error that says so.
type closed struct{}

func (closed) Write([]byte) (int, error) { return 0, closed{} }

func (closed) Error() string { return "standard output is closed" }

// Unwrap returns what the system says of a closed descriptor.
func (closed) Unwrap() error { return syscall.EBADF }
