package rules

import (
	"strconv"
	"strings"
	"testing"
)

// TestOneVersion: of what was kept from before a compaction only the newest version is there.
func TestOneVersion(t *testing.T) {
	made, ran := mf("kubectl-run/Update 1", specSet), mf("kubelet/Update/status 3", statusSet)
	job := `"ownerReferences":[{"apiVersion":"batch/v1","kind":"Job","name":"j","uid":"u","controller":true}]`
	marked := `"deletionTimestamp":"` + second(40) + `","deletionGracePeriodSeconds":30`
	pod := func(meta, rest string, entries ...string) string {
		return object("Pod", "demo", "p", meta, rest, entries...)
	}
	deploy := func(generation, observed string, entries ...string) string {
		return object("Deployment", "demo", "p", `"generation":`+generation, `"spec":{"replicas":1},"status":{"observedGeneration":`+observed+`}`, entries...)
	}
	status := `"f:status":{"f:observedGeneration":{}}`
	scale, label := `"f:spec":{"f:replicas":{}}`, `"f:metadata":{"f:labels":{"f:a":{}}},"f:spec":{"f:replicas":{}}`
	keeps := mf("kube-controller-manager/Update/status 30", status)
	widget := func(meta string, entries ...string) string {
		return `{"apiVersion":"shop.example.com/v1","kind":"Widget","metadata":{"name":"p","namespace":"demo","uid":"u","creationTimestamp":"` + second(1) + `",` + meta +
			`"managedFields":[` + strings.Join(entries, ",") + `]},"spec":{"a":1},"status":{"b":2}}`
	}
	data := `"f:data":{"f:a":{}}`
	cm := func(meta string, entries ...string) string {
		return object("ConfigMap", "demo", "p", meta, `"data":{"a":"b"}`, entries...)
	}
	node := func(ready string) string {
		return object("Node", "", "p", "", `"status":{"conditions":[{"type":"Ready","status":"True","lastTransitionTime":"2026-01-02T`+ready+`Z"}]}`,
			mf("x/Update 1", statusSet), mf("kubelet/Update/status 3", statusSet))
	}
	csr := func(signer string) string {
		return object("CertificateSigningRequest", "", "p", "", `"spec":{"signerName":"`+signer+`"},"status":{"certificate":"eA=="}`)
	}
	for _, c := range []struct {
		name, value    string
		version        int64
		said, evidence string
	}{
		{"never written again", pod("", podSpec, made), 1, "kubectl-run certain", "one manager"},
		{"bound, and no more", pod("", onNode, made), 2, "kube-scheduler likely", "binding"},
		{"a status", pod("", onNode, made, ran), 5, "kubelet likely", "the status was written last: kubelet/Update/status 10:02:03; the version before is gone"},
		{"a status in the second of the creation", pod("", onNode, made, mf("kubelet/Update/status 1", statusSet)), 5, "kubelet likely", "written last"},
		{"a status, and the pod's spec has changed since", pod(`"generation":2`, onNode+`,"status":{"observedGeneration":1}`, made, ran), 5, "kubelet guess", "for generation 1 of the spec, which is at 2; the version before is gone"},
		{"marked", pod(marked, onNode, made, ran), 5, "unknown", "marked for deletion"},
		{"marked, and written since", pod(marked, onNode, made, mf("kubelet/Update/status 12", statusSet)), 6, "kubelet likely", "written last"},
		{"marked, in the second of the newest entry", pod(marked, onNode, made, mf("kubelet/Update/status 10", statusSet)), 6, "unknown", "marked for deletion"},
		{"a marked pod of a Job, whose finalizer may have gone since", pod(marked+","+job, onNode, made, mf("kubelet/Update/status 12", statusSet)), 6, "unknown", "marked for deletion"},
		{"marked at once", cm(marked, mf("x/Update 2", data)), 2, "unknown", "marked for deletion"},
		{"counted by its Job", pod(job, onNode+`,"status":{"phase":"Failed"}`, made, ran), 5, "kube-controller-manager/job-controller guess", "pod of Job j"},
		{"counted by its Job, whose controller labels pods", pod(job+`,"labels":{"batch.kubernetes.io/controller-uid":"u"}`, onNode+`,"status":{"phase":"Failed"}`, made, ran), 5,
			"kube-controller-manager/job-controller likely", "pod of Job j"},
		{"the only entry", cm("", mf("x/Update 2", data)), 3, "x likely", "the version before is gone"},
		{"the newest of several", cm("", mf("x/Update 2", data), mf("y/Update 20", data)), 3, "y likely", "newest managedFields entry: y/Update 10:02:20; the version before is gone"},
		{"two of one second", cm("", mf("x/Update 20", data), mf("y/Update 20", data)), 5, "unknown", "several managers have the newest time"},
		{"one write since it was made", cm("", mf("x/Update 1", data), mf("y/Update 20", data)), 2, "y certain", "the second version, of which y/Update 10:02:20 cannot have come with the first"},
		{"one write, by who made it", cm("", mf("x/Update 20", data)), 2, "x certain", "cannot have come with the first"},
		{"one write, in the second of the creation", cm("", mf("x/Update 1", data), mf("y/Update 1", data)), 2, "unknown", "several managers have the newest time"},
		{"one write, of which nothing is left", cm("", mf("x/Update 1", data)), 2, "x likely", "the version before is gone"},
		{"one write, of a subresource in the second of the creation", widget("", mf("x/Update 1", `"f:spec":{}`), mf("y/Update/status 1", `"f:status":{}`)), 2, "y certain", "cannot have come"},
		{"scaled once", deploy("2", "0", mf("x/Update 1", scale), mf("kubectl/Update/scale", scale)), 2, "kubectl certain", "kubectl/Update/scale cannot have come"},
		{"entries older than the object, as a restored one has them", cm("", mf("x/Update", data), mf("y/Update/status -50", data)), 2, "unknown", "older than the object"},
		{"a first server-side apply", cm("", mf("before-first-apply/Update 20", data), mf("y/Apply 20", data)), 2, "y certain", "the second version"},
		{"made by a command that only makes", cm("", mf("kubectl-create/Update 1", data), mf("kubectl-label/Update 1", data)), 3, "kubectl-label likely", "beside who made it"},
		{"a Deployment whose status is up to date", deploy("3", "3", mf("x/Update 20", label), keeps), 9, "kube-controller-manager/deployment-controller likely", "for the newest generation of the spec"},
		{"a Deployment whose status is behind", deploy("3", "2", mf("x/Update 20", label), keeps), 9, "kube-controller-manager/deployment-controller guess", "for generation 2 of the spec, which is at 3"},
		{"scaled, and seen in the same second", deploy("3", "3", mf("x/Update 30", scale), keeps), 9, "kube-controller-manager/deployment-controller likely", "for the newest generation"},
		{"labelled in the same second, before or after", deploy("3", "3", mf("x/Update 30", label), keeps), 9, "kube-controller-manager/deployment-controller guess", "as a rule"},
		{"an operator's status of the first spec", widget(`"generation":1,`, mf("x/Update 2", `"f:spec":{}`), mf("y/Update/status 20", `"f:status":{}`)), 4, "y likely", "the spec is that of the first version"},
		{"an operator's status of a later spec", widget(`"generation":2,`, mf("x/Update 2", `"f:spec":{}`), mf("y/Update/status 20", `"f:status":{}`)), 4, "y likely", "written last"},
		{"an operator's status and a spec of one second", widget(`"generation":2,`, mf("x/Update 20", `"f:spec":{}`), mf("y/Update/status 20", `"f:status":{}`)), 4, "unknown", "several managers"},
		{"two statuses of one second", widget(`"generation":1,`, mf("x/Update/status 20", `"f:status":{}`), mf("y/Update/status 20", `"f:status":{}`)), 4, "unknown", "several managers"},
		{"a node", node("09:30:00"), 9, "kubelet likely", "newest managedFields entry"},
		{"a node that became ready, whose taint goes next", node("10:02:03"), 9, "kubelet guess", "newest managedFields entry"},
		{"a certificate was issued", csr("kubernetes.io/kubelet-serving"), 3, "kube-controller-manager/certificate-controller likely", "comes last"},
		{"a certificate was issued by somebody else", csr("example.com/ours"), 3, "unknown", "by its signer"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFeed(t)
			folder := map[string]string{"Pod": "pods/demo/", "ConfigMap": "configmaps/demo/", "Deployment": "deployments/demo/", "Node": "minions/",
				"Widget": "shop.example.com/widgets/demo/", "CertificateSigningRequest": "certificatesigningrequests/"}[f.Decoder.Object(nil, []byte(c.value), 9).Kind]
			rev := f.Hold(folder+"p", c.value, c.version)
			f.want(f.findings()[rev], c.said, c.evidence)
		})
	}
}

// TestOutsideBounds: the newest entry counts only within the bounds of its revision, which others that are dated give it:
// created in second 10 before it, and in second 20 after it.
func TestOutsideBounds(t *testing.T) {
	t.Parallel()
	anchor := func(f *feed, s int) {
		name := "anchor" + strconv.Itoa(s)
		f.put("configmaps/demo/"+name, object("ConfigMap", "demo", name, `"creationTimestamp":"`+second(s)+`"`, ""))
	}
	const older = "is older than this revision, which was not written before 2026-01-02T10:02:10Z; the version before is gone"
	for _, c := range []struct {
		second         int
		tail           bool // nothing comes after it
		said, evidence string
	}{
		{8, false, "unknown", "the newest managedFields entry, y/Update of 2026-01-02T10:02:08Z, " + older},
		{9, false, "unknown", "the newest managedFields entry, y/Update of 2026-01-02T10:02:09Z, " + older},
		{9, true, "unknown", "the newest managedFields entry, y/Update of 2026-01-02T10:02:09Z, " + older},
		{-50, true, "unknown", "the newest managedFields entry, y/Update of 2026-01-02T10:01:10Z, " + older},
		{10, false, "y likely", "newest managedFields entry: y/Update 10:02:10; the version before is gone"},
		{15, false, "y likely", "newest managedFields entry: y/Update 10:02:15"},
		{15, true, "y likely", "newest managedFields entry: y/Update 10:02:15"},
		{20, false, "y likely", "newest managedFields entry: y/Update 10:02:20"},
		{25, false, "unknown", "the newest managedFields entry, y/Update of 2026-01-02T10:02:25Z, is newer than this revision, which was not written after 2026-01-02T10:02:21Z"},
	} {
		for _, entries := range []int{1, 2} {
			f := newFeed(t)
			anchor(f, 1)
			anchor(f, 10)
			set := `"f:data":{"f:a":{}}`
			list := []string{mf("y/Update "+strconv.Itoa(c.second), set), mf("x/Update -59", set)}
			rev := f.Hold("configmaps/demo/p", object("ConfigMap", "demo", "p", `"creationTimestamp":"2026-01-02T10:00:00Z"`, `"data":{"a":"1"}`, list[:entries]...), 4)
			if !c.tail {
				anchor(f, 20)
				anchor(f, 30)
			}
			f.want(f.findings()[rev], c.said, c.evidence)
		}
	}
}

// TestPodsBeforeTheirOwner: pods count for an owner whose newest version came after theirs, as after a compaction; those that
// are done do not.
func TestPodsBeforeTheirOwner(t *testing.T) {
	own := `"ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"rs","uid":"uid-replicaset-rs","controller":true}]`
	for _, c := range []struct{ phases, said string }{
		{"Running Running", "kube-controller-manager/replicaset-controller likely"}, {"Running Failed", "unknown"}, {"Running", "unknown"},
	} {
		f := newFeed(t)
		pod := func(name, meta, phase string) int64 {
			return f.put("pods/demo/"+name, object("Pod", "demo", name, own+meta, onNode+`,"status":{"phase":"`+phase+`"}`, mf("kubelet/Update/status 1", statusSet)))
		}
		for i, phase := range strings.Fields(c.phases) {
			pod("p"+string(rune('0'+i)), "", phase)
		}
		f.put("replicasets/demo/rs", object("ReplicaSet", "demo", "rs", "", `"spec":{"replicas":1}`, mf("kube-controller-manager/Update 1", `"f:spec":{"f:replicas":{}}`)))
		rev := pod("p0", `,"deletionTimestamp":"`+second(40)+`","deletionGracePeriodSeconds":30`, "Running")
		f.want(f.findings()[rev], c.said, "")
	}
}
