package change

import (
	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
)

// Memory remembers the newest version of each key that was met, so that the next one can be compared with it. Values
// are kept as they came; the decoded objects of the keys written last are kept too, so that each version is decoded
// once. Versions that were met long ago are forgotten first, and read again where the source has them on this machine.
// It is not safe for concurrent use.
type Memory struct {
	dec     *decode.Decoder
	table   *kinds.Table
	root    string
	view    decode.View
	bounds  MemoryBounds
	young   map[string]*etcdsource.Event // met last
	old     map[string]*etcdsource.Event // met before these; the next to be forgotten
	bytes   int                          // that young takes
	past    etcdsource.LocalPast         // where the forgotten is read, nil: nowhere
	forgot  bool                         // there is something to read there
	objects map[string]*decode.Object    // newest decoded version of a key
	queue   []string                     // keys of objects, oldest first
	weight  int                          // of objects
}

// MemoryBounds say how much is kept.
type MemoryBounds struct {
	Bytes   int // of memory that keys and values take
	Objects int // decoded objects; fewer where they are so large that they would take more than maxWeight
}

// maxWeight bounds the memory that the decoded objects take, in bytes: 2048 objects as they usually are have some 40 MB, and are dropped earlier.
const maxWeight = 32 << 20

// overhead is about how much memory a version takes beside its value and twice its key, in bytes.
const overhead = 256

// NewMemory returns a memory of nothing.
func NewMemory(dec *decode.Decoder, table *kinds.Table, root string, v decode.View, bounds MemoryBounds) *Memory {
	return &Memory{dec: dec, table: table, root: root, view: v, bounds: bounds, young: map[string]*etcdsource.Event{}, objects: map[string]*decode.Object{}}
}

// ReadFrom makes the memory read what it has forgotten from a source that has it on this machine. It reports whether the
// source is such a one.
func (m *Memory) ReadFrom(src etcdsource.Source) bool {
	past, err := etcdsource.As[etcdsource.LocalPast](src)
	if err != nil {
		return false
	}
	m.past = past
	return true
}

// Before returns the version before an event, nil where there is none or it is not known.
func (m *Memory) Before(e *etcdsource.Event) *etcdsource.Event {
	p, asks := m.last(e)
	if asks {
		return m.read(e)
	}
	return p
}

// last returns the version before from memory; asks reports that it was forgotten and must be read.
func (m *Memory) last(e *etcdsource.Event) (p *etcdsource.Event, asks bool) {
	p = m.young[string(e.Key)]
	if p == nil {
		p = m.old[string(e.Key)]
	}
	if p == nil {
		return nil, m.forgot && m.past != nil && e.Type != etcdsource.Created
	}
	if p.Mod >= e.Mod && p.Sub >= e.Sub {
		return nil, false
	}
	return p, false
}

// read returns the version before from the source. Any goroutine may call it.
func (m *Memory) read(e *etcdsource.Event) *etcdsource.Event {
	if p, ok := m.past.VersionBefore(e.Key, e.Mod); ok {
		return &p
	}
	return nil
}

// Remember takes an event as the newest of its key.
func (m *Memory) Remember(e *etcdsource.Event) {
	if p := m.young[string(e.Key)]; p != nil {
		m.bytes -= taken(p)
	}
	if m.bytes += taken(e); m.bytes > m.bounds.Bytes/2 {
		m.forgot = m.forgot || len(m.old) > 0
		if m.old == nil {
			m.old = map[string]*etcdsource.Event{}
		}
		clear(m.old)
		m.old, m.young, m.bytes = m.young, m.old, taken(e)
	}
	copied := *e
	m.young[string(e.Key)] = &copied
	delete(m.old, string(e.Key))
}

// taken is about how much memory a version takes, in bytes.
func taken(e *etcdsource.Event) int { return 2*len(e.Key) + len(e.Value) + overhead }

// Forget drops everything: some of it may have changed unseen.
func (m *Memory) Forget() {
	m.forgot = true
	clear(m.young)
	m.old, m.bytes = nil, 0
}

// Describe explains an event by the version before it.
func (m *Memory) Describe(before, e *etcdsource.Event) Change {
	old, cur := m.versions(before, e, false)
	return Between(m.dec, m.table, m.root, old, cur, e, m.view)
}

// Fresh is Describe that decodes both versions by itself. Any goroutine may call it.
func (m *Memory) Fresh(p *Pair) Change {
	old, cur := p.decode(m.dec.Object)
	return Between(m.dec, m.table, m.root, old, cur, p.Event, m.view)
}

// FreshBare is Fresh without the Summary.
func (m *Memory) FreshBare(p *Pair) Change {
	old, cur := p.decode(m.dec.Object)
	return bare(m.dec, m.table, m.root, old, cur, p.Event, m.view)
}

// FreshNeighbour is Neighbour that does so.
func (m *Memory) FreshNeighbour(p *Pair) Change {
	c := Change{Event: *p.Event}
	c.Before, c.Object = p.decode(m.dec.Outline)
	c.Ref, _ = m.table.Locate(m.root, p.Event.Key)
	return c
}

// decode decodes the two versions.
func (p *Pair) decode(decode func(key, value []byte, mod int64) *decode.Object) (old, cur *decode.Object) {
	if b := p.Before; b != nil && b.Type != etcdsource.Deleted {
		old = decode(b.Key, b.Value, b.Mod)
	}
	if e := p.Event; e.Type != etcdsource.Deleted {
		cur = decode(e.Key, e.Value, e.Mod)
	}
	return old, cur
}

// Neighbour is an event that is not to be explained, but helps to explain others.
func (m *Memory) Neighbour(before, e *etcdsource.Event) Change {
	c := Change{Event: *e}
	c.Before, c.Object = m.versions(before, e, true)
	c.Ref, _ = m.table.Locate(m.root, e.Key)
	return c
}

// versions decodes the two versions of a change, where an outline is enough only that of large ones.
func (m *Memory) versions(before, e *etcdsource.Event, outline bool) (old, cur *decode.Object) {
	decode := m.dec.Object
	if outline {
		decode = m.dec.Outline
	}
	if before != nil && before.Type != etcdsource.Deleted {
		if o := m.objects[string(e.Key)]; o != nil && o.Mod == before.Mod && (outline || !o.IsOutline()) {
			old = o
		} else {
			old = decode(before.Key, before.Value, before.Mod)
		}
	}
	if e.Type != etcdsource.Deleted {
		cur = decode(e.Key, e.Value, e.Mod)
		m.keep(string(e.Key), cur)
	}
	return old, cur
}

func (m *Memory) keep(k string, o *decode.Object) {
	if old, ok := m.objects[k]; ok {
		m.weight -= old.KeptWeight()
	} else {
		m.queue = append(m.queue, k)
	}
	m.objects[k] = o
	m.weight += o.KeptWeight()
	for len(m.queue) > 1 && (len(m.queue) > m.bounds.Objects || m.weight > maxWeight) {
		if m.queue[0] == k { // it is the newest, wherever its key is in the queue
			m.queue = append(m.queue[1:], k)
			continue
		}
		m.weight -= m.objects[m.queue[0]].KeptWeight()
		delete(m.objects, m.queue[0])
		m.queue = m.queue[1:]
	}
}
