package snapshots

// Step is one step of a long work, reported whenever it changes.
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
