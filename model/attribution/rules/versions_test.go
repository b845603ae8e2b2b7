package rules

import (
	"fmt"
	"testing"
)

// TestOtherVersions: what older and newer API servers and other clients leave, that the recorded clusters do not show.
func TestOtherVersions(t *testing.T) {
	run := `"status":{"phase":"Running","containerStatuses":[{"name":"web","state":{"running":{}}}]}`
	ended := `"status":{"phase":"Running","containerStatuses":[{"name":"web","state":{"terminated":{}}}]}`
	mark := func(at, grace int) string {
		return fmt.Sprintf(`"deletionTimestamp":%q,"deletionGracePeriodSeconds":%d`, second(at), grace)
	}
	pod := func(f *feed, meta, rest string, entries ...string) int64 {
		return f.put("pods/demo/p", object("Pod", "demo", "p", meta, rest, entries...))
	}
	made, ran := mf("kubectl-run/Update 1", specSet), mf("kubelet/Update/status 3", statusSet)
	for _, c := range []struct {
		name           string
		write          func(f *feed) int64
		said, evidence string
	}{
		{"before 1.18 nothing is managed: a pod is made", func(f *feed) int64 { return pod(f, "", podSpec) }, "unknown", "created without managedFields"},
		{"before 1.18: it is bound", func(f *feed) int64 { pod(f, "", podSpec); return pod(f, "", onNode) }, "kube-scheduler likely", "binding"},
		{"before 1.18: its status", func(f *feed) int64 { pod(f, "", onNode); return pod(f, "", onNode+","+run) }, "unknown", "no managedFields entry accounts"},
		{"before 1.18: a ConfigMap is emptied", func(f *feed) int64 {
			f.put("configmaps/demo/c", object("ConfigMap", "demo", "c", "", `"data":{"a":"1"}`))
			return f.put("configmaps/demo/c", object("ConfigMap", "demo", "c", "", ""))
		}, "unknown", "only removals"},
		{"before 1.18: it goes", func(f *feed) int64 {
			pod(f, "", onNode+","+run)
			pod(f, mark(40, 30), onNode+","+run)
			return pod(f, mark(12, 0), onNode+","+ended)
		}, "kubelet likely", "had not written the pod's status since deletionTimestamp was set"},
		{"an in-place resize, asked for", func(f *feed) int64 {
			pod(f, "", onNode+","+run, made, ran)
			return pod(f, "", `"spec":{"containers":[{"name":"web","image":"b"}],"schedulerName":"default-scheduler","nodeName":"n1"},`+run, made, ran,
				mf("kubectl-patch/Update/resize 20", `"f:spec":{"f:containers":{"k:{\"name\":\"web\"}":{"f:image":{}}}}`))
		}, "kubectl-patch certain", "kubectl-patch/Update/resize 10:02:20"},
		{"an ephemeral container", func(f *feed) int64 {
			pod(f, "", onNode+","+run, made, ran)
			return pod(f, "", `"spec":{"containers":[{"name":"web","image":"a"}],"schedulerName":"default-scheduler","nodeName":"n1","ephemeralContainers":[{"name":"d"}]},`+run, made, ran,
				mf("kubectl-debug/Update/ephemeralcontainers 20", `"f:spec":{"f:ephemeralContainers":{"k:{\"name\":\"d\"}":{".":{},"f:name":{}}}}`))
		}, "kubectl-debug certain", "ephemeralcontainers 10:02:20"},
		{"a device is allocated", func(f *feed) int64 {
			claim := func(status string, entries ...string) int64 {
				return f.put("resourceclaims/demo/c", fmt.Sprintf(`{"apiVersion":"resource.k8s.io/v1","kind":"ResourceClaim","metadata":{"name":"c","namespace":"demo","uid":"u","creationTimestamp":%q,"managedFields":[`, second(1))+
					entries[0]+`]},"spec":{"a":1}`+status+`}`)
			}
			claim("", mf("kubectl-create/Update 1", `"f:spec":{"f:a":{}}`))
			return claim(`,"status":{"allocation":{"node":"n1"}}`, mf("kubectl-create/Update 1", `"f:spec":{"f:a":{}}`)+","+mf("kube-scheduler/Update/status 9", `"f:status":{"f:allocation":{".":{},"f:node":{}}}`))
		}, "kube-scheduler certain", "kube-scheduler/Update/status 10:02:09"},
		{"an Event of events.k8s.io, which has a series and no source", func(f *feed) int64 {
			return f.put("events/demo/e", object("Event", "demo", "e", "", `"reason":"Scheduled","reportingComponent":"default-scheduler","reportingInstance":"default-scheduler-cp"`))
		}, "kube-scheduler likely", "the Event's source is default-scheduler"},
		{"rewritten, and no more, as a migration does", func(f *feed) int64 {
			f.put("configmaps/demo/c", object("ConfigMap", "demo", "c", "", `"data":{"a":"1"}`, mf("x/Update 1", `"f:data":{"f:a":{}}`)))
			return f.put("configmaps/demo/c", object("ConfigMap", "demo", "c", "", `"data":{"a":"1"} `, mf("x/Update 1", `"f:data":{"f:a":{}}`)))
		}, "unknown", "the fields are the same; the stored bytes differ"},
		{"written again, byte by byte", func(f *feed) int64 {
			f.put("configmaps/demo/c", object("ConfigMap", "demo", "c", "", `"data":{"a":"1"}`, mf("x/Update 1", `"f:data":{"f:a":{}}`)))
			return f.put("configmaps/demo/c", object("ConfigMap", "demo", "c", "", `"data":{"a":"1"}`, mf("x/Update 1", `"f:data":{"f:a":{}}`)))
		}, "unknown", "written again as it was"},
		{"Helm makes", func(f *feed) int64 {
			return f.put("secrets/demo/s", object("Secret", "demo", "s", "", `"type":"helm.sh/release.v1"`, mf("helm/Update 1", `"f:type":{}`)))
		}, "helm certain", "one manager"},
		{"a server-side apply takes over what an update made", func(f *feed) int64 {
			f.put("configmaps/demo/c", object("ConfigMap", "demo", "c", "", `"data":{"a":"1"}`, mf("Terraform/Update 1", `"f:data":{"f:a":{}}`)))
			return f.put("configmaps/demo/c", object("ConfigMap", "demo", "c", "", `"data":{"a":"2"}`, mf("Terraform/Apply 20", `"f:data":{"f:a":{}}`)))
		}, "Terraform certain", "Terraform/Apply 10:02:20"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFeed(t)
			rev := c.write(f)
			v := f.findings()[rev]
			f.want(v, c.said, c.evidence)
			if v.OutOfBand != "" {
				t.Errorf("out of band: %s", v.OutOfBand)
			}
		})
	}
}
