package tui

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/model/rescue"
	"github.com/etcdscope/etcdscope/tui/dialog"
	"github.com/etcdscope/etcdscope/tui/differences"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/widget"
	"github.com/etcdscope/etcdscope/tui/words"
)

// What is gone, or is not what it was, is brought back as YAML: what is under the cursor or marked is read as of the shown
// time, made ready for kubectl apply, and offered: as a file or for the clipboard. Nothing is sent to a cluster.

// wanted is what is to be brought back.
type wanted struct {
	from     end
	keys     []mark   // Rev 0: as of from
	prefixes []string // all that is in them
	name     string   // for the file
	all      bool     // also what is made anew by owners
	reveal   bool
}

// rescued is YAML for kubectl apply, and what is said of it.
type rescued struct {
	wanted
	names   []string // safe text
	yaml    []byte
	notes   []string // safe text
	secrets int      // left out, as they are masked
	anew    int      // left out, as they are made anew
}

type rescuedMsg struct {
	tab int
	rescued
	err error
}

// The most that is brought back at once; more is a matter for the command line.
const (
	maxRescued      = 2000
	maxRescuedBytes = 16 << 20
)

// rescue brings back what is under the cursor, or what is marked.
func (m *Model) rescue(t *tab) tea.Cmd {
	w := wanted{from: t.end(t.state.At), reveal: t.object.Revealed()}
	key := m.here(t)
	switch {
	case m.focus == layout.Differences:
		return m.rescueRows(t, w)
	case m.focus == layout.Diff:
		c := t.diff.Content()
		if c == nil || c.From.Object == nil || t.compared.foreign() {
			m.say(text.Muted, "Only the older side can be brought back; there is none here of this source.")
			return nil
		}
		key = string(c.From.Key)
		w.keys = []mark{{key, c.From.Rev}}
	case m.focus == layout.Changes && t.changes.Current() != nil:
		w.keys = []mark{{key, t.changes.Current().Mod}}
	case m.focus == layout.Timeline && t.history.Current() != nil:
		w.keys = []mark{{t.history.Key(), t.history.Current().Mod}}
	case len(t.marks.all()) > 0:
		w.keys = t.marks.all()
		key = w.keys[0].Key
	case m.focus == layout.Object && t.table.Folder() == "" && t.object.Pinned() != 0:
		w.keys = []mark{{key, t.object.Pinned()}}
	case key == "" || key == t.opened.Root || key == "/":
		m.say(text.Muted, "Choose an object, a folder or a namespace: it is written as YAML that kubectl apply brings back.")
		return nil
	case strings.HasSuffix(key, "/"):
		w.prefixes, w.name = []string{key}, strings.Trim(strings.TrimPrefix(key, t.opened.Root), "/")
		return m.readRescue(t, w)
	default:
		w.keys = []mark{{Key: key}}
	}
	w.name = strings.TrimPrefix(key, t.opened.Root)
	if ref, ok := t.opened.Kinds.Locate(t.opened.Root, []byte(key)); ok && ref.Kind == "Namespace" && len(w.keys) == 1 {
		m.askNamespace(t, w, ref.Name)
		return nil
	}
	return m.readRescue(t, w)
}

// askNamespace asks whether what is in a namespace is wanted too.
func (m *Model) askNamespace(t *tab, w wanted, name string) {
	items := []dialog.Item{{Key: "a", Label: "the namespace and all that is in it"}, {Key: "n", Label: "the namespace only"}}
	m.dialogs.Push(dialog.NewMenu("Bring back "+clean.Key([]byte(name)), items, func(key string) tea.Cmd {
		if key == "a" {
			for _, r := range t.opened.Kinds.All() {
				if r.Namespaced {
					w.prefixes = append(w.prefixes, t.opened.Kinds.Prefix(t.opened.Root, r, name))
				}
			}
		}
		return m.readRescue(t, w)
	}))
}

// rescueRows brings back the older side of what differs.
func (m *Model) rescueRows(t *tab, w wanted) tea.Cmd {
	w.from, _ = t.listed(m.thenShown)
	rows, folders := t.diffs.Under(), 0
	marked := false
	for i := range t.diffs.Rows() {
		if r := &t.diffs.Rows()[i]; t.marks.has(r.Key, 0) {
			if !marked {
				rows, marked = nil, true
			}
			rows = append(rows, r)
		}
	}
	for _, r := range rows {
		switch {
		case r.Op == differences.Added:
		case strings.HasSuffix(r.Key, "/"):
			w.prefixes = append(w.prefixes, r.Key)
			folders++
		default:
			w.keys = append(w.keys, mark{Key: r.Key})
		}
	}
	if len(w.keys)+folders == 0 || w.from.opened == nil {
		m.say(text.Muted, "Only what was removed or changed can be brought back: this is not on the older side.")
		return nil
	}
	w.name, w.all = "rescue", true
	if r := rows[0]; len(w.keys)+folders == 1 {
		w.name = strings.TrimPrefix(r.Key, t.opened.Root)
	}
	return m.readRescue(t, w)
}

func (m *Model) readRescue(t *tab, w wanted) tea.Cmd {
	id := t.id
	return host.Job(t.ctx, func(ctx context.Context) tea.Msg {
		r := rescued{wanted: w}
		return rescuedMsg{tab: id, err: r.read(ctx), rescued: r}
	})
}

// read reads the objects, and makes YAML of them in an order that applies.
func (r *rescued) read(ctx context.Context) error {
	o := r.from.opened
	c := &rescue.Collector{Source: o.Source, Decoder: o.Decoder, Reveal: r.reveal, MaxObjects: maxRescued, MaxBytes: maxRescuedBytes}
	if err := r.collect(ctx, c); err != nil {
		var large *rescue.TooLargeError
		if errors.As(err, &large) {
			return fmt.Errorf("this is more than %s objects or %s; etcdscope rescue writes any number", widget.Thousands(maxRescued), widget.Bytes(maxRescuedBytes))
		}
		return err
	}
	if !r.all && len(r.prefixes) > 0 {
		c.DropOwned()
	}
	r.secrets, r.anew = c.Secrets, c.Recreated
	rescue.Sort(c.Objects)
	r.write(c.Objects)
	return nil
}

// collect reads what is wanted; a key that is gone as it was last.
func (r *rescued) collect(ctx context.Context, c *rescue.Collector) error {
	for _, k := range r.keys {
		key, rev := []byte(k.Key), k.Rev
		if rev == 0 {
			rev = r.from.rev
		}
		if ok, err := c.Key(ctx, key, rev); err != nil {
			return err
		} else if ok {
			continue
		}
		last, err := c.Last(ctx, key, rev)
		switch {
		case err != nil:
			return err
		case last == nil:
			r.notes = append(r.notes, r.nameOf(key)+": it is not there, and no version of it is held")
		default:
			r.notes = append(r.notes, r.nameOf(key)+": it is deleted; this is its last version, of revision "+widget.Thousands(last.Mod))
		}
	}
	for _, p := range r.prefixes {
		if err := c.Prefix(ctx, p, r.from.rev); err != nil {
			return err
		}
	}
	return nil
}

func (r *rescued) nameOf(key []byte) string {
	o := r.from.opened
	if ref, ok := o.Kinds.Locate(o.Root, key); ok && ref.Name != "" {
		name := ref.Kind + " " + ref.Name
		if ref.Namespace != "" {
			name = ref.Kind + " " + ref.Namespace + "/" + ref.Name
		}
		return clean.Key([]byte(name))
	}
	return clean.Key(key)
}

func (r *rescued) write(objects []*decode.Object) {
	var b bytes.Buffer
	kept := 0
	for _, a := range rescue.Apply(objects, decode.View{Reveal: r.reveal}) {
		name := r.nameOf(a.Key)
		if a.Tree == nil {
			r.notes = append(r.notes, name+": left out, it is no object that could be applied")
			continue
		}
		if b.Len() > 0 {
			b.WriteString("---\n")
		}
		b.WriteString(decode.PlainText(decode.YAML(a.Tree)))
		for _, n := range a.Notes {
			r.notes = append(r.notes, name+": "+n)
		}
		if a.Owned {
			kept++
		}
		r.names = append(r.names, name)
	}
	if kept > 0 {
		r.notes = append(r.notes, fmt.Sprintf("%d of them name an owner that is here too: it gets a new uid, and then makes them anew", kept))
	}
	r.yaml = b.Bytes()
}

// onRescued offers what was made.
func (m *Model) onRescued(msg rescuedMsg) {
	t := m.find(msg.tab)
	switch {
	case t == nil:
		return
	case msg.err != nil:
		m.say(text.Error, "This cannot be brought back: "+clean.Error(msg.err))
		return
	case len(msg.names) == 0 && msg.secrets > 0:
		m.say(text.Warning, "Its values are masked: R shows them, and then it can be brought back.")
		return
	case len(msg.names) == 0:
		m.say(text.Muted, "There is nothing to bring back: "+words.First(strings.Join(msg.notes, "; "), "nothing of it is there at this time")+".")
		return
	}
	r := msg.rescued
	items := []dialog.Item{{Key: "w", Label: "write it into a file"}}
	if len(r.yaml) <= host.MaxCopy {
		items = append(items, dialog.Item{Key: "c", Label: "copy it (" + widget.Bytes(int64(len(r.yaml))) + ")"})
	}
	if r.anew > 0 {
		items = append(items, dialog.Item{Key: "o", Label: fmt.Sprintf("take in the %s that owners make anew, and Events", words.Counted(r.anew, "object"))})
	}
	title := "Bring back " + words.Counted(len(r.names), "object") + " as YAML"
	m.dialogs.Push(dialog.NewOffer(title, r.facts(min(m.lay.W-12, 100)), items, func(key string) tea.Cmd {
		switch key {
		case "w":
			m.askWriteRescue(&r)
			return nil
		case "o":
			r.all = true
			return m.readRescue(t, r.wanted)
		}
		m.say(text.OK, "Copied to the terminal's clipboard (OSC 52): kubectl apply -f - takes it.")
		return m.clipboard(string(r.yaml))
	}))
}

// Bounds of what is said of what is brought back, in lines.
const (
	firstNames = 4 // names that stand first; of more, all stand at the end
	maxSaid    = 500
)

// facts say what is brought back, how it is applied, what is left out and why.
func (r *rescued) facts(w int) []string {
	few := r.names
	if len(few) > firstNames {
		few = few[:firstNames-1]
	}
	from := r.from
	if len(r.keys) == 1 && r.keys[0].Rev != 0 {
		from.rev = r.keys[0].Rev
	}
	out := words.Wrapped([]string{"From " + from.String() + ":"}, w)
	for _, n := range few {
		out = append(out, "  "+clean.Middle(n, w-2))
	}
	if n := len(r.names) - len(few); n > 0 {
		out = append(out, "  and "+widget.Thousands(int64(n))+" more, named below")
	}
	notes := []string{"", "Nothing is sent to a cluster: kubectl apply -f FILE does that.", "",
		"Left out: uid, resourceVersion, status, managedFields and what the cluster fills in by itself."}
	if r.secrets > 0 {
		notes = append(notes, words.Counted(r.secrets, "Secret")+" left out: the values are masked; R reveals them.")
	}
	if r.anew > 0 {
		notes = append(notes, words.Counted(r.anew, "object")+" left out: Events, and what owners among these make anew.")
	}
	out = append(out, words.Wrapped(append(notes, r.notes...), w)...)
	if len(few) < len(r.names) {
		out = append(out, "", "All "+words.Counted(len(r.names), "object")+":")
		for _, n := range r.names {
			out = append(out, "  "+clean.Middle(n, w-2))
		}
	}
	if n := len(out) - maxSaid; n > 0 {
		out = append(out[:maxSaid:maxSaid], fmt.Sprintf("… and %s more lines; etcdscope rescue says them all", widget.Thousands(int64(n))))
	}
	return out
}

func (m *Model) askWriteRescue(r *rescued) {
	facts := []string{"YAML for kubectl apply, " + widget.Bytes(int64(len(r.yaml))) + ", readable by its owner only.", "An existing file is never overwritten.", "", "Write it to:"}
	if r.reveal {
		facts = append([]string{"Values of Secrets are in it as they are."}, facts...)
	}
	m.askWrite("Write YAML", words.FileName(r.name)+".yaml", facts, r.yaml, func(path string) string {
		return "kubectl apply -f " + clean.Key([]byte(words.ShellWord(path)))
	})
}
