package attribution

import (
	"strings"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution/rules"
)

// Description is a change in words: who sent the request, through which component it was stored in etcd, what it did, and on
// what evidence. Its texts are safe to draw, and so are its words.
type Description struct {
	Type     etcdsource.Type
	Key      string // for people
	Revision string // likewise
	What     string // what changed, "" where that is not known
	Verdict         // the zero Verdict where the change has not been looked at
}

// Sentence is all of it.
func (t *Description) Sentence() string {
	stored := "revision " + t.Revision
	if !t.Time.IsZero() {
		word := " at "
		if t.NotBefore() {
			word = ", not before "
		} else if t.NotAfter() {
			word = ", not after "
		}
		stored += word + t.Time.UTC().Format("15:04:05.000")
	}
	switch {
	case t.OutOfBand != "":
		return "Something " + t.Did() + ", past the API server, as " + stored + ": " + t.OutOfBand + "."
	case t.Lane == "":
		return "Somebody " + t.Did() + ", stored as " + stored + "."
	case t.Writer == "":
		return "A client whose name is not stored " + t.Did() + ". The API server stored it as " + stored + ": " + strings.TrimSuffix(t.Evidence, ": "+rules.Nameless) + "."
	}
	how := ", asked the API server, and etcd stored it as " + stored
	switch t.Lane {
	case LaneAPIServer:
		how = ", on its own account, and etcd stored it as " + stored
	case LaneEtcd:
		how = ", as " + stored
	}
	grade := t.Confidence.String()
	return t.Actor() + " " + t.Did() + how + ". " + strings.ToUpper(grade[:1]) + grade[1:] + ": " + t.Evidence + "."
}

// Short is who did what, with a mark of how sure that is.
func (t *Description) Short(mark string) string {
	who := "a client"
	if t.Writer != "" {
		who = t.Actor() + " " + mark
	}
	return who + " " + t.Did()
}

// Did says what was done to the object.
func (t *Description) Did() string {
	s := map[etcdsource.Type]string{etcdsource.Created: "created ", etcdsource.Deleted: "deleted "}[t.Type]
	if s == "" {
		s = "changed "
	}
	s += t.Key
	if t.What != "" && t.What != t.Type.String() {
		s += ": " + t.What
	}
	return s
}

// Actor names who wrote: the person where the audit log has it, the controller, the node.
func (v *Verdict) Actor() string {
	name := v.Controller
	if name == "" {
		name = v.Writer
	}
	switch {
	case v.Lane == LaneKubelet && v.Instance != "":
		name += " of " + v.Instance
	case v.Lane == LaneClient && v.As != "":
		name = v.User + ", acting as " + v.As + ", with " + name
	case v.Lane == LaneClient && v.User != "":
		name = v.User + " with " + name
	}
	return name
}
