package print

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/fields"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/reconcile"
)

// reporter sums up a source.
type reporter struct {
	*app
	s     *store
	ns    string
	limit int
	seen  *reconcile.Tracker
}

func (a *app) reportCmd() *cobra.Command {
	r := &reporter{app: a, seen: reconcile.New()}
	c := &cobra.Command{
		Use: "report", Short: "Sum up what is not as it should be, who fights whom, what is written most", Args: cobra.NoArgs, Annotations: formats("text json"),
		Long: "Reads the history that a source holds and sums it up: what is not as its spec says, the worst first; fields that two writers keep\n" +
			"setting back; how long things took to become as wanted; what is written most often; what was deleted and did not come back.\n" +
			"Of a live store only the present is read, so only the first of these can be told.",
		Example: "  etcdscope report --from backup.db\n  etcdscope report -n demo --limit 5 -o json --from backup.db",
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if r.s, err = a.open(cmd.Context()); err != nil {
				return err
			}
			defer r.s.close()
			if r.s.live() {
				err = r.present(cmd.Context())
			} else {
				err = r.history(cmd.Context())
			}
			if err != nil {
				return err
			}
			return r.print()
		},
	}
	c.Flags().StringVarP(&r.ns, "namespace", "n", "", "only of this namespace")
	c.Flags().IntVar(&r.limit, "limit", 15, "lines of each part; 0: all")
	return c
}

// history folds all changes that the source holds.
func (r *reporter) history(ctx context.Context) error {
	stream, err := r.s.Source.Watch(ctx, etcdsource.Prefix(""), 1)
	if err != nil {
		return err
	}
	defer stream.Close()
	h := newHistory(r.s)
	for {
		b, err := stream.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		for i := range b.Events {
			e := &b.Events[i]
			c := h.describe(h.before(e), e)
			h.remember(e)
			r.seen.Apply(reconcile.Input{Change: &c, When: stamp(e, c.Object)})
		}
		if r.s.Info.Kind != etcdsource.KindFile && b.Revision >= r.s.Info.Revision {
			return nil
		}
	}
}

// stamp is when a change was made: as the source knows it, else the newest time in the object's managedFields.
func stamp(e *etcdsource.Event, o *decode.Object) (newest time.Time) {
	if !e.Time.IsZero() || o == nil || o.Kind == "Event" {
		return e.Time
	}
	for _, m := range fields.Entries(o.Tree(decode.View{ManagedFields: true})) {
		if m.Time.After(newest) {
			newest = m.Time
		}
	}
	return newest
}

// watched are the resources of which a live store is asked, small ones first.
var watched = []string{"minions/", "namespaces/", "deployments/", "statefulsets/", "daemonsets/", "persistentvolumeclaims/", "jobs/",
	"poddisruptionbudgets/", "horizontalpodautoscalers/", "pods/"}

// present looks at the objects as they stand.
func (r *reporter) present(ctx context.Context) error {
	r.warn("report: a live store is not asked for its past; save a snapshot and report on that for fights, durations and deletions")
	for _, p := range watched {
		span := etcdsource.Prefix(r.s.Root + p)
		if r.ns != "" && p != "minions/" && p != "namespaces/" {
			span = etcdsource.Prefix(r.s.Root + p + r.ns + "/")
		}
		span.Values = true
		err := etcdsource.Each(ctx, r.s.Source, span, 0, func(e etcdsource.Entry) error {
			r.seen.See(r.s.Decoder.Object(e.Key, e.Value, e.Mod))
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
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

func (r *reporter) print() error {
	parts := []func() error{r.waiting, r.fights, r.converged, r.hot, r.deleted}
	for _, p := range parts {
		if err := p(); err != nil {
			return err
		}
	}
	if n := r.seen.Dropped(); n > 0 {
		r.warn("report: %d more objects are not as they should be; there was no room for them", n)
	}
	return nil
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
		if err := r.head("Not as it should be, the worst first", len(list), more); err != nil {
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
