package audit

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// Files hands out log files one after the other, oldest first, those only that were written to at a time or after it;
// missed is called with one that cannot be opened. What each returns ends the reading.
type Files func(ctx context.Context, from time.Time, each func(name string, r io.Reader) error, missed func(name string, err error)) error

// Window is the time that is asked for, in which requests were answered; a zero bound is none.
type Window struct{ From, To time.Time }

// errPast ends the reading of a file: all of the window has been seen.
var errPast = errors.New("past the window")

// Report says what was read.
type Report struct {
	Files    int
	Lines    int64    // documents
	Events   int64    // audit events
	Requests int      // kept
	LetGo    int      // requests of the window that there was no room for
	Foreign  int64    // lines that are no audit event
	Damaged  int64    // audit events that are damaged or cut
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
	if r.Events == 0 && r.Lines > 0 {
		return strings.Join(append([]string{NoEvent + "; " + Readable}, r.Failed...), "; ")
	}
	say(r.Foreign, "line is no audit event, and was passed over", "lines are no audit event, and were passed over")
	say(r.Damaged, "line is damaged or cut, and was passed over", "lines are damaged or cut, and were passed over")
	say(r.Huge, "line is too long, and was passed over", "lines are too long, and were passed over")
	say(int64(r.LetGo), "older request was dropped for want of room", "older requests were dropped for want of room")
	return strings.Join(append(parts, r.Failed...), "; ")
}

const (
	// NoEvent says that a file is none, and Readable what can be read.
	NoEvent  = "it holds no audit event (audit.k8s.io)"
	Readable = "give the file that kube-apiserver's --audit-log-path names, or an export of it: JSON Lines or a JSON array, " +
		"plain or in what CRI, docker, journald, oc adm node-logs, EKS, GKE or AKS put around it"
)

// Holds reports whether files hold an audit event, and whether they hold anything at all. Of a file that begins with
// something else only so much is read.
func Holds(ctx context.Context, files Files) (event, text bool, err error) {
	s := &scanner{log: newLog(), probing: true}
	err = files(ctx, time.Time{}, func(_ string, r io.Reader) error {
		err := s.file(ctx, io.LimitReader(r, maxProbe))
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if s.Events > 0 {
			return errPast
		}
		if err != nil && !errors.Is(err, errPast) {
			s.missed("", err)
		}
		return nil
	}, s.missed)
	if errors.Is(err, errPast) {
		err = nil
	}
	return s.Events > 0, s.Lines > 0 || s.Huge > 0 || len(s.Failed) > 0, err
}

// maxProbe is how far an audit event is looked for in a file, in bytes.
const maxProbe = 256 << 20

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
	log     *Log
	past    int              // events in a row that lie behind the window
	parts   map[string]*part // beginnings of events, by stream
	probing bool             // only whether there is an event is asked
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
	defer s.endParts()
	if head, _ := in.Peek(in.Size()); spread(head) {
		return s.documents(ctx, in)
	}
	return s.lines(ctx, in)
}

func (s *scanner) event(e *event) {
	if s.outside(e.Answered) {
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
