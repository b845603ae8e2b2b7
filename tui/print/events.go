package print

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/columns"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
)

// eventLister prints Events, the one seen last at the end.
type eventLister struct {
	*app
	s         *store
	where     place
	rev       int64
	about     string
	types     []string
	noHeaders bool
	watch     bool
	widths    []int          // of the columns, as printed last
	aboutKind kinds.Resource // of the object that --for names
	aboutName string
	newest    time.Time
}

// happened is an Event that is printed.
type happened struct {
	columns.Happening
	ns     string
	object *decode.Object
}

func (a *app) eventsCmd() *cobra.Command {
	l := &eventLister{app: a}
	var rev string
	c := &cobra.Command{
		Use: "events", Short: "List Events, the newest last", Args: cobra.NoArgs, Annotations: formats("text wide name json"),
		Long: "Prints Events with the columns and in the order of kubectl events: the one that was seen last is the last line.\n" +
			"Those that the store held at an earlier revision are printed with --rev; log events prints how they came.",
		Example: "  etcdscope events -A --demo\n  etcdscope events --for pod/crash -n demo --demo\n  etcdscope events -n team-a --types Warning --demo",
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			at, err := readMoment("--rev", rev)
			if err != nil {
				return err
			}
			if err := l.where.check(); err != nil {
				return err
			}
			if l.watch && at != (moment{}) {
				return usage("read --watch and --rev: a watch begins now, and --rev is the past; leave one of them out (etcdscope log events --since REVISION prints what came since)")
			}
			for _, t := range l.types {
				if !strings.EqualFold(t, "Normal") && !strings.EqualFold(t, "Warning") {
					return usage("read --types %s: the types of Events are Normal and Warning; give one of these", clean.Key([]byte(t)))
				}
			}
			if l.s, err = a.openFor(cmd.Context(), []string{"events"}, l.where); err != nil {
				return err
			}
			defer l.s.close()
			if l.rev, err = l.s.at(cmd.Context(), "--rev", at); err != nil {
				return err
			}
			return l.run(cmd.Context())
		},
	}
	f := c.Flags()
	f.StringVar(&rev, "rev", "", "as of this revision, time or duration ago")
	f.StringVar(&l.about, "for", "", "only those about this object: TYPE/NAME")
	f.StringSliceVar(&l.types, "types", nil, "only those of these types: Normal, Warning")
	f.BoolVarP(&l.watch, "watch", "w", false, "then print each Event as it is written; of a running cluster only")
	f.BoolVar(&l.noHeaders, "no-headers", false, "without the heads of the columns")
	f.StringVarP(&l.where.ns, "namespace", "n", "", "namespace; left out: default")
	f.BoolVarP(&l.where.all, "all-namespaces", "A", false, "in all namespaces")
	return c
}

func (l *eventLister) run(ctx context.Context) error {
	if err := l.s.rooted(ctx, "events"); err != nil {
		return err
	}
	if err := l.subject(ctx); err != nil {
		return err
	}
	ns := l.where.ns
	if ns == "" && !l.where.all {
		ns = "default"
	}
	from := l.rev
	if l.watch { // the list is of the revision behind which the watch begins
		var err error
		if from, err = l.begin(ctx); err != nil {
			return err
		}
	}
	list, err := l.s.happenings(ctx, ns, from, l.wanted)
	if err != nil {
		return err
	}
	if len(list) == 0 && !l.watch {
		return l.none(ns)
	}
	for i := range list {
		if list[i].Last.After(l.newest) {
			l.newest = list[i].Last
		}
	}
	if len(list) > 0 {
		if err := l.print(list, l.s.now(ctx, l.rev, l.newest)); err != nil {
			return err
		}
	}
	if l.watch {
		return l.follow(ctx, ns, from)
	}
	return nil
}

// subject reads --for.
func (l *eventLister) subject(ctx context.Context) error {
	if l.about == "" {
		return nil
	}
	typ, name, ok := strings.Cut(l.about, "/")
	if !ok || typ == "" || name == "" || strings.Contains(name, "/") {
		return usage("read --for %s: it is no TYPE/NAME; give one such as pod/web-1", clean.Key([]byte(l.about)))
	}
	if err := l.s.Need(ctx, l.s.Source, typ); err != nil {
		return err
	}
	if l.aboutKind, ok = l.s.Kinds.Find(typ); !ok {
		return usage("read --for %s: there is no such type; etcdscope api-resources lists them", clean.Key([]byte(l.about)))
	}
	l.aboutName = name
	return nil
}

// wanted reports whether the flags ask for an Event.
func (l *eventLister) wanted(h *columns.Happening) bool {
	if len(l.types) > 0 && !slices.ContainsFunc(l.types, func(t string) bool { return strings.EqualFold(t, h.Type) }) {
		return false
	}
	return l.about == "" || h.IsAbout(l.aboutKind.APIVersion(), l.aboutKind.Kind, h.Namespace, l.aboutName, "")
}

// none is the answer where there is no Event.
func (l *eventLister) none(ns string) error {
	what := ""
	if l.about != "" {
		what = " about " + clean.Key([]byte(l.about))
	}
	if len(l.types) > 0 {
		what += " of type " + clean.Key([]byte(strings.Join(l.types, ", ")))
	}
	switch {
	case ns == "":
		return no("events: the store holds none%s%s; they are kept for an hour, unless the API server's --event-ttl says otherwise", what, at(l.rev))
	case l.where.ns != "":
		return no("events: namespace %s holds none%s%s; -A instead of -n shows those of all namespaces", clean.Key([]byte(ns)), what, at(l.rev))
	case l.about != "" && !l.aboutKind.Namespaced:
		return no("events: namespace %s, which has those about objects without a namespace, holds none%s%s; -A shows those of all namespaces", ns, what, at(l.rev))
	}
	return no("events: namespace %s holds none%s%s; add -n NAMESPACE or -A", ns, what, at(l.rev))
}

// happenings reads Events, those of one namespace or of all where ns is empty, in the order in which they were seen last.
func (s *store) happenings(ctx context.Context, ns string, rev int64, wanted func(*columns.Happening) bool) (out []happened, err error) {
	r, _ := s.Kinds.Find("events")
	span := etcdsource.Prefix(s.Kinds.Prefix(s.Root, r, ns))
	span.Values = true
	err = etcdsource.Each(ctx, s.Source, span, rev, func(e etcdsource.Entry) error {
		o := s.Decoder.Object(e.Key, e.Value, e.Mod)
		h := happened{Happening: columns.HappeningOf(o.Tree(s.view)), object: o}
		if ref, ok := s.locate(e.Key); ok {
			h.ns = ref.Namespace
		}
		if wanted(&h.Happening) {
			out = append(out, h)
		}
		return nil
	})
	slices.SortStableFunc(out, func(a, b happened) int { return a.Last.Compare(b.Last) })
	return out, err
}

func (l *eventLister) print(list []happened, now time.Time) error {
	wide := l.flags.format == "wide"
	head := []string{"LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"}
	if l.where.all {
		head = append([]string{"NAMESPACE"}, head...)
	}
	if wide {
		head = append(head, "FROM", "NAME", "REVISION")
	}
	var lines [][]string
	if !l.noHeaders {
		lines = append(lines, head)
	}
	for i := range list {
		h := &list[i]
		l.problem(l.s, h.object)
		switch l.flags.format {
		case "json":
			if err := l.out.jsonLine(h.object.JSON(l.s.view)); err != nil {
				return err
			}
			continue
		case "name":
			if err := l.out.line(l.s.name(h.object)); err != nil {
				return err
			}
			continue
		}
		line := []string{h.Seen(now), h.Type, h.Reason, h.Kind + "/" + h.Name, h.Message}
		if l.where.all {
			line = append([]string{h.ns}, line...)
		}
		if wide {
			line = append(line, h.From, h.object.Name, fmt.Sprint(h.object.Mod))
		}
		for j := range line {
			line[j] = safe(line[j])
		}
		lines = append(lines, line)
	}
	if contains("json name", l.flags.format) {
		return nil
	}
	headed := !l.noHeaders
	l.noHeaders = true // once
	var err error
	l.widths, err = l.out.aligned(lines, l.widths, headed, func(int) bool { return false })
	return err
}

// now is the time that ages count from: the source's own, else the present for a store that is written, else the newest
// that is known of it.
func (s *store) now(ctx context.Context, rev int64, newest time.Time) time.Time {
	if now := s.Moment(ctx, s.Source, rev); !now.IsZero() {
		return now
	}
	if s.Info.Spare && rev == 0 {
		return time.Now()
	}
	return newest
}
