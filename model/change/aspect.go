package change

import (
	"strings"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/diff"
)

// beats are the fields that signs of life are written into.
var beats = []struct {
	kind, path, tail string // a path that begins with path and ends in tail; "" is any
}{
	{"Lease", ".spec.renewTime", ""},
	{"Node", ".status.conditions[", ".lastHeartbeatTime"},
	{"", ".metadata.annotations[\"control-plane.alpha.kubernetes.io/leader\"]", ""},
}

// AspectOf says which part of a Kubernetes object its changes and its reordered lists belong to; "" for a value that is none,
// and where no field differs, but the bytes do and not all of them could be decoded.
func AspectOf(before, o *decode.Object, changes []diff.Change, reordered []string) string {
	switch {
	case len(changes)+len(reordered) == 0 && unsaid(before, o):
		return ""
	case o.IsKubernetes():
		return aspect(o, changes, reordered)
	case len(changes)+len(reordered) > 0:
		return AspectSpec
	}
	return ""
}

// aspect says which part of an object its changes belong to. Where there are several the weightiest counts.
func aspect(o *decode.Object, changes []diff.Change, reordered []string) string {
	if len(changes)+len(reordered) == 0 {
		return AspectNone
	}
	seen := map[string]bool{}
	for _, path := range reordered {
		seen[part(o, &diff.Change{Path: path})] = true
	}
	for i := range changes {
		seen[part(o, &changes[i])] = true
	}
	for _, a := range []string{AspectDelete, AspectSpec, AspectStatus, AspectMetadata, AspectHeartbeat} {
		if seen[a] {
			return a
		}
	}
	return AspectNone
}

func part(o *decode.Object, c *diff.Change) string {
	switch {
	case isBeat(o, c.Path):
		return AspectHeartbeat
	case strings.HasPrefix(c.Path, ".metadata.deletion"):
		return AspectDelete
	case c.Path == ".metadata.generation", c.Path == ".apiVersion":
		return AspectNone // follows from another change, or is the storage's own
	case under(c.Path, ".metadata"):
		return AspectMetadata
	case under(c.Path, ".status"):
		return AspectStatus
	}
	return AspectSpec
}

func isBeat(o *decode.Object, path string) bool {
	if o.Kind == "Endpoints" && strings.HasPrefix(path, ".metadata.") && isServerLease(o.Key) {
		return true
	}
	for _, b := range beats {
		if (b.kind == "" || b.kind == o.Kind) && strings.HasPrefix(path, b.path) && strings.HasSuffix(path, b.tail) {
			return true
		}
	}
	return false
}

// Beats reports whether nothing but signs of life was written into an object since the version before; false also where that
// takes more than to compare their bytes. It allocates nothing.
func Beats(before, o *decode.Object) bool {
	if o == nil || o.Kind != "Lease" && o.Kind != "Node" {
		return false
	}
	n, beats := 0, true
	known := decode.Touched(before, o, func(way []string) bool {
		n++
		switch {
		case o.Kind == "Lease" && len(way) == 2:
			beats = way[0] == "spec" && way[1] == "renewTime"
		case o.Kind == "Node" && len(way) == 3:
			beats = way[0] == "status" && way[1] == "conditions" && way[2] == "lastHeartbeatTime"
		default:
			beats = false
		}
		return beats
	})
	return known && beats && n > 0
}

// isServerLease reports whether the key is one by which an API server says that it lives.
func isServerLease(key []byte) bool {
	k := string(key)
	return strings.Contains(k, "/masterleases/") || strings.Contains(k, "/peerserverleases/")
}

// under reports whether a path is the field or lies below it.
func under(path, field string) bool {
	rest, ok := strings.CutPrefix(path, field)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}
