package reconcile

import (
	"cmp"
	"encoding/json"
	"hash/maphash"
	"slices"
	"strings"
	"time"
	"unique"

	"github.com/etcdscope/etcdscope/decode/diff"
	"github.com/etcdscope/etcdscope/decode/fields"
	"github.com/etcdscope/etcdscope/etcdsource"
)

// Fight is a field whose value one writer restores again and again, whatever another one writes; often each restores its own.
type Fight struct {
	Key, Kind, Namespace, Name string
	Path                       string
	Sides                      [2]Side // the one that wrote last comes first
	Undone                     int     // how often one undid the other; one of them at least twice
	From, To                   int64   // revisions of the first and the last change
	First, Last                Stamp
}

// Side is a writer and the value that it wants.
type Side struct {
	Writer     string // as stored, the subresource behind it where it is not status: "kubectl (scale)"; "": not known
	Controller string // inside kube-controller-manager, "" if none is known
	Value      string // safe text; "nothing" where the field is taken away
	Varies     bool   // it undoes nothing, but writes one value after the other; Value is the last
}

// Beat is the time from one change to the next, on average; 0 where that is not known.
func (f *Fight) Beat() time.Duration {
	if f.First.IsZero() || f.Undone == 0 {
		return 0
	}
	return f.Last.Sub(f.First) / time.Duration(f.Undone)
}

// duel is what is remembered of one field.
type duel struct {
	sides []side // the one that wrote last comes last
	last  flip
	fight *Fight // nil where there is none
}

// flip is one change of a field.
type flip struct {
	before, after uint64 // the values, as hashes; 0 is no value
	rev           int64
	when          Stamp
	blind         bool // an unknown writer took the field away: no trace says that it is not the one that set it
}

// side is a writer of a field.
type side struct {
	Side
	want      uint64 // the value that it wrote last
	displaced flip   // of another one, the first since then
	undone    int    // how often it restored the value that it wants
	varied    bool   // it wrote more than one value
	from      int64  // revision of the first change that it undid
	first     Stamp
}

// maxSides are remembered of a field.
const maxSides = 4

// Texts have a seed of their own: "5" is not 5.
var seed, textSeed = maphash.MakeSeed(), maphash.MakeSeed()

func hash(v any) uint64 {
	if v == nil {
		return 0
	}
	if s, ok := v.(string); ok {
		return maphash.String(textSeed, s)
	}
	b, _ := json.Marshal(v)
	return maphash.Bytes(seed, b)
}

// fought reports whether a field is one that writers could fight about: not what controllers report, nor what follows
// from other changes.
func fought(kind, path string) bool {
	return kind != "Lease" && kind != "Event" && kind != "Endpoints" && kind != "EndpointSlice" && !strings.HasPrefix(path, ".status") &&
		path != ".metadata.generation" && !strings.HasPrefix(path, `.metadata.annotations["kubectl.kubernetes.io/last-applied`)
}

// compare looks at what a change did to each field, of more than maxFields to the first.
func (t *Tracker) compare(in Input) {
	if in.Type != etcdsource.Updated || in.Object == nil {
		return
	}
	for i := range in.Changes[:min(len(in.Changes), maxFields)] {
		t.name = append(append(append(t.name[:0], in.Object.Kind...), ' '), in.Changes[i].Path...)
		t.fields.count(t.name, maxHot)
	}
	var owners *fields.Finder
	for i := range in.Facts.disputes {
		d := &in.Facts.disputes[i]
		side := Side{Writer: in.Writer, Controller: in.Controller, Value: d.value}
		if mayClaim(&in) { // few sets are read for that
			if owners == nil {
				owners = fields.NewFinder(t.entries(in.Object))
			}
			name, at := claimant(owners, d.Path)
			if side.Writer == "" && (!in.Attributed || soon(at, &in)) || side.Writer != "" && strings.HasPrefix(name, side.Writer+" (") {
				side.Writer = name
			}
		}
		side.Writer = unique.Make(side.Writer).Value() // not a part of the JSON of an object
		t.flip(in, d, side)
	}
}

// mayClaim reports whether who claims a field in managedFields may say more of the writer of a change than is known.
func mayClaim(in *Input) bool {
	if in.Writer != "" {
		return in.Facts.parts
	}
	return !in.Attributed || !in.When.IsZero() && !in.Open
}

// soon reports whether a change was surely made so soon after a claim that both may be one writer's: claims are dated in
// seconds, and one that is repeated within its second leaves no trace. What may as well have been made long after is not.
func soon(claim Stamp, in *Input) bool {
	if claim.IsZero() || in.When.IsZero() || in.When.Sub(claim).Abs() >= 1500*time.Millisecond {
		return false
	}
	return !in.Open && (in.Until.IsZero() || in.Until.Sub(claim) <= 2*time.Second)
}

// claimant is who owns a field, and since when; the newest where there are several, "" where there is none.
func claimant(owners *fields.Finder, path string) (name string, at Stamp) {
	var best *fields.Entry
	for _, e := range owners.Owners(diff.Split(path)) {
		if best == nil || e.Time.After(best.Time) {
			best = e
		}
	}
	switch {
	case best == nil:
		return "", at
	case best.Subresource != "" && best.Subresource != "status":
		return best.Manager + " (" + best.Subresource + ")", best.Time
	}
	return best.Manager, best.Time
}

// same reports whether two sides are one writer. All that are not known are one; a component of which no controller is known
// may be any of its controllers.
func same(a, b *Side) bool {
	return a.Writer == b.Writer && (a.Controller == b.Controller || a.Controller == "" || b.Controller == "")
}

// flip takes a change of a field.
func (t *Tracker) flip(in Input, c *dispute, by Side) {
	id := string(in.Key) + "\x00" + c.Path
	d := t.duels[id]
	if d == nil {
		t.makeRoom()
		d = &duel{}
		t.duels[id] = d
	}
	now := flip{before: c.before, after: c.after, rev: in.Mod, when: in.When}
	now.blind = by.Writer == "" && now.after == 0
	if d.take(by, &now) {
		d.found(in, c.Path)
	}
	d.last = now
}

// take notes a change of a side, which becomes the last one, and reports whether it undid what another one wrote.
func (d *duel) take(by Side, now *flip) (undid bool) {
	s, undone := side{Side: by}, flip{}
	i := slices.IndexFunc(d.sides, func(s side) bool { return same(&s.Side, &by) })
	if i >= 0 {
		s = d.sides[i]
		s.Value, s.Controller = by.Value, cmp.Or(by.Controller, s.Controller)
	}
	switch another := len(d.sides) > 0 && i != len(d.sides)-1; {
	case i >= 0 && s.want == now.after:
		undone = s.displaced
	case another && d.last.before == now.after && d.last.after == now.before && !d.last.blind: // what was there before the other came
		undone = d.last
	}
	if s.want != now.after {
		s.undone, s.varied = 0, i >= 0
	}
	s.want, s.displaced = now.after, flip{}
	if undid = undone.rev > 0 && !now.blind; undid {
		if s.undone++; s.undone == 1 {
			s.from, s.first = undone.rev, undone.when
		}
	}
	switch {
	case i >= 0:
		d.sides = slices.Delete(d.sides, i, i+1)
	case len(d.sides) == maxSides:
		d.sides = slices.Delete(d.sides, 0, 1)
	}
	for j := range d.sides {
		if o := &d.sides[j]; o.want != now.after && o.displaced.rev == 0 && !now.blind {
			o.displaced = *now
		}
	}
	d.sides = append(d.sides, s)
	return undid
}

// found notes that the last side undid what the one before wrote: a fight, once a side does so again.
func (d *duel) found(in Input, path string) {
	n := len(d.sides)
	if n < 2 {
		return
	}
	s, other := &d.sides[n-1], &d.sides[n-2]
	switch {
	case d.fight != nil:
		d.fight.Undone++
	case s.undone >= 2:
		o := in.Object
		f := &Fight{Key: string(in.Key), Kind: o.Kind, Namespace: o.Namespace, Name: o.Name, Path: path, From: s.from, First: s.first}
		for i := range d.sides {
			x := &d.sides[i]
			if f.Undone += x.undone; x.undone > 0 && x.from < f.From {
				f.From, f.First = x.from, x.first
			}
		}
		d.fight = f
	default:
		return
	}
	f := d.fight
	f.Sides = [2]Side{s.Side, other.Side}
	f.Sides[1].Varies = other.undone == 0 && other.varied
	f.To, f.Last = in.Mod, in.When
}

// makeRoom forgets the fields that were written longest ago and are not fought about.
func (t *Tracker) makeRoom() {
	if len(t.duels) < maxDuels {
		return
	}
	type ranked struct {
		id   string
		rank int64
	}
	list := make([]ranked, 0, len(t.duels))
	for id, d := range t.duels {
		r := ranked{id, d.last.rev}
		if d.fight != nil {
			r.rank += 1 << 48
		}
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b ranked) int {
		if c := cmp.Compare(a.rank, b.rank); c != 0 {
			return c
		}
		return cmp.Compare(a.id, b.id)
	})
	for _, r := range list[:maxDuels/2] {
		delete(t.duels, r.id)
	}
}

// Fights returns the fields about which writers fight, those undone most often first.
func (t *Tracker) Fights() (out []Fight) {
	for _, d := range t.duels {
		if d.fight != nil {
			out = append(out, *d.fight)
		}
	}
	slices.SortFunc(out, func(a, b Fight) int {
		return cmp.Or(cmp.Compare(b.Undone, a.Undone), cmp.Compare(a.Key, b.Key), cmp.Compare(a.Path, b.Path))
	})
	return out
}
