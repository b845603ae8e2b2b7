package export

import (
	"fmt"
	"strings"

	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/object"
	"github.com/etcdscope/etcdscope/tui/view"
	"github.com/etcdscope/etcdscope/tui/words"
)

// The lines for a shell that show what the screen shows: of etcdscope from the same source at the same revision, masked; of
// kubectl and etcdctl where they can show it.

// shown is the revision at which a key is shown, 0 where that is now.
func (c copier) shown(key string) int64 {
	v := c.f.v
	switch pin := v.Panes.Object.Pinned(); {
	case c.inTable():
	case pin != 0:
		return pin
	case v.Flow.Deleted.At(key) != 0:
		return v.Flow.Deleted.At(key) - 1
	}
	return v.State.At
}

// command is the etcdscope line that shows what is on the screen, "" where there is none.
func (c copier) command(key string) string {
	return view.Line(c.f.v, c.f.host.Options().Source, c.asked(key)...)
}

// asked is the command and its arguments, without the source.
func (c copier) asked(key string) []string {
	v, rev := c.f.v, c.shown(key)
	if rev == 0 && v.State.Info.Running { // what is now is another thing when the line is run
		rev = v.State.Head
	}
	at := func(args ...string) []string {
		if rev != 0 {
			args = append(args, fmt.Sprintf("--rev=%d", rev))
		}
		return args
	}
	switch scope := c.f.host.Scope(); {
	case scope == keymap.Report:
		return []string{"report"}
	case scope == keymap.Space:
		return []string{"space"}
	case scope == keymap.Overview, v.Nav.AtRoot() && key == v.Opened.Root:
		return []string{"overview"}
	}
	if strings.HasSuffix(key, "/") {
		r, ok := v.Opened.Kinds.Of(v.Opened.Root, []byte(key))
		whole := ok && key == v.Opened.Kinds.Prefix(v.Opened.Root, r, "")
		switch {
		case whole && r.Namespaced:
			return at("get", r.FullName(), "-A")
		case whole:
			return at("get", r.FullName())
		}
		return at("ls", key)
	}
	form := map[object.Format]string{object.JSON: "json", object.Hex: "hex", object.Fields: "fields"}[v.Panes.Object.Format()]
	switch {
	case form == "" && v.Panes.Object.Format() == object.Blame && !c.inTable():
		return at("blame", key)
	case form == "" || c.inTable():
		form = "yaml"
	}
	out := at("get", key, "-o", form)
	if v.Panes.Object.View().ManagedFields {
		out = append(out, "--show-managed-fields")
	}
	return out
}

// kubectl is the kubectl line that shows a key, "" where it would show something else: kubectl knows the present of a running
// cluster only.
func (c copier) kubectl(key string) string {
	v := c.f.v
	if !v.State.Info.Running || !v.State.Info.Spare || c.shown(key) != 0 {
		return ""
	}
	name := v.Opened.Kinds.Kubectl(v.Opened.Root, []byte(key))
	if name == "" {
		return ""
	}
	ref, _ := v.Opened.Kinds.Locate(v.Opened.Root, []byte(key))
	typ, _, _ := strings.Cut(name, "/")
	args := []string{"kubectl", "get", typ + "/" + ref.Name, "-o", "yaml"}
	if ref.Namespaced {
		args = append(args, "-n", ref.Namespace)
	}
	return view.ShellLine(args...)
}

// etcdctl is the etcdctl line that reads a key from a server that runs, with what decodes its value; "" for a file.
func (c copier) etcdctl(key string) string {
	v := c.f.v
	if !v.State.Info.Running || !v.State.Info.Spare || key == "" {
		return ""
	}
	s := "etcdctl get "
	if rev := c.shown(key); rev != 0 {
		s += fmt.Sprintf("--rev=%d ", rev)
	}
	if strings.HasSuffix(key, "/") {
		return s + "--prefix --keys-only -- " + words.Quote(key)
	}
	if o := v.Panes.Object.Object(); !c.inTable() && o != nil && o.Encryption.Provider == "" && strings.Contains(o.Encoding, "protobuf") {
		return s + "--print-value-only -- " + words.Quote(key) + " | auger decode"
	}
	return s + "-- " + words.Quote(key)
}
