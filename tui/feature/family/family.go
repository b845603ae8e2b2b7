package family

import (
	"context"
	"maps"
	"math"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/attribution"
	kin "github.com/etcdscope/etcdscope/model/attribution/family"
	"github.com/etcdscope/etcdscope/model/attribution/near"
	"github.com/etcdscope/etcdscope/model/change"
	"github.com/etcdscope/etcdscope/model/events"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/sequence"
	"github.com/etcdscope/etcdscope/tui/view"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// maxFamily is the most writes of a family that are drawn; the newest are kept.
const maxFamily = 5000

// What is remembered of all changes while a family's are looked at.
const (
	familyBytes   = 256 << 20
	familyObjects = 2048
)

// Feature draws what the family of the selected object wrote.
type Feature struct {
	host   host.Host
	v      *view.View
	family string // the key whose family is drawn
}

// New returns the feature for a view.
func New(h host.Host, v *view.View) host.Feature { return &Feature{host: h, v: v} }

// Act implements host.Feature.
func (f *Feature) Act(a keymap.Action) (tea.Cmd, bool) {
	if a != keymap.Pane5 {
		return nil, false
	}
	f.host.FocusOn(layout.Sequence)
	return tea.Batch(f.showFamily(), f.host.Settle()), true
}

// Update implements host.Feature.
func (f *Feature) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch m := msg.(type) {
	case familyMsg:
		f.onFamily(m)
	case host.ViewOpened:
		if host.EventsOf(f.host, f.v.Opened) != nil { // it may have come since
			f.family = ""
		}
	default:
		return nil, false
	}
	return nil, true
}

// Back implements host.Feature.
func (f *Feature) Back() (tea.Cmd, bool) { return nil, false }

// Close implements host.Feature.
func (f *Feature) Close() {}

// familyMsg is the sequence of an object's family.
type familyMsg struct {
	host.Ask
	key  string
	rows []sequence.Row
	note string // what its Events lack, safe text
	err  error
}

// showFamily draws the family of the selected object, unless a story is drawn. A running store whose past was not
// recalled is drawn from what has been seen of it.
func (f *Feature) showFamily() tea.Cmd {
	key := f.v.Panes.Keys.Cursor()
	if f.v.Panes.Story != nil || f.family == key {
		return nil
	}
	if key == "" || strings.HasSuffix(key, "/") {
		f.v.Panes.Sequence.Show("", nil, "Select an object: its writes, and those of what belongs to it, are drawn here.")
		return nil
	}
	f.family = key
	f.v.Panes.Sequence.Show(f.v.NameOf(key), nil, "Looking for what belongs to it …")
	a, r := f.v.Ask(), relatives{Describer: f.v.Describer(), key: key, events: host.EventsOf(f.host, f.v.Opened)}
	if f.v.State.Info.Past == etcdsource.PastWhole {
		r.opened, r.whole = f.v.Opened, true
	} else {
		items := f.v.State.Feed.Items()
		for i := range items {
			if it := &items[i]; it.Gap.Empty() && !it.ValueGone {
				r.seen = append(r.seen, it.Event)
			}
		}
		if e := f.v.Panes.Object.Entry(); string(e.Key) == key {
			r.self = e.Value
		}
	}
	return host.Job(f.v.Ctx, func(ctx context.Context) tea.Msg {
		rows, err := r.rows(ctx)
		return familyMsg{a, key, rows, r.note, err}
	})
}

// each calls f for everything that a source retains, up to a revision.
func each(ctx context.Context, src etcdsource.Source, upTo int64, f func(*etcdsource.Event)) error {
	return etcdsource.EachChange(ctx, src, etcdsource.Prefix(""), upTo, func(e *etcdsource.Event) error {
		f(e)
		return nil
	})
}

// relatives is the search for an object's family and its writes.
type relatives struct {
	view.Describer
	key    string
	opened *learn.Opened      // what holds all of the past; nil where seen is all there is
	seen   []etcdsource.Event // what was seen of a running store
	whole  bool               // it begins with everything that lives
	self   []byte             // the value of the key as it is shown, nil where all of the past is held
	events *host.Opened       // what keeps Events alone, nil for the source itself
	note   string             // what its Events lack, safe text
}

// all calls f for every change.
func (r *relatives) all(ctx context.Context, f func(*etcdsource.Event)) error {
	if r.opened != nil {
		return each(ctx, r.opened.Source, r.opened.Info.Revision, f)
	}
	for i := range r.seen {
		f(&r.seen[i])
	}
	return nil
}

// find finds who belongs to the key.
func (r *relatives) find(ctx context.Context) (near.Relatives, error) {
	if r.opened != nil {
		return near.RelativesOf(ctx, r.opened, r.key)
	}
	f := kin.New(r.Root)
	var l decode.Links
	for i := range r.seen {
		e := &r.seen[i]
		if e.Type == etcdsource.Deleted {
			f.Gone(e.Key)
			continue
		}
		r.Decoder.Links(e.Key, e.Value, &l)
		f.Add(e.Key, e.Mod, &l)
	}
	if r.self != nil {
		r.Decoder.Links([]byte(r.key), r.self, &l)
		f.Add([]byte(r.key), math.MaxInt64, &l)
	}
	return near.Relatives{Family: f, Of: f.Of(r.key)}, nil
}

// rows finds who belongs to the key, then what they wrote, signs of life left out.
func (r *relatives) rows(ctx context.Context) ([]sequence.Row, error) {
	found, err := r.find(ctx)
	if err != nil {
		return nil, err
	}
	in := found.Of
	if len(in) == 0 {
		in = map[string]kin.Relation{r.key: kin.Self}
	}
	if r.opened != nil && !found.Few {
		keys := slices.Sorted(maps.Keys(in))
		if c, ok, err := near.Read(ctx, r.opened, keys); err != nil {
			return nil, err
		} else if ok {
			r.opened, r.seen, r.whole = nil, c.Events, c.Whole
		}
	}
	rows, err := r.attribute(ctx, in)
	if err != nil || r.events == nil {
		return rows, err
	}
	return r.join(ctx, rows, func(e *events.Event) bool { return found.About(in, e.UID) })
}

// join puts the Events of an etcd of their own among the rows, each at the time that it says.
func (r *relatives) join(ctx context.Context, rows []sequence.Row, about func(*events.Event) bool) ([]sequence.Row, error) {
	etcd := clean.Key([]byte(r.events.Target.Etcd))
	list, _, err := events.Read(ctx, r.events.Opened, r.events.At, "", about)
	if err != nil {
		r.note = "The Events in etcd " + etcd + " cannot be read: " + clean.Error(err) + "."
		return rows, ctx.Err()
	}
	var out []sequence.Row
	for _, a := range events.Attributed(r.events.Opened, r.View, list) {
		n := 0
		for n < len(rows) && (rows[n].Time.IsZero() || !rows[n].Time.After(a.Verdict.Time)) {
			n++
		}
		row := r.familyRow(&a)
		row.Rev, row.Etcd = 0, etcd
		out, rows = append(append(out, rows[:n]...), row), rows[n:]
	}
	return append(out, rows...), nil
}

// attribute makes rows of what the family wrote; what others wrote is evidence.
func (r *relatives) attribute(ctx context.Context, in map[string]kin.Relation) (rows []sequence.Row, err error) {
	engine := attribution.New(attribution.Options{Root: r.Root, Whole: r.whole, Audit: r.Audit.Log(ctx)})
	memory := change.NewMemory(r.Decoder, r.Kinds, r.Root, r.View, change.MemoryBounds{Bytes: familyBytes, Objects: familyObjects})
	take := func(all bool) {
		for _, a := range engine.Take(all) {
			if a.Aspect != change.AspectHeartbeat && a.Aspect != change.AspectNone {
				rows = append(rows, r.familyRow(&a))
			}
		}
		if len(rows) > 2*maxFamily {
			rows = append(rows[:0], rows[len(rows)-maxFamily:]...)
		}
	}
	err = r.all(ctx, func(e *etcdsource.Event) {
		before := memory.Before(e)
		memory.Remember(e)
		if in[string(e.Key)] == "" {
			if engine.Note(memory.Neighbour(before, e)); engine.Heavy() {
				take(false)
			}
			return
		}
		engine.Add(memory.Describe(before, e))
		take(false)
	})
	take(true)
	return rows[max(len(rows)-maxFamily, 0):], err
}

// familyRow makes a row of a write.
func (r *relatives) familyRow(a *attribution.Attributed) sequence.Row {
	row := sequence.Row{Rev: a.Mod, Time: a.Verdict.Time, Path: string(a.Key), Lane: a.Lane, Actor: a.Writer, Grade: a.Confidence, Type: a.Type,
		Key: decode.KeyText([]byte(strings.TrimPrefix(string(a.Key), r.Root))), Text: a.Summary}
	said := attribution.Description{Type: a.Type, Key: row.Key, Revision: widget.Thousands(a.Mod), What: a.Summary, Verdict: a.Verdict}
	row.Say = said.Sentence()
	if a.Controller != "" {
		row.Actor = a.Controller
	}
	if a.Lane == attribution.LaneClient && a.User != "" {
		if row.Actor = a.User + ": " + row.Actor; a.As != "" {
			row.Actor = a.As + ": " + a.Writer
		}
	}
	if a.Lane == attribution.LaneKubelet {
		row.Node = a.Instance
	}
	if a.OutOfBand != "" {
		row.How, row.Text = sequence.Past, "past the API server: "+a.OutOfBand
	}
	return row
}

func (f *Feature) onFamily(m familyMsg) {
	if f.family != m.key || f.v.Panes.Story != nil {
		return
	}
	empty := "No write of it has been seen."
	switch {
	case m.err != nil:
		empty = "It could not be read: " + clean.Error(m.err)
	case f.v.State.Info.Spare && f.v.State.Info.Past != etcdsource.PastWhole:
		empty = "No write of it was seen since etcdscope was started: A recalls the past."
	}
	if m.note != "" {
		f.host.Say(text.Warning, m.note)
	}
	f.v.Panes.Sequence.Show(f.v.NameOf(m.key), m.rows, empty)
}
