package roots

import (
	"errors"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/tuitest"
	"github.com/etcdscope/etcdscope/tui/tuitest/hosttest"
)

func store(kind etcdsource.Kind, keys ...string) *tuitest.Memory {
	m := tuitest.NewMemory(kind, "store")
	for _, k := range keys {
		m.Put(k, []byte(`{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"`+k[strings.LastIndexByte(k, '/')+1:]+`","uid":"u"}}`))
	}
	return m
}

// TestRoots: asked for, there is an answer in any case: a choice of the other roots, or that there is none.
func TestRoots(t *testing.T) {
	for _, c := range []struct {
		keys    []string
		answers int // dialogs
	}{
		{[]string{"/registry/namespaces/a"}, 0},
		{[]string{"/registry/namespaces/a", "/registry/namespaces/b", "/old/namespaces/a"}, 1},
	} {
		h, v := hosttest.View(t, store(etcdsource.KindFile, c.keys...))
		f := New(h, v)
		cmd, took := f.Act(keymap.Roots)
		if !took || !hosttest.Run(f, cmd) || len(h.Dialogs) != c.answers || len(h.Dialogs)+len(h.Said) == 0 {
			t.Errorf("%v: %v, %d dialogs, it said %q", c.keys, took, len(h.Dialogs), h.Said)
		}
	}
}

// TestUnasked: what was found unasked is only said, and an error or nothing is passed over.
func TestUnasked(t *testing.T) {
	h, v := hosttest.View(t, store(etcdsource.KindFile, "/registry/namespaces/a"))
	f := New(h, v)
	for _, c := range []struct {
		msg  foundMsg
		said int
	}{{foundMsg{err: errors.New("lost")}, 0}, {foundMsg{}, 0}, {foundMsg{others: []string{"/o\x1bld/"}}, 1}} {
		h.Said = nil
		if _, took := f.Update(c.msg); !took || len(h.Said) != c.said || len(h.Dialogs) != 0 || strings.Contains(strings.Join(h.Said, ""), "\x1b") {
			t.Errorf("%+v: %v, it said %q", c.msg, took, h.Said)
		}
	}
	if _, took := f.Act(keymap.Requests); took {
		t.Error("it takes another action")
	}
	if _, took := f.Back(); took {
		t.Error("it takes esc")
	}
}
