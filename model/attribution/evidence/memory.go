package evidence

import (
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/decode/fields"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution/clock"
	"github.com/etcdscope/etcdscope/model/change"
)

// Memory is all that is remembered of the changes so far. It is not safe for concurrent use.
type Memory struct {
	Root    string // where Kubernetes' keys begin
	Clock   *clock.Clock
	Clocks  WriterClocks
	Reports Reports
	Names   Names
	Objects *Objects
	Forms   StoredForms

	parser       Parser
	lowest       map[*fields.Set][]string
	subresources bool // an entry was read that names its subresource
}

// NewMemory returns the memory of somebody who has seen nothing. complete: the changes begin with everything that lives.
func NewMemory(root string, c *clock.Clock, complete bool) *Memory {
	return &Memory{Root: root, Clock: c, Objects: NewObjects(complete)}
}

// Parse parses the versions of a change. It remembers nothing of it, and alone of all methods it may be called by several
// goroutines at once.
func (m *Memory) Parse(ch change.Change) Change {
	c := Change{Change: ch, Prev: NewVersion(&m.parser, ch.Before), Cur: NewVersion(&m.parser, ch.Object), split: true}
	c.added, c.removed = Paths(ch.Changes)
	return c
}

// Note remembers of the next change, which was parsed, what is evidence also for changes before it: names, times and the
// reports of Events.
func (m *Memory) Note(c *Change) {
	m.subresources = m.subresources || c.Prev.namesSubresource() || c.Cur.namesSubresource()
	m.Names.Note(c.Cur, c.Version == 1)
	Stamp(m.Clock, &m.Clocks, c)
	m.Reports.Note(&m.Clocks, c.Cur, c.Mod)
}

// Relate fills in what the changes of one revision are to each other. They are not settled yet.
func (m *Memory) Relate(revision, after []Change) {
	objects, expired := 0, true
	for i := range revision {
		c := &revision[i]
		if c.Ref.Name != "" {
			objects++
		}
		l := m.Objects.EtcdLease(string(c.Key))
		expired = expired && l != 0 && c.Type == etcdsource.Deleted && l == m.Objects.EtcdLease(string(revision[0].Key))
	}
	for i := range revision {
		c := &revision[i]
		m.Forms.noteTimes(c)
		if !c.Silent {
			c.Objects, c.Expired, c.Form = objects, expired, m.Forms.Unusual(c, after)
		}
	}
}

// Settle makes a change that was attributed a part of the state that later changes meet.
func (m *Memory) Settle(c *Change) {
	if c.Type == etcdsource.Deleted {
		m.Objects.remove(string(c.Key), c.Mod)
		return
	}
	if c.Form == "" {
		m.Forms.note(c)
	}
	m.Objects.put(c)
	m.settleTimes(c)
	if c.Cur != nil && c.Cur.Kind == "Pod" {
		m.settlePod(c)
	}
}

// displacedBy is how far before its revision an entry's time lies at least where the clock does not date it.
const displacedBy = 10 * time.Second

// settleTimes compares the times of the entries that moved with that of the revision.
func (m *Memory) settleTimes(c *Change) {
	if c.Cur == nil || c.Prev == nil {
		return
	}
	o := m.Objects.ByUID(c.Cur.UID)
	if o == nil {
		return
	}
	if top := Newest(c.Cur.Entries); top != nil && !top.Time.IsZero() && len(c.Moved()) > 0 {
		ahead, _ := m.Clock.Server(m.Clocks.Of(c.Cur, top.Manager))
		o.Displaced = top.Time.Add(-ahead).Before(m.Clock.At(c.Mod).Lo.Add(-displacedBy))
	}
}

// settlePod remembers when a pod's kubelet wrote last, and when the pod was disrupted.
func (m *Memory) settlePod(c *Change) {
	o := m.Objects.ByUID(c.Cur.UID)
	if o == nil {
		return
	}
	if c.Prev != nil {
		for _, e := range append(c.Moved(), Grew(c.Prev.Entries, c.Cur.Entries)...) {
			if m.Names.Is(e.Manager, Kubelet) {
				o.KubeletWrote = c.Mod
			}
		}
	}
	if o.KubeletWrote != c.Mod && o.Marked != 0 && c.Type == etcdsource.Updated && c.Prev != nil && c.Prev.Text("status", "phase") != c.Cur.Text("status", "phase") {
		o.KubeletWrote = c.Mod // only the kubelet sets the phase without leaving an entry
	}
	if _, ok := c.Cur.Condition("DisruptionTarget"); ok && o.disrupted == 0 {
		if at := m.Clock.At(c.Mod).Time; !at.IsZero() {
			o.disrupted = at.UnixMicro()
		}
	}
}

// Lost forgets the state of the cluster, since changes were missed: which objects live is not known any more.
func (m *Memory) Lost() {
	leaders := m.Objects.leaders
	m.Objects = NewObjects(false)
	m.Objects.leaders = leaders
}

// IsStatus reports whether an entry is one of the status subresource, as far as entries name theirs: before Kubernetes
// 1.22 they did not.
func (m *Memory) IsStatus(e *Entry) bool {
	return e.Subresource == "status" || !m.subresources
}

// NamesSubresources reports whether entries name their subresources.
func (m *Memory) NamesSubresources() bool { return m.subresources }

// ownFolders are the folders that the API server keeps for itself, below the root.
var ownFolders = []string{"masterleases/", "peerserverleases/", "ranges/"}

// IsOwnKey reports whether a key is one that the API server keeps for itself, and no API object.
func (m *Memory) IsOwnKey(key string) bool {
	if key == "compact_rev_key" {
		return true
	}
	rest, ok := strings.CutPrefix(key, m.Root)
	if !ok {
		return false
	}
	for _, f := range ownFolders {
		if strings.HasPrefix(rest, f) {
			return true
		}
	}
	return false
}
