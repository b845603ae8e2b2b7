package columns

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Happening is an Event as kubectl events and kubectl describe print it. Its texts are stored ones.
type Happening struct {
	Type, Reason, Message string
	Kind, Name, UID       string // of the object that it is about
	APIVersion, Namespace string // likewise
	FieldPath             string // the part of the object, "" for all of it
	From                  string // the component that reported it
	First, Last           time.Time
	Count                 int // how often it was seen
	Repeated              bool
}

// HappeningOf reads a decoded Event, of the core group or of events.k8s.io.
func HappeningOf(t map[string]any) Happening {
	ref := ".involvedObject"
	if has(t, ".regarding") {
		ref = ".regarding"
	}
	h := Happening{
		Type: Field(t, ".type"), Reason: Field(t, ".reason"), Message: strings.TrimSpace(eventField(".message", ".note")(t)),
		Kind: Field(t, ref+".kind"), Name: Field(t, ref+".name"), UID: Field(t, ref+".uid"), APIVersion: Field(t, ref+".apiVersion"),
		Namespace: Field(t, ref+".namespace"), FieldPath: Field(t, ref+".fieldPath"),
		From:  or(eventField(".source.component", ".deprecatedSource.component")(t), eventField(".reportingComponent", ".reportingController")(t)),
		First: moment(t, ".eventTime", ".firstTimestamp", ".deprecatedFirstTimestamp"),
		Last:  moment(t, ".lastTimestamp", ".deprecatedLastTimestamp"),
	}
	h.Count, _ = strconv.Atoi(eventCount(t))
	h.Repeated = h.Count > 1
	if has(t, ".series") {
		h.Last, h.Repeated = moment(t, ".series.lastObservedTime"), true
	} else if h.Last.IsZero() {
		h.Last = moment(t, ".eventTime")
	}
	return h
}

// Seen says how long ago it was seen, and how often in which time: "5m", "5m (x3 over 10m)".
func (h *Happening) Seen(now time.Time) string {
	if !h.Repeated {
		return Age(h.First, now)
	}
	return fmt.Sprintf("%s (x%d over %s)", Age(h.Last, now), h.Count, Age(h.First, now))
}

// IsAbout reports whether it is about an object: by its uid where both are known, as a node's is its name there.
func (h *Happening) IsAbout(apiVersion, kind, namespace, name, uid string) bool {
	if h.Kind != kind || h.Name != name || h.Namespace != namespace && h.Namespace != "" {
		return false
	}
	if group(h.APIVersion) != group(apiVersion) && h.APIVersion != "" {
		return false
	}
	return uid == "" || h.UID == "" || h.UID == uid || h.UID == name
}

// group is the group of an apiVersion, "" for the core group.
func group(apiVersion string) string {
	g, _, two := strings.Cut(apiVersion, "/")
	if !two {
		return ""
	}
	return g
}
