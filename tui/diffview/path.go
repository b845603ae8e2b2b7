package diffview

import (
	"strings"

	"github.com/etcdscope/etcdscope/tui/widget"
)

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

// common returns what two paths have in common, in whole steps.
func common(a, b string) string {
	x, y := widget.Steps(a), widget.Steps(b)
	n := 0
	for i := 0; i < len(x) && i < len(y) && x[i] == y[i]; i++ {
		n += len(x[i])
	}
	return a[:n]
}

// parent returns the path of what a field is in, "" at the top.
func parent(path string) string {
	s := widget.Steps(path)
	if len(s) == 0 {
		return ""
	}
	return path[:len(path)-len(s[len(s)-1])]
}
