package print

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/diff"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/change"
	"github.com/etcdscope/etcdscope/model/compare"
	"github.com/etcdscope/etcdscope/model/filter"
)

// compareFlags are the flags of diff for states of many objects.
type compareFlags struct {
	to      string
	types   []string // as given
	ops     []string // that they mean
	quiet   bool
	filter  string
	chosen  *filter.Filter // what filter says; nil: all
	unread  int            // differences that filter cannot test
	summary bool
	counts  map[string]*tally
	total   tally
	past    newerPast
	masked  int // differences that filter does not test, since a value is masked
}

// tally counts the differences of a resource in a namespace.
type tally struct {
	Resource  string `json:"resource"`
	Namespace string `json:"namespace"`
	Added     int    `json:"added"`
	Removed   int    `json:"removed"`
	Changed   int    `json:"changed"`
	Stored    int    `json:"storedAnew"` // of the changed ones: those in which no field changed
}

func (f *compareFlags) define(c *cobra.Command) {
	c.Flags().StringVar(&f.to, "to", "", "compare with this source: a path, or live")
	c.Flags().StringSliceVar(&f.types, "type", nil, "only these: created, updated, deleted")
	c.Flags().StringSliceVar(&f.types, "op", nil, "")
	_ = c.Flags().MarkHidden("op") // the same in the words of the JSON
	c.Flags().BoolVar(&f.quiet, "no-noise", false, "leave out objects that only show signs of life, or in which no field changed")
	c.Flags().StringVar(&f.filter, "filter", "", "only these, in the words of / on the screen: by:kubelet kind:pods ns:shop type:deleted field:.spec.replicas since:10m web")
	c.Flags().BoolVar(&f.summary, "summary", false, "only count, by resource and namespace")
}

func (f *compareFlags) check() error {
	f.counts = map[string]*tally{}
	for _, w := range f.types {
		op, ok := opOf[w]
		if !ok {
			return usage("read --type %s: there are created, updated, deleted; give one of these", clean.Key([]byte(w)))
		}
		f.ops = append(f.ops, op)
	}
	return nil
}

// opOf is how a difference is called in JSON, by how it is called everywhere else, and by that name itself.
var opOf = map[string]string{
	etcdsource.Created.String(): compare.Added, etcdsource.Updated.String(): compare.Changed, etcdsource.Deleted.String(): compare.Removed,
	compare.Added: compare.Added, compare.Changed: compare.Changed, compare.Removed: compare.Removed,
}

// states compares all objects of the targets at a revision with those of now or of another revision.
func (d *differ) states(ctx context.Context, targets []kinds.Target, revs []int64, named string) error {
	if len(revs) == 0 {
		return usage("diff %s: it names more than one object; give a KEY, TYPE/NAME or TYPE NAME, or one or two revisions to compare them all", named)
	}
	from := compare.Side{Source: d.s.Source, Revision: revs[0], Spare: d.s.live()}
	to := from
	if to.Revision = d.s.Info.Revision; len(revs) == 2 {
		to.Revision = revs[1]
	}
	return d.compare(ctx, targets, d.s, d.s, from, to)
}

// sources compares the objects of two sources.
func (d *differ) sources(ctx context.Context, args []string, revs []moment) (err error) {
	if d.s, err = d.openWith(ctx, d.side(d.flags.from, d.flags.demo)); err != nil {
		return err
	}
	defer d.s.close()
	other, err := d.openWith(ctx, d.side(d.to, false))
	if err != nil {
		return err
	}
	defer other.close()
	targets, err := d.s.targets(ctx, args, d.where)
	if err != nil {
		return err
	}
	from := compare.Side{Source: d.s.Source, Revision: d.s.Info.Revision, Spare: d.s.live()}
	to := compare.Side{Source: other.Source, Revision: other.Info.Revision, Spare: other.live()}
	if len(revs) > 0 {
		if from.Revision, err = d.s.at(ctx, "REV", revs[0]); err != nil {
			return err
		}
	}
	if len(revs) > 1 {
		if to.Revision, err = other.at(ctx, "REV", revs[1]); err != nil {
			return err
		}
	}
	return d.compare(ctx, targets, d.s, other, from, to)
}

// side is how one of two sources is opened: "live" is the one of the flags.
func (d *differ) side(path string, demo bool) OpenOptions {
	o := d.flags.openOptions()
	o.Path, o.Demo = path, demo
	if _, err := os.Stat(path); path == "live" && err != nil {
		o.Path = ""
	}
	return o
}

func (d *differ) compare(ctx context.Context, targets []kinds.Target, a, b *store, from, to compare.Side) error {
	if err := d.choose(ctx); err != nil {
		return err
	}
	if err := d.readPast(ctx, b, targets, to.Revision); err != nil {
		return err
	}
	slices.SortFunc(targets, func(x, y kinds.Target) int { return strings.Compare(start(&x), start(&y)) })
	if a.Root != b.Root {
		d.warn("diff: the keys of the first begin with %s, those of the other with %s; they are compared as they are", clean.Key([]byte(a.Root)), clean.Key([]byte(b.Root)))
	}
	found := false
	for i := range targets {
		span := etcdsource.Prefix(targets[i].Prefix)
		if k := targets[i].Key; k != nil && targets[i].Prefix == "" {
			span = etcdsource.Key(k)
		}
		_, err := compare.Each(ctx, from, to, span, func(x *compare.Difference) error {
			c := compare.Decode(x, a.Decoder, b.Decoder, d.s.view)
			if !d.passes(&c) || !d.chooses(b, &c) {
				return nil
			}
			found = true
			return d.difference(knowing(a, b, x.Key), &c)
		})
		if err != nil {
			return err
		}
	}
	if err := d.end(); err != nil {
		return err
	}
	if found {
		return differs
	}
	return nil
}

// knowing returns the source that can name the object of a key, the newer one where both can.
func knowing(a, b *store, k []byte) *store {
	if ref, ok := b.locate(k); !ok || ref.Kind == "" {
		return a
	}
	return b
}

// locate says what the key holds.
func (s *store) locate(k []byte) (kinds.Ref, bool) { return s.Kinds.Locate(s.Root, k) }

func start(t *kinds.Target) string {
	if t.Key != nil {
		return string(t.Key)
	}
	return t.Prefix
}

func (d *differ) passes(c *compare.Content) bool {
	switch {
	case c.Same():
		return false
	case len(d.ops) > 0 && !slices.Contains(d.ops, c.Op()):
		return false
	case d.quiet && c.Op() == compare.Changed:
		return c.Unread || (c.Note == "" || len(c.Reordered) > 0) && c.Aspect != change.AspectHeartbeat && c.Aspect != change.AspectNone
	}
	return true
}

// choose reads --filter. A kind that is not known yet may be that of a custom resource.
func (d *differ) choose(ctx context.Context) (err error) {
	if d.filter == "" {
		return nil
	}
	d.chosen, err = filter.Parse(d.filter, d.s.Kinds)
	if err != nil && strings.Contains(d.filter, "kind:") && !d.s.Whole && d.s.Custom(ctx, d.s.Source, 0) == nil {
		d.chosen, err = filter.Parse(d.filter, d.s.Kinds)
	}
	if err != nil {
		return usage("read --filter: %s", err)
	}
	return nil
}

// chooses reports whether a difference passes --filter, as if it were one write.
func (d *differ) chooses(s *store, c *compare.Content) bool {
	if d.chosen.Empty() {
		return true
	}
	e := etcdsource.Event{Key: c.Key, Type: etcdsource.Updated}
	switch {
	case c.From == nil:
		e.Type = etcdsource.Created
	case c.To == nil:
		e.Type = etcdsource.Deleted
	}
	if c.To != nil {
		e.Value, e.Mod, e.Version = c.To.Value, c.To.Mod, c.To.Version
	}
	w := change.Between(s.Decoder, s.Kinds, s.Root, c.Before, c.After, &e, d.s.view)
	it := filter.Item{Root: s.Root, Key: c.Key, Type: e.Type, Rev: e.Mod, Change: &w, View: d.s.view, Judged: true}
	if ref, ok := s.locate(c.Key); ok {
		it.Ref = &ref
	}
	d.past.of(&it)
	if d.chosen.Untested(&it) {
		d.unread++
		return false
	}
	if d.chosen.Masked(&it) {
		d.masked++
	}
	return d.chosen.Match(&it) == filter.Yes
}

// difference prints one object, or counts it.
func (d *differ) difference(s *store, c *compare.Content) error {
	d.count(s, c)
	if d.summary {
		return nil
	}
	line := d.line(s, c.Key, c.Before, c.After)
	if line.Changes, line.Note = c.Changes, c.Note; line.Changes == nil {
		line.Changes = []diff.Change{}
	}
	if d.flags.format == "json" {
		return d.out.json(line)
	}
	return d.short(s, &line, c.Key)
}

var opRoles = map[string]text.Role{compare.Added: text.Added, compare.Removed: text.Removed, compare.Changed: text.Changed}

// short writes an object on one line, and what changed in it below.
func (d *differ) short(s *store, l *diffLine, k []byte) error {
	name := s.Kinds.Kubectl(s.Root, k)
	if name == "" {
		name = string(k)
	}
	sign := map[string]string{compare.Added: "+ ", compare.Removed: "− ", compare.Changed: "~ "}[l.Op]
	revs := fmt.Sprint(max(l.From, l.To))
	if l.Op == compare.Changed {
		revs = fmt.Sprintf("%d → %d", l.From, l.To)
	}
	head := d.out.paint(opRoles[l.Op], sign+clean.Key([]byte(name))) + d.out.paint(text.Muted, "  "+revs)
	if l.Note != "" {
		head += d.out.paint(text.Muted, "  "+l.Note)
	}
	if err := d.out.line(head); err != nil || l.Op != compare.Changed {
		return err
	}
	return d.out.changes("    ", l.Changes)
}

func (d *differ) count(s *store, c *compare.Content) {
	ref, ok := s.locate(c.Key)
	t := tally{Resource: ref.FullName(), Namespace: ref.Namespace}
	if !ok {
		t.Resource = "(no object)"
	}
	id := t.Resource + "\x00" + t.Namespace
	if d.counts[id] == nil {
		d.counts[id] = &t
	}
	for _, n := range []*tally{d.counts[id], &d.total} {
		switch c.Op() {
		case compare.Added:
			n.Added++
		case compare.Removed:
			n.Removed++
		default:
			n.Changed++
		}
		if c.Note != "" && !c.Unread && len(c.Reordered) == 0 && c.After.IsKubernetes() {
			n.Stored++
		}
	}
}

// end prints the counts: as the result with --summary, else in one line on stderr.
func (d *differ) end() error {
	if d.unread > 0 {
		d.warn("diff: %s", notTested(count(d.unread, "difference"), d.unread, "--filter"))
	}
	if d.masked > 0 {
		d.warn("diff: %s", notRevealed(d.masked, "difference"))
	}
	t := &d.total
	sum := fmt.Sprintf("%d created, %d deleted, %d updated", t.Added, t.Removed, t.Changed)
	if t.Stored > 0 {
		sum += fmt.Sprintf(" (%d of them without a change of any field)", t.Stored)
	}
	switch {
	case !d.summary && d.flags.format == "text":
		d.warn("diff: %s", sum)
		return nil
	case !d.summary:
		return nil
	}
	lines := [][]string{{"RESOURCE", "NAMESPACE", "CREATED", "DELETED", "UPDATED", "REWRITTEN"}}
	for _, id := range slices.Sorted(maps.Keys(d.counts)) {
		t := d.counts[id]
		if d.flags.format == "json" {
			if err := d.out.json(t); err != nil {
				return err
			}
			continue
		}
		lines = append(lines, []string{clean.Key([]byte(t.Resource)), clean.Key([]byte(t.Namespace)), number(t.Added), number(t.Removed), number(t.Changed), number(t.Stored)})
	}
	if d.flags.format == "json" {
		return nil
	}
	if len(lines) > 1 {
		if err := d.out.columns(lines); err != nil {
			return err
		}
	}
	return d.out.line(d.out.paint(text.Muted, sum))
}

func number(n int) string {
	if n == 0 {
		return "-"
	}
	return fmt.Sprint(n)
}
