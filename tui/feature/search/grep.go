package search

import (
	"bytes"
	"context"
	"fmt"
	"sort"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/find"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/keytree"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/widget"
	"github.com/etcdscope/etcdscope/tui/words"
)

// A search in values decodes every object below a folder and looks for a text in its YAML. It is bounded by hits and,
// where a server is asked, by bytes. Secrets are left out as long as they are masked.
//
//	keys of the folder (listed) ─► values, some hundred keys a request ─► YAML ─► grepMsg, hits so far

const (
	maxGrepHits  = 1000
	maxGrepBytes = 256 << 20 // of a server
	grepPage     = 200       // keys whose values are read at once
)

// grepping is a search in values.
type grepping struct {
	text   string // "" while there is none
	folder string
	scope  string // the only namespace
	now    grepMsg
	stop   context.CancelFunc
}

// grepMsg is what a search in values has found so far.
type grepMsg struct {
	host.Ask
	hits    grepHits
	read    int // objects
	total   int // keys below the folder
	skipped int // Secrets whose values are masked
	secrets int // Secrets that were searched
	ended   string
	begun   context.Context // ends with the search
	next    tea.Cmd
}

// grepHits are the keys with a hit, in order; the lists only grow.
type grepHits struct {
	keys  []string
	lines []string // the first line with a hit, safe
}

// Len implements keytree.Hits.
func (h grepHits) Len() int { return len(h.keys) }

// Key implements keytree.Hits.
func (h grepHits) Key(i int) string { return h.keys[i] }

// Index implements keytree.Hits.
func (h grepHits) Index(key string) int {
	if i := sort.SearchStrings(h.keys, key); i < len(h.keys) && h.keys[i] == key {
		return i
	}
	return -1
}

func (h grepHits) line(key string) string {
	if i := h.Index(key); i >= 0 {
		return h.lines[i]
	}
	return ""
}

// grep looks for a text in the values of the folder under the cursor.
func (f *Feature) grep(want string) tea.Cmd {
	if want == "" {
		f.host.Say(text.Muted, "Type what to look for in the values below the selected folder: grep TEXT.")
		return nil
	}
	folder := f.v.Panes.Keys.Cursor()
	folder = folder[:strings.LastIndexByte(folder, '/')+1]
	scope := f.v.Nav.Namespace
	f.find.endFilter()
	f.host.FocusOn(layout.Keys)
	f.v.Panes.Object.Search(want)
	return f.grepIn(want, folder, scope)
}

// grepAgain repeats a search in values: what may be seen of Secrets has changed.
func (f *Feature) grepAgain() tea.Cmd {
	g := f.grepped
	if g.text == "" {
		return nil
	}
	g.stop()
	return f.grepIn(g.text, g.folder, g.scope)
}

// grepIn begins a search in values.
func (f *Feature) grepIn(want, folder, scope string) tea.Cmd {
	ctx, cancel := context.WithCancel(f.v.Ctx)
	f.grepped = grepping{text: want, folder: folder, scope: scope, stop: cancel}
	s := &searcher{ctx: ctx, o: f.v.Opened, rev: f.v.State.Revision(), want: want, view: f.v.Panes.Object.View(), out: make(chan grepMsg, 1), scope: scope}
	s.msg.Ask, s.msg.begun = f.v.Ask(), ctx
	if !strings.ContainsFunc(want, func(r rune) bool { return r >= 'A' && r <= 'Z' }) {
		s.fold = true
	}
	run := func() (msg tea.Msg) {
		defer close(s.out)
		defer host.Recovered(&msg)
		s.finish(s.run(folder))
		return nil
	}
	var next tea.Cmd
	next = func() tea.Msg {
		r, ok := <-s.out
		if !ok {
			return nil
		}
		r.next = next
		return r
	}
	f.showGrep()
	return tea.Batch(run, next)
}

func (f *Feature) onGrep(msg grepMsg) tea.Cmd {
	if f.grepped.text == "" || msg.begun.Err() != nil { // it was given up, or begun again
		return nil
	}
	f.grepped.now = msg
	f.showGrep()
	if msg.ended != "" && msg.skipped > 0 {
		f.host.Say(text.Muted, fmt.Sprintf("%s %d Secrets were not searched: R reveals them.", msg.ended, msg.skipped))
	}
	return tea.Batch(msg.next, f.v.Sync())
}

// endGrep gives a search in values up.
func (f *Feature) endGrep() {
	if f.grepped.text == "" {
		return
	}
	f.grepped.stop()
	f.grepped = grepping{}
	f.v.Panes.Object.Search("")
}

func (f *Feature) showGrep() {
	n := &f.grepped.now
	show := &keytree.Found{Hits: n.hits, Query: find.Query{}, Note: n.hits.line, Left: "Values"}
	show.Title = fmt.Sprintf("%d hits, read %s/%s", n.hits.Len(), widget.Count(int64(n.read)), widget.Count(int64(n.total)))
	show.Empty = []string{"Reading the values …", "esc stops."}
	if n.ended != "" {
		show.Empty = words.SplitLines(n.ended)
		if n.hits.Len() == 0 {
			show.Empty = append([]string{"No value has " + clean.Key([]byte(f.grepped.text)) + "."}, show.Empty...)
		}
	}
	if n.ended != "" {
		show.Title = fmt.Sprintf("%d hits in %s", n.hits.Len(), widget.Count(int64(n.read-n.skipped)))
	}
	switch {
	case n.skipped > 0:
		show.Left = "Not in " + widget.Count(int64(n.skipped)) + " Secrets"
		show.Below = widget.Plural(n.skipped, "Secret") + " not searched: R"
		show.Empty = append(show.Empty, show.Below)
	case n.secrets > 0:
		show.Left = "Values, Secrets too"
	}
	f.v.Panes.Keys.ShowFound(show)
}

// searcher looks through values, outside of Update.
type searcher struct {
	ctx   context.Context
	o     *learn.Opened
	rev   int64
	want  string
	fold  bool // capitals do not matter
	view  decode.View
	scope string // the only namespace
	out   chan grepMsg
	msg   grepMsg
	bytes int64
	when  time.Time
}

// run reads the values of a folder until it or a bound ends; it returns why it ended early.
func (s *searcher) run(folder string) (string, error) {
	b := find.NewBuilder(folder)
	err := etcdsource.List(s.ctx, s.o.Source, etcdsource.Prefix(folder), s.rev, func(keys [][]byte) error {
		for _, k := range keys {
			b.Add(k)
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	all := find.Search(s.ctx, b.Keys(), s.keys(), nil)
	s.msg.total = all.Len()
	for i := 0; i < all.Len(); i += grepPage {
		if err := s.page(all.Key(i), all.Key(min(i+grepPage, all.Len())-1)); err != nil {
			return "", err
		}
		switch {
		case s.msg.hits.Len() >= maxGrepHits:
			return fmt.Sprintf("Stopped after %d hits.", maxGrepHits), nil
		case s.bytes > maxGrepBytes && s.o.Info.Running:
			return "Stopped after " + widget.Bytes(maxGrepBytes) + " to spare the server: choose a smaller folder.", nil
		}
	}
	return "", nil
}

// keys is which keys are looked at.
func (s *searcher) keys() find.Query {
	if s.scope == "" {
		return find.Query{}
	}
	return find.Parse("/" + s.scope + "/")
}

// page looks through the values of the keys from the first to the last.
func (s *searcher) page(from, to string) error {
	span := etcdsource.Span{From: []byte(from), To: append([]byte(to), 0), Values: true, Limit: grepPage}
	p, err := s.o.Source.Range(s.ctx, span, etcdsource.At{Revision: s.rev})
	if err != nil {
		return err
	}
	for i := range p.Entries {
		e := &p.Entries[i]
		s.bytes += int64(len(e.Value))
		if s.keys().Match(s.o.Root, string(e.Key)) {
			s.msg.read++
			s.object(e)
		}
	}
	if now := time.Now(); now.Sub(s.when) > host.PublishEvery {
		s.when = now
		s.put()
	}
	return nil
}

func (s *searcher) object(e *etcdsource.Entry) {
	o := s.o.Decoder.Object(e.Key, e.Value, e.Mod)
	if o.Secret && !s.view.Reveal {
		s.msg.skipped++
		return
	}
	if o.Secret {
		s.msg.secrets++
	}
	for _, l := range o.YAML(s.view).Lines {
		if s.in(l.Text) {
			s.msg.hits.keys = append(s.msg.hits.keys, string(e.Key))
			s.msg.hits.lines = append(s.msg.hits.lines, strings.TrimSpace(l.Text))
			return
		}
	}
}

func (s *searcher) in(line string) bool {
	if s.fold {
		return bytes.Contains(bytes.ToLower([]byte(line)), bytes.ToLower([]byte(s.want)))
	}
	return strings.Contains(line, s.want)
}

func (s *searcher) put() {
	select {
	case <-s.out:
	default:
	}
	s.out <- s.msg
}

// finish says how the search has ended.
func (s *searcher) finish(why string, err error) {
	s.msg.ended = "All values were read."
	switch {
	case why != "":
		s.msg.ended = why
	case err != nil:
		s.msg.ended = "The values cannot be read: " + clean.Error(err)
	}
	s.put()
}
