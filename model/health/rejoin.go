package health

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// What is advised on this node's etcd where it is no member of the cluster that answers:
//
//	removed          keep what it holds ─► stop it, delete its data ─► join as a new member
//	another cluster  which one is used? ─► keep both ─► only where the other one is: stop it, move its data away ─► join
//	restored         finish the restore, or move the directory away

// rejoin advises on this node's etcd where it is no member.
func (a *adviser) rejoin() {
	m := a.r.NonMember
	if m == nil {
		return
	}
	row := a.formerly(m)
	switch {
	case m.Empty:
		a.add("non-member", "This node's etcd, "+m.Label()+", is no member of the cluster: add it, or take it off this node", "It has no data, so that nothing is to be deleted."+again+a.tool(), a.joinAgain(row, m)...)
	case m.Removed:
		steps := append([]Step{a.keep(m, "Keep what it held, where that may be needed. This changes nothing.")}, a.empty(m, row, "Delete its data: with it etcd never starts again.", "rm -rf")...)
		why := "A member that was removed cannot come back with its data: its ID is spent, so that it joins as a new one."
		if m.Running {
			why += " It runs still; it ends as soon as it learns that it was removed."
		}
		a.add("non-member", "This node's etcd, "+m.Label()+", was removed from the cluster: join it again, or take it off this node",
			why+" Where it is not to come back, leave out what begins with \"To join\"."+again+a.tool(), append(steps, a.joinAgain(row, m)...)...)
	case m.Restored:
		a.add("non-member", "This node's data directory was restored as another cluster, while members of the one before answer",
			"Two clusters must not serve the API servers at a time.",
			Step{Say: "Where the restore is to replace the cluster that answers: this prints its plan again, with what is stopped first. Then go on behind the data directory.", Command: "etcdscope snapshot restore BACKUP"},
			Step{Say: "Where it is not: move the restored directory away.", Command: aside(m.Dir, a.asideOf(m))})
	default:
		used := Step{Say: fmt.Sprintf("Find out which one the API servers use: their --etcd-servers, on each node that runs one. The members that answer are of %x.", a.r.Cluster),
			Command: "ps -ww -C kube-apiserver -o args= | tr ' ' '\\n' | grep -e --etcd-servers"}
		other := first(a.endpoints())
		steps := []Step{used, a.keep(m, fmt.Sprintf("Save what this node's etcd holds, cluster %x. This changes nothing.", m.Cluster)),
			{Say: fmt.Sprintf("Save what %x holds, too.", a.r.Cluster), Command: a.etcdctl(other, fmt.Sprintf("snapshot save cluster-%x.db", a.r.Cluster))},
			{Say: "See what differs: what is in one of them only is lost with it.", Command: fmt.Sprintf("etcdscope diff --from cluster-%x.db --to cluster-%x.db", m.Cluster, a.r.Cluster)}}
		steps = append(steps, a.empty(m, row, fmt.Sprintf("Only where the API servers use %x: move its data away.", a.r.Cluster), "")...)
		a.add("non-member", fmt.Sprintf("This node's etcd belongs to another cluster (%x): find out which one is used before anything is started or deleted", m.Cluster),
			"So it is where this node was set up again, or restored, by itself, and where its data directory was copied from elsewhere. What is written to one is not in the other."+a.tool(), append(steps, a.joinAgain(row, m)...)...)
	}
}

// formerly is the member that this node's etcd is to become.
func (a *adviser) formerly(m *NonMember) *Row {
	row := &Row{Member: etcdsource.Member{Name: m.Name}}
	n := a.in.Site.Node
	if n == nil {
		n = a.in.Local
	}
	if n != nil {
		row.PeerURLs = n.Member.PeerURLs
		for _, is := range initial(n) {
			if len(row.PeerURLs) == 0 && is.Name == m.Name {
				row.PeerURLs = is.PeerURLs
			}
		}
	}
	if o := a.in.Offline; o != nil {
		for i := range o.Members {
			if s := &o.Members[i]; s.ID == m.ID {
				row.Name, row.ClientURLs = cmp.Or(row.Name, s.Name), s.ClientURLs
				if len(row.PeerURLs) == 0 {
					row.PeerURLs = s.PeerURLs
				}
			}
		}
	}
	if len(row.PeerURLs) == 0 {
		row.PeerURLs = []string{a.peerAt("ADDRESS")}
	}
	if len(row.ClientURLs) == 0 {
		row.ClientURLs = a.clientsOf(row)
	}
	row.Name = cmp.Or(row.Name, a.nameFor(row))
	return row
}

// keep is the step that saves what its data directory holds.
func (a *adviser) keep(m *NonMember, say string) Step {
	name := fmt.Sprintf("cluster-%x.db", m.Cluster)
	if m.Removed {
		name = fmt.Sprintf("member-%x.db", m.ID)
	}
	return Step{Say: say, Command: "etcdscope snapshot save " + name + " --from " + quote(m.Dir)}
}

// asideOf is where its data directory is moved.
func (a *adviser) asideOf(m *NonMember) string { return fmt.Sprintf("%s.cluster-%x", m.Dir, m.Cluster) }

// aside moves a directory where nothing is: mv would move it into one.
func aside(dir, to string) string {
	return "test ! -e " + quote(to) + " && mv " + quote(dir) + " " + quote(to)
}

// resets reports whether kubeadm reset is the way to take this node's etcd away: kubeadm set it up, and no etcd outside of the cluster.
func (a *adviser) resets() bool {
	n := a.in.Site.Node
	if n == nil {
		n = a.in.Local
	}
	return a.in.distribution() == "kubeadm" && n != nil && slices.ContainsFunc(n.Manifests, func(m string) bool { return m == n.EtcdFile }) &&
		(a.in.Place == nil || a.in.Place.Kubeadm.Kind != "external")
}

// distribution is that of this node.
func (in *Input) distribution() string {
	switch {
	case in.Site.Distribution != "":
		return in.Site.Distribution
	case in.Local != nil:
		return in.Local.Distribution
	}
	return ""
}

// empty are the steps that stop this node's etcd, and delete its data or, where remove is "", move it away.
func (a *adviser) empty(m *NonMember, row *Row, say, remove string) (steps []Step) {
	dir, pid := inside(m.Dir)
	if pid != "" {
		say += " " + dir + " is the path inside the container of process " + pid + ": put that of its volume on the host in its place."
	}
	clear := func(target string) string {
		if remove != "" {
			return remove + " " + quote(target)
		}
		return aside(dir, fmt.Sprintf("%s.cluster-%x", dir, m.Cluster))
	}
	if n := a.in.Site.Node; n != nil && n.Data.WALDir != "" && remove != "" {
		clear = func(target string) string { return remove + " " + quote(target) + " " + quote(n.Data.WALDir) }
	}
	switch d := a.in.distribution(); {
	case a.resets() && remove != "":
		return []Step{{Say: "On another control-plane node: forget this one.", Command: "kubectl delete node " + quote(row.Name)},
			{Say: "Here: this stops etcd and the API server of this node, and deletes its data directory and the certificates of the control plane on it.", Command: "kubeadm reset"}}
	case d == "kubeadm":
		return []Step{{Say: "Stop it: the kubelet ends it within 20 s or so.", Command: "mv /etc/kubernetes/manifests/etcd.yaml /etc/kubernetes/"}, {Say: say, Command: clear(dir)}}
	case d == "k3s", d == "rke2":
		unit := map[string]string{"k3s": "k3s", "rke2": "rke2-server"}[d]
		return []Step{{Say: "Stop it: etcd is a part of it.", Command: "systemctl stop " + unit}, {Say: say, Command: clear(dir)}}
	case d == "k0s":
		return []Step{{Say: "Stop it: etcd is a part of it.", Command: "k0s stop"}, {Say: say, Command: clear(dir)}}
	case d == "openshift":
		return []Step{{Say: "Stop it.", Command: "mv /etc/kubernetes/manifests/etcd-pod.yaml /root/"}, {Say: say, Command: clear(dir)}}
	case d == "kops", d == "talos":
		return nil // they keep the data on a volume of their own
	}
	return []Step{{Say: "Stop it.", Command: "systemctl stop etcd"}, {Say: say, Command: clear(dir + "/member")}}
}

// joinAgain are the steps with which this node joins the cluster that answers: its member that is in the list, and cannot come back, is
// taken out before.
func (a *adviser) joinAgain(row *Row, m *NonMember) []Step {
	const to = "To join the cluster that answers: "
	for i := range a.r.Rows {
		if r := &a.r.Rows[i]; r.Role == Down && r.Name != "" && r.Name == m.Name {
			return append([]Step{{Say: to + "take the member of this node out, which has no data to come back with.", Command: a.etcdctl("", fmt.Sprintf("member remove %x", r.ID))}}, a.joins(row, m, "Then ")...)
		}
	}
	return a.joins(row, m, to)
}

// joins are the steps that add this node's member and start it.
func (a *adviser) joins(row *Row, m *NonMember, to string) []Step {
	if i := slices.IndexFunc(a.r.Rows, func(r Row) bool {
		return r.Role == NeverStarted && slices.ContainsFunc(r.PeerURLs, func(u string) bool { return slices.Contains(row.PeerURLs, u) })
	}); i >= 0 {
		return []Step{{Say: fmt.Sprintf("%smember %x was added at its address already, so it is only to be started, as is said of that one.", to, a.r.Rows[i].ID)}}
	}
	switch d := a.in.distribution(); {
	case d == "kubeadm" && a.resets():
		join := Step{Say: "Join with a token and a certificate key of kubeadm init phase upload-certs.", Command: "kubeadm join ADDRESS:6443 --token TOKEN --discovery-token-ca-cert-hash HASH --control-plane --certificate-key KEY"}
		if m.Removed {
			return []Step{join}
		}
		return []Step{{Say: to + "on another control-plane node, forget this one.", Command: "kubectl delete node " + quote(row.Name)},
			{Say: "Here: this takes the API server and the certificates of the control plane off this node.", Command: "kubeadm reset"}, join}
	case d == "k3s", d == "rke2":
		return []Step{{Say: to + "start it with --server and the token of a server that runs.", Command: "systemctl start " + map[string]string{"k3s": "k3s", "rke2": "rke2-server"}[d]}}
	case d == "k0s":
		return []Step{{Say: to + "take the old controller away.", Command: "k0s reset"},
			{Say: "Join it with a token of k0s token create --role=controller.", Command: "k0s install controller --token-file TOKEN && k0s start"}}
	case d == "openshift":
		return []Step{{Say: to + "let the operator set up its etcd again, from where the API server answers.", Command: `oc patch etcd cluster --type=merge -p '{"spec":{"forceRedeploymentReason":"rejoin"}}'`}}
	case d == "kops", d == "talos":
		return []Step{{Say: to + "replace this node as " + d + " replaces one of the control plane: its etcd must begin without data."}}
	}
	dir, _ := inside(m.Dir)
	return []Step{
		{Say: to + "add it as a learner, which does not count for the quorum while it copies the data.", Command: a.etcdctl("", "member add "+quote(row.Name)+" --learner --peer-urls="+quote(strings.Join(row.PeerURLs, ",")))},
		{Say: "Start it with these flags, and those that it had besides (certificates, --quota-backend-bytes); in its settings, change --initial-cluster and --initial-cluster-state.", Command: a.startedIn(row, dir)},
		{Say: "When it has caught up (health shows its lag), let it vote: with the ID that member add has printed, or as health says then.", Command: a.etcdctl("", "member promote ID")}}
}
