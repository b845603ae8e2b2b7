package rules

import (
	"encoding/json"
	"time"

	"github.com/etcdscope/etcdscope/decode/diff"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution/evidence"
)

// The changes that no API server makes. They name nobody.

var severalObjectsInRevision = Rule{
	Name: "severalObjectsInRevision",
	Before: []Before{
		{"objectUnderWrongKey", "the transaction is the reason for whatever is wrong with one of its objects"},
		{"deletedDespiteFinalizer", "the transaction is the reason for whatever is wrong with one of its objects"},
	},
	Judge: func(c *Case) (Finding, bool) {
		if c.Objects < 2 || c.Ref.Name == "" {
			return Finding{}, false
		}
		return outOfBand("%d API objects changed in one transaction; an API server changes one", c.Objects)
	},
}

var objectUnderWrongKey = Rule{
	Name: "objectUnderWrongKey",
	Before: []Before{
		{"resourceVersionStored", "that an object was copied to another key says more than that it was printed before"},
		{"creationTimestampOff", "a copy has the creationTimestamp of its original"},
	},
	Judge: func(c *Case) (Finding, bool) {
		v := c.Cur
		if v == nil || c.Ref.Name == "" || v.Encryption.Provider != "" && v.Problem != "" {
			return Finding{}, false
		}
		for _, check := range []func(*Case) (Finding, bool){noObject, wrongName, noUID, wrongPlace, wrongUID, wrongEncoding, wentBack} {
			if f, ok := check(c); ok {
				return f, f.OutOfBand != ""
			}
		}
		return Finding{}, false
	},
}

// noObject is for values that are no Kubernetes object. Where it is not known which kind the key has, such a value is
// nothing unusual, and nothing more can be asked.
func noObject(c *Case) (Finding, bool) {
	if c.Cur.IsKubernetes() {
		return Finding{}, false
	}
	if c.Ref.Kind == "" {
		return Finding{}, true
	}
	return outOfBand("the key is that of a %s, the value is none", c.Ref.Kind)
}

func wrongName(c *Case) (Finding, bool) {
	v := c.Cur
	switch {
	case v.Name != "" && v.Name != c.Ref.Name:
		return outOfBand("the key names %s, the object calls itself %s", c.Ref.Name, v.Name)
	case v.Namespace == "" && c.Ref.Namespaced && c.Ref.Namespace != "":
		return outOfBand("the key is in namespace %s, the object names none", c.Ref.Namespace)
	}
	return Finding{}, false
}

func noUID(c *Case) (Finding, bool) {
	v := c.Cur
	switch {
	case v.UID != "":
		return Finding{}, false
	case c.Prev != nil && c.Prev.UID != "":
		return outOfBand("the object has no uid any more")
	case c.Type == etcdsource.Created && c.Ref.Kind != "" && v.Decoded() && v.Kind != "RangeAllocation":
		return outOfBand("the object has no uid; an API server gives one to each that it creates")
	}
	return Finding{}, false
}

func wrongPlace(c *Case) (Finding, bool) {
	v := c.Cur
	switch {
	case v.Namespace != "" && c.Ref.Namespaced && v.Namespace != c.Ref.Namespace:
		return outOfBand("the key is in namespace %s, the object says %s", c.Ref.Namespace, v.Namespace)
	case c.Ref.Kind != "" && v.Kind != c.Ref.Kind:
		return outOfBand("the key is that of a %s, the object is a %s", c.Ref.Kind, v.Kind)
	}
	return Finding{}, false
}

func wrongUID(c *Case) (Finding, bool) {
	v := c.Cur
	if c.Prev != nil && c.Prev.UID != "" && v.UID != c.Prev.UID {
		return outOfBand("the uid changed without the object being deleted")
	}
	if o := c.Memory.Objects.ByUID(v.UID); v.UID != "" && o != nil && o.Key() != string(c.Key) {
		return outOfBand("the uid is that of %s", o.Key())
	}
	return Finding{}, false
}

// wrongEncoding is for objects that are stored in another encoding than before; a new API server may store protobuf where
// an old one stored JSON, but not the other way round.
func wrongEncoding(c *Case) (Finding, bool) {
	p, v := c.Prev, c.Cur
	if p != nil && p.IsKubernetes() && p.Encoding != v.Encoding && (p.Encoding == "protobuf" || v.Encoding == "yaml") {
		return outOfBand("stored as %s; the version before was %s", v.Encoding, p.Encoding)
	}
	return Finding{}, false
}

// wentBack is for what no request does to an object that lives.
func wentBack(c *Case) (Finding, bool) {
	p, v := c.Prev, c.Cur
	if p == nil || !p.IsKubernetes() || !p.Decoded() || !v.Decoded() {
		return Finding{}, false
	}
	switch {
	case !p.Created.Equal(v.Created):
		return outOfBand("creationTimestamp changed from %s to %s", timestamp(p.Created), timestamp(v.Created))
	case v.Generation < p.Generation:
		return outOfBand("generation went back from %d to %d", p.Generation, v.Generation)
	case !p.Deletion.IsZero() && v.Deletion.IsZero():
		return outOfBand("deletionTimestamp was removed")
	}
	return Finding{}, false
}

func timestamp(t time.Time) string {
	if t.IsZero() {
		return "none"
	}
	return t.UTC().Format(time.RFC3339)
}

var resourceVersionStored = Rule{
	Name: "resourceVersionStored",
	Before: []Before{
		{"unusualStoredForm", "what kubectl printed is JSON or YAML; that it was printed explains its form"},
		{"creationTimestampOff", "an object that was printed and put back has the creationTimestamp of its original"},
	},
	Judge: func(c *Case) (Finding, bool) {
		if c.Cur == nil || c.Cur.Text("metadata", "resourceVersion") == "" {
			return Finding{}, false
		}
		return outOfBand("metadata.resourceVersion %s is stored in the value, where an API server stores none", c.Cur.Text("metadata", "resourceVersion"))
	},
}

var deletedDespiteFinalizer = Rule{
	Name: "deletedDespiteFinalizer",
	Judge: func(c *Case) (Finding, bool) {
		if c.Type != etcdsource.Deleted || c.Prev == nil || len(c.Prev.Finalizers) == 0 || !c.Prev.Deletion.IsZero() {
			return Finding{}, false
		}
		return outOfBand("deleted without a deletionTimestamp, though finalizer %s was set", c.Prev.Finalizers[0])
	},
}

var unusualStoredForm = Rule{
	Name: "unusualStoredForm",
	Before: []Before{
		{"creationTimestampOff", "a value that was written by hand may have any creationTimestamp; its form shows the hand"},
	},
	Judge: func(c *Case) (Finding, bool) {
		if c.Cur == nil || !c.Cur.IsKubernetes() || c.Ref.Name == "" || c.Form == "" {
			return Finding{}, false
		}
		return outOfBand("%s", c.Form)
	},
}

var creationTimestampOff = Rule{
	Name: "creationTimestampOff",
	Judge: func(c *Case) (Finding, bool) {
		v := c.Cur
		if c.Type != etcdsource.Created || v == nil || !v.IsKubernetes() || v.Created.IsZero() || c.Date.Lo.IsZero() || c.Date.Hi.IsZero() {
			return Finding{}, false
		}
		for i := range v.Entries {
			if ahead, _ := c.Memory.Clock.Server(c.Memory.Clocks.Of(v, v.Entries[i].Manager)); ahead != 0 {
				return Finding{}, false // the API server that created it has another clock
			}
		}
		switch {
		case v.Created.Before(c.Date.Lo.Add(-astray)):
			return outOfBand("created at this revision, but says that it was created %s before", c.Date.Lo.Sub(v.Created).Round(time.Second))
		case v.Created.After(c.Date.Hi.Add(astray)):
			return outOfBand("created at this revision, but says that it was created %s later", v.Created.Sub(c.Date.Hi).Round(time.Second))
		}
		return Finding{}, false
	},
}

// valueChangedWithoutEntry is for new values of fields that managedFields know, while no entry moved or grew: an API
// server gives the writer's entry the time of the write. The rules before it recognise all that writes past managedFields.
var valueChangedWithoutEntry = Rule{
	Name: "valueChangedWithoutEntry",
	Before: []Before{
		{"statusOfOneWriter", "to name the usual writer of a status would hide that no API server stored it"},
	},
	Judge: func(c *Case) (Finding, bool) {
		if len(c.Added) == 0 || len(c.Cur.Entries) == 0 || !c.EntriesUnchanged() || !c.consecutive() || !c.Memory.Forms.EachWriteIsTimed() || c.Date.Lo.IsZero() {
			return Finding{}, false
		}
		if c.displaced() {
			return Finding{}, false
		}
		for i := range c.Cur.Entries {
			e := &c.Cur.Entries[i]
			if t := c.timeOf(e); e.Time.IsZero() || t.After(c.Date.Lo.Add(-recent)) {
				return Finding{}, false // the second write of a second that is not dated well, or one of an entry without a time
			}
		}
		if len(c.Added) == 1 && allNumbers(c.Changes) {
			return Finding{}, false // the scale subresource leaves no entry beside a server-side apply
		}
		return outOfBand("%s changed, and no managedFields entry did", firstOwned(c.Changes))
	},
}

// firstOwned is the path of the first change that gave a field a value which managedFields hold.
func firstOwned(changes []diff.Change) string {
	for i := range changes {
		if changes[i].Op != diff.Remove && !evidence.Unowned(changes[i].Path) {
			return changes[i].Path
		}
	}
	return changes[0].Path
}

// allNumbers reports whether all fields that changed became another number.
func allNumbers(changes []diff.Change) bool {
	for i := range changes {
		if _, ok := changes[i].New.(json.Number); !ok {
			return false
		}
	}
	return true
}
