package print

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/columns"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/rescue"
)

// getter prints objects.
type getter struct {
	*app
	s          *store
	where      place
	rev        int64
	managed    bool // show managedFields
	apply      bool
	table      *table // collects rows, where a table is printed
	pending    []*decode.Object
	printed    int
	missing    []string
	namespaced bool  // a type that lives in namespaces was named
	gone       int64 // when one that is missing was there last
	refused    int   // Secrets that were not printed
	unknown    int   // objects with fields that this build does not know

	selection
	tableFlags
	template *columns.Template // of -o; nil: no template
	lenient  bool              // a template may name fields that are not there
	single   bool              // one object was named
	picked   []picked          // for what needs all objects at once
	absent   bool              // that nothing is there is no error
	watch    watching
}

func (a *app) getCmd() *cobra.Command {
	g := &getter{app: a}
	var rev string
	c := &cobra.Command{
		Use: "get KEY… | TYPE [NAME…]", Short: "Print objects as they are stored",
		Long: "Prints objects as the API server would return them. One object that is named is printed as YAML, and as a row with -o wide or any flag of\n" +
			"kubectl's tables; several are printed as kubectl's columns. With -o json each is one document, on one line.",
		Annotations: formats("text wide name json yaml raw hex fields " + templates),
		Example:     "  etcdscope get pods -A -o wide --demo\n  etcdscope get pods -A -l app=hungry --sort-by .spec.nodeName -o jsonpath='{.items[*].metadata.name}' --demo\n  etcdscope get deploy/payments -n demo --rev 700 -o yaml --from backup.db\n  etcdscope get /registry/pods/demo/crash -o json --from backup.db",
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			at, err := readMoment("--rev", rev)
			if err != nil {
				return err
			}
			if err := g.where.check(); err != nil {
				return err
			}
			if len(args) == 0 && g.where == (place{}) {
				return usage("read the arguments: nothing is named; give a KEY or a TYPE, or -n NAMESPACE, or -A for everything")
			}
			if err := g.selection.read(); err != nil {
				return err
			}
			g.showStored = g.showStored || g.byStored()
			if g.template, err = templateFrom(a.flags.format, g.lenient); err != nil {
				return err
			}
			if g.apply && (g.template != nil || contains("raw hex fields name wide", a.flags.format)) {
				return usage("print with --apply as %s: it takes yaml or json; give one of these to -o", a.flags.format)
			}
			if err := g.checkWatch(at); err != nil {
				return err
			}
			if g.s, err = a.openFor(cmd.Context(), args, g.where); err != nil {
				return err
			}
			defer g.s.close()
			if g.rev, err = g.s.at(cmd.Context(), "--rev", at); err != nil {
				return err
			}
			g.s.view.ManagedFields = g.managed || g.template != nil
			return g.run(cmd.Context(), args)
		},
	}
	f := c.Flags()
	f.StringVar(&rev, "rev", "", "as of this revision, time or duration ago")
	f.BoolVar(&g.managed, "show-managed-fields", false, "with metadata.managedFields")
	f.BoolVar(&g.apply, "apply", false, "as kubectl apply takes it: without what the cluster fills in")
	f.BoolVar(&g.lenient, "allow-missing-template-keys", true, "a template prints nothing of a field that is not there; else that is an error")
	f.BoolVar(&g.absent, "ignore-not-found", false, "print nothing, and exit with 0, where nothing is there")
	f.Int64("chunk-size", 0, "")
	f.Bool("server-print", true, "") // as is chunk-size: kubectl's, what is printed is the same
	_, _ = f.MarkHidden("chunk-size"), f.MarkHidden("server-print")
	g.selection.define(c)
	g.tableFlags.define(c)
	g.watch.define(c)
	g.where.define(c)
	return c
}

func (p *place) define(c *cobra.Command) {
	c.Flags().StringVarP(&p.ns, "namespace", "n", "", "namespace; without a TYPE everything in it")
	c.Flags().BoolVarP(&p.all, "all-namespaces", "A", false, "in all namespaces")
}

func (g *getter) run(ctx context.Context, args []string) error {
	if g.rev > 0 {
		if err := g.past(ctx, args); err != nil {
			return err
		}
	}
	types, err := g.s.expand(ctx, args)
	if err != nil {
		return err
	}
	targets, err := g.s.targets(ctx, types, g.where)
	if err != nil {
		return err
	}
	if g.watch.on {
		if err := g.begin(ctx); err != nil {
			return err
		}
	}
	g.single = len(targets) == 1 && targets[0].Key != nil
	if g.inTable(targets) {
		g.table = newTable(g)
	}
	inside, err := g.each(ctx, targets)
	if err != nil {
		return err
	}
	if err := g.finish(ctx); err != nil {
		return err
	}
	if inside == 0 && g.namespaced && g.printed > 0 && g.where.ns != "" && !g.absent {
		g.warn("get: of the types that live in namespaces nothing is there%s", g.where.within(args, true))
	}
	if g.watch.on && len(g.missing) == 0 {
		return g.follow(ctx, targets)
	}
	return g.verdict(args)
}

// past makes the custom resources known as they were, where only those of now were read, or, of a store that must be
// spared, none: there only if what is named may be one.
func (g *getter) past(ctx context.Context, args []string) error {
	if !g.s.Info.Running || g.s.live() && !g.custom(args) {
		return nil
	}
	return g.s.Custom(ctx, g.s.Source, g.rev)
}

// custom reports whether the arguments may name a custom resource.
func (g *getter) custom(args []string) bool {
	if len(args) == 0 {
		return g.where.ns != ""
	}
	typ, _, _ := strings.Cut(args[0], "/")
	return typ != "" && slices.ContainsFunc(strings.Split(typ, ","), func(t string) bool {
		_, known := g.s.Kinds.Find(t)
		return !known
	})
}

func (g *getter) target(ctx context.Context, t *kinds.Target) error {
	if t.Key != nil {
		e, ok, err := etcdsource.Get(ctx, g.s.Source, t.Key, g.rev)
		if err != nil || ok {
			if ok {
				err = g.object(e)
			}
			return err
		}
		if k, changed := clean.Unescape(t.Key); changed {
			if e, ok, err := etcdsource.Get(ctx, g.s.Source, k, g.rev); err != nil || ok {
				if ok {
					err = g.object(e)
				}
				return err
			}
		}
		if t.Prefix == "" {
			g.missing = append(g.missing, clean.Key(t.Key))
			if last, err := rescue.LastSeen(ctx, g.s.Source, t.Key); err == nil && last != nil {
				g.gone = last.Mod
			}
			return nil
		}
		if g.table == nil && contains("text wide", g.flags.format) && !g.apply {
			g.table = newTable(g)
		}
	}
	span := etcdsource.Prefix(t.Prefix)
	span.Values = true
	return etcdsource.Each(ctx, g.s.Source, span, g.rev, g.object)
}

// object prints one object, or keeps it where all of them are needed at once.
func (g *getter) object(e etcdsource.Entry) error {
	o := g.s.Decoder.Object(e.Key, e.Value, e.Mod)
	if !g.matches(o, g.s.view) {
		return nil
	}
	if !g.watch.listed(&e) {
		return nil
	}
	if g.template != nil || g.sortBy != "" {
		p := picked{object: o, entry: e}
		p.entry.Value = nil
		if ref, ok := g.s.locate(e.Key); ok {
			p.group = ref.Prefix
		}
		g.picked = append(g.picked, p)
		return nil
	}
	return g.show(o, &e)
}

// labelled reports whether a table was asked for by flags that only tables have.
func (g *getter) labelled() bool {
	return g.showLabels || g.showStored || len(g.tableFlags.columns) > 0
}

// inTable reports whether the targets are printed as a table: one object that its type names is where flags of tables are given,
// as in kubectl.
func (g *getter) inTable(targets []kinds.Target) bool {
	if !contains("text wide", g.flags.format) || g.apply {
		return false
	}
	tabled := g.flags.format == "wide" || g.noHeaders || g.sortBy != ""
	return !g.single || g.labelled() || g.watch.on || targets[0].Typed && tabled
}

// show prints one object, in the form that was asked for.
func (g *getter) show(o *decode.Object, e *etcdsource.Entry) error {
	g.printed++
	if o.Unknown > 0 {
		g.unknown++
	}
	if o.Unknown == 0 || g.unknown <= maxUnknownNotes {
		g.problem(g.s, o)
	} else {
		g.trouble(g.s, o)
	}
	switch {
	case g.table != nil:
		g.table.add(o, e)
		return nil
	case g.apply:
		if o.Secret && !g.flags.reveal {
			g.printed--
			g.refused++
			return nil
		}
		g.pending = append(g.pending, o)
		return nil
	}
	switch g.flags.format {
	case "json":
		if g.watch.events {
			return g.out.jsonLine(fmt.Appendf(nil, `{"type":%q,"object":%s}`, g.watch.event, o.JSON(g.s.view)))
		}
		return g.out.jsonLine(o.JSON(g.s.view))
	case "name":
		return g.out.line(g.name(o))
	case "raw":
		return g.raw(o)
	case "hex", "fields":
		if o.Secret && !g.flags.reveal {
			g.printed--
			g.refused++
			return nil
		}
		if g.flags.format == "hex" {
			return g.out.doc(o.Hex(g.s.view))
		}
		return g.out.doc(o.Fields(g.s.view))
	}
	if g.printed > 1 {
		if err := g.out.line("---"); err != nil {
			return err
		}
	}
	return g.out.doc(o.YAML(g.s.view))
}

func (g *getter) raw(o *decode.Object) error {
	b, err := o.Raw(g.s.view)
	if errors.Is(err, decode.ErrMasked) {
		g.printed--
		g.refused++
		return nil
	}
	if err != nil {
		return err
	}
	if g.out.tty {
		return usage("print %s as raw: stored bytes can steer a terminal; pipe them elsewhere, or take -o hex", clean.Key(o.Key))
	}
	_, err = g.out.w.Write(b)
	return err
}

func (g *getter) name(o *decode.Object) string { return g.s.name(o) }

// name is kubectl's name of an object: pod/nginx, deployment.apps/web; the key of what is none.
func (s *store) name(o *decode.Object) string {
	ref, ok := s.locate(o.Key)
	if !ok {
		return clean.Key(o.Key)
	}
	typ := ref.Singular
	if typ == "" {
		typ = ref.Plural
	}
	if ref.Group != "" {
		typ += "." + ref.Group
	}
	return clean.Key([]byte(typ + "/" + ref.Name))
}

// finish prints what had to be seen as a whole.
func (g *getter) finish(ctx context.Context) error {
	if err := g.all(); err != nil {
		return err
	}
	for _, note := range g.fieldNotes() {
		g.warn("get: %s", note)
	}
	if why := g.untested(); why != "" {
		g.warn("get: %s", why)
	}
	if more := g.unknown - maxUnknownNotes; more > 0 {
		g.warn("decode: %s more with fields that this build does not know", count(more, "object"))
	}
	if g.table != nil {
		return g.table.print(ctx)
	}
	if !g.apply {
		return nil
	}
	left, err := g.printApplied(g.s, g.pending, nil)
	g.printed -= left
	return err
}

// verdict is the error that ends the command, if there is one.
func (g *getter) verdict(args []string) error {
	switch {
	case g.refused > 0:
		how := "-o " + g.flags.format
		if g.apply {
			how = "--apply"
		}
		return usage("print %s with %s: it would show secret values, which are masked; add --reveal to see them", count(g.refused, "Secret"), how)
	case g.absent:
		return nil
	case len(g.missing) > 0:
		if len(g.missing) == 1 && g.rev == 0 && g.gone > 0 {
			return no("get %s: the key is deleted; it was there at revision %d: add --rev %d", g.missing[0], g.gone, g.gone)
		}
		if why := g.s.noSuchType(args[0]); why != "" {
			return no("get %s: %s", strings.Join(g.missing, ", "), why)
		}
		return no("get %s: no such key%s; %s", strings.Join(g.missing, ", "), at(g.rev), g.where.elsewhere(g.namespaced))
	case g.printed == 0 && g.left > 0:
		return g.noneSelected("get "+named(args, g.where), g.rev)
	case g.printed == 0:
		return no("get %s: nothing is there%s%s", named(args, g.where), at(g.rev), g.where.within(args, g.namespaced))
	}
	return nil
}

func count(n int, what string) string {
	if n == 1 && strings.ContainsRune("aeiou", rune(what[0])) {
		return "an " + what
	}
	if n == 1 {
		return "a " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
