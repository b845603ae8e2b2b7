package compare

import (
	"fmt"
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/differences"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/view"
)

// copied is what can be copied of the diff of one key.
func (d *keyDiff) copied() *host.Copied {
	c := d.diff.Content()
	if c == nil {
		return &host.Copied{}
	}
	return &host.Copied{Command: d.line(c), Key: string(c.To.Key), Name: "the diff as Markdown", Text: d.markdown}
}

// listCopier makes what can be copied of the list of differences.
type listCopier struct{ sd *stateDiff }

// copied is what can be copied of the list of differences.
func (c listCopier) copied() *host.Copied {
	own := &host.Copied{}
	if r := c.sd.diffs.Current(); r != nil {
		own.Key = r.Key
	}
	args, flags, ok := c.sides()
	if !ok {
		return own
	}
	typ, ns := c.sd.diffs.Within()
	if ns == "" {
		ns = c.sd.f.v.Nav.Namespace
	}
	args = append([]string{"diff"}, args...)
	if _, known := c.sd.f.v.Opened.Kinds.Find(typ); typ != "" && !known {
		return own // of keys that are no objects: no argument names those
	} else if typ != "" {
		args = slices.Insert(args, 1, typ)
	}
	if ns != "" {
		args = append(args, "-n", ns)
	}
	if op, one := c.sd.diffs.Only(); one {
		args = append(args, "--type", map[differences.Op]etcdsource.Type{differences.Added: etcdsource.Created, differences.Removed: etcdsource.Deleted, differences.Changed: etcdsource.Updated}[op].String())
	}
	if c.sd.diffs.Grouped() {
		args = append(args, "--summary")
	}
	if text := c.sd.diffs.Filters(); text != "" {
		args = append(args, "--filter", text)
	}
	own.Command = view.Line(c.sd.f.v, func(string, string) []string { return flags }, args...)
	return own
}

// sides are the revisions that are compared, and the flags that open the sources; ok is false where a line cannot name these.
func (c listCopier) sides() (revs, flags []string, ok bool) {
	from, to := c.sd.listed(c.sd.nowShown)
	source := c.sd.f.host.Options().Source
	if from.opened == nil || source == nil {
		return nil, nil, false
	}
	for _, e := range []*end{&from, &to} {
		rev := e.rev
		if rev == 0 {
			rev = c.head(e)
		}
		if e.timed || rev == 0 {
			return nil, nil, false
		}
		revs = append(revs, fmt.Sprint(rev))
	}
	a, b := c.target(&from), c.target(&to)
	flags = source(a.Path, a.Etcd)
	if from.opened == to.opened {
		return revs, flags, from.opened == c.sd.f.v.Opened
	}
	other, more := opening(source(b.Path, b.Etcd))
	if a.Demo || b.Demo || other == "" {
		return nil, nil, false
	}
	return revs, slices.Compact(append(append(flags, more...), "--to="+other)), true
}

// opening is what --to takes to open what flags open, and which of them it needs; "" where it cannot.
func opening(flags []string) (to string, more []string) {
	for _, f := range flags {
		switch name, value, _ := strings.Cut(f, "="); name {
		case "--from":
			return value, nil
		case "--demo", "--name", "--etcd", "--root":
			return "", nil
		}
	}
	return "live", flags
}

// target is how a state's source was opened.
func (c listCopier) target(e *end) host.Target {
	for _, o := range c.sd.f.host.Opened() {
		if o.Opened == e.opened {
			return o.Target
		}
	}
	return c.sd.f.v.Opening.Target
}

// head is the newest revision of a state's source, 0 where it is not known.
func (c listCopier) head(e *end) int64 {
	if e.opened == c.sd.f.v.Opened {
		return c.sd.f.v.State.Head
	}
	for _, o := range c.sd.f.host.Opened() {
		if o.Opened == e.opened {
			return o.Head
		}
	}
	return e.opened.Info.Revision
}
