package attribution

import (
	"encoding/json"
	"time"

	"github.com/etcdscope/etcdscope/decode/diff"
	"github.com/etcdscope/etcdscope/etcdsource"
)

// outside says that this is not an API server's doing.
func outside(format string, args ...any) (finding, bool) {
	f, _ := unknown(format, args...)
	f.outOfBand = f.evidence
	f.evidence = "OUT OF BAND: " + f.evidence
	return f, true
}

// severalObjects is for transactions that changed several API objects: an API server changes one at a time.
func severalObjects(c *ctx) (finding, bool) {
	if c.several < 2 || c.Ref.Name == "" {
		return finding{}, false
	}
	return outside("%d API objects changed in one transaction; an API server changes one", c.several)
}

// notTheKeys is for objects that do not belong where they are stored.
func notTheKeys(c *ctx) (finding, bool) {
	v := c.cur
	if v == nil || c.Ref.Name == "" || v.Encryption.Provider != "" && v.Problem != "" {
		return finding{}, false
	}
	switch {
	case !v.IsKubernetes():
		if c.Ref.Kind == "" {
			return finding{}, false
		}
		return outside("the key is that of a %s, the value is none", c.Ref.Kind)
	case v.Name != "" && v.Name != c.Ref.Name:
		return outside("the key names %s, the object calls itself %s", c.Ref.Name, v.Name)
	case v.Namespace == "" && c.Ref.Namespaced && c.Ref.Namespace != "":
		return outside("the key is in namespace %s, the object names none", c.Ref.Namespace)
	case v.UID == "" && c.prev != nil && c.prev.UID != "":
		return outside("the object has no uid any more")
	case v.UID == "" && c.Type == etcdsource.Created && c.Ref.Kind != "" && v.Decoded() && v.Kind != "RangeAllocation":
		return outside("the object has no uid; an API server gives one to each that it creates")
	case v.Namespace != "" && c.Ref.Namespaced && v.Namespace != c.Ref.Namespace:
		return outside("the key is in namespace %s, the object says %s", c.Ref.Namespace, v.Namespace)
	case c.Ref.Kind != "" && v.Kind != c.Ref.Kind:
		return outside("the key is that of a %s, the object is a %s", c.Ref.Kind, v.Kind)
	case c.prev != nil && c.prev.UID != "" && v.UID != c.prev.UID:
		return outside("the uid changed without the object being deleted")
	}
	if t := c.e.world.things[v.UID]; v.UID != "" && t != nil && t.key != string(c.Key) {
		return outside("the uid is that of %s", t.key)
	}
	if c.prev != nil && c.prev.IsKubernetes() && c.prev.Encoding != v.Encoding && (c.prev.Encoding == "protobuf" || v.Encoding == "yaml") {
		return outside("stored as %s; the version before was %s", v.Encoding, c.prev.Encoding)
	}
	return c.againstTime()
}

// againstTime is for what no request does to an object that lives.
func (c *ctx) againstTime() (finding, bool) {
	p, v := c.prev, c.cur
	if p == nil || !p.IsKubernetes() || !p.Decoded() || !v.Decoded() {
		return finding{}, false
	}
	switch {
	case !p.Created.Equal(v.Created):
		return outside("creationTimestamp changed from %s to %s", stampOf(p.Created), stampOf(v.Created))
	case v.Generation < p.Generation:
		return outside("generation went back from %d to %d", p.Generation, v.Generation)
	case !p.deletion.IsZero() && v.deletion.IsZero():
		return outside("the deletion mark was taken back")
	}
	return finding{}, false
}

func stampOf(t time.Time) string {
	if t.IsZero() {
		return "none"
	}
	return t.UTC().Format(time.RFC3339)
}

// printed is for values that an API server printed once: it does not store the version of an object.
func printed(c *ctx) (finding, bool) {
	if c.cur == nil || c.cur.Text("metadata", "resourceVersion") == "" {
		return finding{}, false
	}
	return outside("metadata.resourceVersion %s stands in the value, where an API server stores none", c.cur.Text("metadata", "resourceVersion"))
}

// leftBehind is for objects that went although something had to be done first.
func leftBehind(c *ctx) (finding, bool) {
	if c.Type != etcdsource.Deleted || c.prev == nil || len(c.prev.finalizers) == 0 || !c.prev.deletion.IsZero() {
		return finding{}, false
	}
	return outside("deleted without a deletion mark, though finalizer %s was set", c.prev.finalizers[0])
}

// strangeForm is for values that are stored in another form than those before and after them.
func strangeForm(c *ctx) (finding, bool) {
	if c.cur == nil || !c.cur.IsKubernetes() || c.Ref.Name == "" {
		return finding{}, false
	}
	if why := c.form; why != "" {
		return outside("%s", why)
	}
	return finding{}, false
}

// untouched is for new values of fields that managedFields know, while no entry moved or grew: an API server gives
// whoever writes the time of the write. All that writes past managedFields was asked for before.
func untouched(c *ctx) (finding, bool) {
	if len(c.added) == 0 || len(c.cur.entries) == 0 || !c.still() || !c.follows() || !c.e.bumps() || c.date.Lo.IsZero() {
		return finding{}, false
	}
	for i := range c.cur.entries {
		e := &c.cur.entries[i]
		if t := c.told(e); e.Time.IsZero() || t.After(c.date.Lo.Add(-recent)) {
			return finding{}, false // the second write of a second that is not dated well, or one of an entry without a time
		}
	}
	if len(c.added) == 1 && isNumber(c.Changes) {
		return finding{}, false // the scale subresource leaves nothing beside a server-side apply
	}
	return outside("%s changed, and no managedFields entry did", c.Changes[c.firstAdded()].Path)
}

// follows reports whether no version was missed before this one.
func (c *ctx) follows() bool {
	t := c.e.world.things[c.cur.UID]
	return t != nil && t.seq+1 == c.Version
}

// recent is how long an entry counts as one that could have been written just now.
const recent = 10 * time.Second

func (c *ctx) firstAdded() int {
	for i := range c.Changes {
		if c.Changes[i].Op != diff.Remove && !unowned[c.Changes[i].Path] {
			return i
		}
	}
	return 0
}

// isNumber reports whether all fields that changed became another number.
func isNumber(changes []diff.Change) bool {
	for i := range changes {
		if _, ok := changes[i].New.(json.Number); !ok {
			return false
		}
	}
	return true
}

// astray is how far an object's creation may lie from its first revision.
const astray = time.Minute

// notFromNow is for objects that say that they were made at another time: restored, or planted.
func notFromNow(c *ctx) (finding, bool) {
	v := c.cur
	if c.Type != etcdsource.Created || v == nil || !v.IsKubernetes() || v.Created.IsZero() || c.date.Lo.IsZero() || c.date.Hi.IsZero() {
		return finding{}, false
	}
	for i := range v.entries {
		if by, _ := c.e.clock.Server(c.e.clocks.of(v, v.entries[i].Manager)); by != 0 {
			return finding{}, false // the API server that made it has another clock
		}
	}
	switch {
	case v.Created.Before(c.date.Lo.Add(-astray)):
		return outside("created at this revision, but says that it was created %s before", c.date.Lo.Sub(v.Created).Round(time.Second))
	case v.Created.After(c.date.Hi.Add(astray)):
		return outside("created at this revision, but says that it was created %s later", v.Created.Sub(c.date.Hi).Round(time.Second))
	}
	return finding{}, false
}
