package rules

import (
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/model/attribution/evidence"
)

// TestJobOfCronJob: a CronJob's controller makes Jobs, and the Jobs' own keeps them.
func TestJobOfCronJob(t *testing.T) {
	t.Parallel()
	job := func(status, at string) string {
		return object("Job", "demo", "j", `"ownerReferences":[{"kind":"CronJob","name":"c","uid":"u","controller":true}]`, `"status":{`+status+`}`,
			mf("kube-controller-manager/Update "+at, statusSet))
	}
	for want, write := range map[string]scene{
		"cronjob-controller": func(f *feed) int64 { return f.put("jobs/demo/j", job("", "1")) },
		"job-controller":     func(f *feed) int64 { return f.replace("jobs/demo/j", job(`"active":0`, "1"), job(`"active":1`, "9")) },
	} {
		if got := controllerOf(judged(t, write), evidence.ControllerManager); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestMovedEntrySaysWho: where an entry moved, it says who wrote, and no rule for writes without an entry decides.
func TestMovedEntrySaysWho(t *testing.T) {
	t.Parallel()
	owners := `"f:metadata":{"f:ownerReferences":{}}`
	for _, c := range []struct {
		rule  *Rule
		write func(after string) scene
	}{
		{&nodeKeptByController, func(after string) scene {
			return func(f *feed) int64 {
				return f.replace("minions/n1", node("", mf("x/Update 1", specSet)), node(`"podCIDR":"10.0.0.0/24"`, mf("x/Update "+after, specSet)))
			}
		}},
		{&dependentOrphaned, func(after string) scene {
			return func(f *feed) int64 {
				f.put("replicasets/demo/rs", object("ReplicaSet", "demo", "rs", `"finalizers":["orphan"],`+marked(9, 0), `"spec":{"replicas":1}`))
				return f.replace("pods/demo/p", pod(setOwner, podSpec, mf("x/Update 1", owners)), pod("", podSpec, mf("x/Update "+after, owners)))
			}
		}},
	} {
		for after, decides := range map[string]bool{"1": true, "9": false} {
			if f, ok := c.rule.Judge(judged(t, c.write(after))); ok != decides {
				t.Errorf("%s with an entry of second %s: decides is %v: %s", c.rule.Name, after, ok, f.Evidence)
			}
		}
	}
}

// TestRecentEntry: a change without an entry is out of band where the newest entry is ten seconds older than the revision,
// and may be a second write of its second where it is less.
func TestRecentEntry(t *testing.T) {
	t.Parallel()
	c := judged(t, late(func(f *feed) int64 { return f.put("configmaps/demo/c", data("c", "2", mf("x/Update 1", dataSet))) }))
	at := c.timeOf(&c.Cur.Entries[0])
	for _, x := range []struct {
		later time.Duration // than the ten seconds
		found bool
	}{{0, true}, {-time.Nanosecond, false}} {
		c.Date.Lo = at.Add(10*time.Second + x.later)
		if _, ok := valueChangedWithoutEntry.Judge(c); ok != x.found {
			t.Errorf("%v after ten seconds: found is %v", x.later, ok)
		}
	}
}

// TestBeforeIsNoObject: an object goes back only from what it was as an object.
func TestBeforeIsNoObject(t *testing.T) {
	t.Parallel()
	made := object("ConfigMap", "demo", "c", `"creationTimestamp":"`+second(9)+`"`, "")
	for before, back := range map[string]bool{"hello": false, `{"a":1}`: false, "k8s\x00\n\x0d\n\x02v1\x12\x09ConfigMap\xff": false, "": false, object("ConfigMap", "demo", "c", "", ""): true} {
		c := judged(t, func(f *feed) int64 {
			f.Unreadable = true
			if before != "" {
				f.put("configmaps/demo/c", before)
			}
			return f.put("configmaps/demo/c", made)
		})
		if f, _ := wentBack(c); (f.OutOfBand != "") != back {
			t.Errorf("after %q: %s", before, f.OutOfBand)
		}
	}
}

// TestEntryThatMovedAlone: of a write that changed no field, the entry is the evidence, without a count of paths.
func TestEntryThatMovedAlone(t *testing.T) {
	t.Parallel()
	c := judged(t, updateOf("1", "1", mf("x/Update 1", dataSet), mf("x/Update 9", dataSet)))
	c.Added, c.Removed = nil, nil
	f, ok := entryMoved.Judge(c)
	if !ok || f.Writer != "x" || strings.Contains(f.Evidence, "removed") || strings.Contains(f.Evidence, "paths") {
		t.Errorf("%v %q: %s", ok, f.Writer, f.Evidence)
	}
}

// TestEndpointsOfOneManager: the endpoint-controller keeps the Endpoints of the core group that only it manages; neither
// another kind that kube-controller-manager manages alone, nor Endpoints of another group or another manager.
func TestEndpointsOfOneManager(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		kind, group, manager string
		kept                 bool
	}{
		{"Endpoints", "", evidence.ControllerManager, true}, {"ConfigMap", "", evidence.ControllerManager, false},
		{"Endpoints", "example.com", evidence.ControllerManager, false}, {"Endpoints", "", "mine", false},
	} {
		c := judged(t, updateOf("1", "2", mf(x.manager+"/Update 1", dataSet), mf(x.manager+"/Update 1", dataSet)))
		c.Cur.Kind, c.Cur.Group = x.kind, x.group
		if f, _ := statusOfOneWriter.Judge(c); (f.Controller == "endpoint-controller") != x.kept {
			t.Errorf("%s of %q by %s: %q", x.kind, x.group, x.manager, brief(f))
		}
	}
}
