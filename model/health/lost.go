package health

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// dataDir is where a member keeps its data, by distribution.
func dataDir(s *Site) string {
	if s.DataDir != "" {
		return s.DataDir
	}
	switch s.Distribution {
	case "k3s":
		return "/var/lib/rancher/k3s/server/db/etcd"
	case "rke2":
		return "/var/lib/rancher/rke2/server/db/etcd"
	case "k0s":
		return "/var/lib/k0s/etcd"
	}
	return "/var/lib/etcd"
}

// start says how a member is started again.
func (a *adviser) start() Step {
	switch a.in.Site.Distribution {
	case "kubeadm", "openshift", "kops":
		return Step{"On its node: is its container there, and what does it log?", "crictl ps -a --name etcd; journalctl -u kubelet --since -10min"}
	case "rke2":
		return Step{"On its node: is its server running, and its container of etcd?", "systemctl status rke2-server; journalctl -u rke2-server --since -10min"}
	case "k3s":
		return Step{"On its node: is its server running? etcd is part of it.", "systemctl status k3s; journalctl -u k3s --since -10min"}
	case "k0s":
		return Step{"On its node: is its controller running? etcd is part of it.", "systemctl status k0scontroller; journalctl -u k0scontroller --since -10min"}
	}
	return Step{"On its node: is etcd running, and what does it log?", "systemctl status etcd; journalctl -u etcd --since -10min"}
}

// lostMembers advises on members that do not answer while there is a quorum.
func (a *adviser) lostMembers() {
	if a.r.Verdict == NoQuorum || a.in.Probe.Guessed {
		return
	}
	for i := range a.r.Rows {
		switch row := &a.r.Rows[i]; row.Role {
		case NeverStarted:
			a.neverStarted(row)
		case Down:
			a.lost(row)
		case Leader, Follower, Learner, Leaderless, Unknown:
		}
	}
}

func (a *adviser) neverStarted(row *Row) {
	why := "It counts for the quorum, which is " + fmt.Sprint(a.r.Quorum) + " with it."
	if row.Learner {
		why = "It is a learner and does not count for the quorum, but no second one can be added."
	}
	peers := strings.Join(row.PeerURLs, ",")
	a.add("never-started", row.Label()+" was added and has never started", why,
		Step{"Start it at " + peers + ", with an empty data directory and:", "--initial-cluster-state=existing --initial-cluster=" + quote(a.initialCluster(row, "NAME="+peers))},
		Step{"or, if it is not to come, take it out again:", a.etcdctl("", fmt.Sprintf("member remove %x", row.ID))})
}

// initialCluster is the flag for a member that joins: all others, and itself.
func (a *adviser) initialCluster(without *Row, self string) string {
	var all []string
	for i := range a.r.Rows {
		if row := &a.r.Rows[i]; row.ID != without.ID && row.Name != "" {
			for _, u := range row.PeerURLs {
				all = append(all, row.Name+"="+u)
			}
		}
	}
	return strings.Join(append(all, self), ",")
}

func (a *adviser) lost(row *Row) {
	steps := []Step{a.start()}
	why := "If it comes back, it catches up by itself, and nothing else is to be done."
	if c := a.r.connected(row); c != "" {
		why += " " + strings.ToUpper(c[2:3]) + c[3:] + "."
	}
	why += " Only if its node or its data is gone for good: remove it first and add the new one afterwards, or the quorum grows before the new one serves."
	steps = append(steps, Step{"Gone for good: take it out.", a.etcdctl("", fmt.Sprintf("member remove %x", row.ID))})
	steps = append(steps, a.replace(row)...)
	a.add("lost-member", row.Label()+" does not answer: start it, or replace it", why+a.tool(), steps...)
}

// replace are the steps that bring a new member in the place of one that was removed.
func (a *adviser) replace(row *Row) []Step {
	dir := dataDir(&a.in.Site)
	switch d := a.in.Site.Distribution; d {
	case "kubeadm":
		return []Step{
			{"On the old node, if it still runs: stop it and empty it.", "kubeadm reset"},
			{"Forget the node.", "kubectl delete node " + quote(row.Name)},
			{"On the new node, with a token and a certificate key of kubeadm init phase upload-certs: it adds itself as a learner and is promoted.", "kubeadm join ADDRESS:6443 --token TOKEN --discovery-token-ca-cert-hash HASH --control-plane --certificate-key KEY"}}
	case "k3s", "rke2":
		return []Step{
			{"Forget the node: " + d + " removes its member too.", "kubectl delete node " + quote(node(row.Name))},
			{"On the new node: it must hold no data of the old member.", "rm -rf " + quote(dir)},
			{"Start it with --server and the token: it joins as a learner and is promoted by itself.", "systemctl restart " + map[string]string{"k3s": "k3s", "rke2": "rke2-server"}[d]}}
	case "k0s":
		return []Step{{"On the new controller: it must hold no data of the old member.", "rm -rf " + quote(dir)},
			{"Join it with a token of k0s token create --role=controller.", "k0s install controller --token-file TOKEN"}}
	}
	peers := strings.Join(row.PeerURLs, ",")
	return []Step{
		{"On the new node: it must hold no data of the old member.", "rm -rf " + quote(dir+"/member")},
		{"Add it as a learner, which does not count for the quorum while it copies the data. Another address: change --peer-urls.", a.etcdctl("", "member add "+quote(row.Name)+" --learner --peer-urls="+quote(peers))},
		{"Start it with these flags.", "etcd --name=" + quote(row.Name) + " --data-dir=" + quote(dir) + " --initial-cluster-state=existing --initial-cluster=" + quote(a.initialCluster(row, self(row)))},
		{"When it has caught up (health shows its lag), let it vote: with the ID that member add has printed.", a.etcdctl("", "member promote ID")}}
}

func self(row *Row) string {
	var all []string
	for _, u := range row.PeerURLs {
		all = append(all, row.Name+"="+u)
	}
	return strings.Join(all, ",")
}

// node is the name of the node of a member of k3s or RKE2, which add eight letters to it.
func node(member string) string {
	if i := strings.LastIndexByte(member, '-'); i > 0 && len(member)-i == 9 {
		return member[:i]
	}
	return member
}

// quorumLost advises where most voters do not serve.
func (a *adviser) quorumLost() {
	var down []string
	var best *Row
	for i := range a.r.Rows {
		row := &a.r.Rows[i]
		if !row.Answered && !row.Learner {
			down = append(down, row.Label())
		}
		if row.Answered && !row.Denied && (best == nil || newer(row, best)) {
			best = row
		}
	}
	need := max(a.r.Quorum-a.r.serving(), 1)
	steps := []Step{a.start()}
	title := fmt.Sprintf("No quorum: start %d of %s", need, list(down))
	if len(down) == 0 {
		title = "No quorum, though the members answer: they do not reach each other"
		steps = []Step{{"An election takes a second or two. If it lasts: can the members reach each other's addresses?", a.reach()}}
	}
	why := "Members that come back with their data restore the quorum by themselves; nothing is lost. Only when that is impossible is the cluster built again from one member or from a backup, and what the others had acknowledged since is lost."
	if a.in.Probe.Guessed {
		title, why = "No member answers", "The member list is not known either: none of the addresses answers."
		a.add("quorum", title, why, a.start())
		return
	}
	if best != nil {
		steps = append(steps, Step{fmt.Sprintf("Gone for good: save what %s holds (revision %d, the newest that answers). This works without a quorum.", best.Label(), best.Status.Revision),
			a.etcdctl(best.Endpoint, "snapshot save rescue.db")})
	} else {
		steps = append(steps, Step{"Gone for good: see which data directory, or which backup, is the newest: its revision is in the header.", "etcdscope snapshot status " + quote(dataDir(&a.in.Site))})
	}
	a.add("quorum", title, why, append(steps, a.recover(best)...)...)
}

// newer reports whether a member has more of the log than another.
func newer(a, b *Row) bool {
	if a.Status.Term != b.Status.Term {
		return a.Status.Term > b.Status.Term
	}
	return a.Status.Index > b.Status.Index
}

// reach asks whether the addresses of the members are open.
func (a *adviser) reach() string {
	var cmds []string
	for i := range a.r.Rows {
		for _, p := range a.r.Rows[i].PeerURLs {
			if u, err := url.Parse(p); err == nil && u.Hostname() != "" && u.Port() != "" {
				cmds = append(cmds, "nc -zv "+quote(u.Hostname())+" "+quote(u.Port()))
			}
		}
	}
	return strings.Join(slices.Compact(cmds), "; ")
}

// recover are the steps that build a cluster from what one member held.
func (a *adviser) recover(best *Row) []Step {
	dir := dataDir(&a.in.Site)
	switch d := a.in.Site.Distribution; d {
	case "k3s", "rke2":
		unit := map[string]string{"k3s": "k3s", "rke2": "rke2-server"}[d]
		return []Step{{"On the node with the newest data: stop it, and make it the only member.", "systemctl stop " + unit + " && " + d + " server --cluster-reset"},
			{"Start it, then the others, each with an empty data directory.", "systemctl start " + unit}}
	case "openshift":
		return []Step{{"On the node that is to be kept: OpenShift's own way back.", "/usr/local/bin/quorum-restore.sh"}}
	case "k0s":
		return []Step{{"On the controller that is to be kept, from a backup of k0s backup.", "k0s restore BACKUP.tar.gz"}}
	}
	name, peer := "NAME", "https://ADDRESS:2380"
	if best != nil && best.Name != "" && len(best.PeerURLs) > 0 {
		name, peer = best.Name, best.PeerURLs[0]
	}
	return []Step{
		{"Stop every API server and etcd (kubeadm: move the manifests out of /etc/kubernetes/manifests), and keep the old data directory.", "mv " + quote(dir) + " " + quote(dir+".old")},
		{"Make a new cluster of one member. The revisions go up by a billion, so that no client takes old data for new.",
			"etcdutl snapshot restore rescue.db --data-dir=" + quote(dir) + " --name=" + quote(name) + " --initial-cluster=" + quote(name+"="+peer) +
				" --initial-advertise-peer-urls=" + quote(peer) + " --bump-revision=1000000000 --mark-compacted"},
		{"Start etcd and the API server on this node, then add the other members one by one with member add --learner.", ""}}
}
