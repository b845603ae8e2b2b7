package tui

import (
	"context"
	"errors"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/find"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/keytree"
	"github.com/etcdscope/etcdscope/tui/widget"
	"github.com/etcdscope/etcdscope/tui/words"
)

// The filter looks for keys in the whole store. The list of all keys is streamed once, and while it arrives what is
// there is searched; each further letter looks only at what matched before.
//
//	/ ─► listKeys ─► listedMsg (a longer list, ten times a second) ─► search ─► foundMsg ─► keytree.ShowFound

// maxLate bounds the new keys that are remembered for the list; beyond it the list is read anew.
const maxLate = 50000

// filtering is what is looked for among the keys, and what of it has been found.
type filtering struct {
	text  string
	on    bool
	keys  *find.Keys // nil until some have arrived
	rev   int64      // the keys are those of this revision, and what came later
	whole bool       // all have arrived
	late  [][]byte   // keys that were created since
	hits  *find.Hits
	busy  bool
	err   string
	stop  context.CancelFunc // ends the list that is under way
}

// listedMsg is a list of keys, as far as it has arrived.
type listedMsg struct {
	host.Ask
	keys *find.Keys
	done bool
	err  error
	next tea.Cmd
}

// foundMsg is the result of a search.
type foundMsg struct {
	host.Ask
	hits *find.Hits
}

// looking is what is looked for in a tab, and where it has been.
type looking struct {
	find    filtering
	grepped grepping
	jumps   jumps
	scope   string // the only namespace, "" for all
}

// query is what is looked for.
func (t *tab) query() find.Query {
	if t.scope != "" {
		return find.Parse(t.find.text + " /" + t.scope + "/")
	}
	return find.Parse(t.find.text)
}

// filter looks for keys; an empty text shows the tree again.
func (t *tab) filter(text string) tea.Cmd {
	t.endGrep()
	if text == "" && t.scope == "" {
		return t.leaveFilter()
	}
	t.find.text = text
	t.find.on = true
	t.gone.dig()
	t.showFound()
	return tea.Batch(t.listKeys(), t.search())
}

// endFilter shows the tree again. A list that is under way is given up: a store is not read for nothing.
func (t *tab) endFilter() {
	t.endGrep()
	f := &t.find
	f.text, f.on, f.hits = "", false, nil
	if t.scope != "" {
		t.scope = ""
		t.changes.Only("")
	}
	if !f.whole {
		t.dropKeys()
	}
	t.keys.ShowFound(nil)
}

// leaveFilter shows the tree again, at the key that was found.
func (t *tab) leaveFilter() tea.Cmd {
	key := t.keys.Cursor()
	t.endFilter()
	if key == "" {
		return t.sync()
	}
	return t.reveal(key)
}

// dropKeys forgets the list of keys.
func (t *tab) dropKeys() {
	if t.find.stop != nil {
		t.find.stop()
	}
	t.find.keys, t.find.hits, t.find.whole, t.find.late, t.find.stop, t.find.busy = nil, nil, false, nil, nil, false
}

// listKeys begins to read the list of keys, unless there is one.
func (t *tab) listKeys() tea.Cmd {
	f := &t.find
	if f.stop != nil {
		t.foldLate()
		return nil
	}
	f.err, f.rev = "", t.state.Revision()
	ctx, cancel := context.WithCancel(t.ctx)
	f.stop = cancel
	out := make(chan listedMsg, 1)
	a, src, root, rev := t.ask(), t.opened.Source, t.opened.Root, t.state.Revision()
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

// relist reads the keys anew at the revision that is shown now.
func (t *tab) relist() tea.Cmd {
	t.dropKeys()
	t.endGrep()
	if !t.find.on {
		t.keys.ShowFound(nil)
		return nil
	}
	return t.listKeys()
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

// publisher hands the growing list over, some times a second; one that nobody has taken is replaced.
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

func (t *tab) onListed(m listedMsg) tea.Cmd {
	f := &t.find
	if f.stop == nil || f.whole {
		return nil
	}
	f.keys, f.whole = m.keys, m.done
	if m.err != nil && !errors.Is(m.err, context.Canceled) {
		f.err = clean.Error(m.err)
	}
	if m.done {
		t.foldLate()
	}
	t.showFound()
	return tea.Batch(m.next, t.search())
}

// touchKeys remembers the keys that a batch has created.
func (t *tab) touchKeys(b etcdsource.Batch) tea.Cmd {
	f := &t.find
	if t.state.At == 0 {
		t.gone.watch(b, t.opened.Root)
	}
	if f.stop == nil || t.state.At != 0 {
		return nil
	}
	for i := range b.Events {
		if e := &b.Events[i]; e.Type == etcdsource.Created && e.Mod > f.rev {
			f.late = append(f.late, e.Key)
		}
	}
	switch {
	case b.Relist || len(f.late) > maxLate:
		return t.relist()
	case f.on && f.whole && len(f.late) > 0:
		t.foldLate()
		return t.search()
	}
	return nil
}

// foldLate adds the keys that were created since the list was read.
func (t *tab) foldLate() {
	f := &t.find
	if !f.whole || len(f.late) == 0 {
		return
	}
	b := find.Grow(f.keys)
	for _, k := range f.late {
		if !f.keys.Has(string(k)) {
			b.Add(k)
		}
	}
	f.keys, f.late = b.Keys(), nil
}

// search looks for what is typed, one search at a time.
func (t *tab) search() tea.Cmd {
	f := &t.find
	q := t.query()
	if !f.on || f.busy || f.keys == nil {
		return nil
	}
	if f.hits != nil && f.hits.Query().String() == q.String() && f.hits.Keys() == f.keys {
		return nil
	}
	f.busy = true
	a, keys, before := t.ask(), f.keys, f.hits
	return host.Job(t.ctx, func(ctx context.Context) tea.Msg {
		return foundMsg{a, find.Search(ctx, keys, q, before)}
	})
}

func (t *tab) onFound(m foundMsg) tea.Cmd {
	f := &t.find
	f.busy = false
	if !f.on || f.keys == nil || m.hits == nil {
		return nil
	}
	f.hits = m.hits
	t.showFound()
	return tea.Batch(t.search(), t.sync())
}

// showFound puts what was found on the screen.
func (t *tab) showFound() {
	f := &t.find
	if !f.on {
		return
	}
	hits := f.hits
	if hits == nil {
		hits = &find.Hits{}
	}
	found := t.arranged(hits)
	show := &keytree.Found{Hits: found, Query: find.Parse(f.text), Note: t.epitaph}
	if t.scope != "" {
		show.Left = "In " + clean.Key([]byte(t.scope))
	}
	total := int64(f.keys.Len())
	switch {
	case f.err != "" && total == 0:
		show.Title = "not read"
		show.Empty = words.SplitLines(ansi.Wordwrap("The keys cannot be read: "+f.err, max(t.keys.Width()-3, 10), ""))
	case !f.whole:
		show.Title = widget.Count(int64(hits.Len())) + " hits, reading " + widget.Count(total) + t.ofAll()
		show.Empty = []string{"Reading the keys: " + widget.Thousands(total) + t.ofAll() + ".", "esc stops."}
	default:
		show.Title = found.title(total)
		switch {
		case f.hits != nil && f.text == "":
			show.Empty = []string{"No key is in namespace " + clean.Key([]byte(t.scope)) + ".", widget.Thousands(total) + " are hidden:", "esc shows all again."}
		case f.hits != nil:
			show.Empty = []string{"No key matches " + clean.Key([]byte(f.text)) + ".", widget.Thousands(total) + " are hidden:", "esc clears the filter."}
		}
	}
	t.keys.ShowFound(show)
}

// ofAll is how many keys there are in all, where that is known.
func (t *tab) ofAll() string {
	n := t.state.Info.Keys
	if r := t.state.Tree.Find(t.opened.Root); n < 0 && r != nil {
		n = r.Keys
	}
	if n <= 0 {
		return ""
	}
	return " of " + widget.Count(n)
}
