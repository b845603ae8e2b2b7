package evidence

import "fmt"

// StoredForms remembers in which forms values are stored: an API server stores built-in kinds in one encoding, and each
// kind with one encryption provider at a time; and since Kubernetes 1.25 it gives an entry a new time with each write.
type StoredForms struct {
	valueWrites int                 // writes that changed only values and moved the time of an entry
	protobuf    int                 // built-in objects that were stored as protobuf
	encrypted   map[string][]string // how the last few objects of a resource were encrypted, by its key prefix
}

const (
	manyForms = 20 // objects in one form that make another form unusual
	lastForms = 3
	aheadFor  = 256 // changes that are looked at for what follows
)

// jsonGroups are the groups whose kinds API servers store as JSON although they are built in.
var jsonGroups = SetOf("apiextensions.k8s.io apiregistration.k8s.io")

// readable are the encodings that objects can be written in by hand.
var readable = SetOf("json yaml cbor")

// builtIn reports whether a change is of a built-in kind that API servers store as protobuf.
func builtIn(c *Change) bool {
	return c.Ref.Name != "" && !c.Ref.Custom && c.Ref.Kind != "" && !jsonGroups[c.Ref.Group] && c.Cur != nil && c.Cur.IsKubernetes()
}

// Unusual says why a value is not stored as an API server would store it; "" where nothing indicates that. after are the
// changes that follow, as far as they are known: a setting that was changed stays changed.
func (f *StoredForms) Unusual(c *Change, after []Change) string {
	if c.Cur == nil || c.Ref.Name == "" || c.Kept {
		return ""
	}
	after = after[:min(len(after), aheadFor)]
	if why := f.unusualEncoding(c, after); why != "" {
		return why
	}
	return f.unusualEncryption(c, after)
}

func (f *StoredForms) unusualEncoding(c *Change, after []Change) string {
	if !builtIn(c) || !readable[c.Cur.Encoding] || f.protobuf < manyForms {
		return ""
	}
	for i := range after {
		if a := &after[i]; builtIn(a) {
			if a.Cur.Encoding == "protobuf" {
				return fmt.Sprintf("stored as %s, while built-in kinds are stored as protobuf before and after it", c.Cur.Encoding)
			}
			break
		}
	}
	return ""
}

func (f *StoredForms) unusualEncryption(c *Change, after []Change) string {
	how := f.encrypted[c.Ref.Prefix]
	if c.Cur.Encryption.Provider != "" || len(how) < lastForms {
		return ""
	}
	for i := range after {
		a := &after[i]
		if a.Cur == nil || a.Ref.Name == "" || a.Ref.Prefix != c.Ref.Prefix {
			continue
		}
		if s := a.Cur.Encryption.String(); a.Cur.Encryption.Provider != "" && s == how[0] && s == how[1] && s == how[2] {
			return fmt.Sprintf("stored in plain text, while those of its kind before and after it are encrypted with %s", s)
		}
		break
	}
	return ""
}

// note takes the form of a value.
func (f *StoredForms) note(c *Change) {
	if c.Cur == nil || c.Ref.Name == "" {
		return
	}
	if builtIn(c) && c.Cur.Encoding == "protobuf" {
		f.protobuf++
	}
	how := f.encrypted[c.Ref.Prefix]
	if c.Cur.Encryption.Provider == "" {
		if len(how) > 0 {
			delete(f.encrypted, c.Ref.Prefix)
		}
		return
	}
	if f.encrypted == nil {
		f.encrypted = map[string][]string{}
	}
	if len(how) == lastForms {
		how = how[1:]
	}
	f.encrypted[c.Ref.Prefix] = append(how[:len(how):len(how)], c.Cur.Encryption.String())
}

// noteTimes counts writes that gave one entry another time and left its fields as they were: they changed values only.
func (f *StoredForms) noteTimes(c *Change) {
	if c.Prev == nil || c.Cur == nil {
		return
	}
	list := Moved(c.Prev.Entries, c.Cur.Entries)
	if len(list) != 1 {
		return
	}
	if old := Find(c.Prev.Entries, list[0]); old != nil && old.raw() == list[0].raw() {
		f.valueWrites++
	}
}

// EachWriteIsTimed reports whether this API server gives an entry a new time with each write: those before Kubernetes 1.25
// did so only where its fields changed.
func (f *StoredForms) EachWriteIsTimed() bool { return f.valueWrites >= 3 }
