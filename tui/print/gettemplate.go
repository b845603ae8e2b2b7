package print

import (
	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
)

// all prints the objects that were kept, in their order or by a template.
func (g *getter) all() error {
	g.columnsOf = g.s.columnsOf
	list, err := g.sorted(g.picked, g.s.view)
	if err != nil {
		return err
	}
	if g.template == nil {
		for _, p := range list {
			if err := g.show(p.object, &p.entry); err != nil {
				return err
			}
		}
		return nil
	}
	if g.watch.on {
		for _, p := range list {
			g.problem(g.s, p.object)
			if err := g.filled(p.object); err != nil {
				return err
			}
		}
		return nil
	}
	trees := make([]map[string]any, 0, len(list))
	for _, p := range list {
		g.problem(g.s, p.object)
		if t := p.object.Tree(g.s.view); t != nil {
			trees = append(trees, t)
		}
	}
	g.printed = len(list)
	if g.single && len(trees) == 0 {
		return nil
	}
	if err := g.template.Print(g.out.w, trees, g.single, g.out.tty, !g.noHeaders); err != nil {
		return usage("print as %s: %s", clean.Key([]byte(cut(g.flags.format, 60))), clean.Error(err))
	}
	return nil
}

// filled prints one object by the template; heads come before the first one.
func (g *getter) filled(o *decode.Object) error {
	tree := o.Tree(g.s.view)
	if tree == nil {
		return nil
	}
	g.printed++
	if err := g.template.Print(g.out.w, []map[string]any{tree}, true, g.out.tty, !g.noHeaders && g.printed == 1); err != nil {
		return usage("print as %s: %s", clean.Key([]byte(cut(g.flags.format, 60))), clean.Error(err))
	}
	return nil
}
