package grep

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// Query is what is searched for.
type Query struct {
	Text       string
	Regexp     bool // Text is a regular expression (RE2), as Go's regexp reads it; else it is the text itself
	IgnoreCase bool
}

// Pattern finds a Query in lines of text, and in stored bytes those that may hold such lines.
type Pattern struct {
	re    *regexp.Regexp // nil: text
	text  string
	fold  bool
	whole finder // every value with a line that matches holds its text; empty: not known
	bare  finder // likewise, whatever has written the JSON
	// drawn says that what matches may be a number, a time or a truth value, which is stored otherwise than it is shown.
	drawn bool
}

// maxText is how long a query may be, in bytes.
const maxText = 4096

// Compile reads a query. The error says in one line what is wrong with it.
func Compile(q Query) (*Pattern, error) {
	switch {
	case q.Text == "":
		return nil, errors.New("it is empty")
	case len(q.Text) > maxText:
		return nil, fmt.Errorf("it is longer than %d bytes", maxText)
	case strings.ContainsAny(q.Text, "\n\r"):
		return nil, errors.New("it has more than one line, and lines are what is searched")
	}
	p := &Pattern{text: q.Text, fold: q.IgnoreCase}
	literal := q.Text
	if q.Regexp || q.IgnoreCase {
		expr, flags := q.Text, ""
		if !q.Regexp {
			expr = regexp.QuoteMeta(expr)
		}
		if q.IgnoreCase {
			flags = "(?i)"
		}
		tree, err := syntax.Parse(flags+expr, syntax.Perl)
		if err != nil {
			var bad *syntax.Error
			if errors.As(err, &bad) {
				return nil, fmt.Errorf("%s: %s", bad.Code, bad.Expr)
			}
			return nil, err
		}
		if p.re, err = regexp.Compile(flags + expr); err != nil {
			return nil, err
		}
		literal, p.fold = required(tree.Simplify())
	}
	safe := func(r rune) bool { return r != utf8.RuneError }
	if p.fold {
		literal, safe = strings.ToLower(literal), foldsSimply
	}
	p.whole = newFinder(longest(literal, func(r rune) bool { return safe(r) && !strings.ContainsRune(escaped, r) && r >= ' ' }), p.fold)
	p.bare = newFinder(longest(literal, func(r rune) bool { return safe(r) && !strings.ContainsRune(escaped+"/'", r) && r >= ' ' && r < 0x7f }), p.fold)
	p.drawn = len(p.whole.text) == 0 || isDrawn(strings.ToLower(literal))
	return p, nil
}

// required returns a text that each match holds, "" where there is none, and whether its letters may be of either case.
func required(re *syntax.Regexp) (text string, fold bool) {
	switch re.Op {
	case syntax.OpLiteral:
		return string(re.Rune), re.Flags&syntax.FoldCase != 0
	case syntax.OpCapture, syntax.OpPlus:
		return required(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return required(re.Sub[0])
		}
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			if t, f := required(sub); len(t) > len(text) {
				text, fold = t, f
			}
		}
	}
	return text, fold
}

// longest returns the longest run of runes of which ok is true, the first of those that are equally long.
func longest(text string, ok func(rune) bool) (best string) {
	for _, run := range strings.FieldsFunc(text, func(r rune) bool { return !ok(r) }) {
		if len(run) > len(best) {
			best = run
		}
	}
	return best
}

// foldsSimply reports whether a small letter is that of one ASCII capital at most: k and s are small forms of U+212A and
// U+017F too.
func foldsSimply(r rune) bool { return r < utf8.RuneSelf && r != 'k' && r != 's' }

// escaped are the runes that Go's JSON escapes beside those below the blank. Protobuf holds JSON too: what a controller keeps
// in a ControllerRevision.
const escaped = "\"\\<>&\u2028\u2029"

// isDrawn reports whether a text can be a part of a number, a time, a duration or a truth value.
func isDrawn(low string) bool {
	return strings.Trim(low, "0123456789.:+-etznumshµ") == "" || strings.Contains("true", low) || strings.Contains("false", low)
}

// May reports whether stored bytes may hold a line that matches; false is certain.
func (p *Pattern) May(plain []byte) bool {
	switch {
	case isJSON(plain):
		return p.bare.in(plain)
	case p.drawn, !bytes.HasPrefix(plain, protobufMagic) && bytes.Contains(plain, yamlMark):
		return true
	}
	return p.whole.in(plain)
}

var (
	protobufMagic = []byte("k8s\x00")
	yamlMark      = []byte("apiVersion:") // YAML folds and escapes texts in many ways
)

func isJSON(b []byte) bool {
	t := bytes.TrimLeft(b[:min(len(b), 64)], " \t\r\n")
	return len(t) > 0 && (t[0] == '{' || t[0] == '[')
}

// Find returns where the first match in a line begins and ends.
func (p *Pattern) Find(line string) (from, to int, ok bool) {
	if p.re != nil {
		at := p.re.FindStringIndex(line)
		if at == nil {
			return 0, 0, false
		}
		return at[0], at[1], true
	}
	i := strings.Index(line, p.text)
	return i, i + len(p.text), i >= 0
}
