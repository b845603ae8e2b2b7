package snapfile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/disk"
)

const (
	// unasked is the most that is unpacked unless more is allowed, in bytes.
	unasked = 4 << 30
	// A database may be mostly zeros; what grows more than this many times, from a size on, is no database.
	maxRatio  = 2000
	ratioFrom = 64 << 20
)

// limit is how much may come out of a packed file.
type limit struct {
	bytes  int64 // at most
	packed int64 // bytes of the packed file
	tmp    *os.File
}

// bounds are those for a file of packed bytes that is unpacked into tmp. allowed are the bytes that were allowed; 0: 4
// GiB, and half of what is free.
func bounds(tmp *os.File, packed, allowed int64) limit {
	l := limit{bytes: allowed, packed: packed, tmp: tmp}
	if allowed <= 0 {
		l.bytes = unasked
		if n, ok := free(tmp); ok {
			l.bytes = min(l.bytes, n/2)
		}
	}
	return l
}

// check refuses to go on where n bytes have come out and announced are announced, -1 for none.
func (l limit) check(n, announced int64) error {
	most := max(n, announced)
	if most > ratioFrom && most/maxRatio > l.packed {
		return &packError{fmt.Sprintf("it unpacks to more than %d times its size, as no database does", maxRatio), tryCopy}
	}
	if err := room(l.tmp, max(announced-n, unpackStep)); err != nil {
		return err
	}
	if most <= l.bytes {
		return nil
	}
	e := &etcdsource.UnpackError{Bytes: announced, Limit: l.bytes, Free: -1, Folder: filepath.Dir(l.tmp.Name())}
	if n > announced {
		e.Bytes = -1
	}
	if f, ok := free(l.tmp); ok {
		e.Free = f + n // what has come out is gone when this is read
	}
	return e
}

// allowance says how an error about too much space is answered on the command line.
func allowance(e *etcdsource.UnpackError) string {
	const unit = 1_000_000_000
	flag := fmt.Sprintf("--max-unpack %dG", (e.Allow()+unit-1)/unit)
	if e.Limit < unasked {
		flag += ", or " + moreSpace
	}
	return "allow it with " + flag
}

// free returns the bytes that are free where the file is; ok is false where that is not known.
func free(tmp *os.File) (n int64, ok bool) {
	var st syscall.Statfs_t
	if syscall.Fstatfs(int(tmp.Fd()), &st) != nil {
		return 0, false
	}
	return int64(min(uint64(st.Bavail), 1<<40)) * int64(st.Bsize), true
}

// room reports whether need bytes fit on the disk of tmp.
func room(tmp *os.File, need int64) error {
	n, ok := free(tmp)
	if !ok || n-etcdsource.KeepFree >= need {
		return nil
	}
	return &roomError{disk.Lacks(filepath.Dir(tmp.Name()), need, etcdsource.KeepFree, n)}
}

// roomError says that a temporary file does not fit.
type roomError struct{ lacks string }

func (e *roomError) Error() string { return e.lacks }

// Unwrap makes it the error of a full disk, which it keeps from happening.
func (e *roomError) Unwrap() error { return syscall.ENOSPC }

// moreSpace is what helps against a roomError.
const moreSpace = "set TMPDIR to a folder with more space"

// isDamage reports whether what was unpacked until this error may be opened: it is about neither space nor content.
func isDamage(err error) bool {
	var own *packError
	var big *etcdsource.UnpackError
	var out *writeError
	var full *roomError
	return !errors.As(err, &full) && !errors.As(err, &own) && !errors.As(err, &big) && !errors.As(err, &out)
}
