// Package blame says of every field of an object who owns it and which revision changed it last.
//
//	version 371   replicas: 3   ◄── differs from 360: changed at 371
//	version 360   replicas: 2
//	version 352   (created)     ◄── what is still the same was written at 352
//
// The versions are walked from the newest to the oldest, each compared with the newest, until every field has been
// settled or what is retained ends.
//
// What always holds:
//   - A field's revision is that of a version which was read, and the field differs in the version before it.
//   - What did not change within the versions that were read has no revision, but Floor bounds it, unless the object
//     was created there.
//   - Owners are those of managedFields: evidence, which a removal or a binding leaves no trace in.
//   - The values of a Secret are masked as the View says.
package blame

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/diff"
	"github.com/etcdscope/etcdscope/decode/fields"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/change"
)

// Line is a field of the object that has no parts.
type Line struct {
	Path   string          // as in package diff; not safe to draw
	Value  any             // as the View shows it; not safe to draw
	Owners []*fields.Entry // shared with other lines
	// Revision changed the field last; 0: it is the same in all versions that were read.
	Revision int64
	// Time is when the owner of the field wrote that revision, as it says itself; zero where it does not.
	Time time.Time
}

// Blame is an object with the origin of its fields.
type Blame struct {
	Object *decode.Object
	Lines  []Line
	// Floor is the oldest version that was read: what has no revision was changed there or before.
	Floor int64
	// Read is the number of versions that were read, Edge what ended the walk; a walk that settled everything has
	// EdgeMore.
	Read int
	Edge etcdsource.Edge

	dec  *decode.Decoder
	last *decode.Object // the oldest version so far
	open int            // lines without a revision
	by   []int          // the lines in the order of their paths; made when it is needed
	met  met
}

// New begins with the version that is to be explained.
func New(dec *decode.Decoder, o *decode.Object, v decode.View) *Blame {
	b := &Blame{Object: o, dec: dec, last: o, Floor: o.Mod, Read: 1}
	entries := fields.Entries(o.Tree(decode.View{Reveal: true, ManagedFields: true}))
	owners := fields.NewFinder(entries)
	dec.EachLeaf(o, v, func(l *diff.Leaf) {
		b.Lines = append(b.Lines, Line{Path: l.Path, Value: l.Value, Owners: owners.Owners(l.Steps)})
	})
	b.open = len(b.Lines)
	return b
}

// Settled reports whether every line has its revision.
func (b *Blame) Settled() bool { return b.open == 0 }

// Older takes the version before the oldest so far.
func (b *Blame) Older(o *decode.Object) {
	b.Read++
	b.met = met{}
	var entries []fields.Entry
	for _, c := range b.dec.Diff(o, b.Object, decode.View{Reveal: true}) {
		for path := c.Path; !b.touched(path, &entries) && c.Op != diff.Remove && path != ""; {
			steps := diff.Split(path) // an item with another name than in the newest version: its list was touched
			path = fields.Path(steps[:max(len(steps)-1, 0)])
		}
	}
	b.last, b.Floor = o, o.Mod
}

// Created reports that the oldest version so far is the first of its object.
func (b *Blame) Created() {
	var entries []fields.Entry
	for i := range b.Lines {
		b.settle(&b.Lines[i], &entries)
	}
}

// touched settles the lines that a change of a path concerns, and reports whether there are such lines.
func (b *Blame) touched(path string, entries *[]fields.Entry) (found bool) {
	settle := func(path string, within func(rest string) bool) {
		for i := b.find(path); i < len(b.by); i++ {
			rest, ok := strings.CutPrefix(b.Lines[b.by[i]].Path, path)
			if !ok || !within(rest) {
				break
			}
			b.settle(&b.Lines[b.by[i]], entries)
			found = true
		}
	}
	settle(path, func(rest string) bool { return rest == "" })
	settle(path+".", all) // what lies below it
	settle(path+"[", all)
	for i := b.met.skip(path); i < len(path) && i < maxWhole; i++ { // what it lies below
		if c := path[i]; (c == '.' || c == '[') && b.met.whole == 0 {
			before := found
			if settle(path[:i], func(rest string) bool { return rest == "" }); found && !before {
				b.met.whole = i
			}
		}
	}
	return found || b.met.whole > 0
}

func all(string) bool { return true }

// met is what was looked for of the last change: the next one lies below nearly the same.
type met struct {
	path  string
	whole int // bytes of path up to a line that it lies below; 0 where there is none
}

// skip takes the next path, and returns up to where it has been looked for what it lies below.
func (m *met) skip(path string) int {
	n := 0
	for n < len(path) && n < len(m.path) && path[n] == m.path[n] {
		n++
	}
	if m.path = path; m.whole > 0 && m.whole >= n {
		m.whole = 0
	}
	return max(n, 1)
}

// maxWhole bounds how far into a path something is looked for that it lies below, in bytes.
const maxWhole = 2000

// find returns where in the order of their paths the first line stands whose path is not before this one.
func (b *Blame) find(path string) int {
	if b.by == nil {
		b.by = make([]int, len(b.Lines))
		for i := range b.by {
			b.by[i] = i
		}
		slices.SortStableFunc(b.by, func(i, j int) int { return strings.Compare(b.Lines[i].Path, b.Lines[j].Path) })
	}
	i, _ := slices.BinarySearchFunc(b.by, path, func(i int, path string) int { return strings.Compare(b.Lines[i].Path, path) })
	return i
}

// settle says that the oldest version so far is the one that changed the line. entries are that version's, read when
// they are needed.
func (b *Blame) settle(l *Line, entries *[]fields.Entry) {
	if l.Revision != 0 {
		return
	}
	l.Revision = b.last.Mod
	b.open--
	if *entries == nil {
		*entries = fields.Entries(b.last.Tree(decode.View{Reveal: true, ManagedFields: true}))
	}
	for _, o := range l.Owners {
		for _, e := range *entries {
			if e.Manager == o.Manager && e.Operation == o.Operation && e.Subresource == o.Subresource && e.Time.After(l.Time) {
				l.Time = e.Time
			}
		}
	}
}

// page is how many versions are asked for at once, small enough that little is read in vain.
const page = 32

// Read explains a key as it was at a revision (0: now), reading at most limit versions of it. It returns nil where the
// key was not there then; gone is then the newest version that it had before, nil where none is held.
func Read(ctx context.Context, versions etcdsource.Versions, dec *decode.Decoder, key []byte, rev int64, v decode.View, limit int) (b *Blame, gone *etcdsource.Event, err error) {
	for upTo := rev; ; {
		events, edge, err := versions.Versions(ctx, key, upTo, min(page, limit))
		if err != nil {
			return nil, nil, err
		}
		for i := range events {
			e := &events[i]
			switch {
			case e.Type == etcdsource.Deleted && b == nil:
				return nil, before(ctx, versions, events[i:], key), nil
			case e.Type == etcdsource.Deleted:
				return b, nil, nil // the version behind it was settled as the first one
			case b == nil:
				b = New(dec, dec.Object(e.Key, e.Value, e.Mod), v)
			default:
				older := dec.Object(e.Key, e.Value, e.Mod)
				if change.Unreadable(older, b.Object) != "" {
					return b, nil, nil // what lies before is not known
				}
				b.Older(older)
			}
			if e.Type == etcdsource.Created {
				b.Created()
			}
			if b.Settled() || b.Read >= limit {
				return b, nil, nil
			}
		}
		if b != nil {
			b.Edge = edge
		}
		if edge.Kind != etcdsource.EdgeMore || len(events) == 0 {
			return b, nil, nil
		}
		upTo = events[len(events)-1].Mod - 1
	}
}

// before finds the version that a deletion ended.
func before(ctx context.Context, versions etcdsource.Versions, events []etcdsource.Event, key []byte) *etcdsource.Event {
	if len(events) == 1 {
		more, _, err := versions.Versions(ctx, key, events[0].Mod-1, 1)
		if err != nil || len(more) == 0 {
			return nil
		}
		events = append(events, more[0])
	}
	if events[1].Type == etcdsource.Deleted {
		return nil
	}
	return &events[1]
}
