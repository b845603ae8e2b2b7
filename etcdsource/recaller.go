package etcdsource

import (
	"context"
	"time"
)

// Recaller is the ability to read the whole past of a running store: a snapshot is streamed from one member into a
// temporary file, indexed like any file, and joined to the watch.
type Recaller interface {
	// Cost says what a recall takes, for a question to the user. It asks the server for its status only.
	Cost(context.Context) (Cost, error)
	// Recall returns a source that reads at every revision that the snapshot retains, and goes on with what is written
	// from then on. It is a Recalled too. Closing it leaves the running source open, and no trace of the snapshot.
	Recall(context.Context, RecallOptions) (Source, error)
}

// RecallOptions say how a recall goes about it.
type RecallOptions struct {
	// MaxRate bounds the stream, in bytes a second; 0: not at all.
	MaxRate int64
	// Force goes on where Cost.Refused says why it should not.
	Force bool
	// Progress is called now and then, from one goroutine, with what is done at the time ("streaming", "indexing") and
	// the bytes done and in all (-1 where not known). It may be nil.
	Progress func(step string, done, total int64)
}

// Cost is what a recall takes.
type Cost struct {
	Bytes  int64  // of the snapshot; -1 where the server does not say
	Member string // that it is streamed from
	Leader bool   // that member is the leader: no follower was given, or there is none
	Folder string // that takes the temporary file
	Free   int64  // bytes free there
	Remark string // what is to be known of that folder, "" for nothing: it lies in memory, or on etcd's own disk
	Large  bool   // so many bytes that a person should be asked
	// Refused is why Recall refuses without Force, "" where it does not.
	Refused string
}

// LargeRecall is the size of a snapshot above which a person should be asked before it is streamed, in bytes.
const LargeRecall = 256 << 20

// What a recall takes for each byte, when nothing holds it up: a network of one gigabit, then the index.
const (
	streamRate = 100 << 20 // bytes a second
	indexRate  = 500 << 20
)

// Time estimates how long a recall takes at a rate, 0 for no bound; 0 where the size is not known.
func (c Cost) Time(maxRate int64) time.Duration {
	if c.Bytes <= 0 {
		return 0
	}
	rate := float64(streamRate)
	if maxRate > 0 {
		rate = min(rate, float64(maxRate))
	}
	return time.Duration((float64(c.Bytes)/rate + float64(c.Bytes)/indexRate) * float64(time.Second))
}

// Recalled is a running store whose past is available: a watch may begin at revision 1, and Versions finds deletions and
// earlier incarnations.
type Recalled interface {
	// Recalled says what was recalled.
	Recalled() Recall
}

// Recall describes a recalled past.
type Recall struct {
	From     int64 // the oldest revision whose state can be read; 1 where nothing was compacted
	Snapshot int64 // the newest revision in the snapshot
	Bytes    int64 // of the temporary file
	Member   string
	Took     time.Duration
}
