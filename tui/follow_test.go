package tui

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// TestFollowInOrder: versions that come while older ones are still being described are compared with the one before them,
// and none is missing.
func TestFollowInOrder(t *testing.T) {
	t.Parallel()
	const key = "/registry/pods/shop/web-1"
	src := withPods()
	d := openedWith(t, src, 160, 44)
	m := d.Model().(*Model)
	version := func(i int) []byte {
		note := ""
		if i%2 == 1 { // takes longer to compare than it takes until the next one is written
			note = strings.Repeat("x", 900_000)
		}
		return bytes.Replace(pod("web-1", fmt.Sprint("Phase", i)), []byte(`"name":"web-1"`), fmt.Appendf(nil, `"name":"web-1","annotations":{"note":"%s"}`, note), 1)
	}
	d.Command("key " + key)
	history := m.view().Panes.History
	d.Settle("the timeline", func() bool { return history.Key() == key && len(history.Changes()) > 0 })
	src.Put(key, version(0))
	d.Settle("the first write", func() bool { return len(history.Changes()) > 1 })
	before := len(history.Changes())
	for i := 1; i <= 6; i++ {
		head := src.Put(key, version(i))
		d.Settle("the write", func() bool { return m.view().State.Head == head })
	}
	d.Settle("the rows", func() bool { return len(history.Changes()) == before+6 })
	for i, r := range history.Changes()[:6] {
		if want := fmt.Sprintf("Phase%d → Phase%d", 5-i, 6-i); !strings.Contains(r.Summary, want) {
			t.Errorf("revision %d: %.80q does not say %s", r.Mod, r.Summary, want)
		}
	}
}
