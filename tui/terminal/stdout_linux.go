package terminal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// shells write to the null device through a descriptor that is open for writing alone. Other programs give their children
// one that is also open for reading: Python's DEVNULL, Node's ignore.
var shells = []string{"sh", "bash", "dash", "ash", "zsh", "ksh", "mksh", "fish", "busybox"}

// stdoutClosed reports whether standard output was closed when the program began. What the runtime put there, the null
// device open in both directions, can also have been meant; so it counts only where the parent's own is closed, or where
// the parent is a shell whose own is another one. In doubt it was not closed.
func stdoutClosed() bool {
	if !bothWays("/proc/self/fd/1") {
		return false
	}
	parent := fmt.Sprintf("/proc/%d", os.Getppid())
	comm, err := os.ReadFile(parent + "/comm")
	if _, denied := os.ReadDir(parent + "/fd"); err != nil || denied != nil || bothWays(parent+"/fd/1") {
		return false // the parent is another user's, or does not want to see its own output either
	}
	_, err = os.Lstat(parent + "/fd/1")
	return errors.Is(err, fs.ErrNotExist) || slices.Contains(shells, strings.TrimSpace(string(comm)))
}

// bothWays reports whether a descriptor in /proc is the null device, open for reading and writing.
func bothWays(link string) bool {
	l, err := os.Lstat(link)
	if err != nil || l.Mode().Perm() != 0o700 {
		return false
	}
	var is, null unix.Stat_t
	return unix.Stat(link, &is) == nil && unix.Stat(os.DevNull, &null) == nil && is.Mode&unix.S_IFMT == unix.S_IFCHR && is.Rdev == null.Rdev
}
