package snapshots

import (
	"strings"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/pane"
)

// sifted is which of the backups are shown.
type sifted struct {
	pane.Sifting
	shown []int // places in files
}

// sift chooses the backups that are shown.
func (p *Pane) sift() {
	p.shown = p.shown[:0]
	for i := range p.files {
		if p.passes(&p.files[i]) {
			p.shown = append(p.shown, i)
		}
	}
}

// passes reports whether a backup is shown: it is found by its name, format, cluster and verdict.
func (p *Pane) passes(b *etcdsource.Backup) bool {
	_, _, word := verdict(b, p.style.Theme)
	return p.Passes(strings.Join([]string{p.name(b.Path), b.Format, cluster(b), clean.Text(b.Problem), word}, " "))
}
