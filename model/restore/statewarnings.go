package restore

import (
	"fmt"
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/etcdsource"
)

func (m *maker) etcdState() {
	if m.f.Stored.Auth {
		m.say(Auth, "etcd asks for users", "authentication comes back with the snapshot: the API server needs the user and password, or the certificate, of that time")
	}
	if len(m.f.Stored.Alarms) > 0 {
		m.say(Alarm, "the alarm "+strings.Join(m.f.Stored.Alarms, ", ")+" was raised", "it comes back: etcd refuses writes until it is disarmed with etcdctl alarm disarm", m.f.Stored.Alarms...)
	}
	quota := m.f.Node.Quota
	if quota == 0 {
		quota = defaultQuota
	}
	if m.f.File.Bytes >= quota {
		m.say(Quota, "the database is larger than its quota", fmt.Sprintf("%d bytes, of %d: etcd raises NOSPACE at the first write; set --quota-backend-bytes higher, or defragment after the restore", m.f.File.Bytes, quota))
	}
	if m.f.Node.Overrides != "" {
		m.say(OtherEtcd, "some resources lie in another etcd", "the API server's --etcd-servers-overrides is "+m.f.Node.Overrides+": this file does not hold them; restore that etcd's own backup too")
	}
}

func (m *maker) memberState() {
	n := &m.f.Node
	if m.f.Given.InitialCluster == "" && n.Here && n.Member.Name != "" && m.This() == nil {
		m.say(NotAMember, "this node's member "+n.Member.Name+" is none of the snapshot's", "etcd starts only as a member of --initial-cluster: give the members of the new cluster with it"+m.ownCluster(), n.Member.Name)
	} else if m.f.Given.InitialCluster == "" && len(m.f.Stored.Members) > 0 && m.otherMembers() {
		m.say(NotAMember, "the snapshot is of other members than this node is configured for", "it names "+storedNames(m.f.Stored.Members)+"; the plan is for "+n.Member.InitialCluster+
			", as this node says: give --initial-cluster where it is to be another, and be sure that the file is of this cluster", n.Member.Name)
	} else if stored := m.storedURLs(); n.Here && len(n.Member.PeerURLs) > 0 && len(stored) > 0 && !slices.Equal(sorted(stored), sorted(n.Member.PeerURLs)) && m.f.Given.InitialCluster == "" {
		m.say(NotAMember, "this node's peer URL is another one than in the snapshot", strings.Join(n.Member.PeerURLs, ",")+" here, which the plan takes, "+strings.Join(stored, ",")+" there: the other members must be given the new one: --initial-cluster, the same on all", n.Member.Name)
	}
	if n.Data.Running {
		m.say(Runs, "an etcd runs on "+n.Data.Dir, "it must be stopped before its data directory is renamed: the steps say how", n.Data.Dir)
	}
	if len(m.f.Stored.Members) == 0 && m.f.Given.InitialCluster == "" && n.Member.InitialCluster == "" {
		m.say(NoMembers, "the members are not known", "neither the file nor this node names them: give them with --initial-cluster NAME=https://ADDRESS:2380,…")
	}
}

// storedURLs are the peer URLs that the snapshot has of this node's member.
func (m *maker) storedURLs() []string {
	for _, s := range m.f.Stored.Members {
		if s.Name == m.f.Node.Member.Name {
			return s.PeerURLs
		}
	}
	return nil
}

// storedNames are the names of members, as many as are named.
func storedNames(members []etcdsource.StoredMember) string {
	var out []string
	for _, s := range members[:min(len(members), maxNamed)] {
		out = append(out, s.Name)
	}
	return strings.Join(out, ", ")
}

// ownCluster is the flag for the members that this node is configured with, "" where it names none.
func (m *maker) ownCluster() string {
	if c := m.f.Node.Member.InitialCluster; c != "" {
		return ": this node's configuration says --initial-cluster " + sh(c)
	}
	return ""
}

func sorted(s []string) []string { return slices.Sorted(slices.Values(s)) }

// distributionState names what goes wrong with one distribution only.
func (m *maker) distributionState() {
	name := m.base()
	switch m.Distribution {
	case "k3s", "rke2":
		if m.f.Node.S3 {
			m.say(LooksInS3, "snapshots are configured to lie in S3", "--cluster-reset-restore-path looks a local path up in S3 too: the step gives --etcd-s3=false")
		}
		if m.f.Node.ResetFlag != "" {
			m.say(ResetBefore, "a reset was made and not followed by a start", m.f.Node.ResetFlag+" refuses a second one: start the server once, or remove the flag", m.f.Node.ResetFlag)
		}
	case "k0s":
		if !isArchive(name) {
			m.say(BareDatabase, "k0s restore takes the archive of k0s backup", "this is a bare database, without the PKI and the configuration: the steps pack it with this node's own")
		}
	case "openshift":
		if !slices.ContainsFunc(m.f.File.Beside, func(n string) bool { return strings.HasPrefix(n, "static_kuberesources_") }) {
			m.say(NoStaticPods, "static_kuberesources_….tar.gz is not beside the file", "cluster-restore.sh needs both files of one cluster-backup.sh in one folder: the static Pods, and the keys that values are encrypted with, are in it")
		}
	}
}

func isArchive(name string) bool {
	return strings.HasSuffix(name, ".tar.gz") || strings.HasSuffix(name, ".tgz") || strings.HasSuffix(name, ".tar")
}
