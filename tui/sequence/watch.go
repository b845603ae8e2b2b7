package sequence

import "github.com/etcdscope/etcdscope/model/attribution"

// withWatches puts a dotted row before each write of a component that answered somebody else's write: it cannot have
// known of that but by its watch.
func withWatches(rows []Row) []Row {
	out := make([]Row, 0, len(rows)+len(rows)/2)
	var last *Row // the write before
	for i := range rows {
		r := &rows[i]
		if r.How == Write && last != nil && watches(r.Lane) && (r.Lane != last.Lane || r.Node != last.Node) {
			out = append(out, Row{Path: last.Path, Lane: r.Lane, Node: r.Node, Actor: r.Actor, Key: last.Key, How: Told,
				Text: name(r) + " hears of it by its watch: not stored"})
		}
		if r.How == Write {
			last = r
		}
		out = append(out, *r)
	}
	return out
}

// watches tells whether a lane is that of components that act on what their watches tell.
func watches(l attribution.Lane) bool {
	return l == attribution.LaneControllers || l == attribution.LaneScheduler || l == attribution.LaneKubelet
}

func name(r *Row) string {
	if r.Actor != "" {
		return r.Actor
	}
	return string(r.Lane)
}
