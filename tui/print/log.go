package print

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/attribution/family"
	"github.com/etcdscope/etcdscope/model/change"
	"github.com/etcdscope/etcdscope/model/filter"
)

// logFlags are the flags of log.
type logFlags struct {
	where     place
	sinceText string
	untilText string
	writtenBy []string
	types     []string
	aspects   []string
	follow    bool
	changes   bool
	quiet     bool // no signs of life
	filter    string
	recalled  recallFlags
}

// logger prints changes.
type logger struct {
	*app
	logFlags
	logRange
	s       *store
	chosen  *filter.Filter                   // what --filter says; nil: all
	gone    func(key []byte, rev int64) bool // the deletion of a key at a revision is its last change; nil: each is
	targets targets
	history *history
	engine  *attribution.Engine
	traced
	whole   bool                          // all is read, though little is printed
	late    func(*attribution.Attributed) // takes what is attributed, where it is not printed at once
	writers *lineWriters                  // writes lines on all cores, where many are printed
	lines   int
	others  map[string]int // changes of the writers that --writer does not name
	unread  int            // changes that --filter cannot test
	masked  int            // and those that it does not, since a value is masked
}

// traced is what belongs to the key whose story is printed, empty where all that is named is printed.
type traced struct {
	family map[string]family.Relation
	holds  []family.Hold // what keeps it from being deleted
	joined joined        // Events about the family that another etcd of the node keeps
}

// logRange is what is printed of what the keys' history holds.
type logRange struct {
	from, to int64 // revisions, 0: no bound
	since    moment
	until    moment
	after    time.Time // times, zero: no bound
	before   time.Time
	newest   time.Time // when the newest revision was made; zero where the filter does not need it
}

func (a *app) logCmd() *cobra.Command {
	l := &logger{app: a}
	c := &cobra.Command{
		Use: "log [KEY | PREFIX | TYPE [NAME]]", Short: "Print what changed, in order", Annotations: formats("text wide json"),
		Long: "Prints what changed: all that the source holds of what is named, in the order of the revisions, with who wrote it and how sure that is.\n" +
			"With --follow it goes on with what is written from then on. Where an audit log is given or found on this node, that is followed too, through its\n" +
			"rotations: each line waits a second for its request, and is printed with what etcd alone says if none has come by then.\n" +
			"A time after ≥ is the one before which the change was not made; nothing says how long after it.\n" + littleHelp + "\n" + filterHelp(),
		Example: "  etcdscope log pod crash -n demo --changes --demo\n  etcdscope log -A --filter 'kind:deploy field:.spec.replicas !by:kube-*' --demo\n  etcdscope log -A --type deleted --no-noise --from backup.db\n  etcdscope log -A --from backup.db --audit-log audit.log --writer alice\n  etcdscope log secrets -A --from backup.db -o json\n  etcdscope log -A --follow --no-noise --demo",
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if err := l.check(); err != nil {
				return err
			}
			open := a.openFor
			if len(args) > 0 && !l.where.all {
				open = a.openLittle
			}
			if l.s, err = open(cmd.Context(), args, l.where); err != nil {
				return err
			}
			defer l.s.close()
			return l.run(cmd.Context(), args)
		},
	}
	f := c.Flags()
	l.where.define(c)
	f.StringVar(&l.sinceText, "since", "", "from this revision, time or duration ago on")
	f.StringVar(&l.untilText, "until", "", "up to this revision, time or duration ago")
	f.StringSliceVar(&l.types, "type", nil, "only these: created, updated, deleted")
	f.StringSliceVar(&l.writtenBy, "writer", nil, "only what these wrote: a manager, component, controller, program or user, or a part of its name; or unknown: not known")
	f.StringSliceVar(&l.aspects, "aspect", nil, "only these: spec, status, metadata, delete, create, heartbeat, none")
	f.BoolVarP(&l.follow, "follow", "f", false, "go on with what is written from now on")
	f.BoolVar(&l.changes, "changes", false, "with the fields that changed")
	l.recalled.define(c)
	f.BoolVar(&l.quiet, "no-noise", false, "leave out signs of life, Events, and writes that change no field")
	f.StringVar(&l.filter, "filter", "", "only these, in the words of / on the screen: by:kubelet type:deleted kind:pods ns:shop field:.spec.replicas since:10m !is:noise web")
	return c
}

func (l *logger) check() (err error) {
	if l.since, err = readMoment("--since", l.sinceText); err != nil {
		return err
	}
	if l.until, err = readMoment("--until", l.untilText); err != nil {
		return err
	}
	l.from, l.to = l.since.rev, l.until.rev
	for _, w := range l.types {
		if !slices.Contains(filter.Types, w) {
			return usage("read --type %s: there are %s; give one of these", clean.Key([]byte(w)), strings.Join(filter.Types, ", "))
		}
	}
	for _, w := range l.aspects {
		if !slices.Contains(filter.Aspects, w) {
			return usage("read --aspect %s: there are %s; give one of these", clean.Key([]byte(w)), strings.Join(filter.Aspects, ", "))
		}
	}
	if l.from > 0 && l.to > 0 && l.from > l.to {
		return usage("read --since %d and --until %d: that ends before it begins; give a later --until", l.from, l.to)
	}
	if l.follow && l.untilText != "" {
		return usage("read --follow and --until: they exclude each other; give one of them")
	}
	if err := l.recalled.check(); err != nil {
		return err
	}
	return l.where.check()
}

func (l *logger) run(ctx context.Context, args []string) (err error) {
	if l.targets, err = l.s.targets(ctx, args, l.where); err != nil {
		return err
	}
	if err := l.sum(ctx); err != nil {
		return err
	}
	if err := l.choose(ctx); err != nil {
		return err
	}
	recalled := l.s.live() && l.recalled.on
	if recalled {
		if err := l.recall(ctx, l.s, &l.recalled); err != nil {
			return err
		}
		if l.targets, err = l.s.targets(ctx, args, l.where); err != nil { // custom resources of all times are known now
			return err
		}
	}
	if err := l.bounds(ctx); err != nil {
		return err
	}
	l.history = newHistory(l.s)
	l.listen(ctx)
	single := len(l.targets) == 1 && l.targets[0].Key != nil && l.targets[0].Prefix == ""
	switch {
	case recalled:
		err = l.everything(ctx)
	case l.s.live() && single:
		err = l.walk(ctx, l.targets[0].Key)
	case l.s.live() && l.follow:
		l.engine = attribution.New(attribution.Options{Root: l.s.Root})
		err = l.tail(ctx, 0)
	case l.s.live():
		return usage("log more than one key of a live store: it prints the history of one key only, or with --follow what is written from now on; %s",
			l.s.pastBy("add --recall, which streams a snapshot of the whole store into a temporary file, or read a saved one (snapshot save FILE, then log --from FILE)"))
	default:
		err = l.everything(ctx)
	}
	l.leftOut()
	if err != nil || l.lines > 0 {
		return err
	}
	return l.empty(args, single)
}

// leftOut says how many changes --filter could not test.
func (l *logger) leftOut() {
	if l.unread > 0 {
		l.warn("log: %s", notTested(count(l.unread, "change"), l.unread, "--filter"))
	}
	if l.masked > 0 {
		l.warn("log: %s", notRevealed(l.masked, "change"))
	}
}

// empty is what is said where no line was printed.
func (l *logger) empty(args []string, single bool) error {
	if len(l.others) > 0 {
		l.namesWriters()
	}
	if l.follow {
		return nil
	}
	if !l.chosen.Empty() && len(l.others) == 0 {
		why := ""
		if s := l.chosen.Lacks(); s != "" {
			why = ": of these changes " + s
		}
		l.warn("log: nothing matches %s%s; leave some of it out to see more", l.filters(), why)
	}
	if l.unfiltered() {
		return l.nothing(args, single)
	}
	if where := l.where.within(args, l.targets.namespaced()); where != "" && !single {
		l.warn("log: no change was chosen%s", where)
	}
	return nil
}

// nothing is the answer where no change of what was named is held.
func (l *logger) nothing(args []string, single bool) error {
	switch {
	case single:
		return no("log %s: no change of this key is held; %s", clean.Key(l.targets[0].Key), l.s.elsewhere(l.targets[0].Key, args, l.where))
	case len(args) > 0:
		advice := cmp.Or(l.where.within(args, l.targets.namespaced()), "; etcdscope ls shows what there is")
		return no("log: no change of %s is held%s", clean.Key([]byte(strings.Join(args, " "))), advice)
	case l.where.ns != "":
		return no("log: no change in namespace %s is held; etcdscope ls /registry/namespaces/ shows those there are", clean.Key([]byte(l.where.ns)))
	}
	return no("log: no change is held")
}

func (l *logger) unfiltered() bool { return l.chosen.Empty() && l.flagless() }

// flagless reports whether no flag but --filter chooses among changes.
func (l *logger) flagless() bool {
	return len(l.types)+len(l.aspects)+len(l.writtenBy) == 0 && !l.quiet && l.sinceText == "" && l.untilText == ""
}

// filters names what --filter, and other flags, choose.
func (l *logger) filters() string {
	s := "--filter " + clean.Key([]byte(l.chosen.String()))
	if !l.flagless() {
		s += " and what else was chosen"
	}
	return s
}

// bounds makes times of --since and --until where they are no revisions.
func (l *logger) bounds(ctx context.Context) (err error) {
	if l.since.timed() {
		if l.after, _, err = l.s.time(ctx, "--since", l.since); err != nil {
			return err
		}
	}
	if l.until.timed() {
		l.before, _, err = l.s.time(ctx, "--until", l.until)
	}
	return err
}

// span covers all targets.
func (l *logger) span() etcdsource.Span { return l.targets.span() }

// wanted reports whether a key is one of those that were named.
func (l *logger) wanted(k []byte) bool {
	if l.family != nil {
		return l.family[string(k)] != ""
	}
	return l.targets.wanted(k)
}

// passes reports whether a change passes the filters.
func (l *logger) passes(c *attribution.Attributed) bool {
	switch {
	case c.Mod < l.from || l.to > 0 && c.Mod > l.to:
		return false
	case !l.after.IsZero() && c.Verdict.Time.Before(l.after), !l.before.IsZero() && c.Verdict.Time.After(l.before):
		return false
	case len(l.types) > 0 && !slices.Contains(l.types, c.Type.String()):
		return false
	case len(l.aspects) > 0 && !slices.Contains(l.aspects, c.Aspect):
		return false
	case l.quiet && (l.noise(c) || c.Aspect == change.AspectHeartbeat || c.Aspect == change.AspectNone):
		return false
	case !l.chosen.Empty() && !l.chooses(c):
		return false
	case len(l.writtenBy) > 0 && !slices.ContainsFunc(l.writtenBy, c.By):
		if l.others == nil {
			l.others = map[string]int{}
		}
		l.others[c.Name()]++
		return false
	}
	return true
}

// noise reports whether a change is noise by its key alone: a lease that was renewed, or an Event, which is a part of a
// story that is traced.
func (l *logger) noise(c *attribution.Attributed) bool {
	switch change.NoiseOf(l.s.Root, c.Key, c.Type) {
	case change.Renewals:
		return true
	case change.Events:
		return l.family == nil
	}
	return false
}

// maxOthers is how many writers are named, the busiest first, where --writer names none of them.
const maxOthers = 12

// namesWriters says on stderr who wrote, where --writer named nobody of them.
func (l *logger) namesWriters() {
	names := slices.SortedFunc(maps.Keys(l.others), func(a, b string) int {
		return cmp.Or(cmp.Compare(l.others[b], l.others[a]), cmp.Compare(a, b))
	})
	more := max(len(names)-maxOthers, 0)
	names = names[:len(names)-more]
	for i, n := range names {
		names[i] = fmt.Sprintf("%s (%d)", clean.Key([]byte(n)), l.others[n])
	}
	if more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	l.warn("log: %s wrote none of these changes; the writers are %s", clean.Key([]byte(strings.Join(l.writtenBy, ", "))), strings.Join(names, ", "))
}

// event takes a change to the engine, which hands it on when it can be attributed.
func (l *logger) event(e *etcdsource.Event, before *etcdsource.Event) error {
	if !l.wanted(e.Key) {
		l.engine.Note(l.history.Neighbour(before, e))
		if !l.engine.Heavy() {
			return nil
		}
		return l.attributed(false)
	}
	l.engine.Add(l.history.Describe(before, e))
	return l.attributed(false)
}

// attributed prints the changes that the engine has attributed, with all those too that might have to wait.
func (l *logger) attributed(all bool) error {
	for _, a := range l.engine.Take(all) {
		if l.late != nil {
			l.late(&a)
		} else if err := l.one(&a); err != nil {
			return err
		}
	}
	return nil
}

// one prints a change, unless it is filtered out.
func (l *logger) one(a *attribution.Attributed) error {
	if !l.passes(a) {
		return nil
	}
	for _, e := range l.joined.before(a.Verdict.Time) {
		if err := l.put(&e); err != nil {
			return err
		}
	}
	return l.put(a)
}

// put writes the line of a change, or hands it to those who write many.
func (l *logger) put(a *attribution.Attributed) error {
	l.lines++
	if l.writers != nil {
		return l.writers.put(a)
	}
	return l.write(l.out, a)
}

// write writes the line of a change.
func (l *logger) write(o *out, a *attribution.Attributed) error {
	if l.flags.format == "json" {
		return o.json(l.jsonLine(a))
	}
	return l.textLine(o, a)
}
