package decode

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/etcdscope/etcdscope/decode/diff"
)

// everyKind returns values of a real cluster, as they were stored, at least one of every kind that it held.
func everyKind(t testing.TB) (out []*Object) {
	t.Helper()
	f, err := os.Open("testdata/kinds.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	dec, sc := New(Options{}), bufio.NewScanner(z)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		var line struct {
			Key   string
			Mod   int64
			Value []byte
		}
		if err := json.Unmarshal(sc.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		out = append(out, dec.Object([]byte(line.Key), line.Value, line.Mod))
	}
	if len(out) < 60 {
		t.Fatalf("only %d objects", len(out))
	}
	return out
}

// unknown are kinds that client-go has no types for.
var unknown = []string{"APIService", "CustomResourceDefinition", "Widget", "Zone"}

// TestApplyDecodesStrictly: what is to be applied has no field that the API does not know, and none twice.
func TestApplyDecodesStrictly(t *testing.T) {
	strict := serializer.NewCodecFactory(scheme.Scheme, serializer.EnableStrict).UniversalDeserializer()
	kinds := map[string]bool{}
	for _, o := range everyKind(t) {
		tree, _ := o.Apply(View{Reveal: true}, nil)
		if tree == nil {
			if o.Kind != "RangeAllocation" {
				t.Errorf("%s cannot be applied", o.Key)
			}
			continue
		}
		kinds[o.Kind] = true
		if slices.Contains(unknown, o.Kind) {
			continue
		}
		if _, _, err := strict.Decode([]byte(PlainText(YAML(tree))), nil, nil); err != nil {
			t.Errorf("%s: %v", o.Key, err)
		}
	}
	if len(kinds) < 48 {
		t.Errorf("only %d kinds", len(kinds))
	}
}

// TestApplyLeavesOut: nothing that the cluster fills in is left, wherever it is.
func TestApplyLeavesOut(t *testing.T) {
	forbidden := []string{".status", ".metadata.uid", ".metadata.resourceVersion", ".metadata.generation", ".metadata.managedFields", ".metadata.selfLink",
		".metadata.creationTimestamp", ".metadata.deletion", ".metadata.finalizers", ".metadata.ownerReferences", ".spec.claimRef.uid", ".spec.claimRef.resourceVersion",
		`.metadata.annotations["kubectl.kubernetes.io/last-applied-configuration"]`, `.metadata.annotations["pv.kubernetes.io/bind-completed"]`,
		".spec.volumeName"}
	byKind := map[string][]string{
		"Pod": {".spec.nodeName", ".spec.ephemeralContainers"}, "Service": {".spec.clusterIP", "nodePort", ".spec.healthCheckNodePort"},
		"Job": {"controller-uid", ".spec.selector", "job-name"}, "Namespace": {".spec.finalizers"},
		"Deployment": {`.metadata.annotations["deployment.kubernetes.io/revision"]`},
	}
	seen := map[string]int{}
	for _, o := range everyKind(t) {
		New(Options{}).EachLeaf(o, View{Reveal: true}, func(l *diff.Leaf) {
			for _, f := range append(slices.Clone(forbidden), byKind[o.Kind]...) {
				if strings.Contains(l.Path, f) {
					seen[f]++
				}
			}
		})
		tree, _ := o.Apply(View{Reveal: true}, func(string) bool { return false })
		for _, l := range diff.Leaves(tree, diff.Lists{}) {
			headless := o.Kind == "Service" && l.Value == "None"
			for _, f := range append(slices.Clone(forbidden), byKind[o.Kind]...) {
				if strings.Contains(l.Path, f) && !headless && !(f == ".status" && !strings.HasPrefix(l.Path, f) && o.Kind != "StatefulSet") &&
					!(o.Kind == "CustomResourceDefinition") {
					t.Errorf("%s still has %s", o.Key, l.Path)
				}
			}
			if strings.HasSuffix(l.Path, "creationTimestamp") {
				t.Errorf("%s still has %s", o.Key, l.Path)
			}
		}
	}
	for _, f := range []string{".status", ".metadata.uid", ".metadata.generation", ".metadata.creationTimestamp", ".metadata.deletion", ".metadata.finalizers",
		".metadata.ownerReferences", ".spec.claimRef.uid", ".spec.volumeName", ".spec.nodeName", ".spec.clusterIP", "controller-uid", ".spec.finalizers"} {
		if seen[f] == 0 {
			t.Errorf("no stored object has %s: the test shows nothing of it", f)
		}
	}
}

// TestApplyKeeps: what somebody wanted stays.
func TestApplyKeeps(t *testing.T) {
	for _, c := range []struct{ object, keeps string }{
		{`{"apiVersion":"v1","kind":"Service","metadata":{"name":"a"},"spec":{"clusterIP":"None","clusterIPs":["None"],"ports":[{"port":80,"nodePort":30000,"targetPort":"http"}],"selector":{"a":"b"},"loadBalancerIP":"192.0.2.1"}}`,
			`{"apiVersion":"v1","kind":"Service","metadata":{"name":"a"},"spec":{"clusterIP":"None","clusterIPs":["None"],"loadBalancerIP":"192.0.2.1","ports":[{"port":80,"targetPort":"http"}],"selector":{"a":"b"}}}`},
		{`{"apiVersion":"v1","kind":"Service","metadata":{"name":"a"},"spec":{"clusterIP":"10.0.0.1","clusterIPs":["10.0.0.1"],"ipFamilies":["IPv4"],"type":"ExternalName","externalName":"x"}}`,
			`{"apiVersion":"v1","kind":"Service","metadata":{"name":"a"},"spec":{"externalName":"x","ipFamilies":["IPv4"],"type":"ExternalName"}}`},
		{`{"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"a","labels":{"app":"x","controller-uid":"1"}},"spec":{"manualSelector":true,"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b","batch.kubernetes.io/controller-uid":"1"}}}}}`,
			`{"apiVersion":"batch/v1","kind":"Job","metadata":{"labels":{"app":"x"},"name":"a"},"spec":{"manualSelector":true,"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}}}}}`},
		{`{"apiVersion":"v1","kind":"PersistentVolume","metadata":{"name":"a"},"spec":{"claimRef":{"kind":"PersistentVolumeClaim","namespace":"n","name":"c","uid":"1","resourceVersion":"5"},"persistentVolumeReclaimPolicy":"Retain"}}`,
			`{"apiVersion":"v1","kind":"PersistentVolume","metadata":{"name":"a"},"spec":{"claimRef":{"kind":"PersistentVolumeClaim","name":"c","namespace":"n"},"persistentVolumeReclaimPolicy":"Retain"}}`},
		{`{"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"a","annotations":{"mine":"1","pv.kubernetes.io/bind-completed":"yes"}},"spec":{"volumeName":"pv","storageClassName":"s","resources":{"requests":{"storage":"1Gi"}}}}`,
			`{"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"annotations":{"mine":"1"},"name":"a"},"spec":{"resources":{"requests":{"storage":"1Gi"}},"storageClassName":"s"}}`},
		{`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","generateName":"a-","labels":{"x":"y"}},"spec":{"nodeName":"n","nodeSelector":{"d":"s"},"tolerations":[{"key":"k"}],"serviceAccountName":"sa","ephemeralContainers":[{"name":"dbg"}]}}`,
			`{"apiVersion":"v1","kind":"Pod","metadata":{"generateName":"a-","labels":{"x":"y"},"name":"a"},"spec":{"nodeSelector":{"d":"s"},"serviceAccountName":"sa","tolerations":[{"key":"k"}]}}`},
		{`{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a","generation":4,"annotations":{"kubernetes.io/change-cause":"c","deployment.kubernetes.io/revision":"3"}},"spec":{"replicas":0,"paused":true,"template":{"metadata":{"creationTimestamp":null,"annotations":{"kubectl.kubernetes.io/restartedAt":"t"}}}}}`,
			`{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"annotations":{"kubernetes.io/change-cause":"c"},"name":"a"},"spec":{"paused":true,"replicas":0,"template":{"metadata":{"annotations":{"kubectl.kubernetes.io/restartedAt":"t"}}}}}`},
		{`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","finalizers":["x"],"ownerReferences":[{"kind":"A","name":"kept","uid":"here"},{"kind":"B","name":"gone","uid":"dead"}]},"data":{"status":"s","uid":"u"},"immutable":true}`,
			`{"apiVersion":"v1","data":{"status":"s","uid":"u"},"immutable":true,"kind":"ConfigMap","metadata":{"name":"a","ownerReferences":[{"kind":"A","name":"kept","uid":"here"}]}}`},
		{`{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a","annotations":{"kubernetes.io/service-account.name":"sa","kubernetes.io/service-account.uid":"u"}},"type":"kubernetes.io/service-account-token","data":{"a":"Yg=="}}`,
			`{"apiVersion":"v1","data":{"a":"Yg=="},"kind":"Secret","metadata":{"annotations":{"kubernetes.io/service-account.name":"sa"},"name":"a"},"type":"kubernetes.io/service-account-token"}`},
		{`{"apiVersion":"shop/v1","kind":"Widget","metadata":{"name":"a"},"spec":{"n":9007199254740993,"nodeName":"mine","clusterIP":"mine"},"status":{}}`,
			`{"apiVersion":"shop/v1","kind":"Widget","metadata":{"name":"a"},"spec":{"clusterIP":"mine","n":9007199254740993,"nodeName":"mine"}}`},
		{`{"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"a"},"spec":{"volumeClaimTemplates":[{"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"d","creationTimestamp":null},"spec":{"accessModes":["ReadWriteOnce"]},"status":{"phase":"Pending"}}]}}`,
			`{"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"a"},"spec":{"volumeClaimTemplates":[{"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"d"},"spec":{"accessModes":["ReadWriteOnce"]}}]}}`},
		{`{"apiVersion":"apiextensions.k8s.io/v1beta1","kind":"CustomResourceDefinition","metadata":{"name":"a"},"spec":{"group":"g","version":"v1","preserveUnknownFields":true,"validation":{"openAPIV3Schema":{"type":"object"}},"subresources":{"status":{}},"additionalPrinterColumns":[{"name":"C","type":"string","JSONPath":".spec.c"}],"conversion":{"strategy":"Webhook","webhookClientConfig":{"url":"u"},"conversionReviewVersions":["v1"]}}}`,
			`{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"a"},"spec":{"conversion":{"strategy":"Webhook","webhook":{"clientConfig":{"url":"u"},"conversionReviewVersions":["v1"]}},"group":"g","versions":[{"additionalPrinterColumns":[{"jsonPath":".spec.c","name":"C","type":"string"}],"name":"v1","schema":{"openAPIV3Schema":{"type":"object","x-kubernetes-preserve-unknown-fields":true}},"served":true,"storage":true,"subresources":{"status":{}}}]}}`},
	} {
		o := New(Options{}).Object([]byte("/k"), []byte(c.object), 7)
		tree, _ := o.Apply(View{Reveal: true}, func(uid string) bool { return uid == "here" })
		if got, _ := json.Marshal(tree); string(got) != c.keeps {
			t.Errorf("%s\n got %s\nwant %s", o.Kind, got, c.keeps)
		}
	}
}
