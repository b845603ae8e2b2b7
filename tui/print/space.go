package print

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/model/space"
)

// surveyor prints what fills a store.
type surveyor struct {
	*app
	s          *store
	by, order  string
	ns         string
	limit      int
	samples    int
	quiet      bool // says nothing of rows that are left out
	recalled   recallFlags
	seen       space.Survey
	rows       []space.Row
	busiest    []space.Row // the keys with the most versions
	begin, end time.Time   // of the window; zero where they are not known
}

// usualKeys is how many keys are printed where no number is given.
const usualKeys = 20

func (a *app) spaceCmd() *cobra.Command {
	v := &surveyor{app: a}
	c := &cobra.Command{
		Use: "space [PREFIX | TYPE]", Short: "Count what fills the database: by resource, namespace, key, field, writer", Args: cobra.MaximumNArgs(1), Annotations: formats("text json"),
		Long: "Counts what fills a database: live values, their history, pages that are free. Bytes are those of values as they are stored; revisions\n" +
			"are stored versions, deletions are counted apart. Of a file, and of a live store that --recall has read, every record is counted. A live\n" +
			"store is asked for numbers of keys, and for some values: bytes are estimated from them, each with its margin, which holds 19 times in 20.\n" +
			"Its history is not read without --recall.\n\n" +
			"By field, an Event and a release of Helm count as a whole. By writer, every change is attributed, which takes longer. GROWTH is how much\n" +
			"more is live than at the begin of the history that is held. The last lines say what a compaction removes, and how large the file is after\n" +
			"a defragmentation, with and without it.",
		Example: "  etcdscope space --demo\n  etcdscope space --by namespace --from backup.db\n  etcdscope space pods --by key --sort revisions --demo\n  etcdscope space --by writer -o json --from backup.db",
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if err := v.check(); err != nil {
				return err
			}
			if v.s, err = a.open(cmd.Context()); err != nil {
				return err
			}
			defer v.s.close()
			a.warnTrouble(v.s)
			return v.run(cmd.Context(), args)
		},
	}
	f := c.Flags()
	f.StringVar(&v.by, "by", string(space.ByResource), "a row for each resource, namespace, key, field or writer")
	f.StringVar(&v.order, "sort", string(space.OrderSize), "by size, live, history, keys, revisions, growth or name")
	f.StringVarP(&v.ns, "namespace", "n", "", "only of this namespace")
	f.IntVar(&v.limit, "limit", -1, "rows, the first ones; 0: all; left out: all, and 20 keys")
	f.IntVar(&v.samples, "samples", space.Samples, "live: read so many values to estimate bytes from; 0: none")
	v.recalled.define(c)
	return c
}

func (v *surveyor) check() error {
	if !slices.Contains(space.Kinds(), space.By(v.by)) {
		return usage("count by %q: there is no such row; give resource, namespace, key, field or writer to --by", clean.Key([]byte(v.by)))
	}
	if !slices.Contains(space.Orders(), space.Order(v.order)) {
		return usage("sort by %q: there is no such order; give size, live, history, keys, revisions, growth or name to --sort", clean.Key([]byte(v.order)))
	}
	if v.limit < -1 || v.samples < 0 {
		return usage("read --limit and --samples: they are numbers of 0 or more")
	}
	return v.recalled.check()
}

func (v *surveyor) run(ctx context.Context, args []string) error {
	o := space.Options{Known: v.s.Known, Namespace: v.ns, KeyOrder: space.Order(v.order), Samples: v.samples, Seed: rand.Uint64()}
	if len(args) > 0 {
		prefix, err := v.prefix(ctx, args[0])
		if err != nil {
			return err
		}
		o.Prefix = prefix
	}
	if v.s.live() && v.recalled.on {
		if err := v.recall(ctx, v.s, &v.recalled); err != nil {
			return err
		}
	} else if v.s.live() {
		if by := space.By(v.by); by == space.ByWriter || by == space.ByKey {
			return usage("space --by %s of a live store: its history is not read; %s", by, v.s.pastBy("add --recall, which streams a snapshot of the whole store into a temporary file, or count a saved one with --from"))
		}
		if v.samples == 0 && v.by == string(space.ByField) {
			return usage("space --by field --samples 0 of a live store: fields are found in values; leave out --samples")
		}
		if err := v.s.Custom(ctx, v.s.Source, 0); err != nil {
			return err
		}
	}
	o.Source = v.s.Source
	if err := v.survey(ctx, o); err != nil {
		return err
	}
	if t := &v.seen.Total; t.Keys == 0 && t.Versions == 0 && t.Deletions == 0 && (len(args) > 0 || v.ns != "") {
		return no("count %s: nothing is there; etcdscope ls shows what there is", what(args, v.ns))
	}
	return v.print()
}

// prefix reads what is counted: a prefix of keys, or a type.
func (v *surveyor) prefix(ctx context.Context, arg string) (string, error) {
	if strings.HasPrefix(arg, "/") || arg == "" {
		return arg, nil
	}
	if err := v.s.Need(ctx, v.s.Source, arg); err != nil {
		return "", err
	}
	r, ok := v.s.Kinds.Find(arg)
	switch {
	case ok && (v.ns == "" || r.Namespaced):
		return v.s.Kinds.Prefix(v.s.Root, r, v.ns), nil
	case ok:
		return "", usage("count %s in a namespace: they are in none; leave out -n", clean.Key([]byte(r.FullName())))
	case strings.ContainsAny(arg, "/"):
		return arg, nil
	}
	return "", usage("count %s: it is no type, and no prefix of keys, which begins with a slash; see etcdscope ls", clean.Key([]byte(arg)))
}

// survey counts.
func (v *surveyor) survey(ctx context.Context, o space.Options) (err error) {
	p := &progress{app: v.app, on: isTerminal(v.stderr)}
	defer p.end()
	o.Progress = func(at space.Progress) { p.say("space", counting(at), false) }
	by := space.By(v.by)
	if v.s.live() && !v.recalled.on {
		if err := v.seen.Estimate(ctx, o); err != nil {
			return err
		}
		v.take(v.seen.Rows(by))
		return nil
	}
	o.Fields = by == space.ByField
	if o.Keys = v.most(); by != space.ByKey {
		o.Keys, o.KeyOrder = 5, space.OrderVersions
	}
	if err := v.seen.Measure(ctx, o); err != nil {
		return err
	}
	v.dates(ctx)
	if by != space.ByWriter {
		if v.take(v.seen.Rows(by)); by != space.ByKey {
			v.busiest = v.seen.Rows(space.ByKey)
		}
		return nil
	}
	log, err := v.auditOf(ctx, v.s)
	if err != nil {
		return err
	}
	rows, err := space.Writers(ctx, o, log)
	v.take(rows)
	return err
}

// counting says how far a survey is.
func counting(p space.Progress) string {
	switch {
	case p.AllRecords > 0:
		return fmt.Sprintf("%d of %d records counted", p.Records, p.AllRecords)
	case p.AllValues > 0:
		return fmt.Sprintf("%d of about %d values read", p.Values, p.AllValues)
	case p.Kind != "":
		return fmt.Sprintf("%s: %d of %d namespaces counted", clean.Key([]byte(p.Kind)), p.Spaces, p.AllSpaces)
	}
	return fmt.Sprintf("%d of %d resources counted", p.Types, p.AllTypes)
}

// most is how many rows are printed, -1 for all.
func (v *surveyor) most() int {
	switch {
	case v.limit > 0:
		return v.limit
	case v.limit < 0 && v.by == string(space.ByKey):
		return usualKeys
	}
	return -1
}

// take takes the rows in their order, as many as are printed.
func (v *surveyor) take(rows []space.Row) {
	space.Order(v.order).Sort(rows)
	if n := v.most(); n > 0 && len(rows) > n {
		if !v.quiet {
			v.warn("space: the first %d of %d rows; --limit 0 prints all", n, len(rows))
		}
		rows = rows[:n]
	}
	v.rows = rows
}

// dates finds when the window began and ended, where anything says so.
func (v *surveyor) dates(ctx context.Context) {
	if v.s.Info.Revision <= 1 {
		return
	}
	c, err := v.s.frame(ctx)
	if err != nil || !c.Known() {
		return
	}
	v.begin, v.end = c.At(v.seen.Storage.From+1).Time, c.At(v.seen.Storage.To).Time
}

// span is how long the window is, 0 where that is not known or too short for a rate.
func (v *surveyor) span() time.Duration {
	if v.begin.IsZero() || v.end.Sub(v.begin) < 10*time.Second {
		return 0
	}
	return v.end.Sub(v.begin)
}

// perHour is a number of the window as one an hour.
func (v *surveyor) perHour(n int64) float64 { return float64(n) / v.span().Hours() }

// name is what a row is called, as safe text.
func (v *surveyor) name(r *space.Row) string {
	switch by := space.By(v.by); {
	case by == space.ByKey:
		return v.key(r.Name)
	case by == space.ByNamespace && r.Name == "":
		return "(in none)"
	case by == space.ByWriter && r.Name == "":
		return "(not known)"
	case r.Controller != "":
		return clean.Key([]byte(r.Controller)) + " (" + clean.Key([]byte(r.Name)) + ")"
	}
	return clean.Key([]byte(r.Name))
}

// key is a key as safe text, with a mask in place of a token.
func (v *surveyor) key(k string) string {
	if v.flags.reveal {
		return clean.Key([]byte(k))
	}
	return decode.KeyText([]byte(k))
}

func (v *surveyor) print() error {
	if v.flags.format == "json" {
		for i := range v.rows {
			if err := v.out.json(v.line(&v.rows[i])); err != nil {
				return err
			}
		}
		return v.out.json(v.last())
	}
	parts := []func() error{v.head, v.table, v.most5, v.advice}
	for _, p := range parts {
		if err := p(); err != nil {
			return err
		}
	}
	return nil
}
