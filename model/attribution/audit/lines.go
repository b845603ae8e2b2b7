package audit

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"time"
)

const (
	// maxLine is the longest line that is read, in bytes. An API server's events hold two objects of 1.5 MiB at most.
	maxLine = 16 << 20
	// maxDocument is the longest document that is read of a file whose documents stretch over lines, in bytes. A list of
	// events is one.
	maxDocument = 64 << 20
	// overtake is how far events may stand behind newer ones: an API server writes an event when the request is answered.
	overtake = 5 * time.Minute
)

// lines reads a file whose events begin in a line each.
func (s *scanner) lines(ctx context.Context, in *bufio.Reader) error {
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

// plain is how API servers begin an event.
var plain = []byte(`{"kind":"Event","apiVersion":"audit.k8s.io/`)

// line takes one line and reports whether no more has to be read.
func (s *scanner) line(b []byte) (stop bool) {
	if b = trim(b); len(b) == 0 {
		return false
	}
	s.Lines++
	switch s.message(b, "", 0) {
	case foreign:
		s.Foreign++
	case damaged:
		s.Damaged++
	}
	return s.past > maxPast || s.probing && s.Events > 0
}

// maxPast is how many events in a row lie behind the window before a file is not read any further.
const maxPast = 100

// passed reports whether a plain event needs no reading: it is of a request that only reads, or outside of the window.
func (s *scanner) passed(b []byte) bool {
	if at, ok := stamp(b); ok && s.outside(at) {
		return true
	}
	return reads(b)
}

// outside reports whether a time is not of the window, and counts those behind it.
func (s *scanner) outside(at time.Time) bool {
	switch {
	case !s.From.IsZero() && at.Before(s.From):
		return true
	case !s.To.IsZero() && at.After(s.To):
		if at.After(s.To.Add(overtake)) {
			s.past++
		}
		return true
	}
	s.past = 0
	return false
}

// bom is what some programs put before a text in UTF-8.
var bom = []byte("\xef\xbb\xbf")

func trim(b []byte) []byte { return bytes.TrimSpace(bytes.TrimPrefix(b, bom)) }

// spread reports whether documents stretch over lines: a file begins with an object whose first line does not end it, or
// with a list of objects that goes beyond the line.
func spread(head []byte) bool {
	line, _, more := bytes.Cut(bytes.TrimLeft(bytes.TrimPrefix(head, bom), " \t\r\n"), []byte("\n"))
	line = bytes.TrimSpace(line)
	switch {
	case len(line) == 0:
		return false
	case line[0] == '{':
		return more && len(line) < 64 && line[len(line)-1] != '}'
	case line[0] != '[' || more && line[len(line)-1] == ']':
		return false
	}
	rest := bytes.TrimSpace(line[1:])
	return len(rest) == 0 && more || len(rest) > 0 && (rest[0] == '{' || rest[0] == '[')
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

// documents reads documents that may stretch over lines, and the elements of lists. What comes behind a damaged one cannot
// be read.
func (s *scanner) documents(ctx context.Context, in *bufio.Reader) error {
	if head, _ := in.Peek(len(bom)); bytes.Equal(head, bom) {
		_, _ = in.Discard(len(bom))
	}
	capped := &limited{Reader: in}
	dec := json.NewDecoder(capped)
	if list := begins(in); list == '[' {
		capped.left = maxDocument
		_, _ = dec.Token()
	}
	for {
		var raw json.RawMessage
		capped.left = maxDocument
		if !dec.More() {
			end, err := dec.Token()
			if end == json.Delim(']') {
				continue // what follows may be another document
			}
			return s.ended(err)
		}
		if err := dec.Decode(&raw); err != nil {
			return s.ended(err)
		}
		s.Lines++
		if s.value(raw, "", 0) == foreign {
			s.Foreign++
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if s.past > maxPast || s.probing && s.Events > 0 {
			return errPast
		}
	}
}

// ended counts what ended the reading of documents.
func (s *scanner) ended(err error) error {
	switch {
	case err == nil, errors.Is(err, io.EOF):
	case errors.Is(err, errHuge):
		s.Huge++
	default:
		s.Lines++
		s.Damaged++
	}
	return nil
}

// begins is the first character of a text that is no space, 0 for none near.
func begins(in *bufio.Reader) byte {
	head, _ := in.Peek(4096)
	if head = bytes.TrimLeft(head, " \t\r\n"); len(head) == 0 {
		return 0
	}
	return head[0]
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

// reads reports whether a line is an event of a request that only reads, or of another stage than the last, as far as
// that is known without reading it.
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

// value returns the text of a field that is in a line.
func value(b []byte, field string) (string, bool) {
	_, b, ok := bytes.Cut(b, []byte(field))
	if !ok {
		return "", false
	}
	v, _, ok := bytes.Cut(b, []byte(`"`))
	return string(v), ok
}
