package etcdsource

import "fmt"

// UnpackError says that a packed file, or the copy of one, takes more space than is used without asking. What was unpacked of it is gone.
// Opening it again with Allow bytes allowed unpacks it. It comes inside a *Problem.
type UnpackError struct {
	Bytes  int64  // that it takes when unpacked, as it announces; -1: it does not announce them, they are more than Limit
	Limit  int64  // bytes that are used without asking
	Free   int64  // bytes that are free in Folder; -1 where not known
	Folder string // where it would be unpacked; untrusted text
	Copied bool   // it lies in a bucket, and would be copied
}

func (e *UnpackError) Error() string {
	free := ""
	if e.Free >= 0 {
		free = ", where " + gibibytes(e.Free) + " are free"
	}
	if e.Copied {
		return fmt.Sprintf("a copy of it takes %s in %s%s, and no more than %s are used without asking", gibibytes(e.Bytes), e.Folder, free, gibibytes(e.Limit))
	}
	if e.Bytes < 0 {
		return fmt.Sprintf("unpacked it takes more than the %s that are used without asking in %s%s", gibibytes(e.Limit), e.Folder, free)
	}
	return fmt.Sprintf("unpacked it takes %s in %s%s, and no more than %s are used without asking", gibibytes(e.Bytes), e.Folder, free, gibibytes(e.Limit))
}

// Allow is how many bytes must be allowed to unpack the file: what it announces, else what is free but for a rest that
// is always left free.
func (e *UnpackError) Allow() int64 {
	switch {
	case e.Bytes >= 0:
		return e.Bytes
	case e.Free > 0:
		return max(e.Free-KeepFree, e.Limit)
	}
	return 4 * e.Limit
}

// KeepFree is the space that no temporary file takes, in bytes.
const KeepFree = 64 << 20

// gibibytes writes bytes for people.
func gibibytes(n int64) string {
	if n < 1<<30 {
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
}
