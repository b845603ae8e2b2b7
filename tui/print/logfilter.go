package print

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/filter"
)

// filterHelp lists the words of --filter.
func filterHelp() string {
	var b strings.Builder
	b.WriteString("--filter takes the words of / on the screen, and names or parts of keys; all must hold, ! in front negates, commas mean one of them.\n" +
		"Here they are asked of every write, as in the changes and a timeline; in the tree and tables of the screen of the last write of each key.\n")
	for i := range filter.Words {
		w := &filter.Words[i]
		b.WriteString("  " + w.Name + ":" + strings.Repeat(" ", max(8-len(w.Name), 1)) + w.Help)
		if w.Flag != "" {
			b.WriteString(" (" + w.Flag + ")")
		}
		b.WriteString("\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// choose reads --filter. A kind that is not known yet may be that of a custom resource.
func (l *logger) choose(ctx context.Context) (err error) {
	if l.filter == "" {
		return nil
	}
	l.gone = goneFrom(ctx, l.s.Source)
	l.chosen, err = filter.Parse(l.filter, l.s.Kinds)
	if err != nil && strings.Contains(l.filter, "kind:") && !l.s.Whole && l.s.Custom(ctx, l.s.Source, 0) == nil {
		l.chosen, err = filter.Parse(l.filter, l.s.Kinds)
	}
	if err != nil {
		return usage("read --filter: %s", err)
	}
	if l.chosen.Needs()&filter.NeedsNewest == 0 {
		return nil
	}
	_, c, err := l.s.time(ctx, "--filter", moment{when: attribution.Moment{Ago: time.Nanosecond}, text: l.filter})
	if err == nil {
		l.newest = c.At(l.s.Info.Revision).Time
	}
	return err
}

// chooses reports whether a change passes --filter, and counts it where that cannot be tested.
func (l *logger) chooses(c *attribution.Attributed) bool {
	it := l.item(c)
	if !l.chosen.Untested(it) {
		if l.chosen.Masked(it) {
			l.masked++
		}
		return l.chosen.Match(it) == filter.Yes
	}
	if len(l.writtenBy) == 0 || slices.ContainsFunc(l.writtenBy, c.By) {
		l.unread++
	}
	return false
}

// notRevealed says that values were not tested since they are masked; what names one of the n that were left out for that.
func notRevealed(n int, what string) string {
	return count(n, what) + " left out: --filter does not test secret values that are masked; add --reveal to test them"
}

// item is a change as the filter looks at it.
func (l *logger) item(c *attribution.Attributed) *filter.Item {
	return &filter.Item{Root: l.s.Root, Key: c.Key, Type: c.Type, Rev: c.Mod, Change: &c.Change, Verdict: &c.Verdict, View: l.s.view, Judged: true, Newest: l.newest,
		Gone: func() bool { return l.gone == nil || l.gone(c.Key, c.Mod) }}
}

// goneFrom returns what says whether the deletion of a key at a revision is its last change.
func goneFrom(ctx context.Context, src etcdsource.Source) func(key []byte, rev int64) bool {
	v, err := etcdsource.As[etcdsource.Versions](src)
	return func(key []byte, rev int64) bool {
		if err != nil {
			_, there, err := etcdsource.Get(ctx, src, key, 0)
			return err == nil && !there
		}
		events, _, err := v.Versions(ctx, key, 0, 1)
		return err == nil && (len(events) == 0 || events[0].Mod <= rev)
	}
}
