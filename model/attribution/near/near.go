package near

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
)

// Changes is what was gathered.
type Changes struct {
	Events []etcdsource.Event
	Lost   etcdsource.Window // what is missing before them
	Whole  bool              // owners that are not among the Events do not exist
}

// Few is how many changes a source may hold that are better all read for the story of a family: some seconds' work. Of
// larger ones what is near says the same of who wrote, and dates by fewer stamps.
const Few = 20_000

// around is how many revisions before and after a change are looked at, of several keys and of one: they date it, and
// Events follow soon.
const around, aroundOne = 32, 64

// gatherer is one gathering.
type gatherer struct {
	*learn.Opened
	versions etcdsource.Versions
	reach    int64 // revisions
	most     int   // changes that are gathered at most
	bytes    int   // of the values that were gathered
	got      map[id]etcdsource.Event
	done     map[string]bool              // keys and folders that were read
	uids     map[string]map[string]string // the keys by the uids that they bore, by the folder of their kind
	out      Changes
}

type id struct{ mod, sub int64 }

// maxBytes bounds the values that are gathered: read one after the other, a source needs no memory for all of them.
const maxBytes = 96 << 20

// errMuch ends a gathering of which nothing is gained.
var errMuch = errors.New("near everything")

// Read gathers what is needed for keys. ok is false where the whole source is better read.
func Read(ctx context.Context, o *learn.Opened, keys []string) (c Changes, ok bool, err error) {
	g := &gatherer{Opened: o, got: map[id]etcdsource.Event{}, done: map[string]bool{}, uids: map[string]map[string]string{}, out: Changes{Whole: true}}
	if g.versions, err = etcdsource.As[etcdsource.Versions](o.Source); err != nil {
		return c, false, nil
	}
	if g.reach = around; len(keys) == 1 {
		g.reach = aroundOne
	}
	g.most = int(o.Info.Revision-max(o.Info.Compacted, 1)) / 2
	err = g.all(ctx, keys)
	if errors.Is(err, errMuch) {
		return c, false, nil
	}
	for _, e := range g.got {
		g.out.Events = append(g.out.Events, e)
	}
	slices.SortFunc(g.out.Events, func(a, b etcdsource.Event) int {
		return cmp.Or(cmp.Compare(a.Mod, b.Mod), cmp.Compare(a.Sub, b.Sub))
	})
	return g.out, err == nil, err
}

func (g *gatherer) all(ctx context.Context, keys []string) error {
	var near []int64
	for _, k := range keys {
		events, err := g.read(ctx, etcdsource.Key([]byte(k)))
		if err != nil {
			return err
		}
		for i := range events {
			if !strings.HasPrefix(k, g.Root+"leases/") { // they date themselves
				near = append(near, events[i].Mod)
			}
		}
		if err := g.kin(ctx, k, events); err != nil {
			return err
		}
	}
	for folder, uids := range g.uids {
		if err := g.copies(ctx, folder, uids); err != nil {
			return err
		}
	}
	if _, err := g.read(ctx, etcdsource.Prefix(g.Root+"leases/kube-system/")); err != nil {
		return err
	}
	return g.neighbours(ctx, near)
}

// read adds all changes of a span.
func (g *gatherer) read(ctx context.Context, span etcdsource.Span) (out []etcdsource.Event, err error) {
	name := string(span.From) + "\x00" + string(span.To)
	if g.done[name] {
		return nil, nil
	}
	g.done[name] = true
	err = g.from(ctx, span, 1, g.Info.Revision, func(e *etcdsource.Event) { out = append(out, *e) })
	return out, err
}

// from adds the changes of a span from one revision to another, and hands on each of them.
func (g *gatherer) from(ctx context.Context, span etcdsource.Span, from, to int64, tell func(*etcdsource.Event)) error {
	stream, err := g.Source.Watch(ctx, span, from)
	if err != nil {
		return err
	}
	defer stream.Close()
	for {
		b, err := stream.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if from == 1 {
			g.out.Lost = g.out.Lost.Join(b.Lost)
		}
		for i := range b.Events {
			e := &b.Events[i]
			if e.Mod > to {
				return nil
			}
			if at := (id{e.Mod, e.Sub}); g.got[at].Mod == 0 {
				g.got[at] = *e
				g.bytes += len(e.Value)
			}
			tell(e)
		}
		if len(g.got) > g.most || g.bytes > maxBytes {
			return errMuch
		}
		if b.Revision >= to {
			return nil
		}
	}
}

// kin adds what describes an object: its owners and their Events, what else they own of its kind, its own Events, its
// namespace, its Service.
func (g *gatherer) kin(ctx context.Context, key string, events []etcdsource.Event) error {
	ref, ok := g.Kinds.Locate(g.Root, []byte(key))
	if !ok || ref.Name == "" {
		return nil
	}
	spans := []string{g.about(ref.Namespace, ref.Name)}
	exact := []string{g.Root + "namespaces/" + ref.Namespace, // and what says how the parts of Kubernetes are called
		g.Root + "configmaps/" + ref.Namespace + "/kube-root-ca.crt", g.Root + "services/specs/default/kubernetes"}
	if ref.Plural == "endpoints" && ref.Group == "" {
		exact = append(exact, g.Root+"services/specs/"+ref.Namespace+"/"+ref.Name)
	}
	seen := map[string]bool{}
	for i := range events {
		if events[i].Type == etcdsource.Deleted {
			continue
		}
		list, _ := g.Decoder.Object(events[i].Key, events[i].Value, events[i].Mod).Field("metadata", "ownerReferences").([]any)
		for _, r := range list {
			m, _ := r.(map[string]any)
			kind, _ := m["kind"].(string)
			version, _ := m["apiVersion"].(string)
			name, _ := m["name"].(string)
			uid, _ := m["uid"].(string)
			if seen[uid] {
				continue
			}
			seen[uid] = true
			res, ok := g.Kinds.OfKind(version, kind)
			if !ok {
				g.out.Whole = false
				continue
			}
			exact = append(exact, string(g.Kinds.Key(g.Root, res, ref.Namespace, name)))
			spans = append(spans, g.about(ref.Namespace, name), g.siblings(ref, name))
		}
	}
	for _, k := range exact {
		if _, err := g.read(ctx, etcdsource.Key([]byte(k))); err != nil {
			return err
		}
	}
	for _, p := range spans {
		if _, err := g.read(ctx, etcdsource.Prefix(p)); err != nil {
			return err
		}
	}
	g.bear(g.Kinds.Prefix(g.Root, ref.Resource, ""), key, events)
	return nil
}

// bear notes the uids that the versions of a key bore.
func (g *gatherer) bear(folder, key string, events []etcdsource.Event) {
	var links decode.Links
	for i := range events {
		if g.Decoder.Links(events[i].Key, events[i].Value, &links); len(links.UID) == 0 {
			continue
		}
		if g.uids[folder] == nil {
			g.uids[folder] = map[string]string{}
		}
		g.uids[folder][string(links.UID)] = key
	}
}

// about is where the Events about an object are.
func (g *gatherer) about(ns, name string) string {
	if ns == "" {
		ns = "default"
	}
	return g.Root + "events/" + ns + "/" + name + "."
}

// siblings are the objects of a kind that an owner has named after itself.
func (g *gatherer) siblings(ref kinds.Ref, owner string) string {
	return g.Kinds.Prefix(g.Root, ref.Resource, ref.Namespace) + owner + "-"
}

// copies adds objects of a kind that bear the uid of a version of another key: one of them is out of place.
func (g *gatherer) copies(ctx context.Context, folder string, uids map[string]string) error {
	var links decode.Links
	var found []string
	err := etcdsource.EachFirst(ctx, g.Source, etcdsource.Prefix(folder), g.Info.Revision, func(e *etcdsource.Event) error {
		if !g.mayBear(e.Value, uids) {
			return nil
		}
		g.Decoder.Links(e.Key, e.Value, &links)
		if key, ok := uids[string(links.UID)]; ok && key != string(e.Key) {
			found = append(found, string(e.Key))
		}
		return nil
	})
	for _, k := range found {
		if err == nil {
			_, err = g.read(ctx, etcdsource.Key([]byte(k)))
		}
	}
	return err
}

// mayBear reports whether a value may bear one of some uids: what is plain and bears another one, or has none of them in it, does not.
func (g *gatherer) mayBear(value []byte, uids map[string]string) bool {
	if uid, ok := decode.PlainUID(value); ok {
		return uids[string(uid)] != ""
	}
	if len(uids) > maxSought || !bytes.HasPrefix(value, []byte("{")) || bytes.Contains(value, []byte(`\u`)) { // a letter of it may be escaped
		return true
	}
	for uid := range uids {
		if bytes.Contains(value, []byte(uid)) {
			return true
		}
	}
	return false
}

// maxSought is of how many uids it is quicker to search a value for each than to decode it.
const maxSought = 8

// neighbours adds what was written around some revisions, and the versions that were replaced by it.
func (g *gatherer) neighbours(ctx context.Context, near []int64) error {
	slices.Sort(near)
	for i := 0; i < len(near); {
		from, to := max(near[i]-g.reach, 1), near[i]+g.reach
		for i++; i < len(near) && near[i]-g.reach <= to; i++ {
			to = near[i] + g.reach
		}
		var list []etcdsource.Event
		if err := g.from(ctx, etcdsource.Prefix(""), max(from, g.Info.Compacted), min(to, g.Info.Revision), func(e *etcdsource.Event) { list = append(list, *e) }); err != nil {
			return err
		}
		for j := range list {
			if list[j].Type != etcdsource.Updated {
				continue
			}
			before, _, err := g.versions.Versions(ctx, list[j].Key, list[j].Mod-1, 1)
			if err != nil {
				return err
			}
			for k := range before {
				g.got[id{before[k].Mod, before[k].Sub}] = before[k]
			}
		}
	}
	return nil
}
