package search

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strings"
	"time"
	"unicode"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/find"
	"github.com/etcdscope/etcdscope/model/grep"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/keytree"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/widget"
	"github.com/etcdscope/etcdscope/tui/words"
)

// A search in values looks for a text in every object below a folder. It is bounded by hits and, where a server is asked, by
// bytes. Values of Secrets are left out as long as they are masked.
//
//	values, some hundred keys a request ─► grep.Search ─► grepMsg, hits so far

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
	ended   string
	// revealed says that the values of Secrets are searched too.
	revealed bool
	begun    context.Context // ends with the search
	next     tea.Cmd
}

// grepHits are the keys with a hit, in order; the lists only grow.
type grepHits struct {
	keys  []string
	lines []keytree.Note // the first hit in each
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

func (h grepHits) line(key string) (n keytree.Note) {
	if i := h.Index(key); i >= 0 {
		n = h.lines[i]
	}
	return n
}

// grep looks for a text in the values of the folder under the cursor.
func (f *Feature) grep(want string) tea.Cmd {
	if want == "" {
		f.host.Say(text.Muted, "Type what to look for in the values below the selected folder: grep TEXT.")
		return nil
	}
	folder := f.grepFolder()
	scope := f.v.Nav.Namespace
	f.find.endFilter()
	f.host.FocusOn(layout.Keys)
	f.v.Panes.Object.Search(want)
	return f.grepIn(want, folder, scope)
}

// grepFolder is the folder under the cursor.
func (f *Feature) grepFolder() string {
	folder := f.v.Panes.Keys.Cursor()
	return folder[:strings.LastIndexByte(folder, '/')+1]
}

// below names a folder of a store with a root that a search in values is limited to, with a blank in front; "" for the root.
func below(root, folder string) string {
	folder = strings.TrimPrefix(folder, root)
	if folder == "" || folder == "/" {
		return ""
	}
	return " below " + clean.Key([]byte(folder))
}

// command is the line of etcdscope that searches the same, without source and revision; nil where there is none.
func (g *grepping) command(o *learn.Opened, q grep.Query) []string {
	args := []string{"grep"}
	if q.IgnoreCase {
		args = append(args, "-i")
	}
	args = append(args, q.Text)
	switch of, ok := o.Kinds.Of(o.Root, []byte(g.folder)); {
	case strings.HasPrefix(q.Text, "-"): // it would be a flag
		return nil
	case g.folder == o.Root && g.scope == "":
		return args
	case g.scope == "":
		return append(args, g.folder)
	case g.folder == o.Root:
		return append(args, "-n", g.scope)
	case ok && of.Namespaced && g.folder == o.Kinds.Prefix(o.Root, of, ""):
		return append(args, of.FullName(), "-n", g.scope)
	}
	return nil
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

// grepIn begins a search in values. Capitals matter where the text has any.
func (f *Feature) grepIn(want, folder, scope string) tea.Cmd {
	q := grep.Query{Text: want, IgnoreCase: !strings.ContainsFunc(want, unicode.IsUpper)}
	pattern, err := grep.Compile(q)
	if err != nil {
		f.host.Say(text.Warning, "The text cannot be searched: "+clean.Error(err)+".")
		return nil
	}
	ctx, cancel := context.WithCancel(f.v.Ctx)
	f.grepped = grepping{text: want, folder: folder, scope: scope, stop: cancel}
	f.v.Nav.Found = f.grepped.command(f.v.Opened, q)
	s := &searcher{o: f.v.Opened, rev: f.v.State.Revision(), out: make(chan grepMsg, 1)}
	s.search = grep.Search{Source: s.o.Source, Decoder: s.o.Decoder, View: f.v.Panes.Object.View(), Pattern: pattern, Progress: s.progress}
	if scope != "" {
		in := find.Parse("/" + scope + "/")
		s.search.Wanted = func(key []byte) bool { return in.Match(s.o.Root, string(key)) }
	}
	s.msg.Ask, s.msg.begun, s.msg.revealed = f.v.Ask(), ctx, s.search.View.Reveal
	run := func() (msg tea.Msg) {
		defer close(s.out)
		defer host.Recovered(&msg)
		s.finish(s.run(ctx, folder))
		return nil
	}
	f.showGrep()
	return tea.Batch(run, host.HandOn(s.out, func(m grepMsg, next tea.Cmd) tea.Msg {
		m.next = next
		return m
	}))
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
	f.grepped, f.v.Nav.Found = grepping{}, nil
	f.v.Panes.Object.Search("")
}

func (f *Feature) showGrep() {
	n := &f.grepped.now
	show := &keytree.Found{Hits: n.hits, Query: find.Query{}, Note: n.hits.line, Left: "Values", Texts: n.hits.Len() > 0, Whole: n.hits.Len() > 0}
	show.Title = fmt.Sprintf("%s, read %s/%s", widget.Plural(n.hits.Len(), "hit"), widget.Count(int64(n.read)), widget.Count(int64(n.total)))
	show.Empty = []string{"Reading the values …", "esc stops."}
	if n.ended != "" {
		show.Empty = words.SplitLines(n.ended)
		if n.hits.Len() == 0 {
			below := below(f.v.Opened.Root, f.grepped.folder)
			show.Empty = append([]string{"No value" + below + " has " + clean.Key([]byte(f.grepped.text)) + "."}, show.Empty...)
			if below != "" {
				show.Empty = append(show.Empty, "Only this folder was searched: g / on the root searches everything.")
			}
		}
	}
	if n.ended != "" {
		show.Title = fmt.Sprintf("%s in %s", widget.Plural(n.hits.Len(), "hit"), widget.Count(int64(n.read-n.skipped)))
	}
	switch {
	case n.skipped > 0:
		show.Left = "Not in " + widget.Count(int64(n.skipped)) + " Secrets"
		show.Below = widget.Plural(n.skipped, "Secret") + " not searched: R"
		show.Empty = append(show.Empty, show.Below)
	case n.revealed:
		show.Left = "Values, Secrets too"
	}
	show.Empty = wrapped(show.Empty, max(f.v.Panes.Keys.Width()-3, 10))
	f.v.Panes.Keys.ShowFound(show)
}

// wrapped breaks sentences into lines of a width in cells.
func wrapped(sentences []string, width int) (lines []string) {
	for _, s := range sentences {
		lines = append(lines, widget.Wrap(s, width)...)
	}
	return lines
}

// searcher looks through values, outside of Update.
type searcher struct {
	search grep.Search
	o      *learn.Opened
	rev    int64
	out    chan grepMsg
	msg    grepMsg
	when   time.Time
}

var (
	errManyHits  = errors.New("many hits")
	errManyBytes = errors.New("many bytes")
)

// run reads the values of a folder until it or a bound ends.
func (s *searcher) run(ctx context.Context, folder string) error {
	span := etcdsource.Prefix(folder)
	n, err := s.o.Source.Count(ctx, span, etcdsource.At{Revision: s.rev})
	if err != nil {
		return err
	}
	s.msg.total, span.Limit = int(n), grepPage
	_, err = s.search.Now(ctx, span, s.rev, s.hit)
	return err
}

// hit takes the first line of each key.
func (s *searcher) hit(m *grep.Match) error {
	h := &s.msg.hits
	if n := len(h.keys); n > 0 && h.keys[n-1] == string(m.Key) {
		return nil
	}
	h.keys, h.lines = append(h.keys, string(m.Key)), append(h.lines, excerpt(m))
	if len(h.keys) >= maxGrepHits {
		return errManyHits
	}
	return nil
}

// What is kept in a row before a hit, in columns: the row may be cut behind it.
const maxField, maxBefore = 20, 12

// excerpt is the field and the line of a hit, which is near its beginning.
func excerpt(m *grep.Match) keytree.Note {
	part := func(s string) string { return clean.Key([]byte(s)) }
	n := keytree.Note{Field: clean.Middle(part(m.Field), maxField), Text: part(strings.TrimLeft(m.Line[:m.From], " \t"))}
	if over := widget.Width(n.Text) - maxBefore; over > 0 {
		n.Text = "…" + ansi.TruncateLeft(n.Text, over+1, "")
	}
	n.From = len(n.Text)
	n.Text += part(m.Line[m.From:m.To])
	n.To = len(n.Text)
	n.Text += part(strings.TrimRight(m.Line[m.To:], " \t"))
	return n
}

// progress shows what was found so far, and ends what would burden a server.
func (s *searcher) progress(t grep.Tally) error {
	s.msg.read, s.msg.skipped = int(t.Values+t.Encrypted), int(t.Masked)
	if now := time.Now(); now.Sub(s.when) > host.PublishEvery {
		s.when = now
		s.put()
	}
	if t.Bytes > maxGrepBytes && s.o.Info.Running {
		return errManyBytes
	}
	return nil
}

func (s *searcher) put() {
	select {
	case <-s.out:
	default:
	}
	s.out <- s.msg
}

// finish says how the search has ended.
func (s *searcher) finish(err error) {
	switch {
	case err == nil:
		s.msg.ended = "All values were read."
	case errors.Is(err, errManyHits):
		s.msg.ended = fmt.Sprintf("Stopped after %d hits.", maxGrepHits)
	case errors.Is(err, errManyBytes):
		s.msg.ended = "Stopped after " + widget.Bytes(maxGrepBytes) + " to spare the server: choose a smaller folder."
	default:
		s.msg.ended = "The values cannot be read: " + clean.Error(err)
	}
	s.put()
}
