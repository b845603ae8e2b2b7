package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"time"
)

// What carries a log away from a node wraps its lines: behind a time, a name or a label, as a text within JSON, in pieces.
// None of this is known by its name; an event is looked for wherever one can be:
//
//	prefix {"kind":"Event",…}           oc adm node-logs, journalctl -o short, kubectl logs --prefix, exports to files
//	TIME stdout P {"kind":"Ev           CRI: parts of a line, the last of them with F
//	{"log":"{\"kind\":\"Event\",…}\n"}   docker, CloudWatch, Azure, journalctl -o json: a text anywhere in an object
//	{"jsonPayload":{"kind":"Event"}}    an object anywhere in an object or a list
//	…,"{""kind"":""Event"",…}"          a table as CSV
//	{"protoPayload":{"methodName":…}}   Google's own form, see cloud.go

// outcome is what was found in a text.
type outcome uint8

const (
	foreign outcome = iota // no audit event
	damaged                // one that cannot be read
	pending                // the beginning of one, or a part
	known                  // one, or several
)

const (
	maxDepth  = 8    // of objects and texts within each other
	maxPrefix = 4096 // bytes before an event in a line
	maxBraces = 32   // in a prefix
)

// part is the beginning of an event whose end is in the next lines.
type part struct {
	prefix string // of its line
	text   []byte
}

// message takes a text that may be, or hold, an event. from names the stream that it is of.
func (s *scanner) message(b []byte, from string, depth int) outcome {
	if b = trim(b); len(b) == 0 {
		return pending
	}
	if bytes.HasPrefix(b, plain) && s.parts[from] == nil {
		return s.plain(b, from, depth)
	}
	if prefix, text, whole, ok := cri(b); ok && depth == 0 {
		return s.cri(prefix, text, whole)
	}
	if p := s.parts[from]; p != nil {
		if out, ok := s.join(p, b, from, depth); ok {
			return out
		}
	}
	if b[0] == '{' || b[0] == '[' {
		out, err := s.values(b, from, depth)
		switch {
		case err == nil || out == known:
			return out
		case errors.Is(err, io.ErrUnexpectedEOF) && b[0] == '{':
			s.keep(from, nil, b)
			return pending
		}
	}
	return s.prefixed(b, from, depth)
}

// plain takes a text that begins as API servers begin an event.
func (s *scanner) plain(b []byte, from string, depth int) outcome {
	if one := b[len(b)-1] == '}' && !bytes.Contains(b[len(plain):], plain); one && (s.probing && json.Valid(b) || s.passed(b)) {
		s.Events++
		return known
	}
	var e event
	err := json.Unmarshal(b, &e)
	if wrong := (*json.UnmarshalTypeError)(nil); err == nil || errors.As(err, &wrong) {
		s.document(&e)
		return known
	}
	out, err := s.values(b, from, depth) // more than one in a line
	if errors.Is(err, io.ErrUnexpectedEOF) && out != known {
		s.keep(from, nil, b)
		return pending
	}
	if out == foreign {
		return damaged
	}
	return out
}

// values takes JSON values that follow each other.
func (s *scanner) values(b []byte, from string, depth int) (out outcome, err error) {
	dec := json.NewDecoder(bytes.NewReader(b))
	for {
		var raw json.RawMessage
		if err := dec.Decode(&raw); errors.Is(err, io.EOF) {
			return out, nil
		} else if err != nil {
			return out, err
		}
		out = max(out, s.value(raw, from, depth))
	}
}

// value takes a JSON value.
func (s *scanner) value(raw []byte, from string, depth int) (out outcome) {
	if raw = bytes.TrimSpace(raw); len(raw) == 0 || depth > maxDepth {
		return foreign
	}
	switch raw[0] {
	case '{':
		return s.object(raw, from, depth)
	case '[':
		return s.list(raw, from, depth)
	case '"':
		if !bytes.ContainsAny(raw, "{[") && s.parts[from] == nil {
			return foreign
		}
		var text string
		if json.Unmarshal(raw, &text) == nil {
			return s.message([]byte(text), from, depth+1)
		}
	}
	return foreign
}

func (s *scanner) list(raw []byte, from string, depth int) (out outcome) {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil || len(list) == 0 {
		return foreign
	}
	if c := list[0][0]; c >= '0' && c <= '9' { // a text as its bytes
		var codes []uint16
		if json.Unmarshal(raw, &codes) != nil {
			return foreign
		}
		text := make([]byte, len(codes))
		for i, c := range codes {
			text[i] = byte(c)
		}
		return s.message(text, from, depth+1)
	}
	for _, x := range list {
		out = max(out, s.value(x, from, depth+1))
	}
	return out
}

// object takes an event, a list of events, or what holds some.
func (s *scanner) object(raw []byte, from string, depth int) (out outcome) {
	var e event
	var wrong *json.UnmarshalTypeError
	err := json.Unmarshal(raw, &e)
	if err != nil && !errors.As(err, &wrong) {
		if bytes.HasPrefix(raw, plain) {
			return damaged
		}
		e = event{}
	}
	if s.document(&e) || s.cloud(raw) {
		return known
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil {
		return foreign
	}
	var stream string
	if json.Unmarshal(fields["stream"], &stream) == nil {
		from += "#" + stream
	}
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		out = max(out, s.value(fields[name], from+"."+name, depth+1))
	}
	return out
}

// document takes an event, or a list of them; ok is false where it is neither.
func (s *scanner) document(e *event) (ok bool) {
	list := e.Items
	switch {
	case !strings.HasPrefix(e.APIVersion, "audit.k8s.io/"):
		return false
	case e.Kind == "Event":
		list = []event{*e}
	case e.Kind != "EventList":
		return false
	}
	for i := range list {
		s.Events++
		s.event(&list[i])
	}
	return true
}

// prefixed takes a text that comes after something else.
func (s *scanner) prefixed(b []byte, from string, depth int) outcome {
	if i := bytes.Index(b, []byte(`"{""`)); i >= 0 { // CSV
		if j := bytes.LastIndexByte(b, '"'); j > i {
			return s.message(bytes.ReplaceAll(b[i+1:j], []byte(`""`), []byte(`"`)), from, depth+1)
		}
	}
	cut := -1
	for i, n := 0, 0; n < maxBraces && i < min(len(b), maxPrefix); i, n = i+1, n+1 {
		next := bytes.IndexByte(b[i:min(len(b), maxPrefix)], '{')
		if next < 0 {
			break
		}
		if i += next; i == 0 {
			continue
		}
		out := foreign
		var err error
		if bytes.HasPrefix(b[i:], plain) {
			out = s.plain(b[i:], from, depth)
		} else {
			out, err = s.values(b[i:], from, depth)
		}
		switch {
		case out == pending && s.parts[from] != nil:
			s.parts[from].prefix = string(b[:i])
			return pending
		case out == known || out == damaged:
			return out
		case cut < 0 && errors.Is(err, io.ErrUnexpectedEOF) && bytes.Contains(b[i:], []byte("audit.k8s.io/")):
			cut = i
		}
	}
	if cut >= 0 {
		s.keep(from, b[:cut], b[cut:])
		return pending
	}
	return foreign
}

// keep keeps the beginning of an event.
func (s *scanner) keep(from string, prefix, text []byte) {
	if s.parts == nil {
		s.parts = map[string]*part{}
	}
	if s.parts[from] != nil {
		s.Damaged++
	} else if len(s.parts) >= maxParts {
		s.Damaged++
		return
	}
	s.parts[from] = &part{string(prefix), bytes.Clone(text)}
}

// maxParts is how many events wait for their end at the same time.
const maxParts = 16

// join joins a text to the beginning of an event; ok is false where it is the beginning of another one.
func (s *scanner) join(p *part, b []byte, from string, depth int) (out outcome, ok bool) {
	if n := len(p.prefix); n > 0 && len(b) >= n && sameButDigits(p.prefix, string(b[:n])) {
		b = b[n:]
	}
	if bytes.HasPrefix(b, plain) || b[0] == '{' && json.Valid(b) || len(p.text)+len(b) > maxLine {
		delete(s.parts, from)
		s.Damaged++
		return foreign, false
	}
	if p.text = append(p.text, b...); b[len(b)-1] != '}' || !json.Valid(p.text) {
		return pending, true
	}
	delete(s.parts, from)
	return s.message(p.text, from, depth), true
}

// sameButDigits reports whether two texts differ in their digits only, as the times before two lines of one log do.
func sameButDigits(a, b string) bool {
	digit := func(c byte) bool { return c >= '0' && c <= '9' }
	for i := range len(a) {
		if a[i] != b[i] && !(digit(a[i]) && digit(b[i])) {
			return false
		}
	}
	return true
}

// cri takes a line apart that a container runtime wrote: TIME stdout P TEXT. What comes before the time belongs to the
// stream's name.
func cri(b []byte) (stream string, text []byte, whole, ok bool) {
	head := b[:min(len(b), 512)]
	for _, name := range []string{" stdout ", " stderr "} {
		i := bytes.Index(head, []byte(name))
		if i < 0 {
			continue
		}
		before, rest := string(b[:i]), b[i+len(name):]
		at := before[strings.LastIndexByte(before, ' ')+1:]
		if _, err := time.Parse(time.RFC3339Nano, at); err != nil {
			continue
		}
		tag, text, _ := bytes.Cut(rest, []byte(" "))
		switch first, _, _ := strings.Cut(string(tag), ":"); first {
		case "F", "P":
			return "cri " + before[:len(before)-len(at)] + name, text, first == "F", true
		}
	}
	return "", nil, false, false
}

// cri takes a part of a line of a stream, and the line once it is whole.
func (s *scanner) cri(stream string, text []byte, whole bool) outcome {
	p := s.parts[stream]
	switch {
	case p != nil && len(p.text)+len(text) > maxLine:
		delete(s.parts, stream)
		s.Huge++
		return pending
	case p != nil:
		p.text = append(p.text, text...)
	case !whole:
		s.keep(stream, nil, text)
	}
	if !whole {
		return pending
	}
	if p != nil {
		text = p.text
		delete(s.parts, stream)
	}
	out := s.message(text, stream+"line", 1)
	if p := s.parts[stream+"line"]; p != nil { // its end was not written
		delete(s.parts, stream+"line")
		return damaged
	}
	return out
}

// endParts counts the events whose end did not come.
func (s *scanner) endParts() {
	s.Damaged += int64(len(s.parts))
	clear(s.parts)
}
