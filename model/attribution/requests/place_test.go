package requests

import (
	"fmt"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/model/attribution/clock"
)

// TestPlace: requests whose answers carry no revision are found by what lies around them, and date the changes: nil for a
// change that none can be given to.
func TestPlace(t *testing.T) {
	t.Parallel()
	patch := func(user string, from float64) request {
		return req("patch", "configmaps/c", user, "x/1", from, from+0.01, 0, "")
	}
	other := func(from float64) request { return req("update", "configmaps/o", "o", "y/1", from, from+0.01, 0, "") }
	for _, c := range []struct {
		name     string
		requests []request
		writes   []int    // of the ConfigMap, the seconds of its entry; 0: another one is written
		want     []string // the ids of the requests of each
	}{
		{"one that fits", []request{patch("a", 5.1)}, []int{5}, []string{"id0"}},
		{"as many as changes, one after the other", []request{patch("a", 5.1), patch("a", 5.2), patch("a", 5.3)}, []int{5, 5, 5}, []string{"id0", "id1", "id2"}},
		{"one more than changes", []request{patch("a", 5.1), patch("a", 5.2), patch("a", 5.3)}, []int{5, 5}, []string{"", ""}},
		{"one fewer than changes", []request{patch("a", 5.1)}, []int{5, 5}, []string{"", ""}},
		{"one too many, but its second is another", []request{patch("a", 5.1), patch("a", 5.3), patch("a", 6.2)}, []int{5, 6}, []string{"", "id2"}},
		{"two at the same time", []request{patch("a", 5.1), patch("b", 5.105)}, []int{5, 5}, []string{"", ""}},
		{"what lies between separates two", []request{patch("a", 5.1), other(5.5), patch("a", 5.8)}, []int{5, 0, 5}, []string{"id0", "id1", "id2"}},
		{"what lies between tells which of two was idle", []request{patch("a", 5.1), other(5.5), patch("a", 5.8)}, []int{0, 5}, []string{"id1", "id2"}},
		{"of somebody else than the entry that moved", []request{req("patch", "configmaps/c", "bob", "bot/1", 5.1, 5.11, 0, "")}, []int{5}, []string{""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newFeed(t, c.requests...)
			f.put("configmaps/demo/c", object("ConfigMap", "demo", "c", "", `"data":{"a":"0"}`, mf("x/Update 1", `"f:data":{"f:a":{}}`)))
			f.put("configmaps/demo/o", object("ConfigMap", "demo", "o", "", `"data":{"a":"0"}`, mf("y/Update 1", `"f:data":{"f:a":{}}`)))
			f.put("configmaps/demo/before", object("ConfigMap", "demo", "before", `"creationTimestamp":"`+second(4)+`"`, ""))
			from := len(f.changes)
			for i, s := range c.writes {
				if s == 0 {
					f.put("configmaps/demo/o", object("ConfigMap", "demo", "o", "", `"data":{"a":"1"}`, mf("y/Update 5", `"f:data":{"f:a":{}}`)))
				} else {
					f.put("configmaps/demo/c", object("ConfigMap", "demo", "c", "", fmt.Sprintf(`"data":{"a":"%d"}`, i+1), mf(fmt.Sprintf("x/Update %d", s), `"f:data":{"f:a":{}}`)))
				}
			}
			f.put("configmaps/demo/after", object("ConfigMap", "demo", "after", `"creationTimestamp":"`+second(7)+`"`, ""))
			f.log.Place(f.memory, f.changes)
			for i := range c.writes {
				ch := &f.changes[from+i]
				list := f.log.records[string(ch.Key)]
				k, _ := find(list, ch.Mod)
				id, d := "", f.memory.Clock.At(ch.Mod)
				if q := list[k].placed; q != nil {
					id = q.ID
					if d.From != clock.Request || d.Time.Before(q.From()) || d.Time.After(q.To()) {
						t.Errorf("change %d is dated %v by %v, request %v to %v", i, d.Time, d.From, q.From(), q.To())
					}
				}
				if id != c.want[i] {
					t.Errorf("change %d: %q, want %q", i, id, strings.Join(c.want, ","))
				}
			}
		})
	}
}
