package restore

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/model/verify"
)

const (
	// usualBump is OpenShift's where it knows nothing: a thousand writes a second for eleven days.
	usualBump = 1_000_000_000
	// defaultQuota is etcd's own limit on the size of its database, in bytes.
	defaultQuota = 2 << 30
)

// usualDirs are the data directories of distributions that do not take /var/lib/etcd.
var usualDirs = map[string]string{"kops": "/mnt/VOLUME/data/TOKEN", "k0s": "/var/lib/k0s/etcd", "k3s": "/var/lib/rancher/k3s/server/db/etcd", "rke2": "/var/lib/rancher/rke2/server/db/etcd"}

// Usual is the distribution where nothing says which it is: an etcd that systemd starts.
const Usual = "systemd"

// Make makes the plan.
func Make(f *Facts) *Plan {
	p := &Plan{File: f.File, Distribution: cmp.Or(f.Given.Distribution, f.Node.Distribution, f.Contents.Distribution, Usual)}
	switch {
	case f.Given.Distribution != "":
		p.DistributionFrom = "as given"
	case f.Node.Here:
		p.DistributionFrom = "found on this node"
	case f.Contents.Distribution != "":
		p.DistributionFrom = "as the keys of the snapshot say; give --distribution where it is another"
	default:
		p.DistributionFrom = "for want of another: neither this node nor the snapshot says which; give --distribution"
	}
	m := maker{Plan: p, f: f}
	p.OnNode, p.Encryption = f.Node.Here || f.Given.Rooted, f.Node.Encryption
	for i := range f.Others {
		p.Against = append(p.Against, f.Others[i].What+answers(&f.Others[i], f.Contents.Cluster))
	}
	m.members()
	m.bump()
	p.DataDir = cmp.Or(f.Node.Data.Dir, usualDirs[p.Distribution], "/var/lib/etcd")
	p.Owner, p.Mode, p.Free = cmp.Or(f.Node.Data.Owner, "0:0"), "0700", f.Node.Data.Free
	p.Token = cmp.Or(f.Given.Token, "etcd-restore-"+f.Now.UTC().Format("20060102T150405"))
	m.starts()
	m.needs()
	m.warn()
	if !m.damagedForGood() {
		m.steps()
	}
	return p
}

// answers says of the file's cluster, where it answers, that it needs no restore.
func answers(o *Other, cluster string) string {
	switch {
	case !o.Live || o.Cluster != cluster:
		return ""
	case o.NoQuorum:
		return ", a member of which answers, without a quorum: start its members where that can be, for then nothing is to be restored"
	}
	return ", which answers: a lost member is replaced, not restored: see etcdscope health"
}

// damagedForGood reports whether there is no use in steps: the file is damaged, and that was not accepted.
func (m *maker) damagedForGood() bool {
	return m.f.File.Damage != "" && !m.f.Given.Accept[Damaged]
}

// maker makes one plan.
type maker struct {
	*Plan
	f *Facts
}

// members takes the members from what was given, else from the snapshot, else from the node. Where the node is configured
// for other members than the snapshot's, those of the node are meant: it is a new machine, or a new cluster.
func (m *maker) members() {
	f := m.f
	switch {
	case f.Given.InitialCluster != "":
		m.From, m.Members = "--initial-cluster", parseCluster(f.Given.InitialCluster)
	case len(f.Stored.Members) > 0 && !m.otherMembers():
		m.From = "the snapshot"
		for _, s := range f.Stored.Members {
			if !s.Learner && s.Name != "" {
				m.Members = append(m.Members, Member{Name: s.Name, PeerURLs: m.urlsOf(s.Name, s.PeerURLs)})
			}
		}
	}
	if len(m.Members) == 0 && f.Node.Member.InitialCluster != "" {
		m.From, m.Members = "this node's configuration", parseCluster(f.Node.Member.InitialCluster)
	}
	if len(m.Members) == 0 && f.Given.Member == "" && len(f.Given.PeerURLs) == 0 && f.Node.Member.Name == "" {
		m.membersOfNodes()
	}
	if len(m.Members) == 0 {
		m.thisNodeAlone()
	}
	for i := range m.Members {
		x := &m.Members[i]
		x.Node, x.Here = m.nodeOf(x), m.isHere(x)
	}
}

// membersOfNodes makes a member of each control-plane Node of the snapshot that still lives.
func (m *maker) membersOfNodes() {
	for _, n := range m.f.Contents.Nodes {
		if n.Control && !n.Dead && len(n.Addresses) > 0 {
			m.From = "the snapshot's control-plane Nodes"
			m.Members = append(m.Members, Member{Name: n.Name, PeerURLs: []string{"https://" + net.JoinHostPort(n.Addresses[0], "2380")}})
		}
	}
}

// thisNodeAlone makes one member by what was given and what this node is configured with.
func (m *maker) thisNodeAlone() {
	f := m.f
	name := cmp.Or(f.Given.Member, f.Node.Member.Name, f.Node.Name, "default")
	urls := f.Given.PeerURLs
	if len(urls) == 0 {
		urls = f.Node.Member.PeerURLs
	}
	if len(urls) == 0 {
		urls = []string{"https://" + name + ":2380"}
	}
	m.From, m.Members = "this node alone: the snapshot names no members", []Member{{Name: name, PeerURLs: urls}}
}

// otherMembers reports whether this node is configured for a cluster that none of the snapshot's members is in.
func (m *maker) otherMembers() bool {
	own := parseCluster(m.f.Node.Member.InitialCluster)
	for i := range own {
		for _, s := range m.f.Stored.Members {
			if s.Name == own[i].Name || slices.ContainsFunc(s.PeerURLs, func(u string) bool { return slices.Contains(own[i].PeerURLs, u) }) {
				return false
			}
		}
	}
	return len(own) > 0
}

// urlsOf are the peer URLs of a member: of this node's own what it is configured with, as its address may be a new one.
func (m *maker) urlsOf(name string, stored []string) []string {
	if n := &m.f.Node.Member; n.Name == name && len(n.PeerURLs) > 0 {
		return n.PeerURLs
	}
	return stored
}

// parseCluster reads NAME=URL,NAME=URL; a name may come more than once.
func parseCluster(s string) (out []Member) {
	for _, part := range strings.Split(s, ",") {
		name, u, ok := strings.Cut(strings.TrimSpace(part), "=")
		if !ok || name == "" {
			continue
		}
		if i := slices.IndexFunc(out, func(x Member) bool { return x.Name == name }); i >= 0 {
			out[i].PeerURLs = append(out[i].PeerURLs, u)
			continue
		}
		out = append(out, Member{Name: name, PeerURLs: []string{u}})
	}
	return out
}

// nodeOf is the name of the host that a member is on: the Node with its address, else its own name.
func (m *maker) nodeOf(x *Member) string {
	for _, u := range x.PeerURLs {
		host := hostOf(u)
		for _, n := range m.f.Contents.Nodes {
			if host != "" && (n.Name == host || slices.Contains(n.Addresses, host)) {
				return n.Name
			}
		}
	}
	for _, n := range m.f.Contents.Nodes {
		if x.Name == n.Name || x.Name != hostName(x.Name) && hostName(x.Name) == n.Name && m.suffixed() {
			return n.Name
		}
	}
	switch {
	case m.isHere(x) && m.f.Node.Name != "":
		return m.f.Node.Name
	case m.suffixed():
		return hostName(x.Name)
	case (m.Distribution == "kubespray" || m.Distribution == Usual) && len(x.PeerURLs) > 0: // names there are no hosts'
		if a, err := netip.ParseAddr(hostOf(x.PeerURLs[0])); err == nil && !a.IsLoopback() && !a.IsUnspecified() {
			return a.String()
		}
	}
	return x.Name
}

// suffixed reports whether members are named as their hosts, with eight hexadecimal digits behind.
func (m *maker) suffixed() bool { return m.Distribution == "k3s" || m.Distribution == "rke2" }

var nameSuffix = regexp.MustCompile(`-[0-9a-f]{8}$`)

// hostName is the name of the host of a member of k3s or RKE2.
func hostName(member string) string { return nameSuffix.ReplaceAllString(member, "") }

func (m *maker) isHere(x *Member) bool {
	n := &m.f.Node
	switch {
	case m.f.Given.Member != "":
		return x.Name == m.f.Given.Member
	case n.Member.Name != "":
		return x.Name == n.Member.Name
	}
	return n.Name != "" && (x.Name == n.Name || x.Node == n.Name)
}

func hostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	if host, _, err := net.SplitHostPort(u.Host); err == nil {
		return host
	}
	return u.Host
}

// cluster is --initial-cluster.
func (p *Plan) cluster() string {
	var out []string
	for _, x := range p.Members {
		for _, u := range x.PeerURLs {
			out = append(out, x.Name+"="+u)
		}
	}
	return strings.Join(out, ",")
}

// Cluster is the value of etcdutl's --initial-cluster.
func (p *Plan) Cluster() string { return p.cluster() }

// This is the member of this node, else the only one; nil where that is not known.
func (p *Plan) This() *Member {
	for i := range p.Members {
		if p.Members[i].Here {
			return &p.Members[i]
		}
	}
	if len(p.Members) == 1 {
		return &p.Members[0]
	}
	return nil
}

// head is the highest revision that any store was found at, and which.
func (m *maker) head() (rev int64, what string) {
	for _, o := range m.f.Others {
		if o.Revision > rev && m.same(&o) {
			rev, what = o.Revision, o.What
		}
	}
	return rev, what
}

// same reports whether another store is known to be of the file's cluster, or may be.
func (m *maker) same(o *Other) bool {
	return o.Cluster == "" || m.f.Contents.Cluster == "" || o.Cluster == m.f.Contents.Cluster
}

// bump decides by how much revisions are raised. What runs may have gone on since it was read: twice the distance, and the
// usual bump where that is more.
func (m *maker) bump() {
	head, what := m.head()
	ahead := head - m.f.File.Revision
	m.Bump = usualBump
	if need := uint64(max(ahead, 0)) * 2; need > m.Bump {
		m.Bump = (need/usualBump + 1) * usualBump
	}
	if m.f.Given.BumpGiven {
		m.Bump = m.f.Given.Bump
	}
	to := m.f.File.Revision + int64(m.Bump)
	switch {
	case head == 0:
		m.BumpWhy = fmt.Sprintf("informers must not see revisions go back, or they keep what is gone; no member and no newer backup could be read: it is what 1000 writes a second make in %d days", m.Bump/86_400_000)
	case ahead <= 0:
		m.BumpWhy = fmt.Sprintf("informers must not see revisions go back; %s is at revision %d, not behind the snapshot", what, head)
	case to > head:
		m.BumpWhy = fmt.Sprintf("informers must not see revisions go back; %s is at revision %d, the restored store begins at %d: %d revisions above it", what, head, to, to-head)
	default:
		m.BumpWhy = fmt.Sprintf("it is too small: %s is at revision %d, the restored store would begin at %d", what, head, to)
	}
	switch m.Distribution {
	case "openshift":
		m.NoBump = "cluster-restore.sh raises revisions by itself, and marks what is before as compacted"
	case "k3s", "rke2", "k0s", "kops", "talos":
		m.NoBump = map[string]string{"k3s": "k3s server --cluster-reset", "rke2": "rke2 server --cluster-reset", "k0s": "k0s restore", "kops": "etcd-manager", "talos": "talosctl bootstrap"}[m.Distribution] +
			" raises no revisions: restart everything that watches, as the checklist says"
	}
}

// starts says which etcd can start the restored store.
func (m *maker) starts() {
	major, min, ok := verify.Minor(m.version())
	switch {
	case !ok:
		m.Starts = "etcd 3.4 or newer: the file names no version, as those of etcd 3.5 and older"
	case major == 3 && min <= 5:
		m.Starts = "etcd 3.5, 3.6 and 3.7"
	case major == 3 && min == 6:
		m.Starts = "etcd 3.6 and 3.7; 3.5 starts without looking at the version: do not rely on it"
	default:
		m.Starts = fmt.Sprintf("etcd %d.%d or newer; 3.6 ends at once, 3.5 starts without looking at the version: do not rely on it", major, min)
	}
}

// version is the newest version that the file carries: a server that is older than the cluster's version does not start.
func (m *maker) version() string {
	a, b := m.f.Stored.ClusterVersion, m.f.File.Version
	_, x, ok := verify.Minor(a)
	_, y, also := verify.Minor(b)
	if !ok || also && y > x {
		return b
	}
	return a
}

// needs lists what no snapshot contains.
func (m *maker) needs() {
	known := m.f.Node.Here || m.f.Given.Rooted
	for _, e := range m.f.Node.Files {
		n := Need{What: e.What, Path: e.Path, State: Unchecked}
		switch {
		case e.Empty:
			n.State, n.Why = Missing, emptyFile
		case e.Present:
			n.State = Present
		case known:
			n.State = Missing
		}
		m.Needs = append(m.Needs, n)
	}
	for _, key := range sortedKeys(m.f.Contents.Encrypted) {
		m.Needs = append(m.Needs, Need{What: "encryption key " + key, State: Missing, Why: text.Plural(m.f.Contents.Encrypted[key], "value") + " encrypted with it"})
	}
	for _, key := range sortedKeys(m.f.Contents.KMS) {
		m.Needs = append(m.Needs, Need{What: "KMS plugin " + key + " and the key it uses", State: Unchecked, Why: text.Plural(m.f.Contents.KMS[key], "value") + " encrypted with it"})
	}
	if m.Distribution == "k3s" || m.Distribution == "rke2" {
		m.tokenNeed()
	}
}

// tokenNeed compares the node's token with the name of the bootstrap data that it must open.
func (m *maker) tokenNeed() {
	if len(m.f.Contents.Bootstrap) == 0 || len(m.f.Node.TokenHashes) == 0 {
		return
	}
	for _, h := range m.f.Node.TokenHashes {
		if slices.Contains(m.f.Contents.Bootstrap, h) {
			return
		}
	}
	for i := range m.Needs {
		if m.Needs[i].What == "token" {
			m.Needs[i].State, m.Needs[i].Why = Missing, "the one there is another: the snapshot's authorities are encrypted with the token of bootstrap key "+m.f.Contents.Bootstrap[0]
		}
	}
}

func sortedKeys(in map[string]int) (out []string) {
	for k := range in {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// age is how old the snapshot is: what is in it is as old as the newest time in it.
func (m *maker) age() (time.Time, time.Duration) {
	t := m.f.Contents.Time
	if t.IsZero() {
		t = m.f.File.Modified
	}
	return t, m.f.Now.Sub(t)
}
