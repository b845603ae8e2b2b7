package health

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/hashcheck"
	"github.com/etcdscope/etcdscope/model/health"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/widget"
	"github.com/etcdscope/etcdscope/tui/words"
)

// maxHistory is how many answers of each member are kept for its sparkline.
const maxHistory = 60

// Pane shows a report as lines, of which those of an advice unfold.
type Pane struct {
	style  *pane.Style
	w, h   int
	list   widget.List
	report *health.Report
	fault  string
	lines  []line
	sifted
	open   map[string]bool   // advice that is unfolded
	past   map[string][]int  // by member: how long its reads took, in tenths of a millisecond, 0 where it did not answer
	hash   *hashcheck.Result // nil where hashes were not compared
	hashed time.Time         // when they were
	// outdated reports that the members are others since.
	outdated bool
}

// line is a row of the screen. Its texts are safe.
type line struct {
	id      string // stays the same while the report changes
	role    text.Role
	bold    bool
	text    string
	cells   []string // of a table
	member  string   // whose sparkline is drawn
	advice  string   // enter unfolds it
	command string   // enter copies it
	path    string   // enter opens it instead
	key     string   // enter goes to it
}

func newPane(s *pane.Style) *Pane {
	p := &Pane{style: s, open: map[string]bool{}, past: map[string][]int{}}
	p.Sifting = pane.NewSifting(p.build)
	return p
}

// Show shows a report that is new.
func (p *Pane) Show(r *health.Report) {
	p.report, p.fault = r, ""
	for i := range r.Rows {
		m := &r.Rows[i]
		took := 0
		if m.Up() && m.Read.Fault == "" {
			took = max(int(m.Read.Took.Microseconds()/100), 1)
		}
		old := p.past[m.Label()]
		p.past[m.Label()] = append(old[max(len(old)-maxHistory+1, 0):], took)
	}
	for i := range r.Advice { // what is new and most urgent is read at once
		id := r.Advice[i].About + r.Advice[i].Title
		if _, known := p.open[id]; !known {
			p.open[id] = i == 0
		}
	}
	p.build()
}

// fail says why there is nothing new.
func (p *Pane) fail(s string) {
	p.fault = s
	p.build()
}

// Resize implements pane.Pane.
func (p *Pane) Resize(w, h int) {
	p.w, p.h = w, h
	p.list.Resize(w, h)
	p.build()
}

// Title implements pane.Pane.
func (p *Pane) Title() pane.Title {
	t := pane.Title{Left: "Health"}
	if p.report != nil {
		t.Right = "asked " + p.report.Time.Format("15:04:05")
		if p.fault != "" {
			t.Right += ", not since"
		}
	}
	return p.Titled(t, p.passed, p.all)
}

// Do implements pane.Pane.
func (p *Pane) Do(a keymap.Action) pane.Intent {
	p.list.Do(a)
	return nil
}

// Click implements pane.Clicker.
func (p *Pane) Click(_, y int, _ bool) pane.Intent {
	p.list.SetCursor(p.list.Top() + y)
	return nil
}

// Wheel implements pane.Clicker.
func (p *Pane) Wheel(rows int) pane.Intent {
	p.list.Scroll(rows)
	return nil
}

// at is the line under the cursor.
func (p *Pane) at() line {
	if i := p.list.Cursor(); i >= 0 && i < len(p.lines) {
		return p.lines[i]
	}
	return line{}
}

// command is the one under the cursor, "" for none.
func (p *Pane) command() string { return p.at().command }

// toggle unfolds or folds the advice under the cursor; false where there is none.
func (p *Pane) toggle() bool {
	id := p.at().advice
	if id == "" {
		return false
	}
	p.open[id] = !p.open[id]
	p.build()
	return true
}

// build makes the lines again. The cursor stays on what it was on.
func (p *Pane) build() {
	was := p.at().id
	p.lines = p.lines[:0]
	if p.fault != "" {
		p.say("fault", text.Error, p.fault)
	}
	if p.report != nil && p.w > 0 {
		p.verdict()
		p.members()
		p.hashes()
		p.advice()
		hashDetails(p)
		p.rest()
	}
	sift(p)
	p.list.SetCount(len(p.lines))
	if i := slices.IndexFunc(p.lines, func(l line) bool { return l.id == was }); was != "" && i >= 0 {
		p.list.SetCursor(i)
	}
}

// say adds a sentence, broken where it is too long.
func (p *Pane) say(id string, role text.Role, s string) {
	for i, l := range widget.Wrap(s, max(p.w-3, 20)) {
		if i > 0 {
			id += "+"
		}
		p.lines = append(p.lines, line{id: id, role: role, text: l})
	}
}

func (p *Pane) gap() { p.lines = append(p.lines, line{}) }

func (p *Pane) verdict() {
	r := p.report
	from := len(p.lines)
	p.say("verdict", words.VerdictRole(r.Verdict), strings.ToUpper(string(r.Verdict))+": "+clean.Text(r.Sentence))
	for i := range p.lines[from:] {
		p.lines[from+i].bold = true
	}
	for _, s := range r.Wrong {
		p.say("wrong"+s, text.Warning, p.style.Theme.Glyphs.Warn+" "+clean.Text(s))
	}
	p.gap()
}

// columns are those of a member that have room, by the width of the screen.
func (p *Pane) columns() []int {
	switch {
	case p.w >= 170:
		return []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}
	case p.w >= 130:
		return []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	case p.w >= 100:
		return []int{0, 1, 2, 3, 5, 6, 7, 8, 10}
	case p.w >= 60:
		return []int{0, 1, 2, 3, 6, 7, 8}
	}
	return []int{0, 1, 3, 7}
}

// members adds the table of the members, in columns as wide as what is in them.
func (p *Pane) members() {
	columns := words.MemberColumns(p.report, p.columns())
	widths := make([]int, len(columns))
	table := words.MemberTable(p.report)
	for _, cells := range table {
		for i, c := range columns {
			widths[i] = min(max(widths[i], widget.Width(cells[c])), 40)
		}
	}
	for n, cells := range table {
		l := line{id: "heads", role: text.Muted}
		switch {
		case n > len(p.report.Rows): // this node's etcd, which is no member
			l = line{id: "non-member", role: text.Error}
		case n > 0:
			m := &p.report.Rows[n-1]
			l = line{id: "member" + m.Label(), role: words.MemberRole(m), member: m.Label()}
		}
		for i, c := range columns {
			s := clean.Middle(cells[c], max(widths[i], 1))
			l.cells = append(l.cells, s+strings.Repeat(" ", max(widths[i]-widget.Width(s), 0)))
		}
		p.lines = append(p.lines, l)
	}
	p.gap()
}

// advice adds what to do: a line each, and below it the first step, why, and the other steps where it is unfolded.
func (p *Pane) advice() {
	if len(p.report.Advice) == 0 {
		return
	}
	p.say("what", text.Muted, "What to do. Enter unfolds, or copies a command; etcdscope runs none.")
	for i := range p.report.Advice {
		a := &p.report.Advice[i]
		id := a.About + a.Title
		sign := p.style.Theme.Glyphs.Closed
		if p.open[id] {
			sign = p.style.Theme.Glyphs.Open
		}
		from := len(p.lines)
		p.say("advice"+id, text.Accent, sign+" "+clean.Text(a.Title))
		for j := range p.lines[from:] {
			p.lines[from+j].advice = id
		}
		if p.open[id] {
			p.steps(id, a.Steps, 0, 1) // the next command is to be seen on a small screen too
			p.say("why"+id, text.Muted, clean.Text(a.Why))
			p.steps(id, a.Steps, 1, len(a.Steps))
		}
	}
	p.gap()
}

// steps adds some of the steps.
func (p *Pane) steps(id string, steps []health.Step, from, to int) {
	for i := from; i < min(to, len(steps)); i++ {
		s := steps[i]
		number := string(rune('1' + min(i, 8)))
		p.say("say"+id+number, text.Plain, number+". "+clean.Text(s.Say))
		if s.Command == "" {
			continue
		}
		command := clean.Text(s.Command)
		for n, part := range widget.Wrap(command, max(p.w-7, 20)) {
			p.lines = append(p.lines, line{id: "command" + id + number + strings.Repeat("+", n), role: text.Key, text: "    " + part, command: command, path: s.Open})
		}
	}
}

// rest adds what is known beside.
func (p *Pane) rest() {
	r := p.report
	for _, s := range words.Losses(r) {
		p.say(s, text.Plain, s+".")
	}
	if s := words.FullText(r); s != "" {
		p.say("full", text.Warning, s)
	}
	if s := words.SlowText(r); s != "" {
		role := text.Warning
		if r.Slow == nil || r.Slow.Cause == "none" {
			role = text.Muted
		}
		p.say("slow", role, s)
	}
	for i, s := range words.SilentText(r) {
		p.say("silent"+strconv.Itoa(i), text.Warning, s)
	}
	p.say("topology", text.Muted, "Topology: "+r.Topology.Kind+": "+clean.Text(r.Topology.Why)+".")
	if s := words.Measured(r); s != "" {
		p.say("measured", text.Muted, s+". READ asks the quorum; its bars are the last "+widget.Plural(maxHistory, "answer")+".")
	}
}

// Row implements pane.Pane.
func (p *Pane) Row(b []byte, y int) []byte {
	i := p.list.Top() + y
	base := ""
	if i == p.list.Cursor() && i < len(p.lines) {
		base = p.style.Theme.Cursor
	}
	r := pane.Paint(b, p.style.Theme, p.w, base)
	switch {
	case p.report == nil && p.fault == "" && y == 1:
		r.Gap(2)
		r.Text(text.Muted, "Asking the members…")
	case i < len(p.lines):
		if base != "" {
			r.TextW(text.Accent, p.style.Theme.Glyphs.Pointer, 1)
		} else {
			r.Gap(1)
		}
		p.line(&r, &p.lines[i])
	}
	return r.End()
}

// bars draws how long a member's last reads took, and where it did not answer; the newest at the right.
func (p *Pane) bars(r *pane.Painter, took []int, n int) {
	took = took[max(len(took)-n, 0):]
	r.Gap(n - len(took))
	most := 1
	for _, v := range took {
		most = max(most, v)
	}
	for _, v := range took {
		if v == 0 {
			r.Text(text.Error, p.style.Theme.Glyphs.Bad)
			continue
		}
		r.Text(text.Accent, widget.SparklineOf([]int{v}, 1, most, p.style.Theme))
	}
}

func (p *Pane) line(r *pane.Painter, l *line) {
	r.Gap(1)
	switch {
	case l.cells != nil:
		for i, c := range l.cells {
			if i > 0 {
				r.Gap(2)
			}
			role := l.role
			if i > 1 && l.member != "" {
				role = text.Plain
			}
			r.Text(role, c)
		}
		if n := min(r.Free()-2, maxHistory); l.member != "" && n >= 8 {
			r.Gap(2)
			r.To(n + 1)
			p.bars(r, p.past[l.member], n)
		}
	case l.bold:
		r.Bold(l.role, l.text)
	default:
		r.Text(l.role, l.text)
	}
}
