package reconcile

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/change"
)

func statusAt(rev int64, typ etcdsource.Type, weight int) VersionStatus {
	return VersionStatus{Revision: rev, Type: typ, Status: Status{Weight: weight}}
}

// undated knows no time.
var undated = Times{Of: func(int64) time.Time { return time.Time{} }}

func TestFollow(t *testing.T) {
	const c, u, d = etcdsource.Created, etcdsource.Updated, etcdsource.Deleted
	life := []VersionStatus{statusAt(30, u, 0), statusAt(28, u, 50), statusAt(27, u, 60), statusAt(20, u, 0), statusAt(12, u, 0), statusAt(11, u, 40), statusAt(10, c, 80), statusAt(9, d, 0), statusAt(8, u, 60), statusAt(7, u, 60)}
	for rev, want := range map[int64]struct {
		since, end int64
		atLeast    bool
		weight     int
	}{
		30: {27, 30, false, 0}, 28: {27, 30, false, 50}, 27: {27, 30, false, 60}, 20: {10, 12, false, 0}, 12: {10, 12, false, 0},
		11: {10, 12, false, 40}, 10: {10, 12, false, 80}, 8: {7, 0, true, 60}, 7: {7, 0, true, 60},
	} {
		got, ok := Follow(life, rev, undated)
		if !ok || got.Since.Revision != want.since || got.End != want.end || got.AtLeast != want.atLeast || got.Weight != want.weight {
			t.Errorf("at %d: %+v %v, want %+v", rev, got, ok, want)
		}
	}
	for _, rev := range []int64{9, 29, 31, 1} {
		if got, ok := Follow(life, rev, undated); ok {
			t.Errorf("at %d, which is no version that lives: %+v", rev, got)
		}
	}
	if got, ok := Follow([]VersionStatus{statusAt(5, u, 0), statusAt(4, u, 0)}, 5, undated); !ok || got.Since.Revision != 0 || got.End != 0 {
		t.Errorf("nothing is known to have been wrong: %+v", got)
	}
	if got, ok := Follow([]VersionStatus{statusAt(5, u, 50)}, 5, undated); !ok || !got.AtLeast {
		t.Errorf("of one version: %+v", got)
	}
}

// TestFollowRestarts: restarts of a life before are none of this one, and those that had ended by a version's time are nothing that was
// waited for.
func TestFollowRestarts(t *testing.T) {
	t.Parallel()
	start := newFold().now
	ago := func(m int) time.Time { return start.Add(-time.Duration(m) * time.Minute) }
	times := Times{Of: func(rev int64) time.Time { return start.Add(time.Duration(rev) * time.Second) }, Now: start.Add(time.Minute)}
	follow := func(deleted int, pods ...string) Course {
		t.Helper()
		var versions []VersionStatus
		for i, v := range pods {
			rev, typ, o := int64(i+1), etcdsource.Updated, dec.Object([]byte(podKey), []byte(v), int64(i+1))
			if i == deleted {
				typ, o = etcdsource.Deleted, nil
			}
			versions = append([]VersionStatus{VersionStatusOf(rev, typ, o)}, versions...)
		}
		c, ok := Follow(versions, int64(len(pods)), times)
		if !ok {
			t.Fatal("the newest version is not found")
		}
		return c
	}
	none := time.Time{}
	if c := follow(-1, running(1, none, none), running(2, none, none), running(3, none, none)); c.Weight == 0 {
		t.Errorf("restarted twice while it was looked at: %+v", c)
	}
	if c := follow(3, running(1, none, none), running(2, none, none), running(3, none, none), "", running(0, none, none), running(3, none, none)); c.Weight != 0 {
		t.Errorf("once in this life: %+v", c)
	}
	if c := follow(-1, running(5, ago(64), ago(60)), running(5, none, none)); c.Weight != 0 || c.Since.Revision != 0 {
		t.Errorf("an hour ago: %+v", c)
	}
}

// TestFollowGrows: version by version, the time in which it waits begins where it was said to begin.
func TestFollowGrows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var statuses []VersionStatus
		since, begun := int64(0), false
		n := rapid.IntRange(1, 12).Draw(t, "n")
		for rev := int64(1); rev <= int64(n); rev++ {
			typ, w := etcdsource.Updated, rapid.SampledFrom([]int{0, 40, 80}).Draw(t, "weight")
			if rev == 1 {
				typ = etcdsource.Created
			}
			statuses = append([]VersionStatus{statusAt(rev, typ, w)}, statuses...)
			if w > 0 && !begun {
				since = rev
			}
			begun = w > 0
			got, ok := Follow(statuses, rev, undated)
			if !ok || got.AtLeast || w > 0 && (got.Since.Revision != since || got.End != 0) || w == 0 && got.Since.Revision != since {
				t.Fatalf("after %d: %+v, want since %d", rev, got, since)
			}
		}
	})
}

// TestSeen: an object that was fine when it was seen waits from the change on that made it so; one that was not, since
// it was written last or longer.
func TestSeen(t *testing.T) {
	x := New()
	at := func(rev int64, observed int) *decode.Object {
		return decode.New(decode.Options{}).Object([]byte("/registry/w/a"), fmt.Appendf(nil, `{"apiVersion":"a/v1","kind":"W","metadata":{"name":"a","uid":"u","generation":2,"managedFields":[
{"manager":"m","operation":"Update","time":"2026-11-22T10:00:00Z","fieldsV1":{}},{"manager":"n","operation":"Update","time":"2026-11-22T10:00:09Z","fieldsV1":{}}]},"status":{"observedGeneration":%d}}`, observed), rev)
	}
	x.See(at(5, 1))
	if w := x.Waiting(); len(w) != 1 || !w[0].AtLeast || w[0].Since.Revision != 5 || w[0].Since.Time.Format("15:04:05") != "10:00:09" {
		t.Errorf("seen waiting: %+v", w)
	}
	x.See(at(6, 2))
	if len(x.Waiting()) != 0 {
		t.Errorf("seen fine: %+v", x.Waiting())
	}
	o := at(7, 1)
	x.Apply(Input{Change: &change.Change{Event: etcdsource.Event{Key: o.Key, Mod: 7, Type: etcdsource.Updated}, Object: o}})
	if w := x.Waiting(); len(w) != 1 || w[0].AtLeast || w[0].Since.Revision != 7 {
		t.Errorf("it waits again: %+v", w)
	}
	x.Unsee("/registry/w/a")
	if n := len(x.Waiting()) + len(x.Gone()); n != 0 {
		t.Errorf("taken away, it is told %d times", n)
	}
}
