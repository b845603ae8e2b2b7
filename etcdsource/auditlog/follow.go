package auditlog

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource/regular"
)

const (
	// lookEvery is how often the files are looked at for what was appended: a few calls a second, and no more.
	lookEvery = 200 * time.Millisecond
	// piece is how much is read at a time, in bytes, and maxLine the longest line that is kept until its end is there.
	piece   = 256 << 10
	maxLine = 16 << 20
)

// Follow hands out what is appended to logs from now on, in pieces that end with a line; each piece is valid during the
// call only. A log that is renamed is read to its end before the new file of its name is begun; one that was cut short is
// read from its beginning. It ends with the context, or with what each returns. What two rotations within lookEvery hide
// is not seen.
func Follow(ctx context.Context, paths []string, each func(lines []byte) error) error {
	tails := make([]*tail, 0, len(paths))
	defer func() {
		for _, t := range tails {
			t.close()
		}
	}()
	for _, p := range paths {
		t := &tail{path: p, buf: make([]byte, piece)}
		tails = append(tails, t)
		if t.open() {
			t.at, _ = t.f.Seek(0, io.SeekEnd)
			t.cut = t.at > 0 && !t.endsLine() // what is being written now began before
		}
	}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		for _, t := range tails {
			if err := t.look(ctx, each); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// tail is one log that is followed.
type tail struct {
	path string
	f    *os.File // nil while there is none
	at   int64    // what was read of it, in bytes
	buf  []byte
	rest []byte // the beginning of a line whose end is not written yet
	cut  bool   // the line that is being read lacks its beginning, or is too long
}

// open opens the file that bears the log's name now.
func (t *tail) open() bool {
	f, err := regular.Open(t.path)
	if err != nil {
		return false
	}
	t.close()
	t.f, t.at, t.rest, t.cut = f, 0, t.rest[:0], false
	return true
}

func (t *tail) close() {
	if t.f != nil {
		t.f.Close()
		t.f = nil
	}
}

// endsLine reports whether the last byte that was passed over ends a line.
func (t *tail) endsLine() bool {
	var b [1]byte
	_, err := t.f.ReadAt(b[:], t.at-1)
	return err == nil && b[0] == '\n'
}

// look reads what was appended.
func (t *tail) look(ctx context.Context, each func([]byte) error) error {
	if t.f == nil && !t.open() {
		return nil
	}
	if info, err := t.f.Stat(); err == nil && info.Size() < t.at {
		t.at, t.rest, t.cut = 0, t.rest[:0], false
	}
	if err := t.read(ctx, each); err != nil {
		return err
	}
	own, err := t.f.Stat()
	named, err2 := os.Stat(t.path)
	if err != nil || err2 != nil || os.SameFile(own, named) {
		return nil
	}
	if err := t.read(ctx, each); err != nil { // what came before it was renamed
		return err
	}
	if t.open() {
		return t.read(ctx, each)
	}
	return nil
}

// read hands out the whole lines up to the end of the file.
func (t *tail) read(ctx context.Context, each func([]byte) error) error {
	for ctx.Err() == nil {
		n, err := t.f.ReadAt(t.buf, t.at)
		t.at += int64(n)
		if n > 0 {
			if err := t.lines(t.buf[:n], each); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) || n == 0 { // or it cannot be read now
			return nil
		}
	}
	return ctx.Err()
}

// lines hands out whole lines, and keeps what is left.
func (t *tail) lines(b []byte, each func([]byte) error) error {
	if t.cut {
		i := bytes.IndexByte(b, '\n')
		if i < 0 {
			return nil
		}
		b, t.cut = b[i+1:], false
	}
	end := bytes.LastIndexByte(b, '\n') + 1
	if end > 0 {
		whole := b[:end]
		if len(t.rest) > 0 {
			whole = append(t.rest, whole...)
		}
		if err := each(whole); err != nil {
			return err
		}
		t.rest = t.rest[:0]
	}
	if t.rest = append(t.rest, b[end:]...); len(t.rest) > maxLine {
		t.rest, t.cut = nil, true
	}
	return nil
}
