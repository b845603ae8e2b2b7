// Package diffview shows what differs between two versions of an object, or between two objects.
//
//	two Sides ─► Compare (pure, outside of Update) ─► Content{Rows, Fields} ─► Pane
//
//	 @@ spec.template.spec.containers[name=web] @@               unified; side by side from 160 columns; by field
//	   48  48      - name: web
//	   49      −     image: registry.example/web:1.8.1           the words that differ are reversed
//	       49  +     image: registry.example/web:1.8.2
//
// What always holds:
//   - Both sides are walked together, items of lists paired by their names: a moved item is no change, and what is
//     beside each other is the same field.
//   - Values of Secrets are compared as they are and shown as the View says: a masked value that differs is marked.
//   - What is only noise (managedFields, heartbeats, times of transitions) is folded, and counted.
//   - A pane draws lines that were laid out before; a frame costs what is visible.
package diffview

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/diff"
	"github.com/etcdscope/etcdscope/decode/text"
)

// Side is one of the two that are compared.
type Side struct {
	Key    []byte
	Rev    int64          // of the version; where the key does not exist, the revision at which it does not
	Sub    int64          // place of the version among the changes of its revision
	Object *decode.Object // nil: the key does not exist there
	Label  string         // what the side is called beside its revision: "now", "then"; safe text, may be ""
}

// Step is a write that lies between the sides: what it changed, for telling the revision of each hunk.
type Step struct {
	Rev     int64
	Changes []diff.Change
}

// Field is a changed field and the revision that changed it last, 0 where it is not known.
type Field struct {
	diff.Change
	Rev   int64
	Noise bool
}

// Content is a comparison, ready to be laid out. It is read only.
type Content struct {
	From, To  Side
	Steps     int // writes between the sides, the one that made To included; 0 where they were not read
	Fields    []Field
	Rows      []Row
	Words     []string // what a diff of fields cannot say: re-encrypted, re-encoded, created, gone
	Masked    bool     // some of it is hidden
	Reveal    bool
	Moved     int // items that changed their place in a list
	hidden    bool
	reordered []string // lists whose items only changed their order
}

// Compare says what differs. steps are the writes after From up to To, oldest first; nil where there are none between or
// they were not read.
func Compare(dec *decode.Decoder, from, to Side, steps []Step, reveal bool) *Content {
	c := &Content{From: from, To: to, Steps: len(steps), Reveal: reveal}
	show := decode.View{Reveal: reveal, ManagedFields: true}
	real := decode.View{Reveal: true, ManagedFields: true}
	a := value{tree(from.Object.Tree(real)), tree(from.Object.Tree(show))}
	b := value{tree(to.Object.Tree(real)), tree(to.Object.Tree(show))}
	x, _ := a.real.(map[string]any)
	y, _ := b.real.(map[string]any)
	if (x == nil) != (from.Object == nil) || (y == nil) != (to.Object == nil) {
		c.plain(show)
	} else {
		m := merger{}
		m.maps("", 0, a, b, dec.Names(x, y))
		c.Rows, c.Moved = m.rows, m.moved
	}
	changes, reordered := dec.Compare(from.Object, to.Object, show)
	c.reordered = reordered
	for _, ch := range changes {
		c.Fields = append(c.Fields, Field{ch, revision(steps, ch.Path), noise(ch.Path)})
	}
	for i := range c.Rows {
		r := &c.Rows[i]
		r.Noise = noise(r.Path)
		if r.Op != Equal {
			r.Rev = revision(steps, r.Path)
		}
	}
	c.Masked = !reveal && (secret(from.Object) || secret(to.Object))
	c.words()
	return c
}

// tree turns a nil map into a nil value.
func tree(m map[string]any) any {
	if m == nil {
		return nil
	}
	return m
}

func secret(o *decode.Object) bool { return o != nil && o.Secret }

// plain compares what has no decoded form, line by line.
func (c *Content) plain(v decode.View) {
	lines := func(o *decode.Object) []text.Line {
		if o == nil {
			return nil
		}
		return o.YAML(v).Lines
	}
	m := merger{}
	m.lines("", 0, lines(c.From.Object), lines(c.To.Object))
	c.Rows = m.rows
	a, b := c.From.Object, c.To.Object
	if len(c.Changed(true)) == 0 && a != nil && b != nil && secret(b) && !v.Reveal && !sameBytes(a, b) {
		c.hidden = true
		c.Words = append(c.Words, "The stored values differ; they are masked.")
	}
}

// revision returns the newest step that changed the field, something in it, or what it is a part of.
func revision(steps []Step, path string) int64 {
	for i := len(steps) - 1; i >= 0; i-- {
		for j := range steps[i].Changes {
			if p := steps[i].Changes[j].Path; within(path, p) || within(p, path) {
				return steps[i].Rev
			}
		}
	}
	return 0
}

// words says what fields do not.
func (c *Content) words() {
	a, b := c.From.Object, c.To.Object
	switch {
	case a == nil && b == nil:
		c.Words = append(c.Words, "The key exists on neither side.")
		return
	case a == nil:
		c.Words = append(c.Words, "The key did not exist on the older side: all of it was created.")
		return
	case b == nil:
		c.Words = append(c.Words, "The key does not exist on the newer side: it was deleted. This is its last value.")
		return
	}
	if a.UID != "" && b.UID != "" && a.UID != b.UID && bytes.Equal(c.From.Key, c.To.Key) {
		c.Words = append(c.Words, "These are two lives of the key: it was deleted and created again between them (another uid).")
	}
	if a.Encoding != b.Encoding {
		c.Words = append(c.Words, fmt.Sprintf("Re-encoded: %s before, %s now.", a.Encoding, b.Encoding))
	}
	if a.Encryption != b.Encryption {
		c.Words = append(c.Words, fmt.Sprintf("Re-encrypted: %s before, %s now.", encryption(a), encryption(b)))
	}
	if len(c.Changed(false)) > 0 || c.hidden {
		return
	}
	switch {
	case len(c.Words) > 0:
		c.Words = append(c.Words, "No field differs.")
	case len(c.reordered) > 0:
		c.Words = append(c.Words, "Nothing differs but the order of items: "+clean.Key([]byte(strings.Join(c.reordered, ", ")))+".")
	case sameBytes(a, b):
		c.Words = append(c.Words, "The same bytes on both sides: nothing differs.")
	case len(c.Changed(true)) > 0:
		c.Words = append(c.Words, "Nothing differs but times, managedFields and the revision itself: i shows them.")
	default:
		c.Words = append(c.Words, "The stored bytes differ, no field does.")
	}
}

func encryption(o *decode.Object) string {
	if s := o.Encryption.String(); s != "" {
		return clean.Key([]byte(s))
	}
	return "not encrypted"
}

func sameBytes(a, b *decode.Object) bool {
	x, _ := a.Raw(decode.View{Reveal: true})
	y, _ := b.Raw(decode.View{Reveal: true})
	return bytes.Equal(x, y)
}

// Changed returns the rows that differ, those of noise only where they are wanted.
func (c *Content) Changed(withNoise bool) (rows []*Row) {
	for i := range c.Rows {
		if r := &c.Rows[i]; r.Op != Equal && (withNoise || !r.Noise) {
			rows = append(rows, r)
		}
	}
	return rows
}

// counts returns the changed fields, and the lines that were added and removed.
func (c *Content) counts(withNoise bool) (fields, added, removed int) {
	for i := range c.Fields {
		if withNoise || !c.Fields[i].Noise {
			fields++
		}
	}
	for _, r := range c.Changed(withNoise) {
		if r.Op != Removed {
			added++
		}
		if r.Op != Added {
			removed++
		}
	}
	return fields, added, removed
}

// noisy returns how many changed rows are only noise.
func (c *Content) noisy() int { return len(c.Changed(true)) - len(c.Changed(false)) }

// Same reports whether another comparison is of the same versions.
func (c *Content) Same(o *Content) bool {
	return string(c.From.Key) == string(o.From.Key) && string(c.To.Key) == string(o.To.Key) && c.From.Rev == o.From.Rev && c.To.Rev == o.To.Rev
}
