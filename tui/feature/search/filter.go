package search

import (
	"context"
	"errors"
	"iter"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/filter"
	"github.com/etcdscope/etcdscope/model/find"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/keytree"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// The filter looks for keys in the whole store. The list of all keys is streamed once, and while it arrives what is
// there is searched; each further letter looks only at what matched before. A search that takes long shows its first hits at once,
// and ends where another letter is typed.
//
//	/ ─► listKeys ─► listedMsg (a longer list, ten times a second) ─► search ─► foundMsg (first hits, then all) ─► keytree.ShowFound

// maxLate bounds the new keys that are remembered for the list; beyond it the list is read again.
const maxLate = 50000

// filtering is what is looked for among the keys, and what of it has been found.
type filtering struct {
	text  string
	on    bool
	from  string     // the path under the cursor before
	keys  *find.Keys // nil until some have arrived
	rev   int64      // the keys are those of this revision, and what came later
	whole bool       // all have arrived
	late  [][]byte   // keys that were created since
	hits  *find.Hits
	seeking
	err  string
	stop context.CancelFunc // ends the list that is under way
}

// listedMsg is a list of keys, as far as it has arrived.
type listedMsg struct {
	host.Ask
	keys *find.Keys
	done bool
	err  error
	next tea.Cmd
}

// finder looks for keys, and shows what it has found in place of the tree.
type finder struct {
	f     *Feature
	find  filtering
	facts facts
}

// typed implements asking.
func (fi *finder) typed() string {
	if !fi.find.on {
		return ""
	}
	return fi.find.text
}

// asked implements asking.
func (fi *finder) asked() iter.Seq[string] {
	return func(yield func(string) bool) {
		if fi.find.hits == nil {
			return
		}
		h := fi.found(fi.find.hits)
		for i := range h.all() {
			if !yield(h.at(i)) {
				return
			}
		}
	}
}

// again implements asking.
func (fi *finder) again() tea.Cmd { return fi.showFound() }

// query is what is looked for.
func (fi *finder) query() find.Query {
	s := fi.find.text
	if fi.f.v.Nav.Namespace != "" {
		s += " /" + fi.f.v.Nav.Namespace + "/"
	}
	x, _ := filter.Parse(s, fi.f.v.Opened.Kinds) // the prompt says what is wrong in it
	return x.Query(fi.f.v.Opened.Kinds)
}

// filter looks for keys; an empty text shows the tree again.
func (fi *finder) filter(text string) tea.Cmd {
	fi.f.endGrep()
	if text == "" && fi.f.v.Nav.Namespace == "" {
		return fi.leaveFilter()
	}
	if !fi.find.on {
		fi.find.from = fi.f.v.Panes.Keys.Cursor()
	}
	fi.find.text = text
	fi.find.on = true
	fi.f.v.Flow.Deleted.Refresh()
	return tea.Batch(fi.showFound(), fi.listKeys(), fi.search(), fi.facts.look())
}

// endFilter shows the tree again. A list that is under way is given up: a store is not read for nothing.
func (fi *finder) endFilter() {
	fi.f.endGrep()
	x := &fi.find
	x.text, x.on, x.hits = "", false, nil
	if fi.f.v.Nav.Namespace != "" {
		fi.f.v.Nav.Namespace = ""
		fi.f.v.Panes.Changes.Only("")
	}
	if !x.whole {
		fi.dropKeys()
	}
	fi.f.v.Panes.Keys.ShowFound(nil)
}

// leaveFilter shows the tree again, at the key that was found, or where the cursor was if there was none.
func (fi *finder) leaveFilter() tea.Cmd {
	key := fi.f.v.Panes.Keys.Cursor()
	if x := &fi.find; x.on && x.hits != nil && x.from != "" && fi.arranged(x.hits).Len() == 0 {
		key = x.from
	}
	fi.endFilter()
	if key == "" {
		return fi.f.v.Sync()
	}
	return fi.f.v.Tree.Reveal(key)
}

// giveUp shows the tree again as it was before a filter was typed.
func (fi *finder) giveUp() tea.Cmd {
	if !fi.find.on || fi.f.v.Nav.Namespace != "" {
		return fi.filter("")
	}
	from := fi.find.from
	fi.endFilter()
	switch {
	case from == "":
	case fi.f.v.State.Shown.Index(from) >= 0:
		fi.f.v.Panes.Keys.Hold(from)
	default:
		return fi.f.v.Tree.Reveal(from)
	}
	return fi.f.v.Sync()
}

// dropKeys forgets the list of keys.
func (fi *finder) dropKeys() {
	if fi.find.stop != nil {
		fi.find.stop()
	}
	fi.find.end()
	fi.find.keys, fi.find.hits, fi.find.whole, fi.find.late, fi.find.stop = nil, nil, false, nil, nil
}

// listKeys begins to read the list of keys, unless there is one.
func (fi *finder) listKeys() tea.Cmd {
	x := &fi.find
	if x.stop != nil {
		fi.foldLate()
		return nil
	}
	x.err, x.rev = "", fi.f.v.State.Revision()
	ctx, cancel := context.WithCancel(fi.f.v.Ctx)
	x.stop = cancel
	out := make(chan listedMsg, 1)
	a, src, root, rev := fi.f.v.Ask(), fi.f.v.Opened.Source, fi.f.v.Opened.Root, fi.f.v.State.Revision()
	run := func() (msg tea.Msg) {
		defer close(out)
		defer host.Recovered(&msg)
		p := &publisher{out: out, ask: a, b: find.NewBuilder(root)}
		p.last(listAll(ctx, src, root, rev, p))
		return nil
	}
	return tea.Batch(run, host.HandOn(out, func(m listedMsg, next tea.Cmd) tea.Msg {
		m.next = next
		return m
	}))
}

// relist reads the keys again at the revision that is shown now.
func (fi *finder) relist() tea.Cmd {
	fi.dropKeys()
	fi.facts = facts{f: fi.f, by: fi}
	fi.f.endGrep()
	if !fi.find.on {
		fi.f.v.Panes.Keys.ShowFound(nil)
		return nil
	}
	fi.f.v.Flow.Deleted.Refresh()
	return fi.listKeys()
}

// listAll lists what is below the root, which must be readable, and what is before and behind it, which need not be.
func listAll(ctx context.Context, src etcdsource.Source, root string, rev int64, p *publisher) error {
	if root == "" {
		return etcdsource.List(ctx, src, etcdsource.Prefix(""), rev, p.add)
	}
	in := etcdsource.Prefix(root)
	outer := etcdsource.List(ctx, src, etcdsource.Span{From: []byte{0}, To: in.From}, rev, p.add)
	if err := etcdsource.List(ctx, src, in, rev, p.add); err != nil {
		return err
	}
	behind := etcdsource.List(ctx, src, etcdsource.Span{From: in.To, To: etcdsource.Everything}, rev, p.add)
	return errors.Join(outer, behind)
}

// publisher hands the growing list over, some times a second; one that was not taken yet is replaced.
type publisher struct {
	out  chan listedMsg
	ask  host.Ask
	b    *find.Builder
	when time.Time
}

func (p *publisher) add(keys [][]byte) error {
	for _, k := range keys {
		p.b.Add(k)
	}
	if p.b.Len()%512 == 0 || len(keys) > 1 {
		if now := time.Now(); now.Sub(p.when) > host.PublishEvery {
			p.when = now
			p.put(listedMsg{Ask: p.ask, keys: p.b.Keys()})
		}
	}
	return nil
}

func (p *publisher) last(err error) {
	p.put(listedMsg{Ask: p.ask, keys: p.b.Keys(), done: true, err: err})
}

func (p *publisher) put(m listedMsg) {
	select {
	case <-p.out:
	default:
	}
	p.out <- m // there is room: nobody else puts
}

func (fi *finder) onListed(m listedMsg) tea.Cmd {
	x := &fi.find
	if x.stop == nil || x.whole {
		return nil
	}
	x.keys, x.whole = m.keys, m.done
	if m.err != nil && !errors.Is(m.err, context.Canceled) {
		x.err = clean.Error(m.err)
	}
	if m.done {
		fi.foldLate()
	}
	return tea.Batch(fi.showFound(), m.next, fi.search())
}

// touchKeys remembers the keys that a batch has created.
func (fi *finder) touchKeys(b etcdsource.Batch) tea.Cmd {
	x := &fi.find
	if fi.f.v.State.At == 0 {
		fi.facts.forget(b)
	}
	if x.stop == nil || fi.f.v.State.At != 0 {
		return nil
	}
	for i := range b.Events {
		if e := &b.Events[i]; e.Type == etcdsource.Created && e.Mod > x.rev {
			x.late = append(x.late, e.Key)
		}
	}
	switch {
	case b.Relist || len(x.late) > maxLate:
		return fi.relist()
	case x.on && x.whole && len(x.late) > 0:
		fi.foldLate()
		return fi.search()
	}
	return nil
}

// foldLate adds the keys that were created since the list was read.
func (fi *finder) foldLate() {
	x := &fi.find
	if !x.whole || len(x.late) == 0 {
		return
	}
	b := find.Grow(x.keys)
	for _, k := range x.late {
		if !x.keys.Has(string(k)) {
			b.Add(k)
		}
	}
	x.keys, x.late = b.Keys(), nil
}

// showFound puts what was found on the screen, and the object of the key that the cursor is on then.
func (fi *finder) showFound() tea.Cmd {
	x := &fi.find
	if !x.on {
		return nil
	}
	hits := x.hits
	if hits == nil {
		hits = &find.Hits{}
	}
	found := fi.arranged(hits)
	show := &keytree.Found{Hits: found, Query: fi.query(), Note: fi.epitaph}
	if x.text != "" {
		show.Typed = "/" + clean.Key([]byte(x.text))
	}
	if fi.f.v.Nav.Namespace != "" {
		show.Left = "In " + clean.Key([]byte(fi.f.v.Nav.Namespace))
	}
	total := int64(x.keys.Len())
	switch {
	case x.err != "" && total == 0:
		show.Title = "not read"
		show.Empty = widget.Wrap("The keys cannot be read: "+x.err, max(fi.f.v.Panes.Keys.Width()-3, 10))
	case !x.whole:
		show.Title = widget.Count(int64(hits.Len())) + " hits, reading " + widget.Count(total) + fi.ofAll()
		show.Empty = []string{"Reading the keys: " + widget.Thousands(total) + fi.ofAll() + ".", "esc stops."}
	case x.hits.Part():
		show.Title, show.Short = found.title(total)+", counting", found.short()+"+"
	default:
		show.Title, show.Short = found.title(total), found.short()
		if found.over > 0 {
			show.Below = widget.Thousands(int64(found.over)) + " more keys are not looked at: " + fi.facts.advice()
		}
		if n := fi.facts.unread(hits.Len()); n > 0 {
			show.Below = strings.TrimSpace(show.Below + " " + widget.Thousands(int64(n)) + " cannot be read; 6 says why.")
		}
		switch {
		case x.hits != nil && x.text == "":
			show.Empty = []string{"No key is in namespace " + clean.Key([]byte(fi.f.v.Nav.Namespace)) + ".", widget.Thousands(total) + " are hidden:", "esc shows all again."}
		case x.hits != nil:
			show.Empty = fi.noneMatches(total, found.over)
		}
	}
	show.Whole = x.whole && x.hits != nil && !x.busy && x.hits.Query().Same(show.Query)
	before := fi.f.v.Panes.Keys.Cursor()
	if fi.f.v.Panes.Keys.ShowFound(show); fi.f.v.Panes.Keys.Cursor() == before {
		return nil
	}
	return fi.f.v.Sync()
}

// noneMatches says that no key is found, and how far they were looked at.
func (fi *finder) noneMatches(total int64, over int) []string {
	wrap := func(s string) []string { return widget.Wrap(s, max(fi.f.v.Panes.Keys.Width()-3, 10)) }
	text := clean.Key([]byte(fi.find.text))
	out := []string{"No key matches " + text + "."}
	if over > 0 {
		out = append(wrap("Of the first "+widget.Thousands(int64(fi.facts.most()))+" keys none matches "+text+"."),
			wrap(widget.Thousands(int64(over))+" more are not looked at: "+fi.facts.advice())...)
	}
	out = append(out, widget.Thousands(total)+" are hidden:", "esc clears the filter.")
	if s := fi.f.v.State; fi.deletedOnly() && s.Older() {
		out = append(out, wrap("What was deleted before "+fi.f.v.Panes.Changes.Since()+" is not known; A recalls it.")...)
	}
	if fi.facts.filter() == nil {
		return out
	}
	return append(out, wrap("Only the last write of each key is looked at; 3, then /, filters all changes.")...)
}

// ofAll is how many keys there are in all, where that is known.
func (fi *finder) ofAll() string {
	n := fi.f.v.State.Info.Keys
	if r := fi.f.v.State.Tree.Find(fi.f.v.Opened.Root); n < 0 && r != nil {
		n = r.Keys
	}
	if n <= 0 {
		return ""
	}
	return " of " + widget.Count(n)
}
