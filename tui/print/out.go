package print

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/charmbracelet/colorprofile"
	"golang.org/x/term"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/disk"
	"github.com/etcdscope/etcdscope/tui/theme"
)

// out writes results. Text comes in safe; JSON is made safe here.
type out struct {
	w      *bufio.Writer
	tty    bool
	theme  *theme.Theme // nil: no colours
	buf    bytes.Buffer
	raw    io.Writer
	sink   *sink
	reveal bool // names that are secrets are shown
}

// sink writes to stdout, and remembers why it could not: cobra prints its help and drops the error.
type sink struct {
	w      io.Writer
	failed error // a *etcdsource.Problem
}

// Write writes to stdout, once it has failed no more.
func (s *sink) Write(b []byte) (int, error) {
	if s.failed != nil {
		return 0, s.failed
	}
	n, err := s.w.Write(b)
	if err != nil {
		s.failed = &etcdsource.Problem{Tried: "write the output", Why: disk.Why(err), Do: disk.Do(err, "write it elsewhere"), Err: err}
		return n, s.failed
	}
	return n, nil
}

func newOut(w io.Writer) *out {
	s := &sink{w: w}
	return &out{w: bufio.NewWriterSize(s, 1<<16), tty: isTerminal(w), raw: w, sink: s}
}

func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// colours turns colours on where the output is a terminal that has them.
func (o *out) colours(name string, off bool) error {
	environ := os.Environ()
	look := theme.Look(environ, o.tty)
	th, err := theme.Choose(look, name, false)
	if err != nil {
		return usage("choose a theme: %s; give one of these to --theme", err)
	}
	if off || !o.tty || look.Refuse != "" || look.NoColor && !look.ForceColor {
		return nil
	}
	o.theme = th
	o.w = bufio.NewWriterSize(&colorprofile.Writer{Forward: o.sink, Profile: colorprofile.Detect(o.raw, environ)}, 1<<16)
	return nil
}

// aside returns an out that writes into a buffer what o would write.
func (o *out) aside(b *bytes.Buffer) *out {
	return &out{w: bufio.NewWriter(b), theme: o.theme, reveal: o.reveal}
}

func (o *out) close() error { return o.w.Flush() }

// flush lets what was written be seen.
func (o *out) flush() error { return o.w.Flush() }

// paint gives safe text the colour of a role.
func (o *out) paint(r text.Role, s string) string {
	if o.theme == nil || s == "" || o.theme.SGR[r] == "" {
		return s
	}
	return o.theme.SGR[r] + s + "\x1b[m"
}

// line writes one line of safe text.
func (o *out) line(s string) error {
	_, err := fmt.Fprintln(o.w, strings.TrimRight(o.hush(s), " "))
	return err
}

// doc writes a document.
func (o *out) doc(d *text.Doc) error {
	var b strings.Builder
	for i := range d.Lines {
		l := &d.Lines[i]
		b.Reset()
		at := 0
		for _, s := range l.Spans {
			end := min(int(s.End), len(l.Text))
			b.WriteString(o.paint(s.Role, l.Text[at:end]))
			at = end
		}
		b.WriteString(l.Text[at:])
		b.WriteByte('\n')
		if _, err := o.w.WriteString(o.hush(b.String())); err != nil {
			return err
		}
	}
	return nil
}

// json writes a value as one line.
func (o *out) json(v any) error {
	o.buf.Reset()
	enc := json.NewEncoder(&o.buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return o.jsonLine(bytes.TrimSuffix(o.buf.Bytes(), []byte("\n")))
}

// jsonLine writes a JSON document as one line. Characters that a terminal would obey are escaped.
func (o *out) jsonLine(doc []byte) error {
	if doc = clean.JSON(doc); !o.reveal && bytes.Contains(doc, []byte("oauth")) {
		doc = []byte(o.hush(string(doc)))
	}
	o.w.Write(doc)
	return o.w.WriteByte('\n')
}

// key is a key as JSON names it: escaped where it is no UTF-8, and then exactly beside it.
type key struct {
	Key    string `json:"key"`
	Base64 []byte `json:"keyBase64,omitempty"`
}

func keyOf(k []byte) key {
	s, odd := clean.Escape(k)
	if odd {
		return key{s, k}
	}
	return key{Key: s}
}
