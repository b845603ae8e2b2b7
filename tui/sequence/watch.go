package sequence

import (
	"strings"

	"github.com/etcdscope/etcdscope/model/attribution"
)

// withWatches puts a dotted row before each write of a component that answered somebody else's write: it cannot have
// known of that but by its watch. Events answer nothing that etcd holds, and a kubelet answers only what was written to
// the same object.
func withWatches(rows []Row) []Row {
	out := make([]Row, 0, len(rows)+len(rows)/2)
	var last *Row // the write before
	for i := range rows {
		r := &rows[i]
		noted := strings.Contains(r.Path, "/events/")
		if r.How == Write && !noted && last != nil && answers(r, last) {
			out = append(out, Row{Path: last.Path, Lane: r.Lane, Node: r.Node, Actor: r.Actor, Key: last.Key, How: Delivered,
				Text: "not stored: its watch informs " + name(r)})
		}
		if r.How == Write && !noted {
			last = r
		}
		out = append(out, *r)
	}
	return out
}

// answers reports whether a write is one that its writer's watch called for.
func answers(r, last *Row) bool {
	switch r.Lane {
	case attribution.LaneControllers, attribution.LaneScheduler:
		return r.Lane != last.Lane
	case attribution.LaneKubelet:
		return r.Path == last.Path && (r.Lane != last.Lane || r.Node != last.Node)
	}
	return false
}

func name(r *Row) string {
	if r.Actor != "" {
		return r.Actor
	}
	return string(r.Lane)
}
