package tui

import (
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	kin "github.com/etcdscope/etcdscope/model/attribution/family"
	"github.com/etcdscope/etcdscope/model/change"
	"github.com/etcdscope/etcdscope/tui/sequence"
)

// maxFamily is the most writes of a family that are drawn; the newest are kept.
const maxFamily = 5000

// familyMsg is the sequence of an object's family.
type familyMsg struct {
	ask
	key  string
	rows []sequence.Row
	err  error
}

// showFamily draws the family of the selected object, unless a story is drawn. A running store whose past was not
// recalled is drawn from what has been seen of it.
func (t *tab) showFamily() tea.Cmd {
	key := t.keys.Cursor()
	if t.story != nil || t.family == key {
		return nil
	}
	if key == "" || strings.HasSuffix(key, "/") {
		t.seq.Show("", nil, "Select an object: its writes, and those of what belongs to it, are drawn here.")
		return nil
	}
	t.family = key
	t.seq.Show(t.nameOf(key), nil, "Looking for what belongs to it …")
	a, d, src := t.ask(), t.describer(), t.opened.Source
	if t.state.Info.Kind == etcdsource.KindFile || isRecalled(src) {
		return job(t.ctx, func(ctx context.Context) tea.Msg {
			rows, err := d.family(ctx, key, func(f func(*etcdsource.Event)) error { return each(ctx, src, t.opened.Info.Revision, f) })
			return familyMsg{a, key, rows, err}
		})
	}
	items := t.state.Feed.Items()
	seen := make([]etcdsource.Event, 0, len(items))
	for i := range items {
		if it := &items[i]; it.Gap.Empty() && !it.ValueGone {
			seen = append(seen, it.Event)
		}
	}
	return job(t.ctx, func(ctx context.Context) tea.Msg {
		rows, err := d.family(ctx, key, func(f func(*etcdsource.Event)) error {
			for i := range seen {
				f(&seen[i])
			}
			return nil
		})
		return familyMsg{a, key, rows, err}
	})
}

// each calls f for everything that a source retains, up to a revision.
func each(ctx context.Context, src etcdsource.Source, upTo int64, f func(*etcdsource.Event)) error {
	return etcdsource.EachChange(ctx, src, etcdsource.Prefix(""), upTo, func(e *etcdsource.Event) error {
		f(e)
		return nil
	})
}

// family goes twice over all changes: who belongs to the key, then what they wrote, signs of life left out.
func (d describer) family(ctx context.Context, key string, all func(func(*etcdsource.Event)) error) ([]sequence.Row, error) {
	f := kin.New(d.root)
	var l decode.Links
	err := all(func(e *etcdsource.Event) {
		if e.Type != etcdsource.Deleted {
			d.dec.Links(e.Key, e.Value, &l)
			f.Add(e.Key, &l)
		}
	})
	if err != nil {
		return nil, err
	}
	in := f.Of(key)
	if len(in) == 0 {
		in = map[string]kin.Relation{key: kin.Self}
	}
	engine := attribution.New(attribution.Options{Root: d.root, Audit: d.audit.log(ctx)})
	last := map[string]*etcdsource.Event{}
	err = all(func(e *etcdsource.Event) {
		k := string(e.Key)
		if _, ok := in[k]; !ok {
			return
		}
		c := d.describe(last[k], e)
		kept := *e
		last[k] = &kept
		if c.Aspect == change.AspectHeartbeat || c.Aspect == change.AspectNone {
			engine.Note(c)
			return
		}
		engine.Add(c)
	})
	var rows []sequence.Row
	for _, a := range engine.Take(true) {
		rows = append(rows, d.familyRow(&a))
	}
	return rows[max(len(rows)-maxFamily, 0):], err
}

func (d describer) familyRow(a *attribution.Attributed) sequence.Row {
	r := sequence.Row{Rev: a.Mod, Path: string(a.Key), Lane: a.Lane, Actor: a.Writer, Mark: a.Confidence.Mark(true), Type: a.Type,
		Key: clean.Key([]byte(strings.TrimPrefix(string(a.Key), d.root))), Text: a.Summary}
	if a.Controller != "" {
		r.Actor = a.Controller
	}
	if a.Lane == attribution.LaneClient && a.User != "" {
		if r.Actor = a.User + ": " + r.Actor; a.As != "" {
			r.Actor = a.As + ": " + a.Writer
		}
	}
	if a.Lane == attribution.LaneKubelet {
		r.Node = a.Instance
	}
	if a.OutOfBand != "" {
		r.How, r.Text = sequence.Past, "past the API server: "+a.OutOfBand
	}
	return r
}

func (t *tab) onFamily(m familyMsg) {
	if t.family != m.key || t.story != nil {
		return
	}
	empty := "No write of it has been seen."
	switch {
	case m.err != nil:
		empty = "It could not be read: " + clean.Error(m.err)
	case t.state.Info.Kind == etcdsource.KindLive && !isRecalled(t.opened.Source):
		empty = "No write of it was seen since etcdscope was started: A recalls the past."
	}
	t.seq.Show(t.nameOf(m.key), m.rows, empty)
}

// nameOf is a key as people name it.
func (t *tab) nameOf(key string) string {
	if s := t.opened.Kinds.Kubectl(t.opened.Root, []byte(key)); s != "" {
		key = s
	}
	return clean.Key([]byte(key))
}
