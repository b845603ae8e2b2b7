package print

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/encryption"
	"github.com/etcdscope/etcdscope/model/health"
	"github.com/etcdscope/etcdscope/model/overview"
	"github.com/etcdscope/etcdscope/model/reconcile"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// overviewer prints what one wants to know of a source first.
type overviewer struct {
	*app
	s        *store
	recalled recallFlags
}

func (a *app) overviewCmd() *cobra.Command {
	v := &overviewer{app: a}
	c := &cobra.Command{
		Use: "overview", Short: "Say what a source is, of which cluster, what fills it, who writes and what is wrong", Args: cobra.NoArgs, Annotations: formats("text json"),
		Long: "Prints what one wants to know of a source first: what it is and of which cluster, which revisions and what time it covers, whether it is\n" +
			"verified, what has not converged, what there is most of, who writes most, and the last changes with writer and time.\n" +
			"The history is read as a whole, as report does. Of a live store only the present is read, and no sizes, unless --recall reads its past;\n" +
			"its members are asked too, each itself, and what they can still lose and what to do comes first, as health says in full.",
		Example: "  etcdscope overview --demo\n  etcdscope overview --from backup.db\n  etcdscope overview -o json --demo",
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if err := v.recalled.check(); err != nil {
				return err
			}
			if v.s, err = a.open(cmd.Context()); err != nil {
				return err
			}
			defer v.s.close()
			a.warnTrouble(v.s)
			return v.run(cmd.Context())
		},
	}
	v.recalled.define(c)
	return c
}

func (v *overviewer) run(ctx context.Context) error {
	live := v.s.live()
	switch {
	case live && v.recalled.on:
		if err := v.recall(ctx, v.s, &v.recalled); err != nil {
			return err
		}
	case live:
		if err := v.s.Custom(ctx, v.s.Source, 0); err != nil {
			return err
		}
	}
	whole := !live || v.recalled.on
	x, err := overview.Gather(ctx, v.s.Opened, overview.Options{Sizes: whole})
	if err != nil {
		return err
	}
	if x.Account, err = v.account(ctx, whole); err != nil {
		return err
	}
	if live {
		x.Health = v.members(ctx, v.s.Opened)
	}
	if v.flags.format != "json" {
		x.Encryption, _ = encryption.Read(ctx, v.s.Opened) // what cannot be read is left out
	}
	w := overview.View{Opened: v.s.Opened, Now: time.Now(), Size: widget.Bytes}
	if v.funcs.Kept != nil {
		w.Known, _ = v.funcs.Kept(v.s.Info.Target)
	}
	if live && v.funcs.Newest != nil && x.Cluster.UID != "" {
		w.Newest, _ = v.funcs.Newest(x.Cluster.UID)
	}
	beside := v.asides(ctx, v.s)
	if live {
		w.Sizes = v.sizes(ctx, v.s.Backups, x.Cluster.UID)
	}
	if v.flags.format == "json" {
		line := v.json(x, &w)
		line.Beside = beside
		return v.out.json(line)
	}
	sections := x.Sections(w)
	at := max(slices.IndexFunc(sections, func(s overview.Section) bool { return s.ID == "source" }), 0)
	for _, l := range beside {
		sections[at].Lines = append(sections[at].Lines, overview.Line{Cells: []string{l.Name, l.String()}})
	}
	return v.text(sections)
}

// account sums up the history, or only the present.
func (v *overviewer) account(ctx context.Context, whole bool) (*overview.Account, error) {
	store := reconcile.Store{Source: v.s.Source, Decoder: v.s.Decoder, Kinds: v.s.Kinds, Root: v.s.Root, View: v.s.view}
	if !whole {
		r := reconcile.NewReport(store, attribution.Options{}, reconcile.Window{}, historyBounds(v.s.Source))
		err := r.Present(ctx, 0, reconcile.PresentOptions{Now: time.Now()})
		return overview.AccountOf(r, false), err
	}
	known, err := v.auditOf(ctx, v.s)
	if err != nil {
		return nil, err
	}
	r := reconcile.NewReport(store, attribution.Options{Whole: v.recalled.on || !v.s.Info.Running, Audit: known}, reconcile.Window{}, historyBounds(v.s.Source))
	if err := r.History(ctx, v.s.Info.Revision, nil); err != nil {
		return nil, err
	}
	return overview.AccountOf(r, true), nil
}

// text prints the sections, the cells of each below each other.
func (v *overviewer) text(sections []overview.Section) error {
	for i, s := range sections {
		if i > 0 {
			if err := v.out.line(""); err != nil {
				return err
			}
		}
		if err := v.out.line(v.out.paint(text.Accent, s.Title)); err != nil {
			return err
		}
		widths := cellWidths(s.Lines)
		for _, l := range s.Lines {
			var b strings.Builder
			for n, c := range l.Cells {
				if n > 0 {
					b.WriteString("  ")
				}
				b.WriteString(c)
				if n < len(l.Cells)-1 {
					b.WriteString(strings.Repeat(" ", widths[n]-ansi.StringWidth(c)))
				}
			}
			if err := v.out.line("  " + v.out.paint(l.Role, b.String())); err != nil {
				return err
			}
		}
	}
	return nil
}

// cellWidths are the widths of the columns; a sentence is in none.
func cellWidths(lines []overview.Line) (out []int) {
	for _, l := range lines {
		for n, c := range l.Cells {
			if n == len(out) {
				out = append(out, 0)
			}
			if len(l.Cells) > 1 {
				out[n] = max(out[n], ansi.StringWidth(c))
			}
		}
	}
	return out
}

// overviewLine is the overview as JSON. What is not known is left out.
type overviewLine struct {
	Source       string           `json:"source"`
	Kind         string           `json:"kind"`
	Cluster      clusterLine      `json:"cluster"`
	Revision     int64            `json:"revision"`
	Window       windowLine       `json:"window"`
	Verified     *verifiedLine    `json:"verified,omitempty"`
	Keys         int64            `json:"keys"`
	Resources    []resourceLine   `json:"resources"`
	Writers      []pennedLine     `json:"writers,omitempty"`
	NotConverged int              `json:"notConverged"`
	Undecodable  int              `json:"undecodable"`
	OutOfBand    *int             `json:"outOfBand,omitempty"`
	Deleted      *int             `json:"deleted,omitempty"`
	Changes      []lastChangeLine `json:"changes,omitempty"`
	Verdict      string           `json:"verdict"`
	DBSize       *int64           `json:"dbSize,omitempty"`
	DBInUse      *int64           `json:"dbInUse,omitempty"`
	Quota        *int64           `json:"quota,omitempty"`
	*overviewHealth
	Full   *float64     `json:"daysUntilFull,omitempty"`
	Backup *newestLine  `json:"newestVerifiedBackup,omitempty"`
	Beside []besideLine `json:"etcds,omitempty"` // other etcds of the node
}

// overviewHealth is what a running cluster can still lose.
type overviewHealth struct {
	Members  int            `json:"members"`
	Quorum   int            `json:"quorum"`
	CanLose  int            `json:"canLose"`
	Health   health.Verdict `json:"health"`
	Sentence string         `json:"healthSentence"`
}

type clusterLine struct {
	Name       string `json:"name,omitempty"`
	UID        string `json:"uid,omitempty"`
	Kubernetes string `json:"kubernetes,omitempty"`
	Etcd       string `json:"etcd,omitempty"`
	Nodes      int    `json:"nodes"`
}

type windowLine struct {
	From     int64  `json:"from,omitzero"`
	To       int64  `json:"to"`
	FromTime string `json:"fromTime,omitempty"`
	ToTime   string `json:"toTime,omitempty"`
	AtLeast  bool   `json:"atLeast,omitempty"` // it begins at fromTime or before
}

type verifiedLine struct {
	Verdict string `json:"verdict"`
	By      string `json:"by,omitempty"`
}

type resourceLine struct {
	Resource string `json:"resource"`
	Keys     int64  `json:"keys"`
	Bytes    *int64 `json:"bytes,omitempty"`
}

type pennedLine struct {
	Writer       string `json:"writer,omitempty"` // absent: not known
	Controller   string `json:"controller,omitempty"`
	SelfDeclared bool   `json:"selfDeclared,omitempty"`
	Revisions    int    `json:"revisions"`
}

type lastChangeLine struct {
	Revision   int64  `json:"revision"`
	Key        string `json:"key"`
	Type       string `json:"type"`
	Time       string `json:"time,omitempty"`
	Writer     string `json:"writer,omitempty"`
	Confidence string `json:"confidence"`
	Summary    string `json:"summary,omitempty"`
}

type newestLine struct {
	Path string `json:"path"`
	Time string `json:"time,omitempty"`
}

func (v *overviewer) json(x *overview.Overview, w *overview.View) overviewLine {
	known := func(n int64) *int64 {
		if n < 0 {
			return nil
		}
		return &n
	}
	a, dates := x.Account, x.Dates()
	out := overviewLine{Source: x.Info.Target, Kind: string(x.Info.Kind), Cluster: clusterLine(x.Cluster), Revision: x.At,
		Window: windowLine{dates.From, dates.To, when(dates.FromTime), when(dates.ToTime), dates.AtLeast}, Keys: x.Keys, Resources: []resourceLine{},
		NotConverged: a.NotConverged, Undecodable: a.Undecodable, Verdict: x.Sentence(), DBSize: known(x.Info.DBSize), DBInUse: known(x.Info.DBInUse), Quota: known(x.Info.Quota)}
	if !x.Info.Running {
		verdict, by := x.Verified(w.Known)
		out.Verified = &verifiedLine{verdict, strings.TrimPrefix(by, ", ")}
	}
	if h := x.Health; h != nil {
		out.overviewHealth = &overviewHealth{len(h.Rows), h.Quorum, h.CanLose, h.Verdict, clean.Text(h.Sentence)}
	}
	if f := x.Full(w); f != nil {
		out.Full = &f.Days
	}
	for _, r := range x.Resources {
		out.Resources = append(out.Resources, resourceLine{r.Name, r.Keys, known(r.Bytes)})
	}
	for _, wr := range a.Writers {
		if wr.Count > 0 {
			out.Writers = append(out.Writers, pennedLine{wr.Writer, wr.Controller, wr.SelfDeclared, wr.Count})
		}
	}
	if a.History {
		out.OutOfBand, out.Deleted = &a.OutOfBand, &a.Deleted
	}
	for _, c := range a.Latest {
		out.Changes = append(out.Changes, lastChangeLine{c.Revision, c.Key, c.Type.String(), when(c.Verdict.Time), c.Verdict.Writer, c.Verdict.Confidence.String(), c.Summary})
	}
	if w.Newest.Path != "" {
		out.Backup = &newestLine{w.Newest.Path, when(w.Newest.Time)}
	}
	return out
}
