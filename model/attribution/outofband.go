package attribution

import (
	"time"

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
	return finding{}, false
}

// astray is how far an object's creation may lie from its first revision.
const astray = time.Minute

// notFromNow is for objects that say that they were made at another time: restored, or planted.
func notFromNow(c *ctx) (finding, bool) {
	v := c.cur
	if c.Type != etcdsource.Created || v == nil || !v.IsKubernetes() || v.Created.IsZero() || c.date.Lo.IsZero() || c.date.Hi.IsZero() {
		return finding{}, false
	}
	switch {
	case v.Created.Before(c.date.Lo.Add(-astray)):
		return outside("created at this revision, but says that it was created %s before", c.date.Lo.Sub(v.Created).Round(time.Second))
	case v.Created.After(c.date.Hi.Add(astray)):
		return outside("created at this revision, but says that it was created %s later", v.Created.Sub(c.date.Hi).Round(time.Second))
	}
	return finding{}, false
}
