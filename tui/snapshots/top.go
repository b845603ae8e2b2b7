package snapshots

import (
	"cmp"
	"strings"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// topRow draws a row of the upper part: the work, or the backup under the cursor, then a line.
func (p *Pane) topRow(b []byte, y int) []byte {
	th := p.style.Theme
	r := pane.Paint(b, th, p.w, "")
	switch {
	case y == p.topRows()-1:
		r.Rule(th.Line, 1)
		r.Text(text.Muted, p.counted())
		r.Rule(th.Line, r.Free())
	case y >= p.aboutRows()-1:
		p.keeps.row(&r, y-p.aboutRows()+1, p.now())
	case p.save.state != idle:
		p.saveRow(&r, y)
	case p.check.shown(p.cursor):
		p.checkRow(&r, y)
	case p.current() != nil:
		p.aboutRow(&r, y)
	default:
		p.idleRow(&r, y)
	}
	return r.End()
}

// idleRow says what can be done where there is no backup.
func (p *Pane) idleRow(r *pane.Painter, y int) {
	r.Gap(2)
	switch {
	case y == 1 && p.why != "":
		r.Text(text.Muted, "Nothing to save here: "+p.why+".")
	case y == 1:
		r.Text(text.Plain, "S saves a snapshot of the whole store into a file.")
	case y == 2 && p.why == "":
		r.Text(text.Muted, "It is streamed from one member and checked against its sha256.")
	case y == 3 && p.why == "":
		r.Text(text.Muted, "Its owner alone may read it: it holds every Secret.")
	case y == 5:
		r.Text(text.Muted, ":snapshots DIR lists another folder.")
	}
}

// aboutRow says what is known of the backup under the cursor. The rows that are needed most come first.
func (p *Pane) aboutRow(r *pane.Painter, y int) {
	b := p.current()
	r.Gap(2)
	say := func(role text.Role, s string) { r.Text(role, clean.End(s, max(r.Free()-1, 1))) }
	switch y {
	case 0:
		if b.Foreign {
			say(text.Muted, clean.Key([]byte(p.name(b.Path)))+" cannot be opened as a backup")
			return
		}
		role, glyph, word := verdict(b, p.style.Theme)
		r.Text(role, glyph+" ")
		r.Bold(text.Plain, clean.Middle(clean.Key([]byte(p.name(b.Path))), max(p.w-34, 8)))
		if b.Verdict != etcdsource.BackupUnchecked {
			word = b.Verdict.String()
		} else if p.isOpen(b) && p.sum.Text != "" {
			word += ", " + clean.Text(p.sum.Text)
		}
		if !b.Checked.IsZero() {
			word += ", " + widget.Age(p.now().Sub(b.Checked)) + " ago"
		}
		say(role, "  "+word)
	case 1:
		say(text.Plain, p.whatToDo(b))
	case 2:
		if !b.Foreign {
			say(text.Muted, made(b, p.now()))
		}
	case 3:
		say(text.Muted, about(b))
	case 5:
		if p.why == "" {
			say(text.Muted, "S saves a snapshot of the whole store; V verifies the newest backup here.")
		} else {
			say(text.Muted, "V verifies the newest backup here; :snapshots DIR lists another folder.")
		}
	}
}

// whatToDo is what is wrong with a backup, or what can be done with it.
func (p *Pane) whatToDo(b *etcdsource.Backup) string {
	switch {
	case b.Foreign, b.Problem != "":
		return clean.Text(b.Problem)
	case b.ChangesOnly() && b.Verdict == etcdsource.BackupDamaged:
		return "Do not rely on it, nor on the deltas behind it. ↵ shows what can be read."
	case b.ChangesOnly():
		return "Changes only: ↵ opens them, r says how they and their full one are restored."
	case b.Verdict == etcdsource.BackupDamaged:
		return "Do not rely on it. v verifies it again, ↵ shows what can be read."
	case b.Verdict == etcdsource.BackupUnchecked:
		return "v verifies it. ↵ opens it beside this source, c compares it, r plans its restore."
	}
	return "↵ opens it beside this source, c compares it with that, r plans its restore."
}

// about is what a backup is.
func about(b *etcdsource.Backup) string {
	var list []string
	if b.Format != "" {
		list = append(list, "format "+b.Format)
	}
	if c := cluster(b); c != "" {
		list = append(list, "cluster "+c)
	}
	if n := number(b.Revision, 1); n != "" {
		list = append(list, "revision "+n)
	}
	if b.Keys >= 0 {
		list = append(list, widget.Plural(b.Keys, "key"))
	}
	if !b.Foreign {
		list = append(list, widget.Bytes(b.Bytes))
	}
	if b.SHA256 != "" {
		list = append(list, "sha256 "+clean.Key([]byte(cmp.Or(b.SHA256[:min(len(b.SHA256), 16)])))+"…")
	}
	return strings.Join(list, ", ")
}
