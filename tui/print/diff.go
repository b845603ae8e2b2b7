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
)

// differ compares two versions of one key.
type differ struct {
	*app
	s     *store
	where place
}

func (a *app) diffCmd() *cobra.Command {
	d := &differ{app: a}
	c := &cobra.Command{
		Use: "diff KEY [REV [REV]]", Short: "Compare two versions of an object", Args: cobra.MinimumNArgs(1), Annotations: formats("text json"),
		Long:    "Compares the newest version of an object with the one before it, or with its state at REV, or its states at two REVs.\nExits with 1 where they differ, with 0 where they do not.",
		Example: "  etcdscope diff pod nginx -n demo --from backup.db\n  etcdscope diff /registry/pods/demo/nginx 352 357",
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			args, revs, err := splitRevisions(args)
			if err != nil {
				return err
			}
			if d.s, err = a.open(cmd.Context()); err != nil {
				return err
			}
			defer d.s.close()
			return d.run(cmd.Context(), args, revs)
		},
	}
	c.Flags().StringVarP(&d.where.ns, "namespace", "n", "", "namespace")
	return c
}

// splitRevisions takes up to two revisions from the end of the arguments.
func splitRevisions(args []string) (rest []string, revs []int64, err error) {
	n := len(args)
	for n > 1 && len(args)-n < 2 && isNumber(args[n-1]) {
		n--
	}
	if n == len(args) && n > 1 && !isNumber(args[n-1]) {
		if _, e := revision("REV", args[n-1]); isTime(args[n-1]) {
			return nil, nil, e
		}
	}
	for _, a := range args[n:] {
		r, _ := strconv.ParseInt(a, 10, 64)
		revs = append(revs, r)
	}
	return args[:n], revs, nil
}

func (d *differ) run(ctx context.Context, args []string, revs []int64) error {
	targets, err := d.s.targets(ctx, args, d.where)
	if err != nil {
		return err
	}
	if len(targets) == 1 && targets[0].Key == nil && len(revs) > 0 { // a name of digits only: "diff pod 5"
		args, revs = append(args, strconv.FormatInt(revs[0], 10)), revs[1:]
		if targets, err = d.s.targets(ctx, args, d.where); err != nil {
			return err
		}
	}
	if len(targets) != 1 || targets[0].Key == nil {
		return usage("diff %s: it names more than one object; give a KEY, TYPE/NAME or TYPE NAME", what(args, ""))
	}
	k := targets[0].Key
	from, to, err := d.sides(ctx, k, revs)
	if err != nil {
		return err
	}
	if from == nil && to == nil {
		return no("diff %s: the key was not there at either revision; etcdscope log %s tells its history", clean.Key(k), clean.Key(k))
	}
	return d.print(k, from, to)
}

// side is one version of the key; nil stands for none.
func (d *differ) sides(ctx context.Context, k []byte, revs []int64) (from, to *decode.Object, err error) {
	if len(revs) == 0 {
		return d.newest(ctx, k)
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
func (d *differ) newest(ctx context.Context, k []byte) (from, to *decode.Object, err error) {
	versions, err := etcdsource.As[etcdsource.Versions](d.s.Source)
	if err != nil {
		return nil, nil, err
	}
	events, edge, err := versions.Versions(ctx, k, 0, 2)
	if err != nil {
		return nil, nil, err
	}
	if len(events) == 0 {
		return nil, nil, no("diff %s: no such key; etcdscope ls shows what there is", clean.Key(k))
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
}

func (d *differ) print(k []byte, from, to *decode.Object) error {
	line := diffLine{key: keyOf(k), Op: "changed", Changes: d.s.Decoder.Diff(from, to, d.s.view)}
	ref, ok := d.s.Kinds.Locate(d.s.Root, k)
	if ok {
		line.Kind, line.Namespace, line.Name = ref.Kind, &ref.Namespace, ref.Name
	}
	same := from != nil && to != nil && len(line.Changes) == 0 && sameBytes(from, to)
	switch {
	case from == nil:
		line.Op = "added"
	case to == nil:
		line.Op = "removed"
	}
	if from != nil {
		line.From = from.Mod
	}
	if to != nil {
		line.To = to.Mod
	}
	if same {
		return nil
	}
	if line.Changes == nil {
		line.Changes = []diff.Change{}
	}
	var err error
	if d.flags.format == "json" {
		err = d.out.json(line)
	} else {
		err = d.text(&line)
	}
	if err != nil {
		return err
	}
	return differs
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
		return d.out.line(d.out.paint(text.Muted, "  the stored bytes differ, no field that is shown does"))
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
