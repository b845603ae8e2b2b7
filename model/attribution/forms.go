package attribution

import "fmt"

// forms remembers in which forms values are stored: an API server stores built-in kinds in one encoding, and each kind
// by one provider of encryption at a time; and newer ones give entries a new time with each write.
type forms struct {
	bumped   int                 // writes of values only that moved the time of an entry
	protobuf int                 // built-in objects that were seen in protobuf
	sealed   map[string][]string // how the last few objects of a resource were encrypted, by its folder
}

const (
	manyForms = 20 // objects in one form that make another form strange
	lastForms = 3
	aheadFor  = 256 // changes that are looked at for what follows
)

// jsonGroups are the groups whose kinds API servers store as JSON although they are built in.
var jsonGroups = set("apiextensions.k8s.io apiregistration.k8s.io")

// readable are the encodings that objects can be written in by hand.
var readable = set("json yaml cbor")

func builtIn(p *pending) bool {
	return p.Ref.Name != "" && !p.Ref.Custom && p.Ref.Kind != "" && !jsonGroups[p.Ref.Group] && p.cur != nil && p.cur.IsKubernetes()
}

// strange says why a value is not stored as an API server would store it; "" where nothing speaks against it. What
// comes after it tells too: a setting that was changed stays.
func (f *forms) strange(p *pending, after []pending) string {
	if p.cur == nil || p.Ref.Name == "" || p.Kept {
		return ""
	}
	after = after[:min(len(after), aheadFor)]
	if builtIn(p) && readable[p.cur.Encoding] && f.protobuf >= manyForms {
		for i := range after {
			if a := &after[i]; builtIn(a) {
				if a.cur.Encoding == "protobuf" {
					return fmt.Sprintf("stored as %s, while built-in kinds are stored as protobuf before and after it", p.cur.Encoding)
				}
				break
			}
		}
	}
	how := f.sealed[p.Ref.Prefix]
	if p.cur.Encryption.Provider != "" || len(how) < lastForms {
		return ""
	}
	for i := range after {
		a := &after[i]
		if a.cur == nil || a.Ref.Name == "" || a.Ref.Prefix != p.Ref.Prefix {
			continue
		}
		if s := a.cur.Encryption.String(); a.cur.Encryption.Provider != "" && s == how[0] && s == how[1] && s == how[2] {
			return fmt.Sprintf("stored in plain text, while those of its kind before and after it are encrypted with %s", s)
		}
		break
	}
	return ""
}

// note takes a value that was judged.
func (f *forms) note(p *pending) {
	if p.cur == nil || p.Ref.Name == "" {
		return
	}
	if builtIn(p) && p.cur.Encoding == "protobuf" {
		f.protobuf++
	}
	how := f.sealed[p.Ref.Prefix]
	if p.cur.Encryption.Provider == "" {
		if len(how) > 0 {
			delete(f.sealed, p.Ref.Prefix)
		}
		return
	}
	if f.sealed == nil {
		f.sealed = map[string][]string{}
	}
	if len(how) == lastForms {
		how = how[1:]
	}
	f.sealed[p.Ref.Prefix] = append(how[:len(how):len(how)], p.cur.Encryption.String())
}
