package attribution

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

var ten = time.Date(2026, 1, 2, 10, 2, 0, 0, time.UTC)

// entryAt is an entry with any time.
func entryAt(who, fields string, at time.Time) string {
	e := mf(who+" 1", fields)
	return e[:len(e)-len(second(1))-3] + `"` + at.UTC().Format(time.RFC3339) + `"}`
}

// disagree plays a minute in which a node's clock, and that of the API server that its kubelet writes to, are off. It
// returns the second writes of their seconds, and when they were made.
func disagree(f *feed, own, server time.Duration) map[int64]time.Time {
	lease := func(key, ns, name, holder, manager string, at time.Time, own, server time.Duration) {
		f.put(key, object("Lease", ns, name, `"creationTimestamp":"`+ten.Add(time.Second+server).Format(time.RFC3339)+`"`, fmt.Sprintf(`"spec":{"holderIdentity":%q,"renewTime":%q}`, holder, at.Add(own).Format("2006-01-02T15:04:05.000000Z")),
			entryAt(manager+"/Update", `"f:spec":{"f:holderIdentity":{},"f:renewTime":{}}`, at.Add(server))))
	}
	out := map[int64]time.Time{}
	for i := range 40 {
		at := ten.Add(time.Second + time.Duration(i)*1510*time.Millisecond)
		lease("leases/kube-system/kube-scheduler", "kube-system", "kube-scheduler", "cp_1", "kube-scheduler", at, 0, 0)
		lease("leases/kube-system/kube-controller-manager", "kube-system", "kube-controller-manager", "cp_2", "kube-controller-manager", at.Add(200*time.Millisecond), 0, 0)
		f.put("configmaps/demo/c", object("ConfigMap", "demo", "c", "", fmt.Sprintf(`"data":{"a":"%d"}`, i), entryAt("kubectl-edit/Update", `"f:data":{"f:a":{}}`, at.Add(300*time.Millisecond))))
		lease("leases/kube-node-lease/n1", "kube-node-lease", "n1", "n1", "kubelet", at.Add(400*time.Millisecond), own, server)
		status := func(n int, at time.Time) int64 {
			return f.put("pods/demo/p", object("Pod", "demo", "p", "", onNode+fmt.Sprintf(`,"status":{"phase":"Running","message":"%d"}`, n),
				mf("kubectl-run/Update 1", specSet), entryAt("kubelet/Update/status", `"f:status":{"f:phase":{},"f:message":{}}`, at.Add(server).Truncate(time.Second))))
		}
		made := at.Add(450 * time.Millisecond)
		status(2*i, made)
		if again := made.Add(30 * time.Millisecond); i > 2 && again.Add(server).Truncate(time.Second).Equal(made.Add(server).Truncate(time.Second)) {
			out[status(2*i+1, again)] = again
		}
	}
	return out
}

// TestClocksDisagree: a node whose clock is wrong, or whose API server's is, bends no date, costs no verdict, and is reported.
func TestClocksDisagree(t *testing.T) {
	for _, c := range []struct{ own, server time.Duration }{{0, 0}, {40 * time.Second, 0}, {-7 * time.Minute, 0}, {40 * time.Second, 40 * time.Second}, {-7 * time.Minute, -7 * time.Minute}, {0, 5 * time.Second}} {
		t.Run(fmt.Sprint(c.own, " ", c.server), func(t *testing.T) {
			f := newFeed(t)
			again := disagree(f, c.own, c.server)
			all := f.verdicts()
			for rev, made := range again {
				f.want(all[rev], "kubelet certain kubelet", "in the second of this revision"+saysSkew(c.server, "; that time is by the clock of the API server that n1 writes to, which is "))
				if v := all[rev]; v.Time.Sub(made).Abs() > time.Second || v.Lo.After(made) || !v.Hi.IsZero() && v.Hi.Before(made) {
					t.Errorf("revision %d is dated %v in [%v, %v], was made %v", rev, v.Time, v.Lo, v.Hi, made)
				}
			}
			f.checkDates(all, c.own, c.server)
			found := map[bool]time.Duration{}
			for _, o := range f.e.Clock().Offsets() {
				if o.Source != "n1" {
					t.Errorf("%+v", o)
				}
				found[o.Server] = o.By
			}
			if (found[false]-c.own).Abs() > 700*time.Millisecond || (found[true]-c.server).Abs() > time.Second {
				t.Errorf("offsets %v", found)
			}
		})
	}
}

// checkDates checks that dates do not go back, and that evidence mentions the clock that is wrong, and no other.
func (f *feed) checkDates(all map[int64]Verdict, own, server time.Duration) {
	f.t.Helper()
	last := time.Time{}
	leases := 0
	for rev := int64(2); rev <= f.Revision; rev++ {
		if own == 0 && server == 0 && strings.Contains(all[rev].Evidence, "clock") {
			f.t.Errorf("revision %d: %s", rev, all[rev].Evidence)
		}
		if strings.Contains(all[rev].Evidence, saysSkew(own, "; dated by n1's clock, which is ")) && all[rev].TimeFrom == "lease" {
			leases++
		}
		if v := all[rev]; v.Time.Before(last) || v.OutOfBand != "" || v.Lo.After(v.Time) {
			f.t.Errorf("revision %d: %+v after %v", rev, v, last)
		}
		last = all[rev].Time
	}
	if own != 0 && server == 0 && (leases < 20 || leases > 40) {
		f.t.Errorf("%d renewals say by whose clock they are dated", leases)
	}
}

// saysSkew is what evidence says of a clock that is wrong; its beginning, as the last second of it is measured only.
func saysSkew(by time.Duration, text string) string {
	if by == 0 {
		return ""
	}
	return text
}
