// Package disk puts errors of a file system into words: why something could not be written, and what to do; and says what
// is free.
//
//	err ─┬─► Why ─► "no space left on device"
//	     └─► Do  ─► "free some space, or set TMPDIR to another folder"
package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Why is an error's text without the operation and the path, which the message around it has already.
func Why(err error) string {
	var pe *fs.PathError
	var le *os.LinkError
	var se *os.SyscallError
	switch {
	case errors.As(err, &pe):
		return pe.Err.Error()
	case errors.As(err, &le):
		return le.Err.Error()
	case errors.As(err, &se):
		return se.Err.Error()
	}
	return err.Error()
}

// Temporary is what another place for a temporary file is called in what Do returns.
const Temporary = "set TMPDIR to another folder"

// Do is what helps against an error in writing, "" where nothing is known to. other says how another place is chosen:
// "choose another folder", Temporary.
func Do(err error, other string) string {
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return "free some space, or " + other
	case errors.Is(err, syscall.EDQUOT):
		return "free some space or have the quota raised, or " + other
	case errors.Is(err, syscall.EFBIG):
		return "raise the limit on the size of files (ulimit -f), or " + other
	case errors.Is(err, syscall.EROFS), errors.Is(err, fs.ErrPermission):
		return other + " that can be written to"
	case errors.Is(err, fs.ErrNotExist):
		return "make the folder, or " + other
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.ELOOP), errors.Is(err, syscall.EIO):
		return other
	case errors.Is(err, syscall.ENAMETOOLONG):
		return "choose a shorter name"
	case errors.Is(err, syscall.EISDIR):
		return "choose the name of a file"
	case errors.Is(err, syscall.EBADF):
		return other // it was closed
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return "raise the limit on open files (ulimit -n)"
	}
	return ""
}

// Sentence is Why and Do in one: "no space left on device; free some space, or choose another folder".
func Sentence(err error, other string) string {
	return strings.TrimSuffix(Why(err)+"; "+Do(err, other), "; ")
}

// Free returns how many bytes an unprivileged user may still write into a folder, -1 where that is not known. Of one that
// does not exist it is what is free where it would be made; dir is the folder that was asked.
func Free(path string) (dir string, free int64) {
	for dir = filepath.Clean(path); ; dir = filepath.Dir(dir) {
		var st syscall.Statfs_t
		if syscall.Statfs(dir, &st) == nil {
			return dir, int64(min(uint64(st.Bavail), 1<<40)) * int64(st.Bsize)
		}
		if dir == filepath.Dir(dir) {
			return dir, -1
		}
	}
}

// Lacks says that need bytes do not fit into a folder of which so many are free, and of these keep are to stay so.
func Lacks(dir string, need, keep, free int64) string {
	return fmt.Sprintf("%s are needed in %s, %s of them to stay free, and %s are free", Size(need+keep), dir, Size(keep), Size(free))
}

// Size names a number of bytes for people, so that what is needed and what is free can be compared.
func Size[N int64 | uint64](n N) string {
	f, unit := float64(n), "bytes"
	for _, u := range []string{"KiB", "MiB", "GiB", "TiB"} {
		if f < 1024 {
			break
		}
		f, unit = f/1024, u
	}
	if unit == "bytes" {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%.1f %s", f, unit)
}
