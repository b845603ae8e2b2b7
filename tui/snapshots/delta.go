package snapshots

import (
	"strings"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/words"
)

// Chain says how a delta snapshot under the cursor is restored, which alone it is not; nil where there is another backup, or none. The
// lines are safe text.
func (p *Pane) Chain() []string {
	b := p.current()
	if b == nil || b.Foreign || !b.ChangesOnly() {
		return nil
	}
	lines := []string{clean.Key([]byte(p.name(b.Path))), "holds changes only: alone it restores nothing."}
	full := p.fullBefore(b)
	if full == nil {
		return append(lines, "", "The full snapshot that it follows is not among the backups that are listed.")
	}
	lines = append(lines, "It follows", clean.Key([]byte(p.name(full.Path))), "")
	newest := true
	for i := range p.files {
		f := &p.files[i]
		newest = newest && (f.ChangesOnly() || dirOf(f.Path) != dirOf(b.Path) || f.Revision <= full.Revision)
	}
	if !newest {
		return append(lines, "Newer full snapshots are there: r on one of these plans its restore.",
			"To restore as far as this delta, copy that full snapshot and the deltas up to this one", "into a folder of their own, and save one snapshot of it:", "",
			"  etcdscope snapshot save FILE --from FOLDER")
	}
	return append(lines, "This makes one snapshot of them, with the deltas that follow, in a shell:", "",
		"  etcdscope snapshot save restored.db --from "+words.Quote(clean.Key([]byte(chainFolder(b.Path)))), "", "r on that one plans its restore.")
}

// fullBefore is the full snapshot in the same folder that a delta snapshot follows, nil for none.
func (p *Pane) fullBefore(b *etcdsource.Backup) (full *etcdsource.Backup) {
	for i := range p.files {
		f := &p.files[i]
		if !f.Foreign && f.Format == "gardener-full" && dirOf(f.Path) == dirOf(b.Path) && f.Revision < b.Revision && (full == nil || f.Revision > full.Revision) {
			full = f
		}
	}
	return full
}

// chainFolder is what is opened as a full snapshot with its deltas: the folder around v2.
func chainFolder(file string) string {
	if dir, ok := strings.CutSuffix(dirOf(file), "/v2"); ok {
		return dir
	}
	return dirOf(file)
}

// dirOf is the folder of a file, also in a bucket.
func dirOf(file string) string { return file[:max(strings.LastIndexByte(file, '/'), 0)] }
