package snapshots

import (
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/verify"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// checking is the backup that is being verified, or was verified last.
type checking struct {
	state  jobState
	path   string
	checks []verify.Check
	far    Step
	report *verify.Report
	failed string
}

// shown reports whether it is about the backup at a path.
func (c *checking) shown(path string) bool {
	return c.state == running || c.state != idle && c.path == path
}

// Verify shows that the backup at a path is being verified.
func (p *Pane) Verify(path string) {
	p.check, p.cursor = checking{state: running, path: path}, path
	p.save.state = idle
	p.sync()
}

// Far shows how far the step of a verification is.
func (p *Pane) Far(s Step) { p.check.far = s }

// Checked shows a check that has ended.
func (p *Pane) Checked(c verify.Check) { p.check.checks = append(p.check.checks, c) }

// Verified shows what a verification has found.
func (p *Pane) Verified(r *verify.Report, err error) {
	p.check.state, p.check.report = done, r
	if err != nil {
		p.check.state, p.check.failed = broken, clean.Error(err)
	}
	p.sync()
}

// Unverified shows that a verification was cancelled.
func (p *Pane) Unverified() {
	p.check = checking{}
	p.sync()
}

// checkRow draws a row of a verification: the backup and its verdict, the checks, the next step.
func (p *Pane) checkRow(r *pane.Painter, y int) {
	n := len(p.check.checks)
	switch {
	case y == 0:
		p.checkTitle(r)
	case p.check.state == broken:
		p.failedRow(r, y-1)
	case y <= n:
		p.oneCheck(r, &p.check.checks[y-1])
	case y == n+1 && p.check.state == running:
		p.farRow(r)
	case y == n+2 && p.check.state == running:
		r.Gap(2)
		r.Text(text.Muted, "esc cancels")
	case y == n+1 && p.check.state == done && p.aboutRows() > n+3: // a gap before the next step, where there is room
	case y == n+1 || y == n+2 && p.check.state == done && p.aboutRows() > n+3:
		p.nextRow(r)
	}
}

func (p *Pane) checkTitle(r *pane.Painter) {
	th := p.style.Theme
	name := clean.Middle(clean.Key([]byte(p.name(p.check.path))), max(p.w/2, 10))
	r.Gap(2)
	switch {
	case p.check.state == running:
		r.Text(text.Plain, "Verifying ")
		r.Bold(text.Plain, name)
	case p.check.state == broken:
		r.Text(text.Error, th.Glyphs.Bad+" ")
		r.Bold(text.Plain, name)
		r.Text(text.Error, " could not be verified")
	default:
		role, glyph, _ := verdict(&etcdsource.Backup{Verdict: p.check.report.Verdict}, th)
		r.Text(role, glyph+" ")
		r.Bold(text.Plain, name)
		r.Text(role, " is "+p.check.report.Verdict.String())
		r.Text(text.Muted, fmt.Sprintf("   %s at revision %s, in %.1f s", widget.Plural(p.check.report.Keys, "key"), widget.Thousands(p.check.report.Revision), p.check.report.Took.Seconds()))
	}
}

// Columns of a check.
const (
	checkName   = 11
	provesFrom  = 130 // the width from which on both columns are shown
	detailWidth = 60
)

// oneCheck draws a check: what it proves, where it passed; else what was found; both on a wide screen.
func (p *Pane) oneCheck(r *pane.Painter, c *verify.Check) {
	th := p.style.Theme
	r.Gap(2)
	role, glyph := text.Muted, th.Glyphs.Ring
	switch c.State {
	case etcdsource.Passed:
		role, glyph = text.OK, th.Glyphs.Good
	case etcdsource.Failed:
		role, glyph = text.Error, th.Glyphs.Bad
	}
	r.Text(role, glyph+" ")
	cell(r, text.Plain, c.Name, checkName, false)
	first, firstRole := c.Detail, role
	switch {
	case p.w >= provesFrom && c.State == etcdsource.Failed:
	case p.w >= provesFrom:
		cell(r, text.Plain, c.Detail, detailWidth, false)
		r.Gap(2)
		first, firstRole = "proves: "+c.Proves, text.Muted
	case c.State == etcdsource.Passed:
		first, firstRole = c.Proves, text.Muted
	}
	r.Text(firstRole, clean.End(first, max(r.Free()-1, 1)))
}

func (p *Pane) farRow(r *pane.Painter) {
	th, s := p.style.Theme, &p.check.far
	r.Gap(2)
	r.Text(text.Accent, th.Glyphs.Half+" ")
	name := s.Name
	if name == "" {
		name = "opening"
	}
	r.Text(text.Plain, clean.Text(name))
	r.Gap(2)
	if s.Total <= 0 {
		return
	}
	part := float64(s.Done) / float64(s.Total)
	r.Text(text.Accent, widget.Gauge(part, max(min(r.Free()-8, 40), 1), th))
	r.Text(text.Muted, fmt.Sprintf("  %.0f %%", part*100))
}

// failedRow draws a line of why a backup could not be verified.
func (p *Pane) failedRow(r *pane.Painter, y int) {
	lines := strings.Split(ansi.Wrap(p.check.failed, max(p.w-4, 1), ""), "\n")
	if y < len(lines) {
		r.Gap(2)
		r.Text(text.Plain, lines[y])
	}
}

func (p *Pane) nextRow(r *pane.Painter) {
	r.Gap(2)
	say := next(p.check.report)
	if b := p.current(); b != nil && b.ChangesOnly() && p.check.report.Verdict == etcdsource.BackupVerified {
		say = "It can be relied on. ↵ opens it, r says how it is restored."
	}
	if b := p.current(); b != nil && b.Path == p.check.path {
		say = "Made " + widget.Age(p.now().Sub(b.Time)) + " ago. " + say
	}
	r.Text(text.Plain, clean.End(say, max(r.Free()-1, 1)))
}

// next is what to do with a backup after a verification.
func next(r *verify.Report) string {
	failed := map[string]bool{}
	for _, c := range r.Checks {
		failed[c.Name] = c.State == etcdsource.Failed
	}
	switch {
	case r.Verdict == etcdsource.BackupDamaged:
		return "Do not rely on it: copy it again, or save another one. ↵ shows what can be read."
	case failed["values"]:
		return "The file is whole, but not all values can be read: --encryption-config may help."
	case failed["version"]:
		return "The file is whole, but that etcd cannot start with it: take the one that wrote it."
	case failed["counts"]:
		return "The file is whole, but holds far fewer objects than the one before: c compares."
	case r.Verdict == etcdsource.BackupReadable:
		return "It has no checksum: a changed value would not be noticed. etcdctl snapshot save adds one."
	}
	return "It can be relied on. ↵ opens it, c compares it, r plans its restore."
}

// made says when a backup was made, and how that is known.
func made(b *etcdsource.Backup, now time.Time) string {
	how := map[string]string{"backup": "as its name or metadata says", "content": "by the newest lease in it", etcdsource.BackupWritten: "or later: by the newest object in it", "modified": "by the time of the file"}[b.TimeFrom]
	say := "made " + b.Time.Local().Format("2006-01-02 15:04") + ", " + widget.Age(now.Sub(b.Time)) + " ago"
	if how != "" {
		say += ", " + how
	}
	return say
}
