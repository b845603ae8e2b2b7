package health

import (
	"cmp"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// What is advised while a member is replaced, at each state that the members show:
//
//	does not answer ─► removed (one is missing) ─► added (never started) ─► learner, behind ─► learner, caught up ─► member
//	  lost                incomplete                 neverStarted             learner            learner

// again says that the advice goes on from the state of the cluster.
const again = " After each step ask again: what is advised goes on from there."

// missing is a member that a cluster lacks; nil where that is not known to be one. With an even number of members it lacks one. It is not
// sure where the API servers may be meant to share a single member.
func (a *adviser) missing() (row *Row, sure bool) {
	uneven := a.r.Voters == 1 || a.r.Voters%2 == 0
	for _, m := range slices.Backward(a.in.Gone) {
		if !slices.ContainsFunc(a.r.Rows, func(r Row) bool { return r.Name == m.Name || slices.Equal(r.PeerURLs, m.PeerURLs) }) && uneven {
			return &Row{Member: m}, true
		}
	}
	if list := a.vacant(); len(list) > 0 {
		row := list[0]
		if row.Name == "" {
			row.Name = a.nameFor(row)
		}
		return row, true
	}
	if row := a.possible(); row != nil {
		if row.Name == "" {
			row.Name = a.nameFor(row)
		}
		return row, false
	}
	if a.r.Voters != 2 {
		return nil, false
	}
	if list := a.unused(func(*Node) bool { return true }); len(list) > 0 {
		return list[0], true
	}
	row = &Row{Member: etcdsource.Member{PeerURLs: []string{a.peerAt("ADDRESS")}}}
	if !joins(a.in.Site.Distribution) { // which name it after its node
		row.Name, row.ClientURLs = a.nameFor(row), a.clientsOf(row)
	}
	return row, true
}

// beside is a member to be at an API server beside which none runs, where members run beside them; nil for none.
func (a *adviser) beside() *Row {
	if !a.stacked() || joins(a.in.Site.Distribution) {
		return nil
	}
	for _, at := range a.in.Place.APIServers {
		if !slices.ContainsFunc(a.r.Rows, func(r Row) bool { return slices.Contains(a.in.Place.addresses(&r), at) }) {
			row := &Row{Member: etcdsource.Member{PeerURLs: []string{a.peerAt(at)}}}
			row.ClientURLs = a.clientsOf(row)
			return row
		}
	}
	return nil
}

// stacked reports whether the store says that members run beside API servers.
func (a *adviser) stacked() bool {
	kind, _ := a.in.Place.topology(a.r.Rows)
	return kind == "stacked"
}

// runs reports whether a member runs on a node.
func (a *adviser) runs(n *Node) bool {
	for i := range a.r.Rows {
		row := &a.r.Rows[i]
		if row.Name == n.Name || node(row.Name) == n.Name || slices.ContainsFunc(hosts(row), func(h string) bool { return slices.Contains(n.Addresses, h) }) {
			return true
		}
	}
	return false
}

// peerAt is the address for peers at a host: with the scheme and the port of the members.
func (a *adviser) peerAt(host string) string {
	scheme, port := "https", "2380"
	for i := range a.r.Rows {
		for _, text := range a.r.Rows[i].PeerURLs {
			if u, err := url.Parse(text); err == nil && u.Port() != "" {
				scheme, port = u.Scheme, u.Port()
			}
		}
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

// incomplete advises where a member has been removed and none was added: an even number of members can lose no more than one less. So
// it does where one was restored alone, and the control plane has more nodes.
func (a *adviser) incomplete() {
	if len(a.r.Rows) != a.r.Voters || a.r.Up < a.r.Voters || a.r.NonMember != nil {
		return
	}
	row, sure := a.missing()
	if row == nil {
		return
	}
	title := fmt.Sprintf("With %d members no more may fail than with %d: add one", a.r.Voters, a.r.Voters-1)
	why := fmt.Sprintf("With %d members the quorum is %d as well, and one more may fail.", a.r.Voters+1, (a.r.Voters+1)/2+1)
	switch {
	case a.r.Voters == 1:
		title = "With 1 member none may fail: add " + cmp.Or(row.Name, row.PeerURLs[0])
		why = "With 2 members the quorum is 2: only with a third one may one fail."
	case a.r.Voters%2 != 0:
		title = fmt.Sprintf("%d members, and more nodes to run one: add %s", a.r.Voters, cmp.Or(row.Name, row.PeerURLs[0]))
		why = ""
	}
	switch former := a.formers(); {
	case len(former) > 0 && former[0].ID == row.ID && row.ID != 0:
		title = fmt.Sprintf("%s was a member before the restore: add it again", row.Name)
		dir, _ := a.ownDir()
		why += " " + dir + etcdsource.Aside + " names " + labels(former) + " as well; where no other is to come, remove that folder."
	case row.ID != 0:
		title = fmt.Sprintf("%s was taken out: add the one that replaces it", row.Name)
	}
	if !sure {
		why += " Where the API servers are meant to share this member, nothing is to be done."
	}
	if slices.Contains(row.PeerURLs, a.peerAt("ADDRESS")) {
		why += " ADDRESS is that of the new node."
	}
	a.add("incomplete", title, why+again+a.tool(), a.replace(row)...)
}

// learner advises on a learner that runs: it is to vote when it has caught up.
func (a *adviser) learner(row *Row) {
	promote := a.etcdctl("", fmt.Sprintf("member promote %x", row.ID))
	own := ""
	if d := a.in.Site.Distribution; joins(d) {
		own = " " + d + " lets it vote by itself; the command is for when that does not happen within minutes."
	}
	out := Step{Say: "or, if it is not to become a member, take it out again:", Command: a.etcdctl("", fmt.Sprintf("member remove %x", row.ID))}
	if a.caughtUp(row) {
		a.add("learner", row.Label()+" is a learner and has caught up: let it vote", "It holds the data, and does not count for the quorum until it votes."+own+a.tool(), Step{Say: "Let it vote.", Command: promote}, out)
		return
	}
	why := fmt.Sprintf("It is %d raft entries behind. etcd refuses to let it vote before it has nearly all that the leader has.", max(row.Lag, 0))
	a.add("learner", row.Label()+" is a learner and copies the data: wait", why+own+a.tool(),
		Step{Say: "Ask until its lag is near 0; where it does not fall, see the log of etcd on its node.", Command: "etcdscope health" + a.access("")},
		Step{Say: "Then let it vote.", Command: promote}, out)
}

// caughtUp reports whether etcd lets a learner vote: it has applied nine tenths of the leader's log.
func (a *adviser) caughtUp(row *Row) bool {
	l := a.r.Leader()
	return l != nil && row.Status.Applied > 0 && float64(row.Status.Applied) >= 0.9*float64(l.Status.Index) && row.Lag < maxLag
}

// neverStarted advises on a member that was added and has not been started.
func (a *adviser) neverStarted(row *Row) {
	why := "It counts for the quorum, which is " + fmt.Sprint(a.r.Quorum) + " with it."
	if row.Learner {
		why = "It is a learner and does not count for the quorum, but no second one can be added."
	}
	steps := a.join(row)
	if row.Learner {
		steps = append(steps, Step{Say: "When it has caught up (health shows its lag), let it vote.", Command: a.etcdctl("", fmt.Sprintf("member promote %x", row.ID))})
	}
	steps = append(steps, Step{Say: "or, if it is not to come, take it out again:", Command: a.etcdctl("", fmt.Sprintf("member remove %x", row.ID))})
	a.add("never-started", row.Label()+" was added and has never started: start it", why+again+a.tool(), steps...)
}

// joining are the voters that were added and have never started, where a member answers that they can join.
func (a *adviser) joining() (out []*Row) {
	for i := range a.r.Rows {
		if row := &a.r.Rows[i]; row.Role == NeverStarted && !row.Learner && a.r.Answers > 0 {
			out = append(out, row)
		}
	}
	return out
}

// join are the steps that start a member which was added and has never started.
func (a *adviser) join(row *Row) (steps []Step) {
	at := strings.Join(row.PeerURLs, ",")
	if d := a.in.Site.Distribution; joins(d) {
		step := a.start()
		step.Say = strings.Replace(step.Say, "On its node", "On the node of "+at+", which "+d+" starts it on", 1)
		steps = append(steps, step)
	} else {
		to := *row
		to.Name, to.ClientURLs = a.nameFor(row), a.clientsOf(row)
		dir, which := a.dirFor(&to)
		steps = append(steps, Step{Say: "On the node of " + at + ": it must hold no data of another member." + which, Command: "rm -rf " + quote(dir+"/member")},
			Step{Say: "Start it with these flags (--name is the one that its own configuration has, or any that no other member has: etcd does not store the one that it was added by), and those that the other members have besides (certificates, --quota-backend-bytes).", Command: a.started(&to)})
	}
	return steps
}

// joins reports whether a distribution starts its members itself.
func joins(distribution string) bool {
	switch distribution {
	case "kubeadm", "openshift", "kops", "rke2", "k3s", "k0s", "talos":
		return true
	}
	return false
}

// clientsOf are the addresses for clients that a member is likely to have which names none: those of the member that was at its
// address before, else its own host, with scheme and port of another member.
func (a *adviser) clientsOf(row *Row) []string {
	if was := a.before(row); was != nil && len(was.ClientURLs) > 0 {
		return was.ClientURLs
	}
	if len(row.PeerURLs) == 0 {
		return nil
	}
	own, err := url.Parse(row.PeerURLs[0])
	if err != nil {
		return nil
	}
	for i := range a.r.Rows {
		other := &a.r.Rows[i]
		for _, text := range other.ClientURLs {
			if u, err := url.Parse(text); err == nil && u.Port() != "" {
				return []string{u.Scheme + "://" + net.JoinHostPort(own.Hostname(), portLike(own, other, u.Port()))}
			}
		}
	}
	return nil
}

// portLike is the port for clients beside a port for peers: where another member is on the same host, its own port is as far from the
// other one as that member's.
func portLike(own *url.URL, other *Row, port string) string {
	for _, text := range other.PeerURLs {
		u, err := url.Parse(text)
		if err != nil || u.Hostname() != own.Hostname() {
			continue
		}
		at, err1 := strconv.Atoi(own.Port())
		peer, err2 := strconv.Atoi(u.Port())
		client, err3 := strconv.Atoi(port)
		if n := at - peer + client; cmp.Or(err1, err2, err3) == nil && n > 0 && n < 1<<16 {
			return strconv.Itoa(n)
		}
	}
	return port
}

// before is the member that was at an address for peers before; nil where none is known.
func (a *adviser) before(row *Row) *etcdsource.Member {
	for i := range a.in.Gone {
		if m := &a.in.Gone[i]; slices.ContainsFunc(m.PeerURLs, func(u string) bool { return slices.Contains(row.PeerURLs, u) }) {
			return m
		}
	}
	if n := a.in.Site.Node; n != nil {
		for i := range n.Before {
			m := &n.Before[i]
			if slices.ContainsFunc(m.PeerURLs, func(u string) bool { return slices.Contains(row.PeerURLs, u) }) {
				return &etcdsource.Member{Name: m.Name, PeerURLs: m.PeerURLs, ClientURLs: m.ClientURLs}
			}
		}
	}
	return nil
}

// configured are the names that the files of this node have for the member at an address for peers.
func (a *adviser) configured(row *Row) (out []string) {
	n := a.in.Site.Node
	if n == nil {
		return nil
	}
	if slices.ContainsFunc(n.Member.PeerURLs, func(u string) bool { return slices.Contains(row.PeerURLs, u) }) {
		out = append(out, n.Member.Name)
	}
	for part := range strings.SplitSeq(n.Member.InitialCluster, ",") {
		if name, u, ok := strings.Cut(strings.TrimSpace(part), "="); ok && !strings.Contains(part, "$") && slices.Contains(row.PeerURLs, u) {
			out = append(out, name)
		}
	}
	return out
}

// nameFor is the name for a member that joins: that of the member that was at its address before, that a node's files or its Node object
// have for that address; else the name of its host, or the next one after the others' pattern. No other member has it. Where there is none it is a placeholder, NAME.
func (a *adviser) nameFor(row *Row) string {
	var ideas []string
	if was := a.before(row); was != nil {
		ideas = append(ideas, was.Name)
	}
	ideas = append(ideas, a.configured(row)...)
	at := hosts(row)
	if p := a.in.Place; p != nil {
		for i := range p.Nodes {
			if slices.ContainsFunc(p.Nodes[i].Addresses, func(h string) bool { return slices.Contains(at, h) }) {
				ideas = append(ideas, p.Nodes[i].Name)
			}
		}
	}
	for _, h := range at {
		if first, _, _ := strings.Cut(h, "."); net.ParseIP(h) == nil && first != "ADDRESS" {
			ideas = append(ideas, first)
		}
	}
	for n := range len(a.r.Rows) * 2 {
		ideas = append(ideas, a.numbered(n)...)
	}
	for _, name := range ideas {
		if name != "" && !slices.ContainsFunc(a.r.Rows, func(r Row) bool { return r.Name == name }) {
			return name
		}
	}
	return "NAME"
}

// numbered are the names that follow the lowest numbered one of the members' at a distance.
func (a *adviser) numbered(after int) (out []string) {
	lowest, prefix := -1, ""
	for i := range a.r.Rows {
		name := a.r.Rows[i].Name
		stem := strings.TrimRight(name, "0123456789")
		if n, err := strconv.Atoi(name[len(stem):]); err == nil && len(name)-len(stem) < 4 && (lowest < 0 || n < lowest) {
			lowest, prefix = n, stem
		}
	}
	if lowest < 0 {
		return nil
	}
	return []string{prefix + strconv.Itoa(lowest+after)}
}

// maxGone is how many members that are gone are remembered.
const maxGone = 8

// Gone returns the members that are gone, the last one last: those that were, and of the last probe those that the member list now
// has no more. A probe that knows no member list changes nothing.
func Gone(were []etcdsource.Member, last, now *etcdsource.Probe) []etcdsource.Member {
	if last == nil || last.Guessed || now.Guessed || last.Cluster != now.Cluster {
		return were
	}
	is := func(m etcdsource.Member) bool {
		return slices.ContainsFunc(now.Members, func(x etcdsource.Member) bool { return x.ID == m.ID })
	}
	gone := slices.DeleteFunc(slices.Clone(were), is)
	for _, m := range last.Members {
		if !is(m) && m.ID != 0 && m.Name != "" {
			gone = append(gone, m)
		}
	}
	return gone[max(len(gone)-maxGone, 0):]
}
