package health

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
)

// own is the row of the member whose node this is, nil where that is not known.
func (a *adviser) own() *Row {
	name := ""
	if o := a.in.Offline; o != nil {
		name = o.Member
	}
	if n := a.in.Site.Node; n != nil {
		name = cmp.Or(name, n.Member.Name)
	}
	for i := range a.r.Rows {
		if row := &a.r.Rows[i]; name != "" && row.Name == name && len(row.PeerURLs) > 0 {
			return row
		}
	}
	if n := a.in.Site.Node; name == "" && n != nil && n.Data.There { // no settings are left: kubeadm names a member after its host
		return a.at(n)
	}
	return nil
}

// at is the row that is named after a node, or has one of its addresses; nil for none.
func (a *adviser) at(n *etcdsource.Node) *Row {
	for _, is := range []func(*Row) bool{
		func(row *Row) bool { return n.Name != "" && row.Name == n.Name },
		func(row *Row) bool {
			return slices.ContainsFunc(hosts(row), func(h string) bool { return slices.Contains(n.Addresses, h) })
		},
	} {
		for i := range a.r.Rows {
			if row := &a.r.Rows[i]; row.Name != "" && len(row.PeerURLs) > 0 && is(row) {
				return row
			}
		}
	}
	return nil
}

// ownDir is the data directory of the node's own member. Of one that is known only through a process, it is the path that the process
// sees, and pid says which one that is: a path through the process ends with it.
func (a *adviser) ownDir() (dir, pid string) { return inside(a.ownPath()) }

// ownPath is where that directory can be opened now.
func (a *adviser) ownPath() string {
	site := a.in.Site
	if o := a.in.Offline; o != nil {
		site.DataDir = cmp.Or(site.DataDir, o.DataDir)
		if site.Node == nil {
			site.Node = o.Node
		}
	}
	dir := dataDir(&site)
	if n := site.Node; n != nil && n.Data.There && n.Data.Dir != "" && !strings.HasSuffix(dir, n.Data.Dir) { // it is another member's
		return n.Data.Dir
	}
	return dir
}

// dirGuessed reports whether the data directory that is named is only the usual one.
func (a *adviser) dirGuessed() bool {
	n := a.in.Site.Node
	return a.in.Site.DataDir == "" && a.in.Site.Distribution == "" && (a.in.Offline == nil || a.in.Offline.DataDir == "") && (n == nil || n.Data.Dir == "")
}

// restore are the steps where no distribution has its own. The member that is made has the name and the address of the node on which
// it is made, from whichever survivor its data is.
func (a *adviser) restore(best survivor, file string) []Step {
	dir, pid := a.ownDir()
	name, peer := "NAME", "https://ADDRESS:2380"
	row, where := a.own(), "on one node only (NAME and ADDRESS are its own)"
	switch {
	case row != nil:
		where = "on this node only, that of " + row.Label()
	case best.row != nil && best.row.Name != "" && len(best.row.PeerURLs) > 0:
		row, where = best.row, "on the node of "+best.row.Label()+" only"
	}
	if row != nil {
		name, peer = row.Name, row.PeerURLs[0]
	}
	stop, start := Step{Say: "Stop every API server and etcd."}, Step{Say: "Start etcd and the API server there."}
	if a.in.Site.Distribution == "kubeadm" {
		stop = Step{Say: "Stop every API server and etcd: on every control-plane node, move their manifests away. The kubelet ends them within 20 s or so.",
			Command: "mv /etc/kubernetes/manifests/kube-apiserver.yaml /etc/kubernetes/manifests/etcd.yaml /etc/kubernetes/"}
		start.Command = "mv /etc/kubernetes/etcd.yaml /etc/kubernetes/kube-apiserver.yaml /etc/kubernetes/manifests/"
	}
	plan := Step{Say: "See the whole plan for this cluster first, with what it loses; it changes nothing.", Command: "etcdscope snapshot restore " + quote(file)}
	if best.row != nil { // the plan says then what is lost beside what it holds
		plan.Command += a.access(best.row.Endpoint) + " --serializable"
	}
	if n := a.r.Voters; n > 1 || a.r.Guessed {
		started := 0
		for i := range a.r.Rows {
			if row := &a.r.Rows[i]; row.Name != "" && !row.Learner { // the plan has no place for one that has never started
				started++
			}
		}
		all := fmt.Sprintf("all %d members", started)
		if started < n {
			all += " that were ever started"
		}
		if a.r.Guessed {
			all = "all members"
		}
		plan.Say = "Either restore " + all + " from this file, where all their nodes are there: this prints that plan, with what it loses, and changes nothing."
		stop.Say = "Or begin with one member, " + where + ", and leave that plan out: the two do not mix. " + stop.Say
	}
	keep := "Keep the old data directory."
	switch {
	case pid != "":
		keep += " " + dir + " is the path inside the container of process " + pid + ", and " + a.ownPath() + " ends with that process: put the path of the container's volume on the host in its place in the commands (see " +
			"/proc/" + pid + "/mountinfo); where there is none, copy the directory out before etcd is stopped."
	case a.dirGuessed():
		keep += " " + dir + " is the usual one, here and in the next step: where --data-dir of its etcd names another, put that in its place."
	}
	aside := quote(dir + etcdsource.Aside) // a second time mv would move into it
	move := "if [ -e " + aside + " ]; then echo " + clean.Shell(dir+etcdsource.Aside+" exists: move it away first") + " >&2; false; else mv " + quote(dir) + " " + aside + "; fi"
	if a.movedAside(dir) {
		keep, move = "Keep the old data directory, which is at "+dir+etcdsource.Aside+" already.", ""
	}
	steps := []Step{
		plan,
		stop,
		{Say: keep, Command: move},
		{Say: "Make a new cluster of one member. The revisions go up by a billion, so that no client takes old data for new.",
			Command: "etcdutl snapshot restore " + quote(file) + " --data-dir=" + quote(dir) + " --name=" + quote(name) + " --initial-cluster=" + quote(name+"="+peer) +
				" --initial-advertise-peer-urls=" + quote(peer) + " --bump-revision=1000000000 --mark-compacted"},
		start}
	return append(steps, a.addOthers(row)...)
}

// begun are the steps that are left where the node's data directory was restored, and nothing was started on it; nil where it was not.
func (a *adviser) begun() []Step {
	n := a.in.Site.Node
	if n == nil || !n.Data.Restored && n.ResetFlag == "" {
		return nil
	}
	if unit := map[string]string{"k3s": "k3s", "rke2": "rke2-server"}[a.in.Site.Distribution]; n.ResetFlag != "" && unit != "" {
		return []Step{{Say: "The reset was made here, and is not followed by a start yet (" + n.ResetFlag + "): start the server.", Command: "systemctl start " + unit},
			a.others(unit)}
	}
	what := "Start etcd and the API server here."
	if a.in.Site.Distribution == "kubeadm" {
		what = "Start etcd and the API server here: move their manifests back into /etc/kubernetes/manifests, etcd's first."
	}
	if len(a.r.Rows) > 1 {
		what = fmt.Sprintf("Start etcd here, and on the nodes of the other members once they are restored from the same file: %d of %d are needed. Then start the API servers.", a.r.Quorum, a.r.Voters)
	}
	steps := []Step{{Say: n.Data.Dir + " was restored already, and no etcd was started on it yet. " + what}}
	if a.in.Site.Distribution != "kubeadm" {
		steps[0].Command = "systemctl start etcd"
	}
	after := "Ask health again when it answers."
	if former := a.formers(); len(former) > 0 {
		after = "Ask health again when it answers: it says how to add " + labels(former) + ", one after the other."
	}
	return append(steps, Step{Say: after, Command: "etcdscope health" + a.access("")})
}

// formers are the members that the data directory names which was moved aside, and that are none now. Those whose nodes were taken out of
// the cluster are to be none.
func (a *adviser) formers() (out []*Row) {
	n := a.in.Site.Node
	if n == nil {
		return nil
	}
	for _, m := range n.Before {
		row := &Row{Member: etcdsource.Member{ID: m.ID, Name: m.Name, PeerURLs: m.PeerURLs, ClientURLs: m.ClientURLs, Learner: m.Learner}}
		if m.Name != "" && len(m.PeerURLs) > 0 && !m.Learner && !a.is(row) && !a.in.Place.retired(row, a.r.Rows) {
			out = append(out, row)
		}
	}
	return out
}

// is reports whether a member list has a member by its name or address.
func (a *adviser) is(m *Row) bool {
	return slices.ContainsFunc(a.r.Rows, func(r Row) bool {
		return r.Name == m.Name || slices.ContainsFunc(m.PeerURLs, func(u string) bool { return slices.Contains(r.PeerURLs, u) })
	})
}

// movedAside reports whether the node's own data directory was moved aside, as restore advises.
func (a *adviser) movedAside(dir string) bool {
	return a.in.Offline != nil && slices.ContainsFunc(a.in.Offline.Copies, func(c etcdsource.Copy) bool { return c.DataDir && c.Path == dir+etcdsource.Aside })
}

// addOthers are the steps that add the former members, one by one, to the one that was restored; nil where that is not known.
func (a *adviser) addOthers(restored *Row) (steps []Step) {
	if restored == nil || a.r.Guessed {
		return nil
	}
	at := restored.Endpoint
	if len(restored.ClientURLs) > 0 {
		at = restored.ClientURLs[0]
	}
	for i := range a.r.Rows {
		row := &a.r.Rows[i]
		if row == restored || row.Name == "" || len(row.PeerURLs) == 0 {
			continue
		}
		steps = append(steps, Step{Say: "Then, when all members vote that are there: stop " + row.Label() + ", move its data directory away and add it; within 5 s of the last one etcd refuses that. Ask health afterwards: it says how to start it, and when to let it vote.",
			Command: a.etcdctl(at, "member add "+quote(row.Name)+" --learner --peer-urls="+quote(strings.Join(row.PeerURLs, ",")))})
	}
	return steps
}
