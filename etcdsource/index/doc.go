// Package index finds the revisions of keys: in key order, in order of time, and at any revision in between.
//
// It holds no values. A record is one write or deletion of one key; where its bytes are is a Ref that only the owner
// understands (a file's offset in units of its own). Keys are front-coded, revisions are flat columns: a million keys of
// 71 bytes with two records each take about 55 bytes a key.
//
//	records, in order of time          keys, in order of name
//	no.  main  ref                     block of 16: "/registry/pods/a", 15·"b", 15·"c/d", …
//	0    2     0x010                   starts: 0 3 4 …   (first of the key's records in revs)
//	1    3     0x012                   revs:   0 2 5† | 1 | …   († a deletion)
//	2    4     0x01f
//
// For a few questions about many keys, Options.Lazy sorts nothing: keys are found by their hashes, and lie in runs by what they
// begin with, each of which is sorted when its keys are asked for in order. That takes about twice the memory.
//
// What always holds: records are numbered in order of (main revision, sub-revision); each key's records are in that
// order too; what an Index answers never changes, and any number of goroutines may ask it.
package index
