package evidence

import (
	"hash/maphash"
	"strings"
)

// store holds Objects in large pieces of memory: a cluster has a million of them, and what is allocated one by one the garbage
// collector visits one by one, again and again.
//
//	uid ─► uids ─┐                  ┌─► chunks: the Objects, which stay where they are
//	key ─► keys ─┴─► number of one ─┘        └─► texts: uid and key, one behind the other
type store struct {
	seed   maphash.Seed
	chunks [][]Object
	used   uint32   // numbers that were given
	free   []uint32 // of these, those that can be given again
	uids   table    // every object
	keys   table    // the objects that live
	texts  *strings.Builder
	dead   int // bytes of texts that no object has any more
	alive  int // bytes of the others
}

const (
	chunkObjects = 512
	textBytes    = 64 << 10
)

func newStore() store { return store{seed: maphash.MakeSeed()} }

func (s *store) at(n uint32) *Object { return &s.chunks[n/chunkObjects][n%chunkObjects] }

// find returns the object for which a table says that its text is the one given, nil for none.
func (s *store) find(t *table, text string, of func(*Object) string) *Object {
	if len(t.slots) == 0 {
		return nil
	}
	for i := t.first(maphash.String(s.seed, text)); t.slots[i] != 0; i = t.next(i) {
		if o := s.at(t.slots[i] - 1); of(o) == text {
			return o
		}
	}
	return nil
}

func (s *store) byUID(uid string) *Object { return s.find(&s.uids, uid, (*Object).uid) }

func (s *store) byKey(key string) *Object { return s.find(&s.keys, key, (*Object).Key) }

// add adds an object, which does not live yet.
func (s *store) add(uid, key, name string) *Object {
	n := s.used
	if last := len(s.free) - 1; last >= 0 {
		n, s.free = s.free[last], s.free[:last]
	} else if s.used++; int(n/chunkObjects) == len(s.chunks) {
		s.chunks = append(s.chunks, make([]Object, chunkObjects))
	}
	o := s.at(n)
	*o = Object{number: n, turn: o.turn + 1, uidLen: uint32(len(uid)), nameLen: uint32(len(name))}
	if strings.HasSuffix(key, name) {
		o.text = s.text(uid, key, "")
	} else {
		o.text, o.apart = s.text(uid, key, name), true
	}
	s.insert(&s.uids, o, (*Object).uid)
	return o
}

// drop forgets an object that does not live.
func (s *store) drop(o *Object) {
	s.remove(&s.uids, o, (*Object).uid)
	s.dead, s.alive = s.dead+len(o.text), s.alive-len(o.text)
	*o = Object{number: o.number, turn: o.turn}
	s.free = append(s.free, o.number)
	if s.dead > max(s.alive, textBytes) {
		s.pack()
	}
}

// text puts a text behind the others.
func (s *store) text(parts ...string) string {
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	if s.texts == nil || s.texts.Cap()-s.texts.Len() < n {
		s.texts = new(strings.Builder)
		s.texts.Grow(max(n, textBytes))
	}
	from := s.texts.Len()
	for _, p := range parts {
		s.texts.WriteString(p)
	}
	s.alive += n
	return s.texts.String()[from:]
}

// pack writes the texts of all objects again, without those in between that none has.
func (s *store) pack() {
	s.texts, s.dead, s.alive = nil, 0, 0
	for n := range s.used {
		if o := s.at(n); o.text != "" {
			o.text = s.text(o.text)
		}
	}
}

func (s *store) insert(t *table, o *Object, of func(*Object) string) {
	if t.n++; 2*t.n > len(t.slots) {
		old := t.slots
		t.slots = make([]uint32, max(16, 2*len(old)))
		for _, n := range old {
			if n != 0 {
				t.put(n, maphash.String(s.seed, of(s.at(n-1))))
			}
		}
	}
	t.put(o.number+1, maphash.String(s.seed, of(o)))
}

// remove takes an object out of a table, and moves up those that made way for it.
func (s *store) remove(t *table, o *Object, of func(*Object) string) {
	i := t.first(maphash.String(s.seed, of(o)))
	for t.slots[i] != o.number+1 {
		i = t.next(i)
	}
	t.slots[i] = 0
	t.n--
	for i = t.next(i); t.slots[i] != 0; i = t.next(i) {
		n := t.slots[i]
		t.slots[i] = 0
		t.put(n, maphash.String(s.seed, of(s.at(n-1))))
	}
}

// table finds objects by a text: open addressing, at most half full.
type table struct {
	slots []uint32 // number of an object + 1; 0 is free
	n     int
}

func (t *table) first(hash uint64) int { return int(hash & uint64(len(t.slots)-1)) }

func (t *table) next(i int) int { return (i + 1) & (len(t.slots) - 1) }

func (t *table) put(n uint32, hash uint64) {
	i := t.first(hash)
	for t.slots[i] != 0 {
		i = t.next(i)
	}
	t.slots[i] = n
}
