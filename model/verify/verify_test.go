package verify

import (
	"slices"
	"testing"
)

// TestDrops: a type that has lost more than half of its objects is named, the largest loss first.
func TestDrops(t *testing.T) {
	before := &Values{Objects: map[string]int64{"pods": 100, "configmaps": 10, "secrets": 6, "namespaces": 3, "events": 500, "nodes": 8}}
	now := &Values{Objects: map[string]int64{"pods": 60, "configmaps": 2, "nodes": 4, "secrets": 0}}
	if got, want := now.Drops(before), []Drop{{"configmaps", 10, 2}, {"secrets", 6, 0}}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
