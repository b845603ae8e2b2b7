package snapshots

import (
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// File is a snapshot on this machine.
type File struct {
	Path     string
	Name     string // safe to draw
	Bytes    int64
	Modified time.Time
	Revision int64                   // newest revision in it; 0 where it was not read
	Check    string                  // "sha256 ok", "no checksum", or why it cannot be used
	State    etcdsource.VerdictState // of the check
}

// Step is one step of saving a snapshot, reported whenever it changes.
type Step struct {
	Name  string // "stream from etcd-2"
	Done  int64  // bytes
	Total int64  // bytes; -1 where not known, 0 for a step without bytes
	Ended bool
	Note  string // how it ended: "ok", "14.2 MiB"
}

// Result is a saved snapshot.
type Result struct {
	Path     string
	Revision int64
	Bytes    int64
	SHA256   string
	Seconds  float64
}
