package print

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/events"
	"github.com/etcdscope/etcdscope/model/reconcile"
)

// reporter sums up a source.
type reporter struct {
	*app
	s        *store
	ns       string
	limit    int
	part     string    // the only one that is printed, "" for all
	bounds   [2]string // --since, --until
	recalled recallFlags
	seen     *reconcile.Report
	before   time.Time // for Events in another etcd: those that began later are left out; zero: nothing is
}

func (a *app) reportCmd() *cobra.Command {
	r := &reporter{app: a}
	var ticketFile string
	var anonymous bool
	c := &cobra.Command{
		Use: "report", Short: "Sum up what has not converged, who fights whom, who writes most and what", Args: cobra.NoArgs, Annotations: formats("text json"),
		Long: "Reads the history that a source holds and sums it up: first the values that cannot be read, for which the API server's LIST of their\n" +
			"resource fails, and what was written past the API server; then what is not as its spec says, the worst first; fields whose value one writer\n" +
			"restores again and again, whatever another one, or an unknown one, writes; how long things took to become as wanted; who wrote most; what is written most often; what was deleted and did not\n" +
			"come back. Services whose selector has no endpoints and pods that restart again and again count as not as wanted. What lies before a\n" +
			"compaction is named as the gap, and versions that were kept from before it are counted apart. --since and --until bound what is counted; what has not converged is reported as of the end.\n" +
			"Events that the node keeps in an etcd of their own are printed with the objects that they are about, by the time that they say.\n" +
			"Of a live store only the present is read, unless --recall reads its past: without it report names the values that cannot be read and what\n" +
			"has not converged now; fights, writers, what was written past the API server and what was deleted are not known.",
		Example: "  etcdscope report --demo\n  etcdscope report --since 1m --from backup.db\n  etcdscope report -n demo --limit 5 -o json --demo\n  etcdscope report --ticket ticket.md --from backup.db",
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			var m [2]moment
			for i, flag := range []string{"--since", "--until"} {
				if m[i], err = readMoment(flag, r.bounds[i]); err != nil {
					return err
				}
			}
			if err := r.recalled.check(); err != nil {
				return err
			}
			switch {
			case anonymous && ticketFile == "":
				return usage("report --anonymize: it goes with --ticket FILE")
			case ticketFile != "" && a.funcs.Write == nil:
				return usage("report --ticket: this build writes no files")
			}
			if err := r.checkPart(); err != nil {
				return err
			}
			if r.limit < 0 {
				return usage("read --limit %d: it is no number of lines; give 0 for all, or a number above it", r.limit)
			}
			if r.s, err = a.open(cmd.Context()); err != nil {
				return err
			}
			defer r.s.close()
			a.warnTrouble(r.s)
			run := func() error { return r.run(cmd.Context(), m[0], m[1]) }
			if ticketFile != "" {
				return r.ticket(cmd.Context(), ticketFile, anonymous, run)
			}
			return run()
		},
	}
	f := c.Flags()
	f.StringVarP(&r.ns, "namespace", "n", "", "only of this namespace")
	f.IntVar(&r.limit, "limit", 15, "lines of each part; 0: all")
	f.StringVar(&r.part, "part", "", "print this part only: "+strings.Join(partNames(), ", "))
	f.StringVar(&r.bounds[0], "since", "", "count from this revision, time or duration ago on")
	f.StringVar(&r.bounds[1], "until", "", "up to this revision, time or duration ago")
	f.StringVar(&ticketFile, "ticket", "", "write overview and report, without values of fields, into a new file for a ticket: Markdown, or JSON where it ends with .json")
	f.BoolVar(&anonymous, "anonymize", false, "with --ticket: replace names by pseudonyms, and leave out free text; their table is written beside it (.names.json)")
	r.recalled.define(c)
	return c
}

func (r *reporter) run(ctx context.Context, since, until moment) (err error) {
	if err := r.rooted(ctx); err != nil {
		return err
	}
	recalled := r.s.live() && r.recalled.on
	switch {
	case recalled:
		if err := r.recall(ctx, r.s, &r.recalled); err != nil {
			return err
		}
	case r.s.live() && (since.text != "" || until.text != ""):
		return usage("report --since or --until of a live store: its past is not read; %s", r.s.pastBy("add --recall, which streams a snapshot of the whole store into a temporary file, or report on a saved one with --from"))
	case r.s.live():
		r.warn("report: a live store is not asked for its past; %s", r.s.pastBy("add --recall, or report on a saved snapshot, for writers, fights, durations and deletions"))
		if err := r.s.Custom(ctx, r.s.Source, 0); err != nil { // custom resources may not have converged either
			return err
		}
		r.seen = r.newReport(attribution.Options{}, reconcile.Window{})
		if err := r.seen.Present(ctx, 0, reconcile.PresentOptions{Namespace: r.ns, Now: time.Now()}); err != nil {
			return err
		}
		return r.print(ctx)
	}
	w, err := r.window(ctx, since, until)
	if err != nil {
		return err
	}
	whole := recalled || !r.s.Info.Running
	known, err := r.auditOf(ctx, r.s)
	if err != nil {
		return err
	}
	r.seen = r.newReport(attribution.Options{Whole: whole, Audit: known}, w)
	if err := r.seen.History(ctx, r.s.Info.Revision, nil); err != nil {
		return err
	}
	if r.ns != "" && len(r.seen.Writers()) == 0 {
		return no("report: no change in namespace %s is held; etcdscope ls %snamespaces/ shows those there are", clean.Key([]byte(r.ns)), clean.Key([]byte(r.s.Root)))
	}
	return r.print(ctx)
}

// window is the part of the history that is asked for.
func (r *reporter) window(ctx context.Context, since, until moment) (w reconcile.Window, err error) {
	w = reconcile.Window{From: since.rev, To: until.rev}
	if since.timed() {
		if w.After, _, err = r.s.time(ctx, "--since", since); err != nil {
			return w, err
		}
	}
	if until.timed() {
		if w.Before, _, err = r.s.time(ctx, "--until", until); err != nil {
			return w, err
		}
	}
	if r.before = w.Before; w.To > 0 && events.Keeper(r.s.Opened) != nil {
		c, err := r.s.frame(ctx)
		if err != nil {
			return w, err
		}
		r.before = c.At(w.To).Time
	}
	if r.ns != "" {
		w.Only = func(key []byte) bool { return r.namespaceOf(string(key)) == r.ns }
	}
	return w, nil
}

// rooted refuses a store without a Kubernetes root, unless everything in it was deleted: then there is a history.
func (r *reporter) rooted(ctx context.Context) error {
	err := r.s.rooted(ctx, "what to report")
	if err != nil && r.s.Info.Revision > 1 && r.s.empty(ctx) {
		return nil
	}
	return err
}

func (r *reporter) newReport(o attribution.Options, w reconcile.Window) *reconcile.Report {
	s := reconcile.Store{Source: r.s.Source, Decoder: r.s.Decoder, Kinds: r.s.Kinds, Root: r.s.Root, View: r.s.view}
	return reconcile.NewReport(s, o, w, historyBounds(r.s.Source))
}

// keep cuts a part to its limit, leaving out other namespaces.
func keep[T any](r *reporter, list []T, ns func(*T) string) (out []T, more int) {
	for i := range list {
		switch {
		case r.ns != "" && ns != nil && ns(&list[i]) != r.ns:
		case r.limit > 0 && len(out) == r.limit:
			more++
		default:
			out = append(out, list[i])
		}
	}
	return out, more
}

// namespaceOf is that of the object under a key; of a Namespace its name.
func (r *reporter) namespaceOf(key string) string {
	ref, _ := r.s.locate([]byte(key))
	if ref.Kind == "Namespace" {
		return ref.Name
	}
	return ref.Namespace
}

// head begins a part of the text.
func (r *reporter) head(title string, n, more int) error {
	if n == 0 {
		return nil
	}
	if more > 0 {
		title += fmt.Sprintf(" (%d of %d)", n, n+more)
	}
	return r.out.line(r.out.paint(text.Accent, title))
}

// foot ends a part of the text.
func (r *reporter) foot(n int) error {
	if n == 0 || r.flags.format == "json" {
		return nil
	}
	return r.out.line("")
}

// reportLine names the part of the report that a JSON line belongs to.
type reportLine struct {
	Report string `json:"report"`
	key
	Kind      string `json:"kind,omitempty"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name,omitempty"`
}

type waitingLine struct {
	reportLine
	Weight     int      `json:"weight"`
	Why        []string `json:"why"`
	Generation int64    `json:"generation,omitempty"`
	Observed   *int64   `json:"observedGeneration,omitempty"`
	Want       *int64   `json:"want,omitempty"`
	Ready      *int64   `json:"ready,omitempty"`
	Since      int64    `json:"since"`
	SinceTime  string   `json:"sinceTime,omitempty"`
	AtLeast    bool     `json:"atLeast,omitempty"` // it was so already in the oldest version
	Until      int64    `json:"until,omitempty"`
	Seconds    float64  `json:"seconds,omitempty"`
}

func (r *reporter) statusLine(part string, s *reconcile.Status) waitingLine {
	l := waitingLine{reportLine: reportLine{part, keyOf([]byte(s.Key)), s.Kind, s.Namespace, s.Name}, Weight: s.Weight, Why: s.Why, Generation: s.Generation,
		Since: s.Since.Revision, SinceTime: when(s.Since.Time), AtLeast: s.AtLeast}
	known := func(n *int64) *int64 {
		if *n < 0 {
			return nil
		}
		return n
	}
	l.Observed, l.Want, l.Ready = known(&s.Observed), known(&s.Want), known(&s.Ready)
	return l
}

func when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// called is how kubectl's users name the object of a key, as safe text.
func (r *reporter) called(key string) string {
	if name := r.s.Kinds.Kubectl(r.s.Root, []byte(key)); name != "" {
		return clean.Key([]byte(name))
	}
	return clean.Key([]byte(key))
}

func (r *reporter) waiting() error {
	list, more := keep(r, r.seen.Waiting(), func(s *reconcile.Status) string { return r.namespaceOf(s.Key) })
	if r.flags.format != "json" {
		if err := r.head("Not converged, the worst first", len(list), more); err != nil {
			return err
		}
	}
	for i := range list {
		s := &list[i]
		if r.flags.format == "json" {
			if err := r.out.json(r.statusLine("waiting", s)); err != nil {
				return err
			}
			continue
		}
		since := fmt.Sprintf("since %d", s.Since.Revision)
		if s.AtLeast {
			since = fmt.Sprintf("≤ %d", s.Since.Revision)
		}
		role := text.Warning
		if s.Weight >= 70 {
			role = text.Error
		}
		err := r.out.line("  " + r.out.paint(role, r.called(s.Key)) + r.out.paint(text.Muted, "  "+since+" "+when(s.Since.Time)) + "  " + strings.Join(s.Why, "; "))
		if err != nil {
			return err
		}
	}
	return r.foot(len(list))
}
