package words

import (
	"fmt"
	"strings"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/model/hashcheck"
	"github.com/etcdscope/etcdscope/tui/widget"
)

func sideName(s *hashcheck.Side) string { return clean.Key([]byte(s.State.Name)) }

// hashesDiffer reports whether two copies have different hashes.
func hashesDiffer(r *hashcheck.Result) bool {
	for _, s := range r.Sides {
		if s.Group > 0 {
			return true
		}
	}
	return false
}

// HashEarlier says what comparing the keys of a file found that ends before others are compacted, then what contradicts it, a line for
// each; safe text.
func HashEarlier(e *hashcheck.Earlier) (lines []string) {
	file, with := sideName(e.Side), sideName(e.With)
	s := fmt.Sprintf("%s ends at revision %s, from before the compaction of %s, so its keys were compared with those at revision %s: %s the same, %s written since, %s made since, %s deleted since; ",
		file, widget.Thousands(e.Side.State.Revision), with, widget.Thousands(e.At), widget.Thousands(int64(e.Same)), widget.Thousands(int64(e.Written)), widget.Thousands(int64(e.Created)), widget.Thousands(int64(e.Deleted)))
	switch n := e.Contradicted(); n {
	case 0:
		s += "none contradicts another."
	default:
		s += fmt.Sprintf("%s %s what %s says of the time before.", widget.Plural(n, "key"), map[bool]string{true: "contradicts", false: "contradict"}[n == 1], with)
	}
	if e.Why != "" {
		s += " Not all keys were compared: " + clean.Text(e.Why) + "."
	}
	lines = append(lines, s, "What was written only after the end of the file is no difference. To compare by hash, take a file of now: etcdscope snapshot save FILE, or a member's data directory.")
	for i := range e.Keys {
		k := &e.Keys[i]
		lines = append(lines, fmt.Sprintf("%s  %s: %s: %s; %s: %s", clean.Key(k.Key), strings.Join(k.In, ", "), file, held(&k.File), with, held(&k.Other)))
	}
	if e.More > 0 {
		lines = append(lines, widget.Plural(e.More, "more key")+" contradict and are not named.")
	}
	return lines
}

// held says what a copy holds of a key.
func held(v *hashcheck.Version) string {
	if !v.Present {
		return "no such key"
	}
	s := fmt.Sprintf("written at revision %s, version %d, created at %s", widget.Thousands(v.Mod), v.Version, widget.Thousands(v.Create))
	if v.Bytes > 0 {
		s += fmt.Sprintf(", %s, value %x", widget.Bytes(v.Bytes), v.Sum[:4])
	}
	return s
}
