package etcdsource

import "time"

// Node is what a control-plane node says of its member of etcd, and what it holds of that which no snapshot contains.
// Paths are the node's own, also where its file tree is mounted elsewhere. Texts are untrusted; "" is not known.
type Node struct {
	Distribution string // kubeadm, k3s, rke2, k0s, openshift, kops, talos, kubespray or systemd
	Here         bool   // there is a trace of it on the node
	Name         string // the host's
	// Addresses are the IP addresses of its network interfaces; nil of a mounted tree.
	Addresses []string
	Lib       string // k3s, RKE2 and k0s: the folder that they keep all in, "" for others
	Member    NodeMember
	Data      NodeData
	// Before are the members that the data directory names which was moved aside (Aside), as before a restore; nil for none.
	Before      []StoredMember
	EtcdVersion string   // "3.6.4"
	Manifests   []string // of static pods, etcd's first: /etc/kubernetes/manifests/etcd.yaml
	Client      NodeClient
	// EtcdFile and APIFile are the files that show that the node runs a member and an API server, the same where both are
	// parts of one program; EtcdServers is what the API server was given.
	EtcdFile, APIFile string
	EtcdServers       []string
	Encryption        string // the EncryptionConfiguration that the API server uses
	BackupStore       string // kOps: of etcd-manager, without the cluster's name at its end
	S3                bool   // k3s and RKE2: snapshots are configured to lie in S3
	Overrides         string // --etcd-servers-overrides: resources that lie in another etcd
	Quota             int64  // of the database, in bytes; 0 where not set
	Files             []NodeFile
	ResetFlag         string   // k3s and RKE2: the file that refuses a second reset, where it is there
	TokenHashes       []string // k3s and RKE2: the names that the bootstrap data can have with this node's token
	ClusterCA         []byte   // the cluster's authority, PEM; nil where it cannot be read
}

// NodeMember is a member as its node configures it.
type NodeMember struct {
	Name           string
	PeerURLs       []string
	InitialCluster string // NAME=URL,…
	// CertFile and KeyFile are what it serves with, as etcd sees these files: in its container.
	CertFile, KeyFile string
}

// NodeData is the data directory of the node's member.
type NodeData struct {
	Dir     string
	At      string // where it can be opened from here: Dir, below the root where the node's tree is mounted
	WALDir  string // where it lies elsewhere
	There   bool   // it exists
	Mounted bool   // it is a mount point, which cannot be renamed
	// Mounts are the mount points above it, up to Node.Lib.
	Mounts []string
	// WALMounted reports the same of WALDir.
	WALMounted bool
	Running    bool // an etcd has its database open
	// Cluster and Member are the IDs that its log has; 0 not known.
	Cluster, Member uint64
	// Bare reports that no etcd's data is in it.
	Bare     bool
	Restored bool   // a restore made it, and no etcd has been started on it
	Owner    string // "0:0" as chown takes it
	Mode     string // "0700"
	Free     int64  // bytes on its disk, -1 where not known
}

// NodeClient is what etcdctl needs on the node.
type NodeClient struct {
	Endpoint, CACert, Cert, Key string
}

// NodeFile is a file that a restore needs and that no snapshot contains.
type NodeFile struct {
	What    string // "cluster CA key"
	Path    string
	Present bool
	Empty   bool      // it is there, and nothing is in it
	Expires time.Time // of a certificate; zero for what is none
}
