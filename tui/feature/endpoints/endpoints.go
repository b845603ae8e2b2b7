// Package endpoints is the feature that says above a Service which addresses it leads to, and goes to the pods behind it.
//
//	Settling: a Service is shown ─► read (a job, once its cursor rests) ─► readMsg ─► object.Beside
//	Changed: an EndpointSlice of its namespace was written ─► read again
//	g e ─► a menu of the endpoints ─► Host.Jump to the pod
//
// A live store is asked with two or three small requests for each Service on which the cursor rests.
package endpoints

import (
	"context"
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/endpoints"
	"github.com/etcdscope/etcdscope/tui/dialog"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/object"
	"github.com/etcdscope/etcdscope/tui/view"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// restTime is how long a Service must be shown before a live store is asked for its endpoints.
const restTime = 150 * time.Millisecond

// Feature shows the endpoints of the Service in the object pane.
type Feature struct {
	host    host.Host
	v       *view.View
	asked   service // of the last question
	known   service // of list and err
	list    endpoints.List
	err     error
	reading host.Newest
	stale   bool // something was written since the last question
	busy    bool
}

// service is a Service at a revision, 0 for now; gen is that of the view's state.
type service struct {
	key, ns, name string
	rev           int64
	gen           int
}

// readMsg are the endpoints of a Service.
type readMsg struct {
	host.Ask
	of   service
	list endpoints.List
	err  error
}

// New returns the feature for a view.
func New(h host.Host, v *view.View) host.Feature { return &Feature{host: h, v: v} }

// Act implements host.Feature.
func (f *Feature) Act(a keymap.Action) (tea.Cmd, bool) {
	if a != keymap.GotoEndpoints {
		return nil, false
	}
	s, ok := f.shown()
	switch {
	case !ok:
		f.host.Say(text.Muted, "A Service has endpoints: select one, then g e lists its addresses and the pods behind them.")
	case f.known != s:
		f.host.Say(text.Muted, "The endpoints are still being read; press the key again when they are shown.")
	case f.err != nil:
		f.host.Say(text.Warning, "The endpoints cannot be read: "+clean.Error(f.err)+".")
	case len(f.list.All) == 0:
		f.host.Say(text.Muted, "This Service has no endpoints.")
	default:
		f.offer(s)
	}
	return f.host.Settle(), true
}

// shown is the Service in the object pane; ok is false where something else is there.
func (f *Feature) shown() (s service, ok bool) {
	o := f.v.Panes.Object.Object()
	if !endpoints.Of(o) || f.v.State == nil || string(o.Key) != f.v.Panes.Keys.Cursor() {
		return s, false
	}
	s = service{string(o.Key), o.Namespace, o.Name, f.v.State.At, f.v.State.Gen}
	if pin := f.v.Panes.Object.Pinned(); pin != 0 {
		s.rev = pin
	} else if gone := f.v.Flow.Deleted.At(s.key); gone != 0 {
		s.rev = gone - 1
	}
	return s, true
}

// Update implements host.Feature.
func (f *Feature) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case readMsg:
		if f.busy = false; msg.of == f.asked {
			f.known, f.list, f.err = msg.of, msg.list, msg.err
		}
		return f.look(), true
	case view.Changed:
		f.stale = f.stale || f.touches(msg.Batch)
	case host.Settling:
		return f.look(), false
	case host.Refreshing:
		f.stale = true
	}
	return nil, false
}

// touches reports whether a batch may have changed the endpoints that are shown.
func (f *Feature) touches(b etcdsource.Batch) bool {
	if f.asked.key == "" || f.asked.rev != 0 {
		return false
	}
	for _, in := range endpoints.Folders(f.v.Opened, f.asked.ns) {
		for i := range b.Events {
			if strings.HasPrefix(string(b.Events[i].Key), in) {
				return true
			}
		}
	}
	return b.Relist
}

// look shows what is known of the Service that is shown, and reads what is not.
func (f *Feature) look() tea.Cmd {
	s, ok := f.shown()
	if !ok {
		f.asked = service{}
		f.v.Panes.Object.SetBeside(object.Beside{})
		return nil
	}
	if f.known == s {
		f.v.Panes.Object.SetBeside(f.beside())
	} else {
		f.v.Panes.Object.SetBeside(object.Beside{Role: text.Muted, Head: "endpoints …"})
	}
	if f.asked == s && (!f.stale || f.busy) {
		return nil
	}
	wait := time.Duration(0)
	if f.v.State.Info.Spare {
		wait = restTime
	}
	f.asked, f.stale, f.busy = s, false, true
	a, o := f.v.Ask(), f.v.Opened
	return f.reading.Job(f.v.Ctx, func(ctx context.Context) tea.Msg {
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil
		}
		list, err := endpoints.Read(ctx, o, s.ns, s.name, s.rev)
		return readMsg{a, s, list, err}
	})
}

// beside says what is known.
func (f *Feature) beside() object.Beside {
	l, th := &f.list, f.v.Panes.Style.Theme
	b := object.Beside{Role: text.Muted, Head: "endpoints  "}
	switch {
	case f.err != nil:
		b.Role, b.Head = text.Warning, "endpoints cannot be read: "+clean.Error(f.err)
		return b
	case l.Apart != "":
		b.Head += "are in etcd " + clean.Key([]byte(l.Apart))
		return b
	case len(l.All) == 0:
		b.Role, b.Head = text.Warning, "no endpoints: its EndpointSlices are empty"
		if l.Objects == 0 {
			b.Head = "no endpoints: it has no EndpointSlice"
		}
		if l.More {
			b.Role, b.Head = text.Muted, "no endpoints in the EndpointSlices read"
		}
		return b
	}
	b.Key, b.To = "g e", "pods"
	ready := l.Ready()
	if ready < len(l.All) {
		b.Role = text.Warning
	}
	b.Head += fmt.Sprintf("%d of %s ready", ready, widget.Thousands(int64(len(l.All))))
	if l.More {
		b.Head += ", and more"
	}
	if len(l.Ports) > 0 {
		b.More = clean.Key([]byte(strings.Join(l.Ports, ", ")))
	}
	for i := range l.All[:min(len(l.All), object.MostBeside)] {
		e := &l.All[i]
		line := object.Line{Role: text.Plain, Sign: th.Glyphs.Good}
		line.Text, line.End = described(e)
		if !e.Ready {
			line.Role, line.Sign = text.Warning, th.Glyphs.Warn
		}
		b.Lines = append(b.Lines, line)
	}
	return b
}

// described is an endpoint as safe text: its address and pod, then its node and state.
func described(e *endpoints.Endpoint) (what, where string) {
	what = clean.Key([]byte(e.Address))
	if e.Name != "" {
		what += "  " + clean.Key([]byte(e.Name))
	}
	if e.Node != "" {
		where = " on " + clean.Key([]byte(e.Node))
	}
	switch {
	case e.Terminating:
		where += ", terminating"
	case !e.Ready:
		where += ", not ready"
	}
	return what, where
}

// choices are the keys of the menu.
const choices = "123456789abcdefghilmnoprstuvwxyz" // j, k and q mean something there

// offer shows the endpoints, each of which leads to its pod.
func (f *Feature) offer(s service) {
	var items []dialog.Item
	keys := map[string]string{}
	for i := range f.list.All {
		e := &f.list.All[i]
		if len(items) == len(choices) {
			break
		}
		if e.Kind != "Pod" || e.Name == "" {
			continue
		}
		r, ok := f.v.Opened.Kinds.OfKind("v1", "Pod")
		if !ok {
			break
		}
		key := choices[len(items) : len(items)+1]
		keys[key] = string(f.v.Opened.Kinds.Key(f.v.Opened.Root, r, s.ns, e.Name))
		what, where := described(e)
		items = append(items, dialog.Item{Key: key, Label: what + where})
	}
	if len(items) == 0 {
		f.host.Say(text.Muted, "No pod is behind these addresses: who made the EndpointSlice names none.")
		return
	}
	title := "Pods behind " + clean.Key([]byte(s.name))
	if n := len(f.list.All); n > len(items) {
		title += fmt.Sprintf(", %d of %s", len(items), widget.Thousands(int64(n)))
	}
	f.host.Push(dialog.NewMenu(title, items, func(key string) tea.Cmd { return f.host.Jump(keys[key]) }))
}

// Back implements host.Feature.
func (f *Feature) Back() (tea.Cmd, bool) { return nil, false }

// Close implements host.Feature.
func (f *Feature) Close() {}
