package filter

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/diff"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/find"
)

// Filter is a text that was parsed. The zero Filter, and nil, let everything pass. It does not change.
type Filter struct {
	text  string
	terms []term
	query find.Query // of the terms that are text
}

// term is one word with its values.
type term struct {
	word   string
	not    bool
	values []string // in small letters where case does not matter
	kinds  []kinds.Resource
	fields []field
	rev    int64              // of since and until, 0: moment
	moment attribution.Moment // of since and until
	asked  *asked
}

// field is a path, and the value that is wanted there.
type field struct {
	steps []diff.Step
	value string
	equal bool // value counts
}

// MaxText bounds the text of a filter, in bytes.
const MaxText = 4096

// Parse reads a filter. table knows the resources, nil for those of Kubernetes. The error names the first term that cannot be
// understood or is not complete, in one line of safe text; the Filter is that of the other terms.
func Parse(s string, table *kinds.Table) (*Filter, error) {
	var err error
	if len(s) > MaxText {
		s, err = s[:MaxText], fmt.Errorf("it is longer than %d bytes; give a shorter one", MaxText)
	}
	if table == nil {
		table = kinds.Builtin()
	}
	f := &Filter{text: s}
	tokens, open := split(s)
	if !open {
		f.text = strings.TrimSpace(s)
	}
	if open && err == nil {
		err = fmt.Errorf("a quote is not closed; add a double quote")
	}
	var plain []string
	for _, tok := range tokens {
		w, e := tok.word()
		if e != nil && err == nil {
			err = e
		}
		switch {
		case e != nil:
		case w == nil:
			plain = append(plain, tok.plain())
		default:
			t, e := read(w, tok, table)
			if e != nil {
				if err == nil {
					err = e
				}
				continue
			}
			f.terms = append(f.terms, t)
		}
	}
	f.query = find.Terms(plain)
	return f, err
}

// token is a term as it was typed.
type token struct {
	not   bool
	name  string   // before the first colon outside of quotes, "" for none
	parts []string // between commas outside of quotes; of what follows the colon, or of all of it
	colon bool
	bare  string // without the sign and the quotes
	fixed bool   // it began with a quote: it is text, whatever it looks like
}

// split cuts a text at its blanks, outside of quotes. open says that a quote is not closed.
func split(text string) (out []token, open bool) {
	var s splitter
	for _, r := range text {
		s.add(r)
	}
	s.flush()
	return s.out, s.open
}

// splitter is the state of split.
type splitter struct {
	token
	part, all strings.Builder // of the part and of the token that are being read
	any       bool            // the token has begun
	open      bool            // within quotes
	out       []token
}

func (s *splitter) add(r rune) {
	switch {
	case r == '"':
		s.fixed = s.fixed || !s.any || s.not && s.all.Len() == 0 && !s.colon
		s.open, s.any = !s.open, true
	case s.open || !s.sign(r):
		s.any = true
		s.part.WriteRune(r)
		s.all.WriteRune(r)
	}
}

// sign reports whether a character outside of quotes has a meaning of its own there, and does what it means.
func (s *splitter) sign(r rune) bool {
	switch {
	case unicode.IsSpace(r):
		s.flush()
	case r == '!' && !s.any:
		s.not, s.any = true, true
	case r == ':' && !s.colon && !s.fixed && isName(s.part.String()) && len(s.parts) == 0:
		s.name, s.colon = s.part.String(), true
		s.all.WriteRune(r)
		s.part.Reset()
	case r == ',' && s.colon:
		s.parts = append(s.parts, s.part.String())
		s.all.WriteRune(r)
		s.part.Reset()
	default:
		return false
	}
	return true
}

// flush ends a token.
func (s *splitter) flush() {
	if s.any {
		s.parts, s.bare = append(s.parts, s.part.String()), s.all.String()
		s.out = append(s.out, s.token)
	}
	s.token, s.any = token{}, false
	s.part.Reset()
	s.all.Reset()
}

// isName reports whether a text may be a word of the language.
func isName(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' })
}

// plain is a token as the query of keys has it.
func (t *token) plain() string {
	if t.not {
		return "!" + t.bare
	}
	return t.bare
}

// word returns the word that the token begins with, nil for text.
func (t *token) word() (*Word, error) {
	if t.not && !t.fixed && !t.colon && strings.Trim(t.bare, "!") == "" {
		return nil, fmt.Errorf("! negates nothing; put it before a term, as !by:kubelet")
	}
	if t.fixed || !t.colon || slices.Contains(textual, t.name) {
		return nil, nil
	}
	if w := wordOf(strings.ToLower(t.name)); w != nil {
		return w, nil
	}
	return nil, fmt.Errorf("there is no word %s:; there are %s; in double quotes it is text", t.name, names())
}

// read reads the values of a word.
func read(w *Word, tok token, table *kinds.Table) (t term, err error) {
	t = term{word: w.Name, not: tok.not, asked: &asked{}}
	parts := slices.DeleteFunc(slices.Clone(tok.parts), func(s string) bool { return s == "" })
	if len(parts) == 0 {
		return t, fmt.Errorf("%s: lacks its value; give one, as %s:%s", w.Name, w.Name, w.Example)
	}
	for _, p := range parts {
		if err := t.take(w, p, table); err != nil {
			return t, err
		}
	}
	if (w.Name == "since" || w.Name == "until") && len(parts) > 1 {
		return t, fmt.Errorf("%s: takes one revision or time; give one", w.Name)
	}
	if w.Name == "is" && slices.ContainsFunc(t.values, func(v string) bool { return v != t.values[0] }) {
		// One needs what a change has written, one who wrote it, and one what came after it, which are known at different times.
		return t, fmt.Errorf("is: takes one of %s; give a term for each", strings.Join(w.Values, ", "))
	}
	return t, nil
}

// take reads one value of a word.
func (t *term) take(w *Word, p string, table *kinds.Table) error {
	shown := clean.Key([]byte(p))
	switch w.Name {
	case "kind":
		r, ok := table.Find(p)
		if !ok && !strings.Contains(p, ".") { // else it may be one whose definition is gone
			return fmt.Errorf("there is no kind %s here; give a name that kubectl takes, as kind:deploy", shown)
		}
		if ok {
			t.kinds = append(t.kinds, r)
		} else {
			t.values = append(t.values, strings.ToLower(p))
		}
	case "since", "until":
		return t.when(w.Name, p)
	case "field":
		f, err := readField(p)
		t.fields = append(t.fields, f)
		return err
	case "ns":
		t.values = append(t.values, p)
	default:
		v := strings.ToLower(p)
		if w.Values != nil && !slices.Contains(w.Values, v) {
			return fmt.Errorf("there is no %s:%s; there are %s", w.Name, shown, strings.Join(w.Values, ", "))
		}
		t.values = append(t.values, v)
	}
	return nil
}

// when reads a revision or a moment.
func (t *term) when(word, p string) error {
	if rev, err := strconv.ParseInt(p, 10, 64); err == nil && rev > 0 {
		t.rev = rev
		return nil
	}
	m, ok := attribution.ReadMoment(p)
	if !ok {
		return fmt.Errorf("%s:%s is no revision and no time; give a revision (4000), a duration (10m) or a time (15:04)", word, clean.Key([]byte(p)))
	}
	t.moment = m
	return nil
}

// readField reads .spec.replicas, spec.replicas=3, .spec.containers[*].image.
func readField(p string) (f field, err error) {
	path := p
	depth := 0
	for i, r := range p { // "=" between brackets belongs to the name of an item
		switch {
		case r == '[':
			depth++
		case r == ']':
			depth--
		case r == '=' && depth <= 0:
			path, f.value, f.equal = p[:i], p[i+1:], true
		}
		if f.equal {
			break
		}
	}
	if !strings.HasPrefix(path, ".") && !strings.HasPrefix(path, "[") {
		path = "." + path
	}
	f.steps = diff.Split(path)
	for i := range f.steps {
		if s := &f.steps[i]; s.IsField() && s.Field == "" {
			return f, fmt.Errorf("field:%s is no path; give one, as field:.spec.replicas", clean.Key([]byte(p)))
		}
	}
	if len(f.steps) == 0 {
		return f, fmt.Errorf("field:%s is no path; give one, as field:.spec.replicas", clean.Key([]byte(p)))
	}
	return f, nil
}
