// Package snapshots is the pane of backups: those in a folder, and one that is being saved or verified.
//
//	S ─► question (where to) ─► Begin ─► Report, Report, … ─► End ─────┐
//	v ─► Verify (a path) ─► Far, Checked, Checked, … ─► Verified ──────┴─► Files: the folder is listed again
//
// The upper part shows the work, or what is known of the backup under the cursor; the lower one lists the folder.
//
// What always holds: nothing is written before the question was answered, a work that runs can be cancelled and then
// leaves nothing behind, and what it has found stays on the screen until the cursor moves or another one begins.
package snapshots

import (
	"cmp"
	"path/filepath"
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// Heights, in rows: of the upper part, where nothing runs and the pane is low, while a backup is verified; and what is
// left to the list at least.
const (
	jobRows   = 8
	fewRows   = 4
	checkRows = 13
	listRows  = 4
	lowH      = 14
	// schedules that are shown at most, and the rows of one
	mostSchedules = 2
	mostLines     = 5
)

// Pane lists backups.
type Pane struct {
	style  *pane.Style
	list   widget.List
	w, h   int
	dir    string
	why    string // why no snapshot can be saved here, "" when it can
	files  []etcdsource.Backup
	read   bool // files are those of the folder
	err    string
	keeps  schedules
	cursor string // path of the backup under it
	sifted
	opened
	save  saving
	check checking
}

// New returns the pane of a folder; why says that this source cannot be saved, "" that it can.
func New(style *pane.Style, dir, why string) *Pane {
	p := &Pane{style: style, dir: dir, why: why}
	p.Sifting = pane.NewSifting(p.sync)
	return p
}

// Dir returns the folder that is listed.
func (p *Pane) Dir() string { return p.dir }

// Go shows another folder; Files brings what it holds.
func (p *Pane) Go(dir string) {
	if dir != p.dir {
		p.dir, p.files, p.read, p.err, p.cursor, p.keeps = dir, nil, false, "", "", schedules{}
		p.sync()
	}
}

// Current returns the path of the backup under the cursor.
func (p *Pane) Current() (path string, ok bool) {
	b := p.current()
	if b == nil || b.Foreign {
		return "", false
	}
	return b.Path, true
}

// Cluster is the cluster of the backup under the cursor, as far as it is known: the ID of its etcd cluster, else the uid; "" else.
func (p *Pane) Cluster() string {
	if b := p.current(); b != nil {
		return cmp.Or(b.Store, b.Cluster)
	}
	return ""
}

func (p *Pane) current() *etcdsource.Backup {
	if i := p.list.Cursor(); i >= 0 && i < len(p.shown) {
		return &p.files[p.shown[i]]
	}
	return nil
}

// Newest moves the cursor to the newest backup that is more than changes alone, and returns its path.
func (p *Pane) Newest() (path string, ok bool) {
	for i := range p.files {
		if b := &p.files[i]; !b.Foreign && !b.ChangesOnly() {
			if p.cursor = b.Path; !p.passes(b) {
				p.Sift(nil)
			}
			p.sync()
			return p.cursor, true
		}
	}
	return "", false
}

// topRows is the height of the upper part: what is under way or known, the schedules, a line.
func (p *Pane) topRows() int { return max(min(p.workRows()+p.keeps.rows(), p.h-listRows), 1) }

// workRows is the height of the upper part without schedules.
func (p *Pane) workRows() int {
	switch {
	case p.check.shown(p.cursor) && p.check.state != broken:
		return checkRows
	case p.save.state == idle && p.h < lowH:
		return fewRows
	}
	return jobRows
}

// aboutRows is the height of the rows on the work that goes on, and on the schedules, with the line.
func (p *Pane) aboutRows() int { return max(p.topRows()-p.keeps.rows(), 1) }

// Resize implements pane.Pane.
func (p *Pane) Resize(w, h int) {
	p.w, p.h = w, h
	p.sync()
}

// opened is the file that is open beside the list, "" for none, and what is known of its checksum.
type opened struct {
	open string
	sum  etcdsource.Verdict
}

// Opened says which file is open beside the list, and what is known of its checksum.
func (p *Pane) Opened(path string, sum etcdsource.Verdict) {
	if p.open, p.sum = "", sum; path != "" {
		p.open = whole(path)
	}
}

// whole is a path from the root of the file system, or of a bucket as it is.
func whole(path string) string {
	if abs, err := filepath.Abs(path); err == nil && !strings.Contains(path, "://") {
		return abs
	}
	return path
}

// Files shows what a folder holds. A file that is open and whose checksum is wrong is damaged, whether or not it was verified.
func (p *Pane) Files(files []etcdsource.Backup, err error) {
	p.files, p.err, p.read = files, "", true
	for i := range files {
		if f := &files[i]; p.isOpen(f) && f.Verdict == etcdsource.BackupUnchecked && p.sum.State == etcdsource.Failed {
			f.Verdict = etcdsource.BackupDamaged
		}
	}
	if err != nil {
		p.err = clean.Error(err)
	}
	p.sync()
}

// isOpen reports whether a backup is the file that is open.
func (p *Pane) isOpen(b *etcdsource.Backup) bool {
	return p.open != "" && whole(b.Path) == p.open
}

// Read reports whether the folder was listed.
func (p *Pane) Read() bool { return p.read }

func (p *Pane) sync() {
	p.keeps.fit(p.w, p.h-listRows-p.workRows()-mostSchedules, p.now())
	p.list.Resize(p.w, max(p.h-p.topRows()-1, 0))
	p.sift()
	p.list.SetCount(len(p.shown))
	for i, j := range p.shown {
		if f := &p.files[j]; f.Path == p.cursor || p.cursor == "" && p.isOpen(f) { // at first on the file that is open
			p.list.SetCursor(i)
			p.cursor = f.Path
			return
		}
	}
	p.list.SetCursor(0)
	if len(p.shown) > 0 {
		p.cursor = p.files[p.shown[0]].Path
	}
}

// Running reports whether a work is under way.
func (p *Pane) Running() bool { return p.save.state == running || p.check.state == running }

// Title implements pane.Pane.
func (p *Pane) Title() pane.Title {
	t := pane.Title{Left: "Snapshots"}
	if p.dir != "." {
		t.Right = clean.Middle(clean.Key([]byte(p.dir)), 40)
	}
	return p.Titled(t, len(p.shown), len(p.files))
}

// Row implements pane.Pane.
func (p *Pane) Row(b []byte, y int) []byte {
	top := p.topRows()
	switch {
	case y < top:
		return p.topRow(b, y)
	case y == top:
		return p.heading(b)
	}
	i := p.list.Top() + y - top - 1
	switch {
	case len(p.shown) == 0:
		return p.emptyRow(b, y-top-1)
	case i >= len(p.shown):
		r := pane.Paint(b, p.style.Theme, p.w, "")
		return r.End()
	}
	return p.fileRow(b, i)
}

// moved notes where the cursor is now. What a work that has ended says of another backup is not shown any more.
func (p *Pane) moved() {
	b := p.current()
	if b == nil || b.Path == p.cursor {
		return
	}
	p.cursor = b.Path
	if p.save.state != running {
		p.save.state = idle
	}
	p.sync()
}

// Do implements pane.Pane.
func (p *Pane) Do(a keymap.Action) pane.Intent {
	if p.list.Do(a) {
		p.moved()
		return nil
	}
	switch a {
	case keymap.Open, keymap.OpenBeside:
		if path, ok := p.Current(); ok {
			return pane.OpenFile{Path: path}
		}
	}
	return nil
}

// Click implements pane.Clicker.
func (p *Pane) Click(_, y int, double bool) pane.Intent {
	i := p.list.Top() + y - p.topRows() - 1
	if y <= p.topRows() || i >= len(p.shown) {
		return nil
	}
	p.list.SetCursor(i)
	p.moved()
	if path, ok := p.Current(); ok && double {
		return pane.OpenFile{Path: path}
	}
	return nil
}

// Wheel implements pane.Clicker.
func (p *Pane) Wheel(rows int) pane.Intent {
	p.list.Scroll(rows)
	return nil
}

// now is the time that ages count to.
func (p *Pane) now() time.Time { return p.style.Now }
