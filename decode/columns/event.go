package columns

import (
	"strings"
	"time"
)

// An Event may be stored in the form of the core group or of events.k8s.io: the fields have other names.

func eventField(core, other string) func(map[string]any) string {
	return func(t map[string]any) string { return or(Field(t, core), Field(t, other)) }
}

func moment(t map[string]any, paths ...string) time.Time {
	for _, p := range paths {
		if at, err := time.Parse(time.RFC3339, Field(t, p)); err == nil && !at.IsZero() {
			return at
		}
	}
	return time.Time{}
}

func seen(at time.Time) Cell {
	if at.IsZero() {
		return Cell{Text: Unknown}
	}
	return Cell{Since: at}
}

func firstSeen(t map[string]any) time.Time {
	return moment(t, ".firstTimestamp", ".deprecatedFirstTimestamp", ".eventTime")
}

func lastSeen(t map[string]any) time.Time {
	if has(t, ".series") {
		return moment(t, ".series.lastObservedTime")
	}
	if at := moment(t, ".lastTimestamp", ".deprecatedLastTimestamp"); !at.IsZero() {
		return at
	}
	return firstSeen(t)
}

func eventCount(t map[string]any) string {
	if has(t, ".series") {
		return or(Field(t, ".series.count"), "0")
	}
	if n := eventField(".count", ".deprecatedCount")(t); n != "" && n != "0" {
		return n
	}
	return "1"
}

func eventObject(t map[string]any) string {
	ref := ".involvedObject"
	if has(t, ".regarding") {
		ref = ".regarding"
	}
	s := strings.ToLower(Field(t, ref+".kind"))
	if name := Field(t, ref+".name"); name != "" {
		s += "/" + name
	}
	return s
}

func eventSource(t map[string]any) string {
	component := or(eventField(".source.component", ".deprecatedSource.component")(t), eventField(".reportingComponent", ".reportingController")(t))
	if host := or(eventField(".source.host", ".deprecatedSource.host")(t), Field(t, ".reportingInstance")); host != "" {
		component += ", " + host
	}
	return component
}

var events = []Column{
	{Head: "LAST SEEN", moment: func(t map[string]any) Cell { return seen(lastSeen(t)) }},
	field("TYPE", ".type", ""), field("REASON", ".reason", ""), col("OBJECT", eventObject),
	{Head: "SUBOBJECT", Wide: true, value: eventField(".involvedObject.fieldPath", ".regarding.fieldPath")},
	{Head: "SOURCE", Wide: true, value: eventSource},
	col("MESSAGE", func(t map[string]any) string { return strings.TrimSpace(eventField(".message", ".note")(t)) }),
	{Head: "FIRST SEEN", Wide: true, moment: func(t map[string]any) Cell { return seen(firstSeen(t)) }},
	{Head: "COUNT", Wide: true, value: eventCount},
	{Head: "NAME", Wide: true, value: func(t map[string]any) string { return Field(t, ".metadata.name") }},
}
