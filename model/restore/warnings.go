package restore

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/disk"
	"github.com/etcdscope/etcdscope/model/verify"
)

const (
	oldAfter  = 24 * time.Hour      // a snapshot that is older is called old
	soonAfter = 14 * 24 * time.Hour // a certificate that ends within this time is called expiring
	manyLeft  = 10                  // events that end at once are called many
)

// warn collects the dangers, those that stop first.
func (m *maker) warn() {
	for _, check := range []func(){m.damage, m.sameCluster, m.versionFits, m.older, m.keys, m.room, m.fileState, m.ageAndLoss, m.apiServers, m.nodes,
		m.certificates, m.objects, m.etcdState, m.memberState, m.distributionState} {
		check()
	}
	slices.SortStableFunc(m.Warnings, func(a, b Warning) int {
		switch {
		case a.Stop == b.Stop:
			return 0
		case a.Stop:
			return -1
		}
		return 1
	})
}

// say adds a danger.
func (m *maker) say(k Kind, what, detail string, names ...string) {
	m.Warnings = append(m.Warnings, Warning{Kind: k, Text: what, Detail: detail, Names: names})
}

// stop adds a danger that stops the restore, unless the user accepts it.
func (m *maker) stop(k Kind, what, detail string, names ...string) {
	m.Warnings = append(m.Warnings, Warning{Kind: k, Stop: !m.f.Given.Accept[k], Text: what, Detail: detail, Names: names})
}

func (m *maker) damage() {
	if m.f.File.Damage != "" {
		m.stop(Damaged, "the file is damaged", m.f.File.Damage+"; take another backup")
	}
}

// sameCluster compares the cluster of the file with what else is known of the node's.
func (m *maker) sameCluster() {
	for _, o := range m.f.Others {
		if !m.same(&o) {
			m.stop(Foreign, "the file is of another cluster than "+o.What, fmt.Sprintf("the namespace kube-system has uid %s in the file and %s there", m.f.Contents.Cluster, o.Cluster))
			return
		}
	}
	ca, node := strings.TrimSpace(m.f.Contents.ClusterCA), strings.TrimSpace(string(m.f.Node.ClusterCA))
	if ca == "" || node == "" || m.Distribution == "openshift" {
		return
	}
	if c := leaf([]byte(ca)); c != nil && !strings.Contains(node, ca) && !strings.Contains(ca, node) {
		m.stop(Foreign, "the file is of another cluster than this node", fmt.Sprintf("Pods in the file trust the CA %q of %s, which is not the one on this node; kubelets and service accounts of one do not work with the other",
			c.Subject.CommonName, c.NotBefore.UTC().Format(time.DateOnly)))
	}
}

func (m *maker) versionFits() {
	target := cmp.Or(m.f.Given.EtcdVersion, m.f.Node.EtcdVersion)
	major, min, ok := verify.Minor(m.version())
	targetMajor, targetMin, asked := verify.Minor(target)
	switch {
	case !ok:
	case major > 3 || major == 3 && min > 7:
		m.stop(TooNew, fmt.Sprintf("the file is of etcd %d.%d, which this build does not know", major, min), "it restores files of etcd 3.4 to 3.7; take etcdutl of that version")
	case asked && targetMajor == 3 && targetMin <= 5 && min > targetMin:
		m.stop(TooNew, fmt.Sprintf("etcd %s is older than what wrote the file", target), fmt.Sprintf("the file is of etcd %d.%d; etcd 3.5 starts with it, for it does not look at the version, and nobody has tried what follows; install etcd %d.%d first", major, min, major, min))
	case asked && (targetMajor < major || targetMajor == major && targetMin < min):
		m.stop(TooNew, fmt.Sprintf("etcd %s cannot start with it", target), fmt.Sprintf("the file is of etcd %d.%d; an older etcd refuses a cluster of a newer version and ends; install etcd %d.%d first", major, min, major, min))
	}
}

// older compares the file with a cluster that runs.
func (m *maker) older() {
	for _, o := range m.f.Others {
		if !o.Live || !m.same(&o) || o.Revision <= m.f.File.Revision {
			continue
		}
		why := "it answers, at revision %d: a restore throws away what was written since; bring single objects back with etcdscope rescue --from FILE; a lost member of a cluster that answers is replaced, not restored: etcdscope health says how"
		if o.NoQuorum {
			why = "a member answers without a quorum, at revision %d: save what it holds (etcdscope health says how), and restore that file instead"
		}
		m.stop(Older, fmt.Sprintf("%s is %d revisions ahead of the file", o.What, o.Revision-m.f.File.Revision), fmt.Sprintf(why, o.Revision)+"; or give --accept older-than-live; "+lossText(o.Loss), lossNames(o.Loss)...)
	}
}

func lossText(l *Loss) string {
	switch {
	case l == nil:
		return "what would be lost could not be compared"
	case l.Objects == 0:
		return "apart from Events and leases nothing differs"
	}
	return text.Plural(l.Objects, "object") + " in " + text.Plural(len(l.Namespaces), "namespace") + " differ"
}

func lossNames(l *Loss) (out []string) {
	if l == nil {
		return nil
	}
	for i := range l.Namespaces[:min(len(l.Namespaces), maxNamed)] {
		out = append(out, l.Namespaces[i].String())
	}
	return out
}

// emptyFile is why a file that is there counts as missing.
const emptyFile = "the file is empty"

// keys names what is missing of that which no snapshot contains.
func (m *maker) keys() {
	for _, n := range m.Needs {
		if n.State != Missing {
			continue
		}
		where := cmp.Or(n.Path, "the EncryptionConfiguration")
		switch {
		case n.Why == emptyFile:
			m.stop(MissingKey, n.What+" is missing: "+n.Path+" is empty", "no snapshot contains it; bring it back from a backup of the files or from another control-plane node before the restore", n.Path)
		case n.What == "token" && n.Why != "":
			m.stop(WrongToken, "the token on this node is not the one of the snapshot", n.Why+"; put the old cluster's token into "+n.Path+", or give it with --token", n.Path)
		case strings.HasPrefix(n.What, "encryption key"):
			m.stop(MissingKey, n.What+" is missing", n.Why+", and nothing reads them without it; give the EncryptionConfiguration of that time with --encryption-config", n.What)
		default:
			m.stop(MissingKey, n.What+" is missing: "+where, "no snapshot contains it; bring it back from a backup of the files or from another control-plane node before the restore", where)
		}
	}
	if len(m.f.Contents.KMS) > 0 {
		names := sortedKeys(m.f.Contents.KMS)
		m.say(KMSNeeded, "values are encrypted by a KMS plugin", "without the plugin "+strings.Join(names, ", ")+" and the key that it used then the API server reads none of them", names...)
	}
}

// walRoom is what a new log takes, in bytes.
const walRoom = 128 << 20

// room compares what the restore writes with what is free on the disk of the node's data directory, and of --data-dir.
func (m *maker) room() {
	need := m.f.File.Bytes + walRoom
	if m.f.Node.Here || m.f.Given.Rooted {
		m.lacks("the disk of "+m.DataDir, "beside the old data directory", need, m.Free)
	}
	if _, unpack := m.plain(); unpack != "" {
		need += m.f.File.Bytes // it is unpacked there
	}
	if dir := m.f.Given.DataDir; dir != "" {
		m.lacks("the disk of "+dir, "for the database and its log", need, m.f.Given.Free)
	}
}

func (m *maker) lacks(what, where string, need, free int64) {
	if need += etcdsource.KeepFree; free >= 0 && free < need {
		m.stop(NoRoom, what+" has too little room", fmt.Sprintf("%s are needed %s, %s are free", disk.Size(need), where, disk.Size(free)))
	}
}

func (m *maker) fileState() {
	if m.f.File.NoSum && m.f.File.Damage == "" {
		m.say(NoChecksum, "the file carries no checksum", "as a database that was copied: whether it is whole cannot be proved, and etcdutl needs --skip-hash-check; all its pages and revisions were read")
	}
	if m.f.File.Behind != "" {
		m.say(BehindWAL, "the database lacks a part of its WAL", m.f.File.Behind)
	}
	if m.f.File.InDataDir {
		m.say(FileInTheWay, "the file lies in the data directory that is replaced", "copy it elsewhere first: "+m.f.File.Path, m.f.File.Path)
	}
}

func (m *maker) ageAndLoss() {
	if t, age := m.age(); !t.IsZero() && age > oldAfter && !m.newest() {
		m.say(Aged, fmt.Sprintf("the snapshot is %s old", days(age)), "the newest time in it is "+t.UTC().Format(time.RFC3339)+"; all that was written since is lost")
	}
	for _, o := range m.f.Others {
		if !o.Live && m.same(&o) && o.Revision > m.f.File.Revision {
			m.say(Loses, fmt.Sprintf("%s is %d revisions newer", o.What, o.Revision-m.f.File.Revision), "restore that one instead, unless it holds what is to be undone; "+lossText(o.Loss), lossNames(o.Loss)...)
		}
	}
	if head, what := m.head(); head >= m.f.File.Revision+int64(m.Bump) && head > m.f.File.Revision {
		m.say(SmallBump, "the bump is too small", fmt.Sprintf("%s is at revision %d, the restored store would begin at %d: informers would see revisions go back", what, head, m.f.File.Revision+int64(m.Bump)))
	} else if m.f.Given.BumpGiven && m.Bump == 0 {
		m.say(SmallBump, "revisions are not bumped", "informers that saw later ones see them go back and keep what they have; leave --bump-revision out")
	}
}

// newest reports whether a member that answers holds nothing newer than the file, so that nothing was written since.
func (m *maker) newest() bool {
	return slices.ContainsFunc(m.f.Others, func(o Other) bool { return o.Live && m.same(&o) && o.Revision <= m.f.File.Revision })
}

func days(d time.Duration) string {
	if d < 48*time.Hour {
		return fmt.Sprintf("%d hours", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

// alive reports whether an address is that of a host which is known to be there after the restore.
func (m *maker) alive(addr string) bool {
	for _, x := range m.Members {
		for _, u := range x.PeerURLs {
			if hostOf(u) == addr {
				return true
			}
		}
	}
	for _, n := range m.f.Contents.Nodes {
		if slices.Contains(n.Addresses, addr) && !m.gone(&n) {
			return true
		}
	}
	return false
}

// gone reports whether a Node is dead in the snapshot, or is not there any more in a cluster that runs.
func (m *maker) gone(n *NodeFact) bool {
	if n.Dead {
		return true
	}
	for _, o := range m.f.Others {
		if o.Live && m.same(&o) && o.Nodes != nil {
			return !o.Nodes[n.Name]
		}
	}
	return false
}

// dead returns the addresses of API servers whose hosts are gone. Where no address at all is that of a host which is known,
// API servers run elsewhere, and nothing is said.
func (m *maker) dead() (out []string) {
	for _, a := range m.f.Contents.APIServers {
		if !m.alive(a) {
			out = append(out, a)
		}
	}
	if len(out) == len(m.f.Contents.APIServers) && m.f.Given.InitialCluster == "" && !m.anyControl() {
		return nil
	}
	return out
}

// anyControl reports whether the snapshot has a control-plane node with an address.
func (m *maker) anyControl() bool {
	return slices.ContainsFunc(m.f.Contents.Nodes, func(n NodeFact) bool { return n.Control && len(n.Addresses) > 0 })
}

func (m *maker) apiServers() {
	if dead := m.dead(); len(dead) > 0 {
		m.say(DeadAPIServer, text.Plural(len(dead), "API server")+" of the snapshot on hosts that are gone",
			"their leases come back with it, and the kubernetes Service sends requests to them until they are deleted: see the checklist", dead...)
	}
}

// goneNodes are the names of the Nodes whose hosts are gone.
func (m *maker) goneNodes() (out []string) {
	for i := range m.f.Contents.Nodes {
		if m.gone(&m.f.Contents.Nodes[i]) {
			out = append(out, m.f.Contents.Nodes[i].Name)
		}
	}
	return out
}

func (m *maker) nodes() {
	gone := m.goneNodes()
	if len(gone) > 0 {
		m.say(DeadNode, text.Plural(len(gone), "Node")+" of the snapshot not heard of any more", "they come back; their Pods stay until the Nodes are deleted: see the checklist", gone...)
	}
	var held []string
	for _, n := range gone {
		if m.f.Contents.Attached[n] > 0 {
			held = append(held, n)
		}
	}
	if len(held) > 0 {
		m.say(DetachedVolume, "volumes are attached to Nodes that are gone", "they are attached nowhere else before these are detached", held...)
	}
}

func (m *maker) certificates() {
	var over, soon, node []string
	for i := range m.f.Contents.Certificates {
		switch c := &m.f.Contents.Certificates[i]; {
		case c.Expires.Before(m.f.Now):
			over = append(over, c.String())
		case c.Expires.Before(m.f.Now.Add(soonAfter)):
			soon = append(soon, c.String())
		}
	}
	if len(over) > 0 {
		m.say(ExpiredCert, text.Plural(len(over), "expired certificate")+" in Secrets", "what uses them fails until they are renewed", over[:min(len(over), maxNamed)]...)
	}
	if len(soon) > 0 {
		m.say(ExpiringCert, text.Plural(len(soon), "certificate")+" in Secrets with less than 14 days left", "renew them after the restore", soon[:min(len(soon), maxNamed)]...)
	}
	for _, e := range m.f.Node.Files {
		if !e.Expires.IsZero() && e.Expires.Before(m.f.Now) {
			node = append(node, e.Path+", "+e.Expires.UTC().Format(time.DateOnly))
		}
	}
	if len(node) > 0 {
		m.say(ExpiredOnNode, "certificates on this node have expired", "etcd or the API server refuse them: renew them first", node...)
	}
}

func (m *maker) objects() {
	c := m.f.Contents
	if c.Leased >= manyLeft {
		m.say(EventsExpire, text.Plural(c.Leased, "Event")+" end at once", "leases start again when etcd starts: an hour later, three on OpenShift, all go in one burst of deletions")
	}
	if len(c.Terminating) > 0 {
		m.say(Terminating, text.Plural(len(c.Terminating), "namespace")+" being deleted", "controllers go on deleting what is in them as soon as they run; take a snapshot from before, or rescue them first", c.Terminating...)
	}
	if c.Bad > 0 {
		m.say(Unreadable, text.Plural(c.Bad, "value")+" that cannot be read", "one of them breaks the list of its whole type in the API server", c.Unreadable...)
	}
}
