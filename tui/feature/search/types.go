package search

import (
	"cmp"
	"context"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/filter"
	"github.com/etcdscope/etcdscope/model/session"
	"github.com/etcdscope/etcdscope/tui/host"
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
	if i := slices.IndexFunc(free, func(s string) bool { return strings.Contains(s, "=") }); i >= 0 {
		return x, free[i], true // a label: no name has a =
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
	if odd != "" && labels(odd) {
		f.host.Say(text.Warning, "For "+clean.Key([]byte(odd))+" in a shell: etcdscope get "+typ+" -A -l "+clean.Key([]byte(selector(line, odd)))+"; here / filters by text.")
		return nil, true
	}
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
	folder := f.v.Opened.Kinds.Prefix(f.v.Opened.Root, x.Resource, x.ns)
	tree := f.v.State.Tree // a role that reads a part of the store has no list of its top
	if x.name == "" && tree.Root().Load != session.Failed && tree.Find(folder) == nil && f.v.Opened.EtcdOf(folder) == nil {
		return lookIn(f, x), true
	}
	return toFolder(f, folder, x.name, x.filter), true
}

// toFolder goes to a folder, or to an object in it, and filters the folder's table.
func toFolder(f *Feature, folder, name, by string) tea.Cmd {
	f.host.FocusOn(layout.Object)
	if by != "" || folder == f.narrowed {
		f.v.Panes.Table.FilterIn(folder, by)
		f.narrowed = ""
	}
	return f.host.Jump(folder + name)
}

// labels reports whether a word is kubectl's flag for labels, or a selector.
func labels(odd string) bool {
	return strings.HasPrefix(odd, "-l") || strings.HasPrefix(odd, "--selector") || !strings.HasPrefix(odd, "-") && strings.Contains(odd, "=")
}

// selector is the label selector in a line whose word odd is the flag, or the selector itself.
func selector(line, odd string) string {
	if !strings.HasPrefix(odd, "-") {
		return odd
	}
	if value, ok := strings.CutPrefix(odd, "--selector="); ok {
		return value
	}
	if value := strings.TrimPrefix(odd, "-l"); value != odd && value != "" {
		return value
	}
	_, rest, _ := strings.Cut(line, odd)
	value, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	return cmp.Or(value, "LABEL=VALUE")
}

// thereMsg says what there is of a type that was typed.
type thereMsg struct {
	host.Ask
	typed            typedType
	here, any, space bool // keys of the type in the namespace, in any; the namespace itself
	err              error
}

// lookIn looks whether there are objects of a type that the tree has no folder of.
func lookIn(f *Feature, x typedType) tea.Cmd {
	o, m, rev := f.v.Opened, thereMsg{Ask: f.v.Ask(), typed: x}, f.v.State.At
	return host.Job(f.v.Ctx, func(ctx context.Context) tea.Msg {
		has := func(span etcdsource.Span) bool {
			span.Limit = 1
			page, err := o.Source.Range(ctx, span, etcdsource.At{Revision: rev})
			m.err = cmp.Or(m.err, err)
			return len(page.Entries) > 0
		}
		m.here = has(etcdsource.Prefix(o.Kinds.Prefix(o.Root, x.Resource, x.ns)))
		if !m.here && x.ns != "" {
			m.any = has(etcdsource.Prefix(o.Kinds.Prefix(o.Root, x.Resource, "")))
			m.space = has(etcdsource.Key([]byte(o.Root + "namespaces/" + x.ns)))
		}
		return m
	})
}

// onThere shows the folder of a type that was typed. Where a namespace has no object of it, the table of all keeps the namespace as its
// filter, and says that none is in it.
func onThere(f *Feature, m thereMsg) tea.Cmd {
	x, kinds, root := m.typed, f.v.Opened.Kinds, f.v.Opened.Root
	folder := kinds.Prefix(root, x.Resource, x.ns)
	if m.here || m.err != nil {
		return toFolder(f, folder, "", x.filter)
	}
	none := "No " + clean.Key([]byte(x.Plural))
	switch ns := clean.Key([]byte(x.ns)); {
	case x.ns == "":
		f.host.Say(text.Warning, none+" in this store at this revision.")
		return nil
	case !m.space:
		none = "There is no namespace " + ns
	default:
		none += " in namespace " + ns
	}
	if !m.any {
		f.host.Say(text.Warning, none+", nor any "+clean.Key([]byte(x.Plural))+" elsewhere.")
		return nil
	}
	f.host.Say(text.Warning, none+".")
	all := kinds.Prefix(root, x.Resource, "")
	cmd := toFolder(f, all, "", strings.TrimSpace("ns:"+filter.Quote(x.ns)+" "+x.filter))
	f.narrowed = all
	return cmd
}
