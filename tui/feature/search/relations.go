package search

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/columns"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui/dialog"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// gotoMsg is where a relation of an object leads, or why nowhere.
type gotoMsg struct {
	host.Ask
	path string
	say  string
}

// leaseMsg is a lease that was asked for.
type leaseMsg struct {
	host.Ask
	lease etcdsource.Lease
	err   error
}

// actGoto goes from an object to what it is related to.
func (f *Feature) actGoto(a keymap.Action) (tea.Cmd, bool) {
	key := f.v.Nav.Here(f.host.Focus())
	switch a {
	case keymap.JumpBack:
		return f.hop(false), true
	case keymap.JumpForward:
		return f.hop(true), true
	case keymap.GotoNamespace:
		ref, _ := f.v.Opened.Kinds.Locate(f.v.Opened.Root, []byte(key))
		if ref.Namespace == "" {
			f.host.Say(text.Muted, "This is in no namespace.")
			return nil, true
		}
		return f.host.Jump(f.v.Opened.Root + "namespaces/" + ref.Namespace), true
	case keymap.GotoOwner, keymap.GotoNode, keymap.GotoLease:
		if key == "" || strings.HasSuffix(key, "/") {
			f.host.Say(text.Muted, "Select an object first.")
			return nil, true
		}
		return relation(f.v.Ctx, f.v.Ask(), f.v.Opened, a, key, f.v.State.At), true
	}
	return nil, false
}

// relation reads an object and finds what it is related to.
func relation(ctx context.Context, a host.Ask, o *learn.Opened, what keymap.Action, key string, rev int64) tea.Cmd {
	return host.Job(ctx, func(ctx context.Context) tea.Msg {
		e, ok, err := etcdsource.Get(ctx, o.Source, []byte(key), rev)
		switch {
		case err != nil:
			return gotoMsg{Ask: a, say: "This key cannot be read: " + clean.Error(err)}
		case !ok:
			return gotoMsg{Ask: a, say: "This key does not exist at this revision."}
		case what == keymap.GotoLease:
			return readLease(ctx, a, o.Source, e.Lease)
		}
		obj := o.Decoder.Object(e.Key, e.Value, e.Mod)
		if what == keymap.GotoNode {
			return toNode(a, o, obj)
		}
		return toOwner(a, o, obj)
	})
}

func toNode(a host.Ask, o *learn.Opened, obj *decode.Object) tea.Msg {
	node := columns.Field(obj.Tree(decode.View{}), ".spec.nodeName")
	r, ok := o.Kinds.OfKind("v1", "Node")
	if node == "" || !ok {
		return gotoMsg{Ask: a, say: "This object is on no node."}
	}
	return gotoMsg{Ask: a, path: string(o.Kinds.Key(o.Root, r, "", node))}
}

// toOwner follows the controller among the owner references, else the first of them.
func toOwner(a host.Ask, o *learn.Opened, obj *decode.Object) tea.Msg {
	meta, _ := obj.Tree(decode.View{})["metadata"].(map[string]any)
	refs, _ := meta["ownerReferences"].([]any)
	var owner map[string]any
	for _, r := range refs {
		if ref, ok := r.(map[string]any); ok && (owner == nil || ref["controller"] == true) {
			owner = ref
		}
	}
	if owner == nil {
		return gotoMsg{Ask: a, say: "This object has no owner."}
	}
	api, kind, name := fmt.Sprint(owner["apiVersion"]), fmt.Sprint(owner["kind"]), fmt.Sprint(owner["name"])
	r, ok := o.Kinds.OfKind(api, kind)
	if !ok {
		return gotoMsg{Ask: a, say: "Its owner is " + clean.Key([]byte(kind+" "+name)) + ", a kind whose keys are not known."}
	}
	return gotoMsg{Ask: a, path: string(o.Kinds.Key(o.Root, r, obj.Namespace, name))}
}

func readLease(ctx context.Context, a host.Ask, src etcdsource.Source, id int64) tea.Msg {
	if id == 0 {
		return gotoMsg{Ask: a, say: "This key has no lease."}
	}
	l, err := etcdsource.As[etcdsource.Leaser](src)
	if err != nil {
		return gotoMsg{Ask: a, say: fmt.Sprintf("It is attached to lease %x; only a running server knows more.", id)}
	}
	lease, err := l.Lease(ctx, id)
	return leaseMsg{a, lease, err}
}

func (f *Feature) onGoto(msg gotoMsg) tea.Cmd {
	if msg.path == "" {
		f.host.Say(text.Muted, msg.say)
		return nil
	}
	return f.host.Jump(msg.path)
}

// onLease shows a lease and the keys that are attached to it.
func (f *Feature) onLease(msg leaseMsg) tea.Cmd {
	l := msg.lease
	switch {
	case msg.err != nil:
		f.host.Say(text.Error, clean.Error(msg.err))
		return nil
	case l.TTL < 0:
		f.host.Say(text.Muted, fmt.Sprintf("Lease %x has ended.", l.ID))
		return nil
	}
	var items []dialog.Item
	for i, k := range l.Keys {
		if i == 9 {
			break
		}
		items = append(items, dialog.Item{Key: strconv.Itoa(i + 1), Label: decode.KeyText(k)})
	}
	title := fmt.Sprintf("Lease %x: %s left of %s, %s", l.ID, l.TTL, l.Granted, widget.Plural(len(l.Keys), "key"))
	if len(items) == 0 {
		f.host.Say(text.Muted, title)
		return nil
	}
	f.host.Push(dialog.NewMenu(title, items, func(key string) tea.Cmd {
		n, _ := strconv.Atoi(key)
		return f.host.Jump(string(l.Keys[n-1]))
	}))
	return nil
}
