package health

import (
	"fmt"
	"net"
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
		return Step{Say: "On its node: is its container there, and what does it log?", Command: "crictl ps -a --name etcd; journalctl -u kubelet --since -10min"}
	case "rke2":
		return Step{Say: "On its node: is its server running, and its container of etcd?", Command: "systemctl status rke2-server; journalctl -u rke2-server --since -10min"}
	case "k3s":
		return Step{Say: "On its node: is its server running? etcd is part of it.", Command: "systemctl status k3s; journalctl -u k3s --since -10min"}
	case "k0s":
		return Step{Say: "On its node: is its controller running? etcd is part of it.", Command: "systemctl status k0scontroller; journalctl -u k0scontroller --since -10min"}
	}
	return Step{Say: "On its node: is etcd running, and what does it log?", Command: "systemctl status etcd; journalctl -u etcd --since -10min"}
}

// lostMembers advises on members that do not answer while there is a quorum.
func (a *adviser) lostMembers() {
	if a.r.Verdict == NoQuorum || a.r.Verdict == Unknowable || a.r.Guessed {
		return
	}
	for i := range a.r.Rows {
		row := &a.r.Rows[i]
		if a.r.NonMember != nil && row.Role == Down && row.Name != "" && row.Name == a.r.NonMember.Name { // what its node holds is advised on
			continue
		}
		switch row.Role {
		case NeverStarted:
			a.neverStarted(row)
		case Down:
			if row.Foreign {
				a.add("lost-member", "another cluster answers at the address of "+row.Label()+", as seen from here", "Whether "+row.Label()+" is down is not known: do not replace it.",
					Step{Say: "Ask from its own node, or where " + row.Endpoint + " leads to it."})
				continue
			}
			a.lost(row)
		case Learner:
			a.learner(row)
		case Leader, Follower, Leaderless, Unknown, Refused:
		}
	}
}

// started is the command that starts a member which joins.
func (a *adviser) started(row *Row) string {
	dir, _ := a.dirFor(row)
	return a.startedIn(row, dir)
}

// startedIn is that command with a data directory.
func (a *adviser) startedIn(row *Row, dir string) string {
	return "etcd --name=" + quote(row.Name) + " --data-dir=" + quote(dir) +
		" --initial-cluster-state=existing --initial-cluster=" + quote(a.initialCluster(row, self(row))) + addresses(row)
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
	steps, title := []Step{a.start()}, " does not answer: start it, or replace it"
	why := "If it comes back, it catches up by itself, and nothing else is to be done."
	if c := a.r.connected(row); c != "" {
		why += " " + strings.ToUpper(c[2:3]) + c[3:] + "."
	}
	why += " Only if its node or its data is gone for good: remove it first and add the new one afterwards, or the quorum grows before the new one serves." + again
	if row.Learner {
		title = " is a learner and does not answer: wait for it, start it, or replace it"
		why = "It does not count for the quorum, and nothing is lost with it. One that was just started answers when it has copied the database, which takes minutes where that is large. If it comes back, it goes on copying the data. Only if its node or its data is gone for good, remove it and add another one." + again
	}
	steps = append(steps, Step{Say: "Gone for good: take it out.", Command: a.etcdctl("", fmt.Sprintf("member remove %x", row.ID))})
	steps = append(steps, a.replace(row)...)
	a.add("lost-member", row.Label()+title, why+a.tool(), steps...)
}

// replace are the steps that bring a new member in the place of one that was removed.
func (a *adviser) replace(row *Row) []Step {
	dir, which := a.dirFor(row)
	switch d := a.in.Site.Distribution; d {
	case "kubeadm":
		return append(forget(row, "Forget the node.", Step{Say: "On the old node, if it still runs: stop it and empty it.", Command: "kubeadm reset"}),
			Step{Say: "On the new node, with a token and a certificate key of kubeadm init phase upload-certs: it adds itself as a learner and is promoted.", Command: "kubeadm join ADDRESS:6443 --token TOKEN --discovery-token-ca-cert-hash HASH --control-plane --certificate-key KEY"})
	case "k3s", "rke2":
		return append(forget(row, "Forget the node: "+d+" removes its member too."),
			Step{Say: "On the new node: it must hold no data of the old member." + which, Command: "rm -rf " + quote(dir)},
			Step{Say: "Start it with --server and the token: it joins as a learner and is promoted by itself.", Command: "systemctl restart " + map[string]string{"k3s": "k3s", "rke2": "rke2-server"}[d]})
	case "k0s":
		return []Step{{Say: "On the new controller: it must hold no data of the old member." + which, Command: "rm -rf " + quote(dir)},
			{Say: "Join it with a token of k0s token create --role=controller.", Command: "k0s install controller --token-file TOKEN"}}
	}
	peers := strings.Join(row.PeerURLs, ",")
	return []Step{
		{Say: "On the new node: it must hold no data of the old member." + which, Command: "rm -rf " + quote(dir+"/member")},
		{Say: "Add it as a learner, which does not count for the quorum while it copies the data. Another address: change --peer-urls.", Command: a.etcdctl("", "member add "+quote(row.Name)+" --learner --peer-urls="+quote(peers))},
		{Say: "Start it with these flags, and those that the other members have besides (certificates, --quota-backend-bytes). Another address: change it in each.", Command: a.started(row)},
		{Say: "When it has caught up (health shows its lag), let it vote: with the ID that member add has printed, or as health says then.", Command: a.etcdctl("", "member promote ID")}}
}

// forget are the steps, after others, that take the Node object of a member away; none where its name is not known.
func forget(row *Row, say string, before ...Step) []Step {
	if row.Name == "" {
		return nil
	}
	return append(before, Step{Say: say, Command: "kubectl delete node " + quote(node(row.Name))})
}

// addresses are the flags without which a member listens on localhost only, where no other reaches it.
func addresses(row *Row) string {
	out := " --initial-advertise-peer-urls=" + quote(strings.Join(row.PeerURLs, ",")) + " --listen-peer-urls=" + quote(listen(row.PeerURLs))
	if len(row.ClientURLs) > 0 {
		out += " --advertise-client-urls=" + quote(strings.Join(row.ClientURLs, ",")) + " --listen-client-urls=" + quote(listen(row.ClientURLs))
	}
	return out
}

// listen are the URLs to listen at: etcd refuses a name there, which 0.0.0.0 replaces.
func listen(urls []string) string {
	var out []string
	for _, text := range urls {
		u, err := url.Parse(text)
		if err == nil && u.Port() != "" && net.ParseIP(u.Hostname()) == nil {
			text = u.Scheme + "://0.0.0.0:" + u.Port()
		}
		if !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return strings.Join(out, ",")
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
