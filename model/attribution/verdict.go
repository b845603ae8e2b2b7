package attribution

import (
	"cmp"
	"path"
	"slices"
	"strings"
	"time"
	"unique"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution/audit"
	"github.com/etcdscope/etcdscope/model/attribution/clock"
	"github.com/etcdscope/etcdscope/model/attribution/evidence"
	"github.com/etcdscope/etcdscope/model/attribution/rules"
	"github.com/etcdscope/etcdscope/model/change"
)

// Confidence grades a verdict.
type Confidence = rules.Confidence

// The grades. Certain is never wrong; likely hardly ever; a guess is the best that can be had.
const (
	Unknown = rules.Unknown
	Guess   = rules.Guess
	Likely  = rules.Likely
	Certain = rules.Certain
)

// Lane is where in the cluster a write came from.
type Lane string

// The lanes, in the order in which they are drawn.
const (
	LaneClient      Lane = "client" // people's tools, operators, everything that is no part of Kubernetes
	LaneAPIServer   Lane = "apiserver"
	LaneEtcd        Lane = "etcd" // etcd itself: a lease ran out
	LaneControllers Lane = "controllers"
	LaneScheduler   Lane = "scheduler"
	LaneKubelet     Lane = "kubelet"
	LaneOther       Lane = "other" // not known, or past the API server
)

// Lanes are all lanes in the order in which they are drawn.
var Lanes = []Lane{LaneClient, LaneAPIServer, LaneEtcd, LaneControllers, LaneScheduler, LaneKubelet, LaneOther}

// Verdict is what is known about the writing of one revision of one key. Its texts are safe to draw.
type Verdict struct {
	Writer     string // the manager as stored, or the component; "" with Unknown
	Controller string // the controller inside kube-controller-manager, by its service account's name; "" if none is known
	Instance   string // the node, or the holder of the leader's lease; "" if not known
	Confidence Confidence
	Evidence   string
	Lane       Lane
	// User sent the request, acting as As where that is not "", with the program UserAgent: as the audit log says; ""
	// where it does not.
	User, As, UserAgent string
	// SelfDeclared says that Writer is a component's name which its client gave itself: nothing shows that it is that
	// component, and something speaks against it, as the Evidence says.
	SelfDeclared bool
	// OutOfBand says why this was not written by an API server; "" if nothing speaks for that.
	OutOfBand string

	Time     time.Time // zero where nothing dates the revision
	TimeFrom string    // lease, eventName, managedFields, creationTimestamp, deletionTimestamp, interpolated, notBefore, or the source's word
	Lo, Hi   time.Time // bounds of Time; a zero one is not known
	// Received says that Time is when the change was received by what noted it: it was made then, or before.
	Received bool
}

// Bounds returns between which times the write was made, where these are more than a second apart.
func (v *Verdict) Bounds() (earliest, latest time.Time, vague bool) {
	if v.Time.IsZero() || v.Lo.IsZero() || v.Hi.IsZero() || v.Hi.Sub(v.Lo) <= etcdsource.Close {
		return time.Time{}, time.Time{}, false
	}
	return v.Lo, v.Hi, true
}

// NotBefore reports whether nothing is known of when the write was made but that it was not before Time.
func (v *Verdict) NotBefore() bool { return v.TimeFrom == clock.Bound.String() }

// NotAfter reports whether the write may have been made some time before Time, which is when it was received.
func (v *Verdict) NotAfter() bool {
	return v.Received && (v.Lo.IsZero() || v.Hi.Sub(v.Lo) > etcdsource.Close)
}

// NotKnown is what is shown in place of a writer that is not known.
const NotKnown = "not known"

// By reports whether a name, or a part of one in any case, means the writer: the manager as stored, its component,
// the controller, the program in the user agent, or the user. With * in it, which matches any characters, it is a pattern of the
// whole name. "unknown", and what is shown in its place, "not known", mean those that are not known, and not a manager that the API
// server called "unknown", as it does where a client sent no name: "unknown*" means that.
func (v *Verdict) By(name string) bool {
	name = strings.ToLower(name)
	if name == "" {
		return false
	}
	if name == Unknown.String() || name == NotKnown {
		return v.Writer == ""
	}
	program, _, _ := strings.Cut(v.UserAgent, "/")
	return slices.ContainsFunc([]string{v.Writer, evidence.Component(v.Writer), v.Controller, program, v.User, v.As}, func(s string) bool {
		return named(name, strings.ToLower(s))
	})
}

// named reports whether a part of a name, or a pattern of all of it, is in one.
func named(want, name string) bool {
	if !strings.Contains(want, "*") {
		return strings.Contains(name, want)
	}
	flat := strings.NewReplacer("/", "\x00").Replace // which * does not pass
	ok, err := path.Match(flat(want), flat(name))
	return ok && err == nil && name != ""
}

// Name is what the writer is called where there is room for one name: the controller where it is known.
func (v *Verdict) Name() string {
	return cmp.Or(v.Controller, v.Writer, Unknown.String())
}

// Betters reports whether the verdict says more than another one: with more confidence, or with as much and a user.
func (v *Verdict) Betters(than Verdict) bool {
	return v.Confidence > than.Confidence || v.Confidence == than.Confidence && v.User != "" && than.User == ""
}

// Attributed is a change with what is known of its writing.
type Attributed struct {
	change.Change
	Verdict
}

// verdictOf returns a finding in the form in which it is shown. q is the request that made the change, nil where none is
// known; from says what dates the change.
func verdictOf(c *rules.Case, f rules.Finding, q *audit.Request, from string) Verdict {
	f.Evidence += offsetOf(c, &f)
	v := Verdict{Writer: f.Writer, Controller: f.Controller, Confidence: f.Grade, Evidence: line(f.Evidence), OutOfBand: line(f.OutOfBand)}
	if v.Confidence == Unknown || v.Writer == "" {
		v.Writer, v.Controller, v.Confidence = "", "", Unknown
	}
	v.Writer, v.Controller = own(name(v.Writer)), own(name(v.Controller))
	if q != nil && v.Writer != "" {
		v.User, v.As, v.UserAgent = line(q.Sender.User), line(q.Sender.As), line(q.Sender.Agent)
	}
	v.Lane = LaneClient
	if !f.Borrowed {
		v.Instance, v.Lane = own(line(instanceOf(c, &f))), laneOf(&v, f.Component)
	}
	v.SelfDeclared = f.Borrowed && v.Writer != ""
	v.Time, v.TimeFrom, v.Lo, v.Hi, v.Received = c.Date.Time, from, c.Date.Lo, c.Date.Hi, c.Date.From == clock.Received
	return v
}

// instanceOf returns which node or which holder of a leader lease wrote, "" where that is not known.
func instanceOf(c *rules.Case, f *rules.Finding) string {
	v := c.Latest()
	if v == nil || f.Writer == "" {
		return ""
	}
	switch f.Component {
	case evidence.ControllerManager, evidence.Scheduler:
		return c.Memory.Objects.Leader(f.Component)
	case evidence.Kubelet:
		return v.NodeName()
	}
	return ""
}

// laneOf derives the lane from what a verdict names.
func laneOf(v *Verdict, component string) Lane {
	if v.Writer == "" || v.OutOfBand != "" {
		return LaneOther
	}
	switch component {
	case evidence.APIServer:
		return LaneAPIServer
	case evidence.Etcd:
		return LaneEtcd
	case evidence.Scheduler:
		return LaneScheduler
	case evidence.Kubelet:
		return LaneKubelet
	case evidence.ControllerManager:
		return LaneControllers
	}
	if v.Controller != "" || strings.HasSuffix(v.Writer, "cloud-controller-manager") {
		return LaneControllers
	}
	return LaneClient
}

// maxName is the largest length of a manager's name, in bytes: FieldManagerMaxLength in apimachinery's
// pkg/apis/meta/v1/validation. A longer one was not stored by an API server.
const maxName = 128

// name returns a writer's name, safe to draw.
func name(s string) string {
	if len(s) > maxName {
		s = s[:maxName] + "…"
	}
	return line(s)
}

// own returns a text that keeps nothing else in memory: texts of an object are parts of all of its JSON, and verdicts are
// kept longer than that.
func own(s string) string { return unique.Make(s).Value() }

// maxLine is the largest length of a text that a verdict holds, in bytes: managers and their paths are bounded by the API
// server, but a store may hold anything.
const maxLine = 16 << 10

// line returns a text in one line that is safe to draw.
func line(s string) string {
	if s == "" {
		return ""
	}
	if len(s) > maxLine {
		s = s[:maxLine] + "…"
	}
	out, _, _ := clean.Line(s, 1)
	return out
}
