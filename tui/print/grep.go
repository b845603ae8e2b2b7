package print

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/grep"
)

// searcher searches in values.
type searcher struct {
	*app
	s        *store
	query    grep.Query
	where    place
	history  bool
	rev      int64
	recalled recallFlags
	pattern  *grep.Pattern
	targets  targets
	lines    int
}

func (a *app) grepCmd() *cobra.Command {
	g := &searcher{app: a}
	var rev string
	c := &cobra.Command{
		Use: "grep TEXT [KEY | PREFIX | TYPE [NAME]]", Short: "Search in the values", Args: cobra.MinimumNArgs(1), Annotations: formats("text wide json"),
		Long: "Searches in what objects say: in each line of each field, and in the names of labels, annotations and entries of data. Without a second\n" +
			"argument everything is searched. TEXT is searched as it is; with -E it is a regular expression (RE2).\n" +
			"With --history all versions that the source holds are searched, and a line is printed where it was written first: by the revision that made it.\n" +
			"Values of Secrets are searched with --reveal only. Where values are encrypted, compressed or binary, stderr says how many were not searched.\n" +
			"grep ends with 1 where nothing matches.",
		Example: "  etcdscope grep nosuch-payments --demo\n  etcdscope grep -E 'busybox:1\\.[0-9]+' pods -n demo -o json --demo\n  etcdscope grep -i nosuch deploy -A --history --from backup.db",
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			ctx := cmd.Context()
			g.query.Text = args[0]
			if g.pattern, err = grep.Compile(g.query); err != nil {
				return usage("read the text %s: %s", clean.Key([]byte(cut(args[0], 60))), clean.Error(err))
			}
			when, err := readMoment("--rev", rev)
			if err != nil {
				return err
			}
			if g.history && rev != "" {
				return usage("read --history and --rev: a history is searched to its end; give one of them")
			}
			if err := g.check(); err != nil {
				return err
			}
			if g.s, err = a.openFor(ctx, args[1:], g.where); err != nil {
				return err
			}
			defer g.s.close()
			a.warnTrouble(g.s)
			if g.rev, err = g.s.at(ctx, "--rev", when); err != nil {
				return err
			}
			return g.run(ctx, args[1:])
		},
	}
	f := c.Flags()
	g.where.define(c)
	f.BoolVarP(&g.query.Regexp, "extended-regexp", "E", false, "TEXT is a regular expression")
	f.BoolVarP(&g.query.IgnoreCase, "ignore-case", "i", false, "capital and small letters are the same")
	f.BoolVar(&g.history, "history", false, "search in all versions too")
	f.StringVar(&rev, "rev", "", "as of this revision, time or duration ago")
	g.recalled.define(c)
	return c
}

// cut returns at most n bytes of a text.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[:n] + "…"
}

func (g *searcher) check() error {
	if err := g.recalled.check(); err != nil {
		return err
	}
	if g.recalled.on && !g.history {
		return usage("read --recall: it reads the past of a live store, which is searched with --history only; add that, or leave --recall out")
	}
	return g.where.check()
}

func (g *searcher) run(ctx context.Context, args []string) (err error) {
	if g.history && g.s.live() {
		if !g.recalled.on {
			return usage("grep --history of a live store: its past is not read; %s", g.s.pastBy("add --recall, which streams a snapshot of the whole store into a temporary file, or search in a saved one with --from"))
		}
		if err := g.recall(ctx, g.s, &g.recalled); err != nil {
			return err
		}
	}
	if g.targets, err = g.s.targets(ctx, args, g.where); err != nil {
		return err
	}
	search := &grep.Search{Source: g.s.Source, Decoder: g.s.Decoder, View: g.s.view, Pattern: g.pattern}
	var tally grep.Tally
	if g.history {
		search.Wanted = g.targets.wanted
		tally, err = search.History(ctx, g.targets.span(), g.s.Info.Revision, g.gap, g.print)
	} else {
		for _, span := range g.targets.spans() {
			t, err := search.Now(ctx, span, g.rev, g.print)
			if tally.Add(t); err != nil {
				return err
			}
		}
	}
	if err != nil {
		return err
	}
	return g.finish(args, &tally)
}

// gap says what of the history is lost.
func (g *searcher) gap(w etcdsource.Window) error {
	if g.flags.format == "json" {
		line := gapLine{Reason: w.Reason}
		line.Gap.From, line.Gap.To = w.From, w.To
		return g.out.json(line)
	}
	return g.out.line(g.out.paint(text.Warning, fmt.Sprintf("%8s  revisions %d to %d: %s", "gap", w.From, w.To, safe(w.Reason))))
}

// matchLine is a match as JSON.
type matchLine struct {
	Key       string `json:"key"`
	Revision  int64  `json:"revision"`
	Kind      string `json:"kind,omitempty"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name,omitempty"`
	Path      string `json:"path"`
	Text      string `json:"text"`
	Cut       bool   `json:"cut,omitempty"` // there is more of the line
}

func (g *searcher) print(m *grep.Match) error {
	g.lines++
	if g.flags.format == "json" {
		line := matchLine{Key: string(m.Key), Revision: m.Revision, Path: m.Path, Text: m.Line, Cut: m.Cut}
		if ref, ok := g.s.Kinds.Locate(g.s.Root, m.Key); ok {
			line.Kind, line.Namespace, line.Name = ref.Kind, ref.Namespace, ref.Name
		}
		return g.out.json(line)
	}
	name := g.s.Kinds.Kubectl(g.s.Root, m.Key)
	if name == "" || g.flags.format == "wide" {
		name = string(m.Key)
	}
	line := fmt.Sprintf("%8d  %s", m.Revision, g.out.paint(text.Key, clean.Key([]byte(name))))
	if m.Path != "" {
		line += "  " + g.out.paint(text.Muted, clean.Key([]byte(m.Path)))
	}
	before, hit, after := clean.Key([]byte(m.Line[:m.From])), clean.Key([]byte(m.Line[m.From:m.To])), clean.Key([]byte(m.Line[m.To:]))
	line += "  " + strings.TrimLeft(before, " \t") + g.out.paint(text.Changed, hit) + after
	return g.out.line(line)
}

// finish says what was not searched, and whether anything was found.
func (g *searcher) finish(args []string, t *grep.Tally) error {
	var not []string
	add := func(n int64, what string) {
		if n > 0 {
			not = append(not, fmt.Sprintf("%d %s", n, what))
		}
	}
	add(t.Encrypted, "encrypted (no key for them was given)")
	add(t.Masked, "masked Secrets (add --reveal)")
	add(t.Compressed, "compressed, such as Helm's releases")
	add(t.Binary, "binary")
	if len(not) > 0 {
		g.warn("grep: not searched: %s", strings.Join(not, ", "))
	}
	if g.lines > 0 {
		return nil
	}
	if t.Values+t.Encrypted == 0 {
		advice := cmp.Or(g.where.within(args, g.targets.namespaced()), "; etcdscope ls shows what there is")
		return no("grep: no value of %s is held%s%s", what(args, g.where.ns), at(g.rev), advice)
	}
	return no("grep: %s is in none of %d values%s", strconv.Quote(clean.Key([]byte(cut(g.query.Text, 60)))), t.Values, at(g.rev))
}
