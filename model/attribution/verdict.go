package attribution

import (
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/model/change"
)

// Confidence grades a verdict.
type Confidence uint8

// The grades. Certain is never wrong; likely hardly ever; a guess is the best that can be had.
const (
	Unknown Confidence = iota
	Guess
	Likely
	Certain
)

// String is the word that the command line prints.
func (c Confidence) String() string {
	return [...]string{"unknown", "guess", "likely", "certain"}[c]
}

// Mark is the sign of the grade: ✓, ~, ? or a blank.
func (c Confidence) Mark(ascii bool) string {
	if ascii {
		return [...]string{" ", "?", "~", "+"}[c]
	}
	return [...]string{" ", "?", "~", "✓"}[c]
}

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
	// User sent the request, acting as As where that is not "", with the program UserAgent: as the audit log tells; ""
	// where it does not.
	User, As, UserAgent string
	// OutOfBand says why this was not written by an API server; "" if nothing speaks for that.
	OutOfBand string

	Time     time.Time // zero where nothing dates the revision
	TimeFrom string    // lease, eventName, managedFields, creationTimestamp, deletionTimestamp, interpolated, or the source's word
	Lo, Hi   time.Time // bounds of Time; a zero Hi is not known
}

// Bounds returns between which times the write was made, where these are more than a second apart.
func (v *Verdict) Bounds() (earliest, latest time.Time, vague bool) {
	if v.Time.IsZero() || v.Lo.IsZero() || v.Hi.IsZero() || v.Hi.Sub(v.Lo) <= time.Second {
		return time.Time{}, time.Time{}, false
	}
	return v.Lo, v.Hi, true
}

// By reports whether a name stands for the writer: the manager as stored, its component, the controller, the user, or
// "unknown".
func (v *Verdict) By(name string) bool {
	if v.Writer == "" {
		return name == Unknown.String()
	}
	return name == v.Writer || name == component(v.Writer) || name != "" && (name == v.Controller || name == v.User || name == v.As)
}

// Attributed is a change with what is known of its writing.
type Attributed struct {
	change.Change
	Verdict
}

// The components of Kubernetes, as they call themselves in managedFields.
const (
	apiserver  = "kube-apiserver"
	controlMgr = "kube-controller-manager"
	scheduler  = "kube-scheduler"
	kubelet    = "kubelet"
	etcd       = "etcd"
)

// components are names by which parts of Kubernetes write, beside their own.
var components = map[string]string{
	"controller-manager": controlMgr, "clusterrole-aggregation-controller": controlMgr, "resource-claim-controller": controlMgr,
	"service-cidr-controller": controlMgr, "service-cidrs-controller": controlMgr, "validatingadmissionpolicy-status": controlMgr,
	"storage-version-migrator-controller": controlMgr, "storageversion-migrator-controller": controlMgr,
	"apiserver": apiserver, "kubernetes-service-cidr-controller": apiserver,
	"api-priority-and-fairness-config-producer-v1": apiserver, "api-priority-and-fairness-config-consumer-v1": apiserver,
	"default-scheduler": scheduler,
}

// component returns the part of Kubernetes that a manager belongs to, or the manager itself.
func component(manager string) string {
	if c := components[manager]; c != "" {
		return c
	}
	return manager
}

// laneOf derives the lane from what a verdict names.
func laneOf(v *Verdict, part string) Lane {
	if v.Writer == "" || v.OutOfBand != "" {
		return LaneOther
	}
	switch part {
	case apiserver:
		return LaneAPIServer
	case etcd:
		return LaneEtcd
	case scheduler:
		return LaneScheduler
	case kubelet:
		return LaneKubelet
	case controlMgr:
		return LaneControllers
	}
	if v.Controller != "" || strings.HasSuffix(v.Writer, "cloud-controller-manager") {
		return LaneControllers
	}
	return LaneClient
}
