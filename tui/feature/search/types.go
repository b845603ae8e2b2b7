package search

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/words"
)

// A type is a command, as in k9s, and takes what kubectl does:
//
//	pods · pods demo · pods -n demo · pods -A · pods /crash · svc/web -n demo · node node-a

// typedType is a type that was typed, and what of it is wanted.
type typedType struct {
	kinds.Resource
	ns, name, filter string
	all              bool // of all namespaces
}

// readType reads what was typed; ok is false where it does not begin with a type. odd is the first word that is not understood.
func readType(t *kinds.Table, line string) (x typedType, odd string, ok bool) {
	line, filter, _ := strings.Cut(line+" ", " /")
	fields := strings.Fields(line)
	if len(fields) == 0 {
		return x, "", false
	}
	typ, name, named := strings.Cut(fields[0], "/")
	if x.Resource, ok = words.FindResource(t, typ); !ok {
		return x, "", false
	}
	x.name, x.filter = name, strings.TrimSpace(filter)
	if named && name == "" {
		return x, fields[0], true
	}
	free, odd := x.flags(fields[1:])
	if odd != "" {
		return x, odd, true
	}
	if len(free) > 0 && x.Namespaced && x.ns == "" && !x.all {
		x.ns, free = free[0], free[1:]
	}
	if len(free) > 0 && x.name == "" {
		x.name, free = free[0], free[1:]
	}
	switch {
	case len(free) > 0:
		return x, free[0], true
	case x.ns != "" && !x.Namespaced:
		return x, "-n " + x.ns, true
	case x.filter != "" && x.name != "":
		return x, "/" + x.filter, true
	}
	return x, "", true
}

// flags takes kubectl's flags of a namespace, and returns the other words; odd is the first flag that is not understood.
func (x *typedType) flags(rest []string) (free []string, odd string) {
	for ; len(rest) > 0; rest = rest[1:] {
		flag, value, given := strings.Cut(rest[0], "=")
		switch {
		case flag == "-A" || flag == "--all-namespaces":
			x.all = true
		case (flag == "-n" || flag == "--namespace") && given:
			x.ns = value
		case (flag == "-n" || flag == "--namespace") && len(rest) > 1:
			x.ns, rest = rest[1], rest[1:]
		case strings.HasPrefix(flag, "-"):
			return nil, rest[0]
		default:
			free = append(free, rest[0])
		}
	}
	return free, ""
}

// toKey goes to a key or a folder that was typed, also as the tree names it, below the root; a pane that takes the whole screen is
// left for that.
func toKey(f *Feature, key string) tea.Cmd {
	if f.host.Focus().Whole() {
		f.host.FocusOn(layout.Keys)
	}
	if first, _, _ := strings.Cut(key, "/"); first != "" && f.v.State.Tree.Find(first+"/") == nil && f.v.State.Tree.Find(f.v.Opened.Root+first+"/") != nil {
		key = f.v.Opened.Root + key
	}
	return f.host.Jump(key)
}

// showType goes to the folder of a type that was typed, to one namespace in it, to an object, or to a key; taken is false where the
// line begins with none of these.
func showType(f *Feature, line string) (cmd tea.Cmd, taken bool) {
	if line = strings.TrimSpace(line); strings.HasPrefix(line, "/") {
		return toKey(f, line), true
	}
	x, odd, ok := readType(f.v.Opened.Kinds, line)
	if !ok {
		return nil, false
	}
	typ := clean.Key([]byte(x.Plural))
	if odd != "" {
		how := ":" + typ + " [-n NAMESPACE] [NAME] [/FILTER]"
		if !x.Namespaced {
			how = ":" + typ + " [NAME] [/FILTER]"
		}
		f.host.Say(text.Warning, clean.Key([]byte(odd))+" is not understood here: "+how+".")
		return nil, true
	}
	if x.ns == "" && !x.all && x.Namespaced {
		x.ns = f.v.Nav.Namespace
	}
	if x.ns == "" && x.name != "" && x.Namespaced {
		ref, _ := f.v.Opened.Kinds.Locate(f.v.Opened.Root, []byte(f.v.Nav.Here(f.host.Focus())))
		if x.ns = ref.Namespace; x.ns == "" {
			f.host.Say(text.Warning, "In which namespace? :"+clean.Key([]byte(line))+" -n NAMESPACE")
			return nil, true
		}
	}
	f.host.FocusOn(layout.Object)
	folder := f.v.Opened.Kinds.Prefix(f.v.Opened.Root, x.Resource, x.ns)
	if x.filter != "" {
		f.v.Panes.Table.FilterIn(folder, x.filter)
	}
	return f.host.Jump(folder + x.name), true
}
