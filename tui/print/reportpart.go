package print

import (
	"context"
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/decode/clean"
)

// part is a part of the report. Those of one name are what one list of the screen shows.
type part struct {
	name  string // that --part takes, "" for what belongs to none
	print func(*reporter, context.Context) error
}

// plain is a part that reads nothing.
func plain(name string, print func(*reporter) error) part {
	return part{name, func(r *reporter, _ context.Context) error { return print(r) }}
}

const notConverged = "not-converged"

// reportParts are the parts in their order.
func reportParts() []part {
	return []part{plain(notConverged, (*reporter).unreadable), plain("", (*reporter).past), {"", (*reporter).encrypted}, plain(notConverged, (*reporter).waiting),
		{notConverged, (*reporter).events}, plain("fights", (*reporter).fights), plain("", (*reporter).gaps), plain("converged", (*reporter).converged),
		plain("writers", (*reporter).writers), plain("objects", (*reporter).hotObjects), plain("fields", (*reporter).hotFields), plain("deleted", (*reporter).deleted),
		plain("clocks", (*reporter).clocks)}
}

// partNames are what --part takes.
func partNames() (names []string) {
	for _, p := range reportParts() {
		if p.name != "" && !slices.Contains(names, p.name) {
			names = append(names, p.name)
		}
	}
	return names
}

// checkPart refuses a part that there is not.
func (r *reporter) checkPart() error {
	if r.part != "" && !slices.Contains(partNames(), r.part) {
		return usage("read --part %s: there is no such part; give one of %s", clean.Key([]byte(r.part)), strings.Join(partNames(), ", "))
	}
	return nil
}

func (r *reporter) print(ctx context.Context) error {
	for _, p := range reportParts() {
		if r.part != "" && p.name != r.part {
			continue
		}
		if err := p.print(r, ctx); err != nil {
			return err
		}
	}
	if n := r.seen.Dropped(); n > 0 {
		r.warn("report: %d more objects have not converged; there was no room for them", n)
	}
	return nil
}
