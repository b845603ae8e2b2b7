package audit

import (
	"bytes"
	"errors"
	"io"
	"time"
)

const (
	// skipStep is the size from which on parts of a file are looked for by halves, in bytes.
	skipStep = 4 << 20
	// probe is how much is read to find a whole event, in bytes.
	probe = 256 << 10
)

// skip goes forward in a file whose events stand in the order of time, to the beginning of a line at or before the
// first event of a time. Where it finds no events, it stays where it can be sure.
func skip(f io.ReadSeeker, from time.Time) error {
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	lo, hi := int64(0), size // events before lo are older
	var buf []byte
	for hi-lo > skipStep {
		if buf == nil {
			buf = make([]byte, probe)
		}
		mid := lo + (hi-lo)/2
		at, begin, ok, err := eventAt(f, mid, buf)
		switch {
		case err != nil:
			return err
		case ok && at.Before(from):
			lo = begin
		default:
			hi = mid
		}
	}
	_, err = f.Seek(lo, io.SeekStart)
	return err
}

// eventAt reads the first whole line behind a place, and returns its time and where it begins.
func eventAt(f io.ReadSeeker, place int64, buf []byte) (at time.Time, begin int64, ok bool, err error) {
	if _, err = f.Seek(place, io.SeekStart); err != nil {
		return at, 0, false, err
	}
	n, err := io.ReadFull(f, buf)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return at, 0, false, err
	}
	rest, begin := buf[:n], place
	for {
		i := bytes.IndexByte(rest, '\n')
		if i < 0 {
			return at, 0, false, nil
		}
		line := rest[:i]
		if begin > place { // what comes before the first line end is the end of a line
			if at, ok = stamp(line); ok {
				return at, begin, true, nil
			}
		}
		rest, begin = rest[i+1:], begin+int64(i)+1
	}
}
