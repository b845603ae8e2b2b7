package differences

import (
	"maps"
	"slices"
	"sort"
	"strings"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/filter"
)

// view is which of the rows are shown, and how.
type view struct {
	only    Op   // the rows that are shown
	all     bool // all of them are
	loud    bool // Events and Leases too
	filter  *filter.Filter
	looked  int    // rows before this one need not be asked about for the filter
	in      *group // only its rows, nil for all
	shown   []int  // positions in rows
	passed  [3]int // rows that are shown, or would be where all sorts are
	folded  int    // rows that are only noise
	grouped bool   // groups are shown, not rows
	groups  []group
}

// group counts the differences of a resource in a namespace.
type group struct {
	typ, ns string
	counts  [3]int
}

func (g *group) holds(r *Row) bool { return g.typ == r.Type && g.ns == r.NS }

// noisy reports whether a row is one of those that come and go all the time.
func noisy(r *Row) bool {
	return r.Type == "events" || strings.HasPrefix(r.Type, "events.") || strings.HasPrefix(r.Type, "leases.") ||
		strings.HasSuffix(r.Key, "/masterleases/") || strings.Contains(r.Key, "/masterleases/") || strings.Contains(r.Key, "/peerserverleases/")
}

// passes reports whether a row is shown where its sort is.
func (p *Pane) passes(r *Row) bool {
	if p.in != nil && !p.grouped && !p.in.holds(r) {
		return false
	}
	if !p.filter.Empty() && p.chosen(r) != filter.Yes {
		return false
	}
	return !p.folds(r)
}

// folds reports whether a row is folded away as noise, for which the filter does not ask.
func (p *Pane) folds(r *Row) bool {
	return !p.loud && noisy(r) && !p.filter.Has("kind") && !p.filter.AsksNoise()
}

// extend shows the rows from a position on.
func (p *Pane) extend(from int) {
	for i := from; i < len(p.rows); i++ {
		r := &p.rows[i]
		if noisy(r) {
			p.folded++
		}
		if !p.passes(r) {
			continue
		}
		if p.passed[r.Op]++; !p.all && p.only != r.Op {
			continue
		}
		p.shown = append(p.shown, i)
		if p.grouped {
			p.tally(r)
		}
	}
	p.list.SetCount(p.lines())
}

// tally counts a row in its group; groups stand in their order.
func (p *Pane) tally(r *Row) {
	i := sort.Search(len(p.groups), func(i int) bool {
		g := &p.groups[i]
		return g.typ > r.Type || g.typ == r.Type && g.ns >= r.NS
	})
	if i == len(p.groups) || !p.groups[i].holds(r) {
		p.groups = append(p.groups, group{})
		copy(p.groups[i+1:], p.groups[i:])
		p.groups[i] = group{typ: r.Type, ns: r.NS}
	}
	p.groups[i].counts[r.Op]++
}

func (p *Pane) lines() int {
	if p.grouped {
		return len(p.groups)
	}
	return len(p.shown)
}

// again chooses the rows again; the cursor stays on its key.
func (p *Pane) again() {
	key := ""
	if c := p.Current(); c != nil {
		key = c.Key
	}
	p.shown, p.groups, p.folded, p.passed = p.shown[:0], p.groups[:0], 0, [3]int{}
	p.extend(0)
	if key != "" {
		p.Go(key)
	}
}

// cycle shows only what was deleted, then what was created, what was updated, all again.
func (p *Pane) cycle() {
	switch {
	case p.all:
		p.all, p.only = false, Removed
	case p.only == Removed:
		p.only = Added
	case p.only == Added:
		p.only = Changed
	default:
		p.all = true
	}
	p.again()
}

// Words are those of a filter that mean something here: all of the language.
var Words = []string{"by", "kind", "ns", "type", "aspect", "field", "since", "until", "is"}

var types = [...]etcdsource.Type{Changed: etcdsource.Updated, Added: etcdsource.Created, Removed: etcdsource.Deleted}

// chosen says whether a row passes the filter.
func (p *Pane) chosen(r *Row) filter.Answer {
	it := filter.Item{Root: p.root, Key: []byte(r.Key), Type: types[r.Op], Rev: r.made(), Described: r.described, Beside: r.Type + " " + r.NS + " " + r.Name + " " + r.What}
	if ref, ok := p.table.Locate(p.root, it.Key); ok {
		it.Ref = &ref
	}
	if p.filter.Needs()&filter.NeedsWriter != 0 {
		it.Verdict, _ = p.verdict(r)
		it.Judged = it.Verdict == nil
	}
	if p.newest != nil {
		it.Newest = p.newest()
	}
	return p.filter.Match(&it)
}

// Filter shows only rows that pass a filter, in the words of package filter; "" shows all again.
func (p *Pane) Filter(s string) {
	p.filter, _ = filter.Parse(s, p.table) // the prompt says what is wrong in it
	p.looked = 0
	for i := range p.rows {
		p.rows[i].described = filter.NotYet
	}
	p.again()
}

// Chosen returns the filter that holds.
func (p *Pane) Chosen() *filter.Filter { return p.filter }

// Filtered reports whether rows are left out by a filter, or by the group they are of.
func (p *Pane) Filtered() bool { return p.filter.String() != "" || p.in != nil && !p.grouped }

// FilterText returns the filter as it was typed.
func (p *Pane) FilterText() string { return p.filter.String() }

// Unfilter takes back the filter, else the group.
func (p *Pane) Unfilter() {
	if p.filter.String() == "" {
		p.in = nil
	}
	p.Filter("")
}

// count shows the groups, that of the row under the cursor first.
func (p *Pane) count() {
	if p.grouped {
		return
	}
	c := p.Current()
	p.grouped, p.in = true, nil
	p.again()
	for i := range p.groups {
		if c != nil && p.groups[i].holds(c) {
			p.list.SetCursor(i)
		}
	}
}

// enter shows the rows of the group under the cursor.
func (p *Pane) enter() {
	if i := p.list.Cursor(); i < len(p.groups) {
		g := p.groups[i]
		p.in, p.grouped = &g, false
		p.again()
		p.list.SetCursor(0)
	}
}

// find returns the position in rows of a key, or where it would be.
func (p *Pane) find(key string) int {
	return sort.Search(len(p.rows), func(i int) bool { return p.rows[i].Key >= key })
}

// Go moves the cursor to a key, or to where it would be.
func (p *Pane) Go(key string) {
	if !p.grouped {
		p.list.SetCursor(sort.Search(len(p.shown), func(i int) bool { return p.rows[p.shown[i]].Key >= key }))
	}
}

// Within returns the type and the namespace whose rows alone are shown, "" for all.
func (p *Pane) Within() (typ, ns string) {
	if p.in == nil || p.grouped {
		return "", ""
	}
	return p.in.typ, p.in.ns
}

// Only returns the operation whose rows alone are shown, false where all are.
func (p *Pane) Only() (Op, bool) { return p.only, !p.all }

// Grouped reports whether rows are counted, not shown.
func (p *Pane) Grouped() bool { return p.grouped }

// Filters returns the filter that leaves the rows that are shown, with those that are folded.
func (p *Pane) Filters() (text string) {
	text = p.FilterText()
	if p.loud || p.filter.Has("kind") || p.filter.AsksNoise() || p.folded == 0 {
		return text
	}
	folds := map[string]bool{}
	for i := range p.rows {
		switch r := &p.rows[i]; {
		case !noisy(r):
		case strings.Contains(r.Key, "/masterleases/"):
			folds["!masterleases/"] = true
		case strings.Contains(r.Key, "/peerserverleases/"):
			folds["!peerserverleases/"] = true
		default:
			folds["!kind:events,leases"] = true
		}
	}
	return strings.TrimSpace(strings.Join(append([]string{text}, slices.Sorted(maps.Keys(folds))...), " "))
}
