package health

import (
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/hashcheck"
	"github.com/etcdscope/etcdscope/tui/widget"
	"github.com/etcdscope/etcdscope/tui/words"
)

// ShowHash shows what a comparison found, with the cursor on it.
func (p *Pane) ShowHash(r *hashcheck.Result, now time.Time) {
	p.hash, p.hashed, p.outdated = r, now, false
	p.build()
	for i := range p.lines {
		if p.lines[i].id == "hash" {
			p.list.SetCursor(i)
		}
	}
}

// hashes adds what a comparison of the members' hashes found, in a sentence, with the first keys: what to do about it comes before the other details.
func (p *Pane) hashes() {
	r := p.hash
	switch {
	case r == nil:
		return
	case p.outdated:
		p.say("hash", text.Muted, "The hashes of "+p.hashed.Format("15:04:05")+" are of an earlier state of the members: v compares again.")
		p.gap()
		return
	}
	from := len(p.lines)
	p.say("hash", words.HashRole(r.Verdict), "Hash at "+p.hashed.Format("15:04:05")+": "+words.HashSentence(r)+".")
	for i := range p.lines[from:] {
		p.lines[from+i].bold = true
	}
	hashKeys(p, r, 0, firstKeys)
	if n := len(r.Keys) + r.More - firstKeys; n > 0 {
		p.say("hash further", text.Muted, widget.Plural(n, "more key")+" below the advice.")
	}
	p.gap()
}

// firstKeys is how many keys that differ come before what to do about it.
const firstKeys = 2

// hashKeys adds keys that differ, and what the copies hold of each.
func hashKeys(p *Pane, r *hashcheck.Result, from, to int) {
	for i := from; i < min(to, len(r.Keys)); i++ {
		d := &r.Keys[i]
		id := "hash" + string(d.Key) + words.HashKey(d)
		at := len(p.lines)
		p.say(id, text.Accent, words.HashKey(d))
		for j := range p.lines[at:] {
			p.lines[at+j].key = string(d.Key)
		}
		for n, s := range words.HashVersions(r, d) {
			p.say(id+string(rune('0'+n)), text.Plain, "    "+s)
		}
	}
}

// hashDetails adds the copies, and the keys that differ.
func hashDetails(p *Pane) {
	r := p.hash
	if r == nil || p.outdated {
		return
	}
	if r.Verdict != hashcheck.Equal {
		p.copies(r)
	}
	hashKeys(p, r, firstKeys, len(r.Keys))
	if r.More > 0 {
		p.say("hash more", text.Muted, words.HashRest(r))
	}
	if len(r.Keys) > 0 {
		p.say("hash keys", text.Muted, "Enter on a key goes to it, as the member that is read holds it.")
	}
	if r.Verdict != hashcheck.Equal || len(r.Keys) > 0 {
		p.gap()
	}
}

// outdated reports that hashes are of members that are others now: one was added or removed, or has an earlier state.
func outdated(r *hashcheck.Result, p *etcdsource.Probe) bool {
	if r == nil || p.Guessed {
		return false
	}
	then := map[uint64]int64{} // the revision of each
	for _, s := range r.Sides {
		if s.State.Member {
			then[s.State.ID] = s.State.Revision
		}
	}
	for i := range p.Members {
		m := &p.Members[i]
		rev, was := then[m.ID]
		if !was || m.Answered && !m.Denied && m.Status.Revision < rev {
			return true
		}
		delete(then, m.ID)
	}
	return len(then) > 0
}

// copies adds a row for each copy.
func (p *Pane) copies(r *hashcheck.Result) {
	table := [][]string{words.HashHeads}
	widths := make([]int, len(words.HashHeads))
	for _, s := range r.Sides {
		table = append(table, words.HashCells(r, s))
	}
	for _, cells := range table {
		for i := range cells {
			widths[i] = min(max(widths[i], widget.Width(cells[i])), 40)
		}
	}
	for n, cells := range table {
		l := line{id: "hash heads", role: text.Muted}
		if n > 0 {
			s := r.Sides[n-1]
			l = line{id: "hash of " + s.State.Name, role: text.Plain}
			if s.Right == hashcheck.Wrong {
				l.role = text.Error
			}
		}
		for i := range cells {
			if i == len(cells)-1 {
				l.cells = append(l.cells, cells[i])
				break
			}
			s := clean.Middle(cells[i], max(widths[i], 1))
			l.cells = append(l.cells, s+strings.Repeat(" ", max(widths[i]-widget.Width(s), 0)))
		}
		p.lines = append(p.lines, l)
	}
}
