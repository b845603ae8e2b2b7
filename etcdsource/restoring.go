package etcdsource

import (
	"context"
	"time"
)

// RehearseOptions say how the restore of a snapshot is rehearsed.
type RehearseOptions struct {
	Members   int      // 1 or 3; 0 is 1
	Scratch   string   // the folder for the scratch folder; "" for the usual ones, never one in memory
	Avoid     []string // data directories of etcds: their disks are taken last
	Bump      uint64   // revisions, as the restore will be done; 0 for none
	MaxUnpack int64    // of a packed file, as when it is opened
	Progress  func(step string)
	OnRemoved func(path string) // called for what a killed rehearsal has left and that was removed; may be nil
	// Ready is called with the clients' sockets when all members serve and were compared, and what was found; they end when
	// it returns. It may be nil.
	Ready func(ctx context.Context, sockets []string, r Rehearsed) error
}

// Rehearsed is how a rehearsal ended.
type Rehearsed struct {
	Members  int
	Keys     int64 // of the file
	Equal    bool  // every member serves exactly the keys of the file
	Why      string
	Revision int64 // of the restored store
	Bytes    int64 // of the database
	Scratch  string
	Took     time.Duration
}

// NewMember is the data directory of a member that is to be made; the fields are those of etcdutl snapshot restore.
type NewMember struct {
	DataDir   string
	WALDir    string // "" for DataDir/member/wal
	Name      string
	Cluster   string // NAME=URL,…
	Token     string
	PeerURLs  []string
	Bump      uint64 // revisions; marked compacted. 0 for neither
	MmapSize  uint64 // bytes; 0 for etcd's choice
	SkipHash  bool   // take a file without a checksum
	MaxUnpack int64
}
