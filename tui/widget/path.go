package widget

import (
	"strings"

	"github.com/etcdscope/etcdscope/decode/clean"
)

// PathEnd cuts the safe path of a field so that it takes at most w columns: whole steps go at its beginning, for the last one says which
// field it is.
func PathEnd(path string, w int) string {
	if Width(path) <= w {
		return path
	}
	all := Steps(path)
	from, last := len(path), ""
	for i := len(all) - 1; i >= 0; i-- {
		last = strings.TrimPrefix(path[from-len(all[i]):], ".")
		if Width(last) > w-1 {
			break
		}
		from -= len(all[i])
	}
	if from == len(path) {
		return clean.Middle(last, max(w, 1))
	}
	return "…" + strings.TrimPrefix(path[from:], ".")
}

// Steps cuts a path into its steps, each with its dot or brackets.
func Steps(path string) []string {
	var out []string
	from, quoted, depth := 0, false, 0
	for i := 0; i < len(path); i++ {
		switch c := path[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == ']':
			depth--
		case c == '[' || c == '.' && depth == 0:
			if i > from && depth == 0 {
				out, from = append(out, path[from:i]), i
			}
			if c == '[' {
				depth++
			}
		}
	}
	if from < len(path) {
		out = append(out, path[from:])
	}
	return out
}
