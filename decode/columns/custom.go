package columns

import (
	"regexp"
	"strings"

	"github.com/etcdscope/etcdscope/decode/kinds"
)

// IsPath reports whether a text is a JSONPath: .spec.nodeName, {.spec.nodeName}.
func IsPath(s string) bool {
	return strings.HasPrefix(s, ".") || strings.HasPrefix(s, "{.") || strings.HasPrefix(s, "[")
}

// Chosen returns the columns that somebody has chosen for a type, in their order: the heading of a column that Of has
// for wide output, in any case; NAME=.path, a field under a heading; or a path alone, which its last field is the
// heading of. A heading that this version of the type has no column for gives an empty one.
func Chosen(r kinds.Resource, apiVersion string, specs []string) []Column {
	known := Of(r, apiVersion, true)
	out := make([]Column, 0, len(specs))
	for _, spec := range specs {
		head, path, two := strings.Cut(spec, "=")
		switch {
		case IsPath(spec):
			out = append(out, list(lastStep(spec), spec, "<none>"))
		case two && IsPath(path):
			out = append(out, list(strings.ToUpper(head), path, "<none>"))
		default:
			col := Column{Head: strings.ToUpper(spec)}
			for _, c := range known {
				if strings.EqualFold(c.Head, spec) {
					col = c
				}
			}
			out = append(out, col)
		}
	}
	return out
}

// brackets are what is between brackets in a path, with them.
var brackets = regexp.MustCompile(`\[(?:'([^']*)'|"([^"]*)"|[^\[\]]*)\]`)

// lastStep is the last field of a path in capitals.
func lastStep(path string) string {
	path = brackets.ReplaceAllString(strings.Trim(path, "{}"), ".$1$2")
	last := "FIELD"
	for s := range strings.SplitSeq(strings.ReplaceAll(path, `\.`, "\x00"), ".") {
		if s != "" && s != "*" {
			last = strings.ToUpper(strings.ReplaceAll(s, "\x00", "."))
		}
	}
	return last
}
