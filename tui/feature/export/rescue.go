package export

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/model/rescue"
	"github.com/etcdscope/etcdscope/tui/dialog"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/view"
	"github.com/etcdscope/etcdscope/tui/widget"
	"github.com/etcdscope/etcdscope/tui/words"
)

// What is gone, or is not what it was, is brought back as YAML: what is under the cursor or marked is read as of the shown
// time, made ready for kubectl apply, and offered: as a file or for the clipboard. Nothing is sent to a cluster.

// rescuer brings objects back.
type rescuer struct{ f *Feature }

// wanted is what is to be brought back.
type wanted struct {
	view.Rescue
	reveal bool
	gone   map[string]int64 // revisions that deleted keys, as far as the changes tell
}

// rescued is YAML for kubectl apply, and what is said of it.
type rescued struct {
	wanted
	names   []string // safe text
	yaml    []byte
	notes   []string // safe text
	secrets int      // left out, as they are masked
	left    []rescue.Omission
}

type rescuedMsg struct {
	host.To
	rescued
	err error
}

// The most that is brought back at once; more is a matter for the command line.
const (
	maxRescued      = 2000
	maxRescuedBytes = 16 << 20
)

// rescue brings back what is under the cursor, or what is marked.
func (rs *rescuer) rescue() tea.Cmd {
	w := view.Rescue{From: rs.f.v.Opened, Rev: rs.f.v.State.At, Of: clean.End(clean.Key([]byte(rs.f.v.State.Info.Name)), 40)}
	key := rs.f.v.Nav.Here(rs.f.host.Focus())
	switch focus := rs.f.host.Focus(); {
	case focus == layout.Changes && rs.f.v.Panes.Changes.Current() != nil:
		rs.f.v.Flow.Deleted.Refresh()
		w.Keys = []view.Mark{{Key: key, Rev: rs.f.v.Panes.Changes.Current().Mod}}
	case focus == layout.Timeline && rs.f.v.Panes.History.Current() != nil:
		w.Keys = []view.Mark{{Key: rs.f.v.Panes.History.Key(), Rev: rs.f.v.Panes.History.Current().Mod}}
	case len(rs.f.v.Nav.Marks.All()) > 0:
		w.Keys = rs.f.v.Nav.Marks.All()
		key = w.Keys[0].Key
	case focus == layout.Object && rs.f.v.Panes.Table.Folder() == "" && rs.f.v.Panes.Object.Pinned() != 0:
		w.Keys = []view.Mark{{Key: key, Rev: rs.f.v.Panes.Object.Pinned()}}
	case key == "" || key == rs.f.v.Opened.Root || key == "/":
		rs.f.host.Say(text.Muted, "Choose an object, a folder or a namespace: it is written as YAML that kubectl apply brings back.")
		return nil
	case strings.HasSuffix(key, "/"):
		w.Prefixes, w.Name = []string{key}, strings.Trim(strings.TrimPrefix(key, rs.f.v.Opened.Root), "/")
		return rs.onRescue(w)
	default:
		w.Keys = []view.Mark{{Key: key}}
	}
	w.Name = strings.TrimPrefix(key, rs.f.v.Opened.Root)
	return rs.onRescue(w)
}

// onRescue brings back what was asked for; of a namespace it asks whether what is in it is wanted too.
func (rs *rescuer) onRescue(r view.Rescue) tea.Cmd {
	w := wanted{r, rs.f.v.Panes.Object.Revealed(), map[string]int64{}}
	for _, k := range r.Keys {
		if at := rs.f.v.Flow.Deleted.At(k.Key); at != 0 {
			w.gone[k.Key] = at
		}
	}
	if len(r.Keys) == 1 && len(r.Prefixes) == 0 && !r.Rules.Owned {
		key := []byte(r.Keys[0].Key)
		if ref, ok := rs.f.v.Opened.Kinds.Locate(rs.f.v.Opened.Root, key); ok && ref.Kind == "Namespace" {
			rs.askNamespace(w, ref.Name)
			return nil
		}
	}
	return rs.readRescue(w)
}

// askNamespace asks whether what is in a namespace is wanted too.
func (rs *rescuer) askNamespace(w wanted, name string) {
	items := []dialog.Item{{Key: "a", Label: "the namespace and all that is in it"}, {Key: "n", Label: "the namespace only"}}
	rs.f.host.Push(dialog.NewMenu("Bring back "+clean.Key([]byte(name)), items, func(key string) tea.Cmd {
		if key == "a" {
			for _, r := range rs.f.v.Opened.Kinds.All() {
				if r.Namespaced {
					w.Prefixes = append(w.Prefixes, rs.f.v.Opened.Kinds.Prefix(rs.f.v.Opened.Root, r, name))
				}
			}
		}
		return rs.readRescue(w)
	}))
}

func (rs *rescuer) readRescue(w wanted) tea.Cmd {
	to := host.To{Tab: rs.f.v.ID}
	return host.Job(rs.f.v.Ctx, func(ctx context.Context) tea.Msg {
		r := rescued{wanted: w}
		return rescuedMsg{To: to, err: r.read(ctx), rescued: r}
	})
}

// read reads the objects, and makes YAML of them in an order that applies.
func (r *rescued) read(ctx context.Context) error {
	o := r.From
	c := &rescue.Collector{Source: o.Source, Decoder: o.Decoder, Reveal: r.reveal, MaxObjects: maxRescued, MaxBytes: maxRescuedBytes,
		Locate: func(key []byte) (kinds.Ref, bool) { return o.Kinds.Locate(o.Root, key) }}
	if err := r.collect(ctx, c); err != nil {
		var large *rescue.TooLargeError
		if errors.As(err, &large) {
			return fmt.Errorf("this is more than %s objects or %s; etcdscope rescue writes any number", widget.Thousands(maxRescued), widget.Bytes(maxRescuedBytes))
		}
		return err
	}
	for i := range c.Unreadable {
		v := &c.Unreadable[i]
		r.notes = append(r.notes, r.nameOf([]byte(v.Key))+": left out, it cannot be brought back: "+v.Why)
	}
	c.Leave(r.Rules)
	r.secrets, r.left = c.Secrets, c.Left
	rescue.Sort(c.Objects)
	r.write(c.Objects)
	return nil
}

// collect reads what is wanted; a key that is gone as it was last.
func (r *rescued) collect(ctx context.Context, c *rescue.Collector) error {
	for _, k := range r.Keys {
		key, rev := []byte(k.Key), k.Rev
		if rev == 0 {
			rev = r.Rev
		}
		if ok, err := c.Key(ctx, key, rev); err != nil {
			return err
		} else if ok {
			continue
		}
		if at := r.gone[k.Key]; at > 1 { // a running store has no list of the versions of a key that is gone
			if ok, err := c.Key(ctx, key, at-1); err == nil && ok {
				r.notes = append(r.notes, r.nameOf(key)+": it was deleted at revision "+widget.Thousands(at)+"; this is its last version")
				continue
			}
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
	for _, p := range r.Prefixes {
		if err := c.Prefix(ctx, p, r.Rev); err != nil {
			return err
		}
	}
	return nil
}

func (r *rescued) nameOf(key []byte) string {
	o := r.From
	if ref, ok := o.Kinds.Locate(o.Root, key); ok && ref.Name != "" {
		name := ref.Kind + " " + ref.Name
		if ref.Namespace != "" {
			name = ref.Kind + " " + ref.Namespace + "/" + ref.Name
		}
		return strings.TrimSuffix(clean.Key([]byte(name)), clean.Key([]byte(ref.Name))) + decode.NameText(string(key), ref.Name)
	}
	return decode.KeyText(key)
}

func (r *rescued) namesOf(objects []*decode.Object) string {
	out := make([]string, len(objects))
	for i, o := range objects {
		out[i] = r.nameOf(o.Key)
	}
	return strings.Join(out, ", ")
}

// omissions say which objects are left out, a line for each reason and kind.
func (r *rescued) omissions() (lines []string) {
	for _, g := range rescue.Group(r.left) {
		if g.Reason == rescue.Masked {
			continue // said with what reveals them
		}
		line := fmt.Sprintf("Left out, as %s: %d of kind %s", g.Reason, len(g.Of), clean.Key([]byte(g.Of[0].Kind)))
		if g.Reason != rescue.Record {
			line += ": " + r.namesOf(g.Of)
		}
		lines = append(lines, line+".")
	}
	return lines
}

// takes counts what a field of the rules takes in beside.
func (r *rescued) takes(rule string) (n int) {
	for i := range r.left {
		if r.left[i].Reason.Takes() == rule {
			n++
		}
	}
	return n
}

func (r *rescued) write(objects []*decode.Object) {
	var b bytes.Buffer
	var written []rescue.Applied
	kept := 0
	for _, a := range rescue.Apply(objects, decode.View{Reveal: r.reveal}, rescue.Makes) {
		name := r.nameOf(a.Key)
		if a.Tree == nil {
			r.notes = append(r.notes, name+": left out, it is no object that could be applied")
			continue
		}
		if b.Len() > 0 {
			b.WriteString("---\n")
		}
		b.WriteString(decode.PlainText(decode.YAML(a.Tree)))
		if a.Owned {
			kept++
		}
		r.names, written = append(r.names, name), append(written, a)
	}
	for _, n := range rescue.Notes(written) {
		r.notes = append(r.notes, r.namesOf(n.Of)+": "+n.Text)
	}
	if kept > 0 {
		r.notes = append(r.notes, fmt.Sprintf("%d of them name an owner that is here too: it gets a new uid, and then recreates them", kept))
	}
	r.yaml = b.Bytes()
}

// onRescued offers what was made.
func (rs *rescuer) onRescued(msg rescuedMsg) {
	switch {
	case msg.err != nil:
		rs.f.host.Say(text.Error, "This cannot be brought back: "+clean.Error(msg.err))
		return
	case len(msg.names) == 0 && msg.secrets > 0:
		rs.f.host.Say(text.Warning, "Its values are masked: R shows them, and then it can be brought back.")
		return
	case len(msg.names) == 0 && len(msg.left) == 0:
		rs.f.host.Say(text.Muted, "There is nothing to bring back: "+words.First(strings.Join(msg.notes, "; "), "nothing of it is there at this time")+".")
		return
	}
	r := msg.rescued
	var items []dialog.Item
	if len(r.names) > 0 {
		items = append(items, dialog.Item{Key: "w", Label: "write it into a file"})
	}
	if len(r.names) > 0 && len(r.yaml) <= host.MaxCopy {
		items = append(items, dialog.Item{Key: "c", Label: "copy it (" + widget.Bytes(int64(len(r.yaml))) + ")"})
	}
	if n := r.takes("owned"); n > 0 {
		items = append(items, dialog.Item{Key: "o", Label: fmt.Sprintf("take in the %s that controllers make again", words.Counted(n, "object"))})
	}
	if n := r.takes("jobs"); n > 0 {
		items = append(items, dialog.Item{Key: "j", Label: fmt.Sprintf("take in the %s of Jobs that have ended: they run again", words.Counted(n, "object"))})
	}
	title := "Bring back " + words.Counted(len(r.names), "object") + " as YAML"
	rs.f.host.Push(dialog.NewOffer(title, r.facts(min(rs.f.host.Width()-12, 100)), items, func(key string) tea.Cmd {
		switch key {
		case "w":
			rs.askWriteRescue(&r)
			return nil
		case "o":
			r.Rules.Owned = true
			return rs.readRescue(r.wanted)
		case "j":
			r.Rules.Jobs = true
			return rs.readRescue(r.wanted)
		}
		rs.f.host.Say(text.OK, "Copied to the terminal's clipboard (OSC 52): kubectl apply -f - takes it.")
		return rs.f.host.Clipboard(string(r.yaml))
	}))
}

// Bounds of what is said of what is brought back, in lines.
const (
	firstNames = 4 // names that come first; of more, all stand at the end
	maxSaid    = 500
)

// facts say what is brought back, how it is applied, what is left out and why.
func (r *rescued) facts(w int) []string {
	few := r.names
	if len(few) > firstNames {
		few = few[:firstNames-1]
	}
	rev := r.Rev
	if len(r.Keys) == 1 && r.Keys[0].Rev != 0 {
		rev = r.Keys[0].Rev
	}
	out := words.Wrapped([]string{"From " + words.AsOf(r.Of, rev) + ":"}, w)
	for _, n := range few {
		out = append(out, "  "+clean.Middle(n, w-2))
	}
	if n := len(r.names) - len(few); n > 0 {
		out = append(out, "  and "+widget.Thousands(int64(n))+" more, named below")
	}
	notes := []string{"", "Nothing is sent to a cluster: kubectl apply -f FILE does that.", "",
		"Left out of each: " + decode.Always + "."}
	if r.secrets > 0 {
		notes = append(notes, words.Counted(r.secrets, "Secret")+" left out: the values are masked; R reveals them.")
	}
	notes = append(notes, r.omissions()...)
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

func (rs *rescuer) askWriteRescue(r *rescued) {
	facts := []string{"YAML for kubectl apply, " + widget.Bytes(int64(len(r.yaml))) + ", readable by its owner only.", "An existing file is never overwritten.", "", "Write it to:"}
	if r.reveal {
		facts = append([]string{"Values of Secrets are in it as they are."}, facts...)
	}
	rs.f.askWrite(host.WriteFile{Title: "Write YAML", Path: words.FileName(r.Name) + ".yaml", Facts: facts, Data: r.yaml, Then: func(path string) string {
		return "kubectl apply -f " + clean.Key([]byte(words.ShellWord(path)))
	}})
}
