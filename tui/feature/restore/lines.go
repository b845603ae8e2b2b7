package restore

import (
	"fmt"
	"strings"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/model/restore"
	"github.com/etcdscope/etcdscope/tui/theme"
	"github.com/etcdscope/etcdscope/tui/widget"
	"github.com/etcdscope/etcdscope/tui/words"
)

// page makes the lines of a plan.
type page struct {
	plan  *restore.Plan
	trial *trial
	doing string // of the rehearsal
	open  map[string]bool
	th    *theme.Theme
	w     int
	lines []line
}

// say adds a sentence, broken where it is too long.
func (p *page) say(id string, role text.Role, s string) { p.indented(id, role, 0, s) }

func (p *page) indented(id string, role text.Role, by int, s string) {
	for i, l := range widget.Wrap(s, max(p.w-3-by, 20)) {
		p.lines = append(p.lines, line{id: id + strings.Repeat("+", i), role: role, text: strings.Repeat(" ", by) + l})
	}
}

func (p *page) gap() { p.lines = append(p.lines, line{}) }

// folded adds a line that unfolds, and reports whether it is open.
func (p *page) folded(id string, role text.Role, head, s string) bool {
	sign := p.th.Glyphs.Closed
	if p.open[id] {
		sign = p.th.Glyphs.Open
	}
	for i, l := range widget.Wrap(s, max(p.w-5-widget.Width(head), 20)) {
		x := line{id: id + "/" + strings.Repeat("+", i), headAs: role, head: sign + " " + head, text: l, unfolds: id}
		if i > 0 {
			x.head = strings.Repeat(" ", widget.Width(x.head))
		}
		p.lines = append(p.lines, x)
	}
	return p.open[id]
}

// verdict adds what stops the restore, and the other dangers.
func (p *page) verdict() {
	stops := 0
	for i := range p.plan.Warnings {
		if p.plan.Warnings[i].Stop {
			stops++
		}
	}
	from, rest := len(p.lines), len(p.plan.Warnings)-stops
	switch {
	case stops > 0:
		p.say("verdict", text.Error, "STOP: "+widget.Plural(stops, "danger")+" to clear away before this backup is restored.")
	case rest > 0:
		p.say("verdict", text.Warning, "Nothing stops the restore; "+widget.Plural(rest, "warning")+" to read first.")
	default:
		p.say("verdict", text.OK, "Nothing stops the restore, and no danger was found.")
	}
	for i := range p.lines[from:] {
		p.lines[from+i].bold = true
	}
	for i := range p.plan.Warnings {
		w := &p.plan.Warnings[i]
		head, role := "WARNING ", text.Warning
		if w.Stop {
			head, role = "STOP    ", text.Error
		}
		id := warningID(i)
		if !p.folded(id, role, head, clean.Text(w.Text)) {
			continue
		}
		p.indented(id+"/detail", text.Plain, 10, clean.Text(w.Detail))
		for _, n := range w.Names {
			p.indented(id+"/"+clean.Key([]byte(n)), text.String, 10, "- "+clean.Key([]byte(n)))
		}
	}
}

// about adds the file, the members and the rehearsal.
func (p *page) about() {
	plan := p.plan
	if len(plan.Steps) == 0 {
		return
	}
	p.gap()
	row := func(id, name, value string) {
		const wide = 14
		id = detailsID + "/" + id
		for i, l := range widget.Wrap(value, max(p.w-3-wide, 20)) {
			if i > 0 {
				name = ""
			}
			p.lines = append(p.lines, line{id: id + strings.Repeat("+", i), headAs: text.Muted, head: fmt.Sprintf("%-*s", wide, name), text: l})
		}
	}
	row("file", "backup", clean.Key([]byte(plan.File.Path))+fmt.Sprintf(", revision %s, %s, %s", widget.Thousands(plan.File.Revision), widget.Plural(plan.File.Keys, "key"), widget.Bytes(plan.File.Bytes)))
	p.tried(row)
	if !p.folded(detailsID, text.Key, "Planned for ", p.summary()) {
		return
	}
	row("distribution", "distribution", clean.Text(plan.Distribution)+", "+plan.DistributionFrom)
	for i := range plan.Members {
		x := &plan.Members[i]
		say := clean.Key([]byte(x.Name)) + "  " + clean.Text(strings.Join(x.PeerURLs, ","))
		if x.Here {
			say += "  (this node)"
		}
		name := "members"
		if i > 0 {
			name = ""
		}
		row(fmt.Sprintf("member%d", i), name, say)
	}
	row("from", "", "from "+plan.From)
	if plan.NoBump != "" {
		row("bump", "bump", clean.Text(plan.NoBump))
	} else {
		row("bump", "bump", fmt.Sprintf("%d, marked compacted: %s", plan.Bump, clean.Text(plan.BumpWhy)))
	}
	free := ""
	if plan.Free >= 0 {
		free = ", " + widget.Bytes(plan.Free) + " free on this node"
	}
	row("dir", "data dir", clean.Key([]byte(plan.DataDir))+", owner "+clean.Text(plan.Owner)+", mode "+plan.Mode+free)
	row("starts", "starts with", plan.Starts)
	if len(plan.Against) > 0 {
		row("against", "held against", clean.Text(strings.Join(plan.Against, ", ")))
	}
}

// summary is what the details are in a sentence.
func (p *page) summary() string {
	say := clean.Text(p.plan.Distribution) + ", " + widget.Plural(len(p.plan.Members), "member") + ", into " + clean.Key([]byte(p.plan.DataDir))
	if p.plan.NoBump == "" && p.plan.Bump > 0 {
		say += fmt.Sprintf(", revisions raised by %s", widget.Thousands(int64(p.plan.Bump)))
	}
	return say
}

// tried adds what is known of a rehearsal.
func (p *page) tried(row func(id, name, value string)) {
	at := len(p.lines)
	t, role := p.trial, text.Plain
	switch {
	case t.state == running:
		row(trialID, "rehearsal", p.doing+" … (esc gives it up)")
		role = text.Accent
	case t.fault != "":
		row(trialID, "rehearsal", t.fault)
		role = text.Error
	case t.found == nil:
		row(trialID, "rehearsal", "none yet: r restores it in a scratch folder and compares every key")
		role = text.Muted
	case !t.found.Equal:
		row(trialID, "rehearsal", "NOT EQUAL: "+clean.Text(t.found.Why))
		role = text.Error
	default:
		say := fmt.Sprintf("with %s: %s, all equal to the file's, at revision %s, in %.1f s", widget.Plural(t.found.Members, "member"), widget.Plural(t.found.Keys, "key"), widget.Thousands(t.found.Revision), t.found.Took.Seconds())
		if t.state == serving {
			say += "; it is open beside: esc here, or closing its tab, ends and removes it"
		}
		row(trialID, "rehearsal", say)
		role = text.OK
	}
	for i := range p.lines[at:] {
		p.lines[at+i].role = role
	}
}

// needs adds what no snapshot contains; what is missing is shown, the rest unfolds.
func (p *page) needs() {
	if len(p.plan.Needs) == 0 || len(p.plan.Steps) == 0 {
		return
	}
	count := map[string]int{}
	for i := range p.plan.Needs {
		count[p.plan.Needs[i].State]++
	}
	var say []string
	for _, s := range []string{restore.Missing, restore.Unchecked, restore.Present} {
		if count[s] > 0 {
			say = append(say, fmt.Sprintf("%d %s", count[s], s))
		}
	}
	role := text.Key
	if count[restore.Missing] > 0 {
		role = text.Error
	}
	p.gap()
	open := p.folded(needsID, role, "Needed, and in no snapshot: ", strings.Join(say, ", "))
	for i := range p.plan.Needs {
		n := &p.plan.Needs[i]
		if !open && n.State != restore.Missing {
			continue
		}
		role := map[string]text.Role{restore.Present: text.OK, restore.Missing: text.Error}[n.State]
		p.lines = append(p.lines, line{id: fmt.Sprintf("%s/%d", needsID, i), headAs: role, head: "  " + fmt.Sprintf("%-10s", n.State),
			text: clean.Text(words.First(n.Path, n.What)) + need(n)})
	}
	if open && !p.plan.OnNode {
		p.indented(needsID+"/here", text.Muted, 2, "This is no node of the cluster: run etcdscope on one, or with --root, to check them.")
	}
}

func need(n *restore.Need) (s string) {
	if n.Path != "" {
		s = "  " + clean.Text(n.What)
	}
	if n.Why != "" {
		s += ", " + clean.Text(n.Why)
	}
	return s
}

// steps adds the steps, then the checks for afterwards; each unfolds.
func (p *page) steps() {
	checks := false
	for i := range p.plan.Steps {
		s := &p.plan.Steps[i]
		switch {
		case i == 0:
			p.gap()
			p.say("steps", text.Muted, "Steps, in this order. Enter unfolds a step, and copies a command; etcdscope runs none.")
		case s.Check && !checks:
			checks = true
			p.gap()
			p.say("checks", text.Muted, "After the restore.")
		}
		id := stepID(i)
		if p.folded(id, text.Key, fmt.Sprintf("%2d %s  ", s.Number, clean.Text(s.Node)), clean.Text(s.Title)) {
			p.commandLines(id+"/command", text.Key, "", s.Command)
			p.more(id+"/why", "why:     ", text.Muted, s.Why)
			p.more(id+"/mistake", "mistake: ", text.Warning, s.Mistake)
			p.commandLines(id+"/undo", text.Muted, "undo:    ", s.Undo)
		}
	}
}

// more adds a sentence behind a word.
func (p *page) more(id, word string, role text.Role, s string) {
	if s == "" {
		return
	}
	const by = 5
	for i, l := range widget.Wrap(clean.Text(s), max(p.w-3-by-len(word), 20)) {
		x := line{id: id + strings.Repeat("+", i), headAs: role, head: strings.Repeat(" ", by) + word, text: l}
		if i > 0 {
			x.head = strings.Repeat(" ", by+len(word))
		}
		p.lines = append(p.lines, x)
	}
}

// commandLines adds a command; each of its lines copies the whole.
func (p *page) commandLines(id string, role text.Role, word, command string) {
	if command == "" {
		return
	}
	const by = 5
	n := 0
	for part := range strings.Lines(command) {
		for _, l := range widget.Wrap(clean.Text(strings.TrimRight(part, "\n")), max(p.w-3-by-len(word), 20)) {
			x := line{id: fmt.Sprintf("%s%d", id, n), headAs: text.Muted, head: strings.Repeat(" ", by) + word, role: role, text: l, command: command}
			if n > 0 {
				x.head = strings.Repeat(" ", by+len(word))
			}
			p.lines = append(p.lines, x)
			n++
		}
	}
}
