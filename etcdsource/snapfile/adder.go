package snapfile

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"hash/maphash"
	"math"
	"os"
	"sort"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// OrderError says that a change does not follow those before it.
type OrderError struct{ Why string }

func (e *OrderError) Error() string { return e.Why }

// Adder takes changes, and checks that each follows those before it: the same key in its next version, in the order of the
// revisions. It holds the versions of the live keys, and the changes of one revision; all others are in a temporary file.
type Adder struct {
	r       *records
	floor   int64 // what the file was compacted at
	base    int64 // the newest revision of the file
	alone   bool  // there is no file, so that the keys before are not known
	from    int64 // the newest revision when Begin was called last
	Mark          // what Undo sets back
	pending []etcdsource.Event
	held    int64 // bytes of these
	seed    maphash.Seed
	live    map[uint64]version // by the hash of the key; nil before they are needed
	out     *bufio.Writer
	tmp     *os.File
	limit   limit
	ctx     context.Context
}

// maxHeld is how many bytes the changes of one revision may have: many times what etcd takes in a transaction.
const maxHeld = 256 << 20

// Mark is how far changes were added.
type Mark struct {
	head    int64 // the newest revision
	first   int64 // revision of the first change; 0 before it
	missing int64 // revisions without a change between others
	size    int64 // bytes in the temporary file
	rows    int   // in the index
}

// version is the newest version of a key; the zero version is that of a deleted one.
type version struct{ create, version int64 }

// Head is the newest revision: of the file, or of the changes that were added.
func (a *Adder) Head() int64 { return max(a.head, a.lastPending()) }

// First is the revision of the first change that was added, 0 for none.
func (a *Adder) First() int64 { return a.first }

// Missing is how many revisions are in none of the changes, although later ones are.
func (a *Adder) Missing() int64 { return a.missing }

// Begin ends the last revision, and returns what Undo needs. Changes of a revision that was added before Begin are left out
// from now on.
func (a *Adder) Begin() (Mark, error) {
	err := a.Flush()
	a.from, a.Mark.rows = a.head, a.r.rows.Len()
	return a.Mark, err
}

// Undo takes back what was added since Begin. Nothing can be added any more.
func (a *Adder) Undo(to Mark) {
	a.Mark, a.pending, a.held = to, nil, 0
	a.r.rows.Truncate(to.rows)
}

func (a *Adder) lastPending() int64 {
	if len(a.pending) == 0 {
		return 0
	}
	return a.pending[0].Mod
}

// Add takes a change: its key, type, revision, time, and unless it is a deletion the value, lease and version. One that the
// file holds is compared with that. The change is kept until the next revision begins, or Flush. Errors are *OrderError
// where it does not follow those before; others end the opening.
func (a *Adder) Add(e etcdsource.Event) error {
	switch last := a.lastPending(); {
	case e.Mod <= 0 || len(e.Key) == 0:
		return &OrderError{"a change has no key or no revision"}
	case e.Mod <= a.base:
		return a.known(&e)
	case e.Mod <= a.from:
		return nil
	case e.Mod <= a.head || e.Mod < last:
		return &OrderError{fmt.Sprintf("revision %d comes after %d", e.Mod, a.Head())}
	case e.Mod > last:
		if err := a.Flush(); err != nil {
			return err
		}
	}
	if a.held += int64(len(e.Key) + len(e.Value)); a.held > maxHeld {
		return &OrderError{fmt.Sprintf("revision %d has more than %d MiB of changes", e.Mod, maxHeld>>20)}
	}
	if err := a.follows(&e); err != nil {
		return err
	}
	e.Sub = int64(len(a.pending))
	a.pending = append(a.pending, e)
	return nil
}

// known compares a change with what the file holds of it.
func (a *Adder) known(e *etcdsource.Event) error {
	if e.Mod <= a.floor {
		return nil // compacted
	}
	rows := a.r.rows
	i := sort.Search(rows.Len(), func(i int) bool { return rows.Main(i) >= e.Mod })
	for ; i < rows.Len() && rows.Main(i) == e.Mod; i++ {
		ref, _ := rows.At(i)
		if _, v := a.r.element(ref); bytes.Equal(recordKey(v), e.Key) {
			return nil
		}
	}
	return &OrderError{fmt.Sprintf("revision %d is of another key than in the full snapshot", e.Mod)}
}

// follows checks that the change continues what is known of its key, and fills in a version that it does not say.
func (a *Adder) follows(e *etcdsource.Event) error {
	if a.live == nil {
		a.load()
	}
	h := maphash.Bytes(a.seed, e.Key)
	old, known := a.live[h]
	exists := old != version{}
	known = known || !a.alone
	if e.Type == etcdsource.Deleted {
		a.live[h] = version{}
		if known && !exists {
			return &OrderError{fmt.Sprintf("revision %d deletes a key that does not exist", e.Mod)}
		}
		return nil
	}
	want := version{e.Mod, 1}
	if exists {
		want = version{old.create, old.version + 1}
	}
	if known {
		e.Create, e.Version = cmp.Or(e.Create, want.create), cmp.Or(e.Version, want.version)
	}
	got := version{e.Create, e.Version}
	a.live[h] = got
	if e.Type = etcdsource.Updated; e.Version == 1 {
		e.Type = etcdsource.Created
	}
	if known && got != want {
		between := ""
		if e.Mod > a.head+1 {
			between = fmt.Sprintf("follows %d, and ", a.head)
		}
		return &OrderError{fmt.Sprintf("revision %d %swrites version %d of a key, created at %d, where version %d, created at %d, must follow", e.Mod, between, got.version, got.create, want.version, want.create)}
	}
	return nil
}

// load reads which keys exist in the file, in which version.
func (a *Adder) load() {
	a.live = map[uint64]version{}
	for i := range a.r.rows.Len() {
		ref, dead := a.r.rows.At(i)
		_, v := a.r.element(ref)
		if rec := parseRecord(v); dead {
			delete(a.live, maphash.Bytes(a.seed, rec.key))
		} else {
			a.live[maphash.Bytes(a.seed, rec.key)] = version{rec.create, rec.version}
		}
	}
}

// Flush ends the revision of the last change.
func (a *Adder) Flush() error {
	if len(a.pending) == 0 {
		return nil
	}
	rev := a.pending[0].Mod
	if a.first == 0 {
		a.first = rev
	}
	if a.head > 0 && rev > a.head+1 {
		a.missing += rev - a.head - 1
	}
	for i := range a.pending {
		if err := a.write(&a.pending[i]); err != nil {
			return err
		}
	}
	clear(a.pending) // their values are in the file
	a.head, a.pending, a.held = rev, a.pending[:0], 0
	return nil
}

// Drop leaves out the changes of a revision that did not end.
func (a *Adder) Drop() { a.pending, a.held = a.pending[:0], 0 }

// write puts a change behind the others, in the form of an element of a page with its time in front of the key.
func (a *Adder) write(e *etcdsource.Event) error {
	b, err := element(e, timed)
	if err != nil {
		return err
	}
	ref := int64(a.r.behind()) + a.size/elementSize
	if ref+int64(len(b))/elementSize > math.MaxUint32 {
		return &damage{page: noPage, why: "more than 64 GiB of changes cannot be read"}
	}
	if a.size/unpackStep != (a.size+int64(len(b)))/unpackStep {
		if err := a.ctx.Err(); err != nil {
			return err
		}
		if err := a.limit.check(a.size+int64(len(b)), -1); err != nil {
			return err
		}
	}
	if _, err := a.out.Write(b); err != nil {
		return &writeError{a.tmp.Name(), err}
	}
	a.size += int64(len(b))
	a.r.rows.Append(e.Key, e.Mod, uint32(ref), e.Type == etcdsource.Deleted)
	return nil
}
