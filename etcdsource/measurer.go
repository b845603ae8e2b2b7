package etcdsource

import "context"

// Measurer is the ability to measure what a database file holds: every record where it lies, without copying its value.
// A recalled store measures the snapshot that it was recalled from. What is called must not ask the source for anything.
type Measurer interface {
	// Measure calls o.Visit with every record, in no order, and returns what the file takes. It ends early with the
	// context's error.
	Measure(ctx context.Context, o MeasureOptions) (Storage, error)
	// MeasureKeys calls visit for each key of the span that has a record, deleted ones included, in key order. The sums
	// are valid during the call only. An error of visit ends it and is returned. Without sizes only the numbers of records
	// are filled in, for which nothing of the file is read.
	MeasureKeys(ctx context.Context, s Span, sizes bool, visit func(*KeySum) error) error
}

// MeasureOptions say what is done with each record.
type MeasureOptions struct {
	// Visit receives the records. It is called from several goroutines, each with its own worker, from 0 to MeasureWorkers-1.
	Visit func(worker int, r *Record)
	// Class receives each key that has a record, with the numbers of its records, once, before any is visited: what it returns is
	// the Class of the key's records, at most MaxClass. Those of a class below 0 are not visited. It is called as Visit is, for a part of
	// the keys by each worker, always the same one and in key order. It may be nil. Mod is not set.
	Class func(worker int, k *KeySum) int32
	// LiveSizes visits live records only, and reads no values: of these Visit may ask for the length alone. Of the Storage, what
	// records take is not summed up then.
	LiveSizes bool
	// Progress receives now and then how many records of how many were visited, from one goroutine at a time; it may be nil.
	Progress func(done, total int64)
}

// MeasureWorkers is from how many goroutines Visit and Class are called at most.
const MeasureWorkers = 2

// MaxClass is the largest Class of a record.
const MaxClass = 1<<29 - 1

// Record is one stored revision of one key: a version, or a deletion. Its slices are parts of the file, valid during the
// call only.
type Record struct {
	Key, Value []byte
	Class      int32
	Mod        int64
	Stored     int64 // bytes that it takes in its page: value, key, revisions, and the page's own entry
	Deleted    bool
	Live       bool // the newest of its key, and no deletion
	Base       bool // it was live at Storage.From
}

// Counter is the ability to say how many changes are held, deletions included, without looking at any.
type Counter interface{ Changes() int64 }

// KeySum is what the records of one key take.
type KeySum struct {
	Key        []byte
	Live       bool  // the key exists
	Versions   int64 // stored versions, the live one included
	Deletions  int64 // stored deletions
	LiveBytes  int64 // of the live value
	OldBytes   int64 // of the values of older versions
	Stored     int64 // bytes that the records take in their pages
	LiveStored int64 // of these, the live one
	Mod        int64 // revision of the newest record
}

// Storage is what a database file takes, in bytes. Numbers that are not known are -1.
type Storage struct {
	Size       int64 // of the database, without the checksum at the end of a snapshot
	InUse      int64 // pages in use
	Free       int64 // pages that are free and are written again before the file grows
	Stored     int64 // what the records take in their pages
	LiveStored int64 // of these, the live ones: what a compaction at the newest revision leaves
	// Packed and PackedLive are about what a defragmented file of all records would take, and one of the live records only:
	// defragmenting now, and after a compaction at the newest revision.
	Packed, PackedLive int64
	From, To           int64 // the oldest revision whose state is held, and the newest
	Replayed           int64 // records that come from the write-ahead log, and are in no page yet
}
