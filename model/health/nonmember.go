package health

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// NonMember is the etcd of this node where it is no member of the cluster whose members answer: the member was removed, or it is another
// cluster's.
//
//	IDs in the log of the data directory ─┐
//	                                      ├─► another cluster, or a member that was removed
//	cluster and member list that answer ──┘
type NonMember struct {
	Name        string // as this node's files have it; "" not known
	ID, Cluster uint64
	Dir         string // its data directory
	Revision    int64  // of its data, 0 not known
	Running     bool   // an etcd has the data directory open
	Removed     bool   // it was a member of the cluster that answers; else it is another cluster's
	Restored    bool   // a restore made the data directory, and no etcd has been started on it
	Empty       bool   // it is set up on this node, and has no data
}

// Label names it in a sentence.
func (m *NonMember) Label() string {
	if m.Name == "" && m.ID != 0 {
		return fmt.Sprintf("%x", m.ID)
	}
	return m.Name
}

// Role is what it is, in the column of the members' roles.
func (m *NonMember) Role() Role {
	switch {
	case m.Empty:
		return Outside
	case m.Removed:
		return Removed
	}
	return Elsewhere
}

// Holds says in a few words whose data its directory holds.
func (m *NonMember) Holds() string {
	switch {
	case m.Empty:
		return "no data"
	case m.Removed:
		return "old data of a removed member"
	}
	return "data of another cluster than the one that answers"
}

// nonMember compares the IDs in this node's data directory with the cluster that answers; nil where it is of it, or not known.
func nonMember(r *Report, in *Input) *NonMember {
	if r.Answers == 0 || r.Guessed || r.Cluster == 0 {
		return nil
	}
	m := in.ownCopy()
	if m == nil {
		m = in.ownNode(r)
	}
	if m == nil || m.ID == 0 || m.Cluster == 0 {
		return in.ownEmpty(r)
	}
	m.Removed = m.Cluster == r.Cluster
	if m.Removed {
		listed := slices.ContainsFunc(r.Rows, func(row Row) bool { return row.ID == m.ID })
		if listed || r.Verdict == NoQuorum { // without a quorum a list may be older than the member
			return nil
		}
	} else if slices.ContainsFunc(in.Probe.Others, func(o etcdsource.OtherCluster) bool { return o.Cluster == m.Cluster }) {
		return nil // it answers too, which is said
	}
	if n := in.Site.Node; n != nil {
		m.Name = n.Member.Name
	}
	if o := in.Offline; o != nil {
		m.Name = cmp.Or(m.Name, o.Member)
	}
	if in.Local != nil {
		m.Name = cmp.Or(m.Name, in.Local.Member.Name)
	}
	return m
}

// ownCopy is this node's etcd as looking for what can be read in the place of the members has found it; nil where that has not.
func (in *Input) ownCopy() *NonMember {
	if in.Offline == nil {
		return nil
	}
	for i := range in.Offline.Copies {
		c := &in.Offline.Copies[i]
		if !c.DataDir || c.Member == 0 || strings.HasSuffix(c.Path, etcdsource.Aside) || c.Unproven && c.Cluster != in.Probe.Cluster {
			continue
		}
		m := &NonMember{ID: c.Member, Cluster: c.Cluster, Dir: c.Path, Revision: c.Revision, Running: c.Running}
		if n := in.Offline.Node; n != nil && n.Data.Dir != "" && strings.HasSuffix(c.Path, n.Data.Dir) {
			m.Restored = n.Data.Restored
		}
		if !m.another(in) || !in.apart(in.Offline.Node) {
			return m
		}
	}
	return nil
}

// another reports that it is not of the cluster that was asked.
func (m *NonMember) another(in *Input) bool { return m.Cluster != in.Probe.Cluster }

// ownNode is this node's etcd as the node's files have it; nil where nothing there has to do with the members that answer.
func (in *Input) ownNode(r *Report) *NonMember {
	n := in.Site.Node
	if n == nil {
		if n = in.Local; n == nil || n.Data.Cluster != r.Cluster && !related(n, r.Rows) {
			return nil
		}
	}
	if n.Data.Member == 0 || in.Site.DataDir != "" && !strings.HasSuffix(in.Site.DataDir, n.Data.Dir) { // another etcd of the node was opened
		return nil
	}
	m := &NonMember{ID: n.Data.Member, Cluster: n.Data.Cluster, Dir: cmp.Or(in.Site.DataDir, n.Data.At, n.Data.Dir), Running: n.Data.Running, Restored: n.Data.Restored}
	// A directory that nothing starts an etcd on is only a leftover; k3s, RKE2 and k0s keep one also where their datastore is elsewhere.
	if m.another(in) && (in.apart(n) || !n.Data.Running && (n.EtcdFile == "" || n.Lib != "")) {
		return nil
	}
	return m
}

// ownEmpty is this node's etcd where it is set up, is no member, and has no data to become one; nil where that is not so.
func (in *Input) ownEmpty(r *Report) *NonMember {
	n := in.Site.Node
	if n == nil || !n.Here || n.EtcdFile == "" || n.Lib != "" || n.Member.Name == "" || n.Data.Dir == "" || n.Data.Cluster != 0 || n.Data.Running || !n.Data.Bare || r.Verdict == NoQuorum || in.apart(n) {
		return nil
	}
	if in.Site.DataDir != "" && !strings.HasSuffix(in.Site.DataDir, n.Data.Dir) {
		return nil
	}
	own := &Row{Member: etcdsource.Member{Name: n.Member.Name, PeerURLs: n.Member.PeerURLs}}
	if slices.ContainsFunc(r.Rows, func(row Row) bool {
		return alike(&row, own) || row.Name == "" || slices.ContainsFunc(row.PeerURLs, func(u string) bool { return slices.Contains(own.PeerURLs, u) })
	}) {
		return nil
	}
	return &NonMember{Name: n.Member.Name, Dir: cmp.Or(in.Site.DataDir, n.Data.At, n.Data.Dir), Empty: true}
}

// apart reports whether an etcd of a node is meant to be another cluster's: the API server keeps some resources in it.
func (in *Input) apart(n *etcdsource.Node) bool {
	if n == nil || n.Overrides == "" {
		return false
	}
	for part := range strings.SplitSeq(n.Overrides, ",") { // GROUP/RESOURCE#URL;URL
		_, urls, _ := strings.Cut(part, "#")
		for u := range strings.SplitSeq(urls, ";") {
			if local(u) || owns(n, u) {
				return true
			}
		}
	}
	return false
}

// related reports whether a node's files name the host of a member.
func related(n *etcdsource.Node, rows []Row) bool {
	known := slices.Clone(n.EtcdServers)
	for _, m := range initial(n) {
		known = append(known, m.PeerURLs...)
	}
	known = append(known, n.Member.PeerURLs...)
	for _, text := range known {
		u, err := url.Parse(text)
		if err == nil && slices.ContainsFunc(rows, func(row Row) bool { return slices.Contains(hosts(&row), u.Hostname()) }) {
			return true
		}
	}
	return false
}

// withoutOwn leaves out of the addresses that do not answer those of this node's etcd, of which more is known.
func withoutOwn(silent []etcdsource.SilentEndpoint, in *Input) []etcdsource.SilentEndpoint {
	var own []string
	if in.Offline != nil {
		own = in.Offline.Endpoints
	}
	return slices.DeleteFunc(slices.Clone(silent), func(s etcdsource.SilentEndpoint) bool { return slices.Contains(own, s.Endpoint) })
}

// outside is what is wrong with this node's etcd, nothing where it is a member.
func (r *Report) outside() []string {
	if r.NonMember == nil {
		return nil
	}
	return []string{r.NonMember.Says(r)}
}

// Says names what is wrong with this node's etcd.
func (m *NonMember) Says(r *Report) string {
	running := ""
	if m.Running {
		running = ", which runs"
	}
	switch {
	case m.Empty:
		return fmt.Sprintf("this node's etcd (%s) is no member of the cluster, and has no data (%s): it is to be added before it is started", m.Label(), m.Dir)
	case m.Removed:
		return fmt.Sprintf("this node's etcd (%s, ID %x%s) was removed from the cluster: etcd does not start on its data, %s, which is old", m.Label(), m.ID, running, m.Dir)
	case m.Restored:
		return fmt.Sprintf("this node's data directory, %s, was restored as a new cluster (%x), on which no etcd was started yet; the members that answer are of %x", m.Dir, m.Cluster, r.Cluster)
	}
	return fmt.Sprintf("this node's etcd (%s, %s%s) belongs to another cluster (%x) than the members that answer (%x)", m.Label(), m.Dir, running, m.Cluster, r.Cluster)
}
