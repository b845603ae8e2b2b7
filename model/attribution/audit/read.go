package audit

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"
)

// Files hands out log files one after the other, oldest first, those only that were written to at a time or after it;
// missed is told of one that cannot be opened. What each returns ends the reading.
type Files func(ctx context.Context, from time.Time, each func(name string, r io.Reader) error, missed func(name string, err error)) error

// Window is the time that is asked for, in which requests were answered; a zero bound is none.
type Window struct{ From, To time.Time }

// errPast ends the reading of a file: all of the window has been seen.
var errPast = errors.New("past the window")

// Report says what was read.
type Report struct {
	Files    int
	Lines    int64    // documents
	Requests int      // kept
	LetGo    int      // requests of the window that there was no room for
	Damaged  int64    // lines that are no audit event
	Huge     int64    // lines that are longer than maxLine, documents that are longer than maxDocument
	Failed   []string // files that could not be read to their end, and why
}

// Trouble says in one line what could not be read, "" where all could. It holds names of files, and is not safe to draw.
func (r *Report) Trouble() string {
	var parts []string
	say := func(n int64, one, many string) {
		switch {
		case n == 1:
			parts = append(parts, "1 "+one)
		case n > 1:
			parts = append(parts, fmt.Sprintf("%d %s", n, many))
		}
	}
	if r.Damaged > 0 && r.Damaged >= r.Lines {
		return strings.Join(append([]string{"it holds no audit event; give the file that kube-apiserver's --audit-log-path names"}, r.Failed...), "; ")
	}
	say(r.Damaged, "line is damaged or cut, and was passed over", "lines are damaged or cut, and were passed over")
	say(r.Huge, "line is too long, and was passed over", "lines are too long, and were passed over")
	say(int64(r.LetGo), "older request was let go for want of room", "older requests were let go for want of room")
	return strings.Join(append(parts, r.Failed...), "; ")
}

const (
	// maxLine is the longest line that is read, in bytes. An API server's events hold two objects of 1.5 MiB at most.
	maxLine = 16 << 20
	// maxDocument is the longest document that is read of a file whose documents stretch over lines, in bytes. A list of
	// events is one.
	maxDocument = 64 << 20
	// overtake is how far events may stand behind newer ones: an API server writes an event when the request is answered.
	overtake = 5 * time.Minute
)

// Read reads the requests of a window. It fails only when files cannot be listed, or when the context ends.
func Read(ctx context.Context, files Files, w Window) (*Log, Report, error) {
	s := &scanner{log: newLog(), Window: w}
	err := files(ctx, w.From, func(name string, r io.Reader) error {
		s.Files++
		s.past = 0
		err := s.file(ctx, r)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && !errors.Is(err, errPast):
			s.missed(name, err)
		}
		return nil
	}, s.missed)
	s.log.finish()
	s.Requests = s.log.size
	return s.log, s.Report, err
}

// scanner is one reading.
type scanner struct {
	Report
	Window
	log  *Log
	past int // events in a row that lie behind the window
}

func (s *scanner) missed(name string, err error) {
	s.Failed = append(s.Failed, name+": "+err.Error())
}

// readers are buffers of a megabyte, which are used again.
var readers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, 1<<20) }}

// file reads one file: documents of a line each, or documents that stretch over lines.
func (s *scanner) file(ctx context.Context, r io.Reader) error {
	if f, ok := r.(io.ReadSeeker); ok && !s.From.IsZero() {
		if err := skip(f, s.From.Add(-overtake)); err != nil {
			return err
		}
	}
	in := readers.Get().(*bufio.Reader)
	in.Reset(r)
	defer readers.Put(in)
	head, _ := in.Peek(4096)
	if spread(head) {
		return s.documents(ctx, in)
	}
	var long []byte // a line that does not fit into the buffer
	for huge := false; ; {
		part, err := in.ReadSlice('\n')
		switch {
		case huge || len(long)+len(part) > maxLine:
			huge, long = true, long[:0]
		case errors.Is(err, bufio.ErrBufferFull) || len(long) > 0:
			long = append(long, part...)
			part = long
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			if ctx.Err() != nil { // a packed file of a few megabytes can hold one line of many gigabytes
				return ctx.Err()
			}
			continue
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if huge {
			s.Huge++
		} else if s.line(part) {
			return errPast
		}
		huge, long = false, long[:0]
		if err != nil {
			return nil
		}
		if s.Lines%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// spread reports whether documents stretch over lines: the first line is the beginning of one only.
func spread(head []byte) bool {
	line, _, more := bytes.Cut(bytes.TrimLeft(head, " \t\r\n"), []byte("\n"))
	line = bytes.TrimSpace(line)
	return more && len(line) > 0 && len(line) < 64 && line[0] == '{' && line[len(line)-1] != '}'
}

// errHuge ends the reading of a document that is longer than maxDocument.
var errHuge = errors.New("too long")

// limited fails once a number of bytes has been read.
type limited struct {
	io.Reader
	left int
}

func (l *limited) Read(b []byte) (int, error) {
	if l.left <= 0 {
		return 0, errHuge
	}
	n, err := l.Reader.Read(b[:min(len(b), l.left)])
	l.left -= n
	return n, err
}

// documents reads documents that may stretch over lines. What comes behind a damaged one cannot be read.
func (s *scanner) documents(ctx context.Context, in io.Reader) error {
	capped := &limited{Reader: in}
	dec := json.NewDecoder(capped)
	for {
		var e event
		capped.left = maxDocument
		err := dec.Decode(&e)
		var wrong *json.UnmarshalTypeError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, errHuge):
			s.Huge++
			return nil
		case err != nil && !errors.As(err, &wrong):
			s.Damaged++
			return nil
		}
		s.Lines++
		s.document(&e)
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// line takes one line and reports whether all of the window has been seen.
func (s *scanner) line(b []byte) (stop bool) {
	if b = bytes.TrimSpace(b); len(b) == 0 {
		return false
	}
	s.Lines++
	list := isList(b)
	at, known := stamp(b)
	known = known && !list
	switch {
	case known && !s.From.IsZero() && at.Before(s.From):
		return false
	case known && !s.To.IsZero() && at.After(s.To):
		if at.After(s.To.Add(overtake)) {
			s.past++
		}
		return s.past > 100
	case !list && reads(b):
		return false
	}
	s.past = 0
	var e event
	var wrong *json.UnmarshalTypeError
	if err := json.Unmarshal(b, &e); err != nil && !errors.As(err, &wrong) {
		s.Damaged++ // or cut: its end was not written, or is not yet
		return false
	}
	s.document(&e)
	return false
}

// document takes an event, or a list of them.
func (s *scanner) document(e *event) {
	switch e.Kind {
	case "Event":
		s.event(e)
	case "EventList":
		for i := range e.Items {
			s.event(&e.Items[i])
		}
	default:
		s.Damaged++
	}
}

func (s *scanner) event(e *event) {
	if !s.From.IsZero() && e.Answered.Before(s.From) || !s.To.IsZero() && e.Answered.After(s.To) {
		return
	}
	o, r, ok := e.request(s.log)
	if !ok {
		return
	}
	s.log.add(o, r)
	if s.log.size >= maxRequests {
		s.LetGo += s.log.shrink()
	}
}

// stamp finds the time of an event's stage without reading the event. A quote inside of a JSON text is escaped, so
// that what is found here is a field; the last one is the event's own.
func stamp(b []byte) (t time.Time, ok bool) {
	const field = `"stageTimestamp":"`
	i := bytes.LastIndex(b, []byte(field))
	if i < 0 {
		return t, false
	}
	b = b[i+len(field):]
	end := bytes.IndexByte(b, '"')
	if end < 0 || end > 40 {
		return t, false
	}
	t, err := time.Parse(time.RFC3339Nano, string(b[:end]))
	return t, err == nil
}

// isList reports whether a line is a list of events: it says so at its beginning or its end.
func isList(b []byte) bool {
	kind := []byte(`"EventList"`)
	return bytes.Contains(b[:min(len(b), 256)], kind) || bytes.Contains(b[max(len(b)-256, 0):], kind)
}

// reads reports whether a line is an event of a request that only reads, or of another stage than the last, as far as
// that can be told without reading it.
func reads(b []byte) bool {
	if i := bytes.Index(b, []byte(`Object":`)); i >= 0 { // behind this stand fields of stored objects
		b = b[:i]
	}
	if v, ok := value(b, `"verb":"`); ok && !slices.Contains(verbNames[:], v) {
		return true
	}
	stage, ok := value(b, `"stage":"`)
	return ok && stage != "ResponseComplete"
}

// value returns the text of a field that stands in a line.
func value(b []byte, field string) (string, bool) {
	_, b, ok := bytes.Cut(b, []byte(field))
	if !ok {
		return "", false
	}
	v, _, ok := bytes.Cut(b, []byte(`"`))
	return string(v), ok
}
