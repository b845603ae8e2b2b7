package print

import (
	"bytes"
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/diff"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/change"
	"github.com/etcdscope/etcdscope/model/compare"
)

// differ compares two versions of one key.
type differ struct {
	*app
	s     *store
	where place
	compareFlags
}

func (a *app) diffCmd() *cobra.Command {
	d := &differ{app: a}
	c := &cobra.Command{
		Use: "diff KEY [REV [REV]] | [KEY|PREFIX|TYPE] REV [REV] | --from A --to B [PREFIX]", Short: "Compare two versions of an object, or two states of many",
		Annotations: formats("text json"),
		Long: "Compares the newest version of an object with the one before it, or with its state at REV, or its states at two REVs.\n" +
			"With a prefix, a type, -n or nothing named: all objects at REV with those of now, or at two REVs.\n" +
			"With --to: the objects of two sources, each a path or live; a REV then is that of the first, a second one that of the other\n" +
			"(etcdscope diff --from backup.db --to live -n demo --summary).\n" +
			"Exits with 1 where they differ, with 0 where they do not.",
		Example: "  etcdscope diff pod/crash -n demo --demo\n  etcdscope diff deploy/payments -n demo 623 700 --from backup.db\n  etcdscope diff 700 --type deleted --from backup.db\n  etcdscope diff --from backup.db --to night.db --summary",
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if err := d.check(); err != nil {
				return err
			}
			args, at, err := splitRevisions(args)
			if err != nil {
				return err
			}
			switch {
			case d.to != "":
				return d.sources(cmd.Context(), args, at)
			case len(args) == 0 && len(at) == 0 && d.where == (place{}):
				return usage("compare: nothing is named; give a KEY, or one or two revisions to compare the whole store, or --to another source")
			}
			if d.s, err = a.openFor(cmd.Context(), args, d.where); err != nil {
				return err
			}
			defer d.s.close()
			revs, err := d.s.all(cmd.Context(), at)
			if err != nil {
				return err
			}
			return d.run(cmd.Context(), args, revs)
		},
	}
	d.where.define(c)
	d.define(c)
	return c
}

// splitRevisions takes up to two revisions or times from the end of the arguments.
func splitRevisions(args []string) (rest []string, revs []moment, err error) {
	n := len(args)
	for n > 0 && len(args)-n < 2 && (isNumber(args[n-1]) || isTime(args[n-1])) {
		n--
	}
	for _, a := range args[n:] {
		m, err := readMoment("REV", a)
		if err != nil {
			return nil, nil, err
		}
		revs = append(revs, m)
	}
	return args[:n], revs, nil
}

// all returns moments as revisions.
func (s *store) all(ctx context.Context, list []moment) (revs []int64, err error) {
	for _, m := range list {
		rev, err := s.at(ctx, "REV", m)
		if err != nil {
			return nil, err
		}
		revs = append(revs, rev)
	}
	return revs, nil
}

func (d *differ) run(ctx context.Context, args []string, revs []int64) error {
	targets, err := d.s.targets(ctx, args, d.where)
	if err != nil {
		return err
	}
	if len(targets) == 1 && targets[0].Key == nil && len(args) == 1 && len(revs) > 0 { // a name of digits only: "diff pod 5"
		named, err := d.s.targets(ctx, append(args, strconv.FormatInt(revs[0], 10)), d.where)
		if err == nil && len(named) == 1 && named[0].Key != nil && d.exists(ctx, named[0].Key) {
			targets, revs = named, revs[1:]
		}
	}
	if len(targets) != 1 || targets[0].Key == nil || targets[0].Prefix != "" {
		return d.states(ctx, targets, revs, what(args, d.where.ns))
	}
	k := targets[0].Key
	from, to, err := d.sides(ctx, k, args, revs)
	if err != nil {
		return err
	}
	if from == nil && to == nil {
		return no("diff %s: the key was not there at either revision; etcdscope log %s prints its history", clean.Key(k), clean.Key(k))
	}
	return d.print(k, from, to)
}

func (d *differ) exists(ctx context.Context, k []byte) bool {
	_, ok, err := etcdsource.Get(ctx, d.s.Source, k, 0)
	return err == nil && ok
}

// side is one version of the key; nil is none.
func (d *differ) sides(ctx context.Context, k []byte, args []string, revs []int64) (from, to *decode.Object, err error) {
	if len(revs) == 0 {
		return d.newest(ctx, k, args)
	}
	last := int64(0)
	if len(revs) == 2 {
		last = revs[1]
	}
	if from, err = d.at(ctx, k, revs[0]); err != nil {
		return nil, nil, err
	}
	to, err = d.at(ctx, k, last)
	return from, to, err
}

func (d *differ) at(ctx context.Context, k []byte, rev int64) (*decode.Object, error) {
	e, ok, err := etcdsource.Get(ctx, d.s.Source, k, rev)
	if err != nil || !ok {
		return nil, err
	}
	return d.s.Decoder.Object(e.Key, e.Value, e.Mod), nil
}

// newest returns the newest version and the one before it.
func (d *differ) newest(ctx context.Context, k []byte, args []string) (from, to *decode.Object, err error) {
	versions, err := etcdsource.As[etcdsource.Versions](d.s.Source)
	if err != nil {
		return nil, nil, err
	}
	events, edge, err := versions.Versions(ctx, k, 0, 2)
	if err != nil {
		return nil, nil, err
	}
	if len(events) == 0 {
		return nil, nil, no("diff %s: no such key; %s", clean.Key(k), d.s.elsewhere(k, args, d.where))
	}
	object := func(e *etcdsource.Event) *decode.Object {
		if e.Type == etcdsource.Deleted {
			return nil
		}
		return d.s.Decoder.Object(e.Key, e.Value, e.Mod)
	}
	to = object(&events[0])
	switch {
	case len(events) > 1 && events[0].Type != etcdsource.Created:
		from = object(&events[1])
	case edge.Kind == etcdsource.EdgeCompacted && events[0].Type != etcdsource.Created:
		return nil, nil, &etcdsource.CompactedError{Revision: events[0].Mod - 1, Compacted: edge.Revision}
	}
	return from, to, nil
}

// diffLine is a comparison as JSON.
type diffLine struct {
	key
	Kind      string        `json:"kind,omitempty"`
	Namespace *string       `json:"namespace,omitempty"`
	Name      string        `json:"name,omitempty"`
	Op        string        `json:"op"` // added, removed, changed
	From      int64         `json:"from,omitempty"`
	To        int64         `json:"to,omitempty"`
	Changes   []diff.Change `json:"changes"`
	Note      string        `json:"note,omitempty"` // why the bytes differ where no field does; lists whose items changed their order
}

func (d *differ) print(k []byte, from, to *decode.Object) error {
	if from != nil && to != nil && sameBytes(from, to) {
		return nil
	}
	line := d.line(d.s, k, from, to)
	if line.Note = change.Unreadable(from, to); line.Note == "" {
		var reordered []string
		line.Changes, reordered = d.s.Decoder.Compare(from, to, d.s.view)
		switch {
		case from != nil && to != nil && len(line.Changes) == 0:
			line.Note = change.Unchanged(from, to, reordered)
		case len(reordered) > 0:
			line.Note = change.Reordered(reordered)
		}
	}
	if line.Changes == nil {
		line.Changes = []diff.Change{}
	}
	var err error
	if d.flags.format == "json" {
		err = d.out.json(line)
	} else {
		if from == nil || to == nil {
			line.Changes = d.leaves(from, to)
		}
		err = d.text(&line)
	}
	if err != nil {
		return err
	}
	return differs
}

// leaves are the fields of the only version that there is, one by one.
func (d *differ) leaves(from, to *decode.Object) (out []diff.Change) {
	if to != nil {
		d.s.Decoder.EachLeaf(to, d.s.view, func(l *diff.Leaf) {
			out = append(out, diff.Change{Path: l.Path, Op: diff.Add, New: l.Value})
		})
		return out
	}
	d.s.Decoder.EachLeaf(from, d.s.view, func(l *diff.Leaf) {
		out = append(out, diff.Change{Path: l.Path, Op: diff.Remove, Old: l.Value})
	})
	return out
}

// line names the object of a key and says what happened to it.
func (d *differ) line(s *store, k []byte, from, to *decode.Object) diffLine {
	line := diffLine{key: keyOf(k), Op: compare.Changed}
	if ref, ok := s.locate(k); ok {
		line.Kind, line.Namespace, line.Name = ref.Kind, &ref.Namespace, ref.Name
	}
	if from == nil {
		line.Op = compare.Added
	} else {
		line.From = from.Mod
	}
	if to == nil {
		line.Op = compare.Removed
	} else {
		line.To = to.Mod
	}
	return line
}

func (d *differ) text(l *diffLine) error {
	side := func(rev int64) string {
		if rev == 0 {
			return "nothing"
		}
		return fmt.Sprintf("revision %d", rev)
	}
	head := clean.Key([]byte(l.Key)) + "  " + side(l.From) + " → " + side(l.To)
	if err := d.out.line(d.out.paint(text.Accent, head)); err != nil {
		return err
	}
	if len(l.Changes) == 0 {
		return d.out.line(d.out.paint(text.Muted, "  "+l.Note))
	}
	if l.Note != "" {
		if err := d.out.line(d.out.paint(text.Muted, "  "+l.Note)); err != nil {
			return err
		}
	}
	return d.out.changes("  ", l.Changes)
}

// sameBytes compares what is stored.
func sameBytes(a, b *decode.Object) bool {
	all := decode.View{Reveal: true}
	x, _ := a.Raw(all)
	y, _ := b.Raw(all)
	return bytes.Equal(x, y)
}
