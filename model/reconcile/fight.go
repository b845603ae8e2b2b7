package reconcile

import (
	"cmp"
	"encoding/json"
	"hash/maphash"
	"slices"
	"strings"
	"time"
	"unique"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/diff"
	"github.com/etcdscope/etcdscope/decode/fields"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/change"
)

// Fight is a field that two writers keep setting back.
type Fight struct {
	Key, Kind, Namespace, Name string
	Path                       string
	Sides                      [2]Side // the one that wrote last comes first
	Undone                     int     // how often one undid the other, at least 2
	From, To                   int64   // revisions of the first and the last change
	First, Last                Stamp
}

// Side is a writer and the value that it wants.
type Side struct {
	Writer     string // as stored, the subresource behind it where it is not status: "kubectl (scale)"
	Controller string // inside kube-controller-manager, "" if none is known
	Value      string // safe text; "nothing" where the field is taken away
}

// Beat is the time from one change to the next, on average; 0 where that is not known.
func (f *Fight) Beat() time.Duration {
	if f.First.IsZero() || f.Undone == 0 {
		return 0
	}
	return f.Last.Sub(f.First) / time.Duration(f.Undone)
}

// duel is what is remembered of one field: its last change, and how often in a row changes undid the one before.
type duel struct {
	last  flip
	fight Fight
}

// flip is one change of a field.
type flip struct {
	before, after uint64 // the values, as hashes
	side          Side
	rev           int64
	when          Stamp
}

var seed = maphash.MakeSeed()

func hash(v any) uint64 {
	if v == nil {
		return 0
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
	var owners *fields.Finder
	for i := range in.Changes[:min(len(in.Changes), maxFields)] {
		c := &in.Changes[i]
		t.fields.count(in.Object.Kind+" "+c.Path, maxHot)
		if in.Object.Secret && (c.Old == decode.Mask || c.New == decode.Mask) || !fought(in.Object.Kind, c.Path) {
			continue
		}
		side := Side{Writer: in.Writer, Controller: in.Controller, Value: change.Value(c.New)}
		if in.Object.Secret {
			side.Value = decode.Mask
		}
		if owners == nil {
			owners = fields.NewFinder(entries(in.Object))
		}
		who := claimant(owners, c.Path)
		if side.Writer == "" && !in.Attributed || side.Writer != "" && strings.HasPrefix(who, side.Writer+" (") {
			side.Writer = who
		}
		side.Writer, side.Value = unique.Make(side.Writer).Value(), strings.Clone(side.Value) // not parts of the JSON of an object
		t.flip(in, c, side)
	}
}

// entries are those of an object's managedFields, read without all else that it holds.
func entries(o *decode.Object) []fields.Entry {
	if !o.IsKubernetes() {
		return fields.Entries(o.Tree(decode.View{ManagedFields: true}))
	}
	return fields.Entries(map[string]any{"metadata": map[string]any{"managedFields": o.Field("metadata", "managedFields")}})
}

// claimant is who owns a field; the newest where there are several, "" where there is none.
func claimant(owners *fields.Finder, path string) string {
	var best *fields.Entry
	for _, e := range owners.Owners(diff.Split(path)) {
		if best == nil || e.Time.After(best.Time) {
			best = e
		}
	}
	switch {
	case best == nil:
		return ""
	case best.Subresource != "" && best.Subresource != "status":
		return best.Manager + " (" + best.Subresource + ")"
	}
	return best.Manager
}

// differ reports whether two sides are two writers.
func differ(a, b Side) bool { return a.Writer != b.Writer || a.Controller != b.Controller }

func (t *Tracker) flip(in Input, c *diff.Change, side Side) {
	id := string(in.Key) + "\x00" + c.Path
	now := flip{hash(c.Old), hash(c.New), side, in.Mod, in.When}
	d := t.duels[id]
	if d == nil {
		t.makeRoom()
		t.duels[id] = &duel{last: now}
		return
	}
	was := d.last
	d.last = now
	undone := was.before == now.after && was.after == now.before && differ(was.side, side) && was.side.Writer != "" && side.Writer != ""
	switch {
	case !undone && d.fight.Undone < 2: // not yet a fight: begin again
		d.fight = Fight{}
		return
	case !undone:
		return
	case d.fight.Undone == 0:
		o := in.Object
		d.fight = Fight{Key: string(in.Key), Kind: o.Kind, Namespace: o.Namespace, Name: o.Name, Path: c.Path, From: was.rev, First: was.when}
	}
	f := &d.fight
	f.Undone++
	f.Sides = [2]Side{side, was.side}
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
		list = append(list, ranked{id, d.last.rev + int64(min(d.fight.Undone, 2))<<48})
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

// Fights returns the fields that two writers keep setting back, those undone most often first.
func (t *Tracker) Fights() (out []Fight) {
	for _, d := range t.duels {
		if d.fight.Undone >= 2 {
			out = append(out, d.fight)
		}
	}
	slices.SortFunc(out, func(a, b Fight) int {
		return cmp.Or(cmp.Compare(b.Undone, a.Undone), cmp.Compare(a.Key, b.Key), cmp.Compare(a.Path, b.Path))
	})
	return out
}
