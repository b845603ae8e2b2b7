package health

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// side is one of the clusters that answer, and who answers for it.
type side struct {
	id       uint64
	revision int64    // 0: not known
	at       []string // labels, or addresses
	endpoint string   // the first address
}

func (s *side) says() string {
	rev := "revision not known"
	if len(s.at) == 0 {
		return fmt.Sprintf("%x (no member of which answers now)", s.id)
	}
	if s.revision > 0 {
		rev = fmt.Sprintf("revision %d", s.revision)
	}
	return fmt.Sprintf("%x (%s, at %s)", s.id, rev, list(s.at))
}

// sides are the clusters that answer, and before them the one that was opened, also where it does not answer now; nil where it is the
// only one, and where another one has taken its place.
func sides(r *Report, others []etcdsource.OtherCluster) []side {
	if len(others) == 0 || r.Answers == 0 && (r.Cluster == 0 || r.foreign()) {
		return nil
	}
	mine := side{id: r.Cluster, revision: r.Revision()}
	for i := range r.Rows {
		if row := &r.Rows[i]; row.Answered {
			mine.at, mine.endpoint = append(mine.at, row.Label()), cmp.Or(mine.endpoint, row.Endpoint)
		}
	}
	out := []side{mine}
	for _, o := range others {
		i := slices.IndexFunc(out, func(s side) bool { return s.id == o.Cluster })
		if i < 0 {
			i, out = len(out), append(out, side{id: o.Cluster, endpoint: o.Endpoint})
		}
		out[i].revision = max(out[i].revision, o.Revision)
		out[i].at = append(out[i].at, o.Endpoint)
	}
	return out
}

// newest is the cluster of the highest revision; nil where two are equal, or one is not known.
func newest(all []side) (best *side) {
	for i := range all {
		s := &all[i]
		switch {
		case s.revision == 0:
			return nil
		case best == nil || s.revision > best.revision:
			best = s
		}
	}
	for i := range all {
		if s := &all[i]; s != best && s.revision == best.revision {
			return nil
		}
	}
	return best
}

// several says that these addresses belong to more than one cluster, "" where they do not.
func several(all []side) string {
	if len(all) < 2 {
		return ""
	}
	var names []string
	for i := range all {
		names = append(names, all[i].says())
	}
	which := "which is newer is not known"
	if s := newest(all); s != nil {
		which = fmt.Sprintf("%x is newer by revision", s.id)
	}
	return fmt.Sprintf("%s: %s; %s", belong(all), list(names), which)
}

// belong says how many clusters there are at the addresses.
func belong(all []side) string {
	if len(all[0].at) == 0 {
		return fmt.Sprintf("these addresses belong to %d clusters", len(all))
	}
	return fmt.Sprintf("%d clusters answer at these addresses", len(all))
}

// displaced is the first member at whose address another cluster answers; nil for none.
func (r *Report) displaced() *Row {
	if i := slices.IndexFunc(r.Rows, func(row Row) bool { return row.Foreign }); i >= 0 {
		return &r.Rows[i]
	}
	return nil
}

// displaced advises where there is no quorum, and another cluster answers at a member's address as seen from here. That may be another
// machine's, so what answers there is asked first.
func (a *adviser) displaced(row *Row) {
	name, at := row.Label(), first(a.endpoints())
	steps := []Step{{Say: "Ask what answers at both addresses.", Command: "etcdscope health" + a.access(at+","+row.Endpoint)},
		{Say: "Save what this one holds. It changes nothing, and works without a quorum.", Command: a.etcdctl(at, fmt.Sprintf("snapshot save cluster-%x.db", a.r.Cluster))}}
	var down []string
	for i := range a.r.Rows {
		if r := &a.r.Rows[i]; r.Role == Down && !r.Foreign && !r.Learner {
			down = append(down, r.Label())
		}
	}
	if len(down) > 0 {
		start := a.start()
		steps = append(steps, Step{Say: "Only where the other one is not used, start " + list(down) + ". " + start.Say, Command: start.Command})
	}
	a.add("clusters", "No quorum, and another cluster answers at the address of "+name+", as seen from here: find out which one is used",
		"Where "+name+" was restored as a new cluster, that one may be the one that is used now: start, remove and restore nothing before that is known. Where "+row.Endpoint+" leads elsewhere from here, ask from the node of "+name+"."+a.tool(), steps...)
}

// clusters advises where more than one cluster answers: nothing that one of them holds is to be removed before it is known which one
// the API servers use.
func (a *adviser) clusters() {
	var steps []Step
	ask := Step{Say: "Find out which one the API servers use: their --etcd-servers, on each node that runs one. One that names addresses of more than one cluster reads and writes both.",
		Command: "ps -ww -C kube-apiserver -o args= | tr ' ' '\\n' | grep -e --etcd-servers"}
	switch d := a.in.Site.Distribution; d {
	case "k3s", "rke2", "k0s":
		ask = Step{Say: "Find out which one the API servers use: the API server of " + d + " uses the etcd of its own node. Which of these nodes do kubectl and the kubelets reach?"}
	}
	steps = append(steps, ask)
	for i := range a.sides {
		s := &a.sides[i]
		if len(s.at) == 0 {
			start := a.start()
			steps = append(steps, Step{Say: fmt.Sprintf("Only where it is %x that they use: start its members. %s", s.id, start.Say), Command: start.Command})
			continue
		}
		steps = append(steps, Step{Say: fmt.Sprintf("Save what %x holds, from %s. This changes nothing.", s.id, s.at[0]), Command: a.etcdctl(s.endpoint, fmt.Sprintf("snapshot save cluster-%x.db", s.id))})
	}
	stop := map[string]string{"": "systemctl stop etcd", "k3s": "systemctl stop k3s", "rke2": "systemctl stop rke2-server", "k0s": "systemctl stop k0scontroller", "kubeadm": "mv /etc/kubernetes/manifests/etcd.yaml /etc/kubernetes/"}[a.in.Site.Distribution]
	steps = append(steps,
		Step{Say: "On the nodes of the other one: stop its members, and keep their data directories as they are. Do not remove a member, and delete no data.", Command: stop},
		Step{Say: "Then ask again, at the addresses of the cluster that is used."})
	var ids []string
	for i := range a.sides {
		ids = append(ids, fmt.Sprintf("%x", a.sides[i].id))
	}
	why := "So it is where one member was restored as a new cluster, and others were started again from their old data. What is written to one is not in the other. " +
		"A restore may raise the revision (--bump-revision), so the higher one alone does not say which holds the newest objects."
	if len(a.sides[0].at) == 0 {
		a.add("clusters", fmt.Sprintf("%s does not answer, and another cluster does (%s): find out which one is used before anything is started or restored", ids[0], strings.Join(ids[1:], ", ")), why+a.tool(), steps...)
		return
	}
	a.add("clusters", fmt.Sprintf("%d clusters answer (%s): find out which one is used, and stop the other", len(ids), strings.Join(ids, ", ")), why+a.tool(), steps...)
}
