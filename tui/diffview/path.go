package diffview

import "strings"

// times are fields that only say when.
var times = []string{".lastTransitionTime", ".lastHeartbeatTime", ".lastUpdateTime", ".lastProbeTime", ".renewTime"}

// noise reports whether a field says nothing beside that something was written.
func noise(path string) bool {
	if within(path, ".metadata.managedFields") || path == ".metadata.resourceVersion" ||
		path == `.metadata.annotations["control-plane.alpha.kubernetes.io/leader"]` {
		return true
	}
	for _, t := range times {
		if strings.HasSuffix(path, t) {
			return true
		}
	}
	return false
}

// within reports whether a path is the field or lies in it.
func within(path, field string) bool {
	rest, ok := strings.CutPrefix(path, field)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[' || field == "")
}

// steps cuts a path into its steps, each with its dot or brackets.
func steps(path string) []string {
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

// common returns what two paths have in common, in whole steps.
func common(a, b string) string {
	x, y := steps(a), steps(b)
	n := 0
	for i := 0; i < len(x) && i < len(y) && x[i] == y[i]; i++ {
		n += len(x[i])
	}
	return a[:n]
}

// parent returns the path of what a field is in, "" at the top.
func parent(path string) string {
	s := steps(path)
	if len(s) == 0 {
		return ""
	}
	return path[:len(path)-len(s[len(s)-1])]
}
