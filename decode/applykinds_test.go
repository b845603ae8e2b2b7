package decode

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestApplySays: what is gone, what stays, and what is said of it, by kind.
func TestApplySays(t *testing.T) {
	t.Parallel()
	const tokenMount = `{"name":"kube-api-access-x7z9q","mountPath":"/var/run/secrets/kubernetes.io/serviceaccount"}`
	for _, c := range []struct{ name, in, out, notes string }{
		{"a pod of today", `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","labels":{"app":"a","pod-template-hash":"77"}},"spec":{"priority":0,"preemptionPolicy":"Never","priorityClassName":"low","nodeName":"n",
			"initContainers":[{"name":"i","volumeMounts":[` + tokenMount + `]}],"containers":[{"name":"c","volumeMounts":[{"name":"d","mountPath":"/d"},` + tokenMount + `]}],
			"volumes":[{"name":"d","emptyDir":{}},{"name":"kube-api-access-x7z9q","projected":{"sources":[{"serviceAccountToken":{"path":"token"}}]}}]}}`,
			`{"apiVersion":"v1","kind":"Pod","metadata":{"labels":{"app":"a"},"name":"a"},"spec":{"containers":[{"name":"c","volumeMounts":[{"mountPath":"/d","name":"d"}]}],"initContainers":[{"name":"i"}],"priorityClassName":"low","volumes":[{"emptyDir":{},"name":"d"}]}}`,
			"left out spec.nodeName n, spec.priority 0, spec.preemptionPolicy, label pod-template-hash, token volume kube-api-access-x7z9q"},
		{"a pod of before 1.21", `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{"containers":[{"name":"c","volumeMounts":[{"name":"default-token-abcde","mountPath":"/var/run/secrets/kubernetes.io/serviceaccount"}]}],
			"volumes":[{"name":"default-token-abcde","secret":{"secretName":"default-token-abcde"}}]}}`,
			`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{"containers":[{"name":"c"}]}}`, "left out token volume default-token-abcde"},
		{"volumes that somebody wanted", `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{"containers":[{"name":"c","volumeMounts":[{"name":"my-token-abcde","mountPath":"/t"}]}],
			"volumes":[{"name":"my-token-abcde","secret":{"secretName":"my-token-abcde"}},{"name":"vault","projected":{"sources":[{"serviceAccountToken":{"path":"t"}}]}}]}}`,
			`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{"containers":[{"name":"c","volumeMounts":[{"mountPath":"/t","name":"my-token-abcde"}]}],"volumes":[{"name":"my-token-abcde","secret":{"secretName":"my-token-abcde"}},{"name":"vault","projected":{"sources":[{"serviceAccountToken":{"path":"t"}}]}}]}}`, ""},
		{"a template keeps its priority", `{"apiVersion":"apps/v1","kind":"ReplicaSet","metadata":{"name":"a","labels":{"pod-template-hash":"7"},"annotations":{"deployment.kubernetes.io/desired-replicas":"2"}},"spec":{"selector":{"matchLabels":{"pod-template-hash":"7"}},"template":{"metadata":{"labels":{"pod-template-hash":"7"}},"spec":{"priority":7}}}}`,
			`{"apiVersion":"apps/v1","kind":"ReplicaSet","metadata":{"labels":{"pod-template-hash":"7"},"name":"a"},"spec":{"selector":{"matchLabels":{"pod-template-hash":"7"}},"template":{"metadata":{"labels":{"pod-template-hash":"7"}},"spec":{"priority":7}}}}`,
			"left out annotation deployment.kubernetes.io/desired-replicas"},
		{"a claim", `{"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"a","annotations":{"volume.kubernetes.io/storage-provisioner":"x","volume.beta.kubernetes.io/storage-class":"s"},"finalizers":["kubernetes.io/pvc-protection"]},"spec":{"volumeName":"pv-1"}}`,
			`{"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"annotations":{"volume.beta.kubernetes.io/storage-class":"s"},"name":"a"},"spec":{}}`,
			"left out finalizer kubernetes.io/pvc-protection, annotation volume.kubernetes.io/storage-provisioner|it was bound to the volume pv-1, which may be gone: as printed, without volumeName, it gets an empty volume; to bind the old one where it still exists, keep spec.volumeName: pv-1 (and take the old uid out of that volume's claimRef)"},
		{"a claim without a volume", `{"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"a"},"spec":{"storageClassName":"s"}}`, `{"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"a"},"spec":{"storageClassName":"s"}}`, ""},
		{"the token of a service account", `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a","annotations":{"kubernetes.io/service-account.name":"s"}},"type":"kubernetes.io/service-account-token","data":{"token":"eA==","ca.crt":"eA==","namespace":"eA=="}}`,
			`{"apiVersion":"v1","kind":"Secret","metadata":{"annotations":{"kubernetes.io/service-account.name":"s"},"name":"a"},"type":"kubernetes.io/service-account-token"}`, "left out data.token, data.ca.crt, data.namespace"},
		{"any other Secret", `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"},"type":"Opaque","data":{"token":"eA=="}}`, `{"apiVersion":"v1","data":{"token":"eA=="},"kind":"Secret","metadata":{"name":"a"},"type":"Opaque"}`, ""},
		{"a Service", `{"apiVersion":"v1","kind":"Service","metadata":{"name":"a"},"spec":{"clusterIP":"10.0.0.9","clusterIPs":["10.0.0.9"],"ports":[{"port":80,"nodePort":30080}]}}`, `{"apiVersion":"v1","kind":"Service","metadata":{"name":"a"},"spec":{"ports":[{"port":80}]}}`,
			"left out spec.clusterIP 10.0.0.9, nodePort 30080 of port 80"},
		{"what was being deleted", `{"apiVersion":"x.io/v1","kind":"W","metadata":{"name":"a","deletionTimestamp":"2026-01-02T03:04:05Z","finalizers":["x.io/hold"]}}`, `{"apiVersion":"x.io/v1","kind":"W","metadata":{"name":"a"}}`,
			"left out finalizer x.io/hold|it was being deleted (deletionTimestamp 2026-01-02T03:04:05Z): applied, it is there again"},
		{"a Job that ended", `{"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"a"},"spec":{},"status":{"conditions":[{"type":"Complete","status":"True"}]}}`, `{"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"a"},"spec":{}}`, "it has ended (Complete): applied, it runs again"},
		{"a Job that runs", `{"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"a"},"spec":{},"status":{"conditions":[{"type":"Complete","status":"False"}]}}`, `{"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"a"},"spec":{}}`, "it had not ended: applied, it starts from the beginning"},
		{"a Job that was suspended", `{"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"a"},"spec":{"suspend":true}}`, `{"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"a"},"spec":{"suspend":true}}`, ""},
		{"endpoints", `{"apiVersion":"discovery.k8s.io/v1","kind":"EndpointSlice","metadata":{"name":"a"},"endpoints":[{"addresses":["10.0.0.1"],"targetRef":{"kind":"Pod","name":"p","uid":"u"}}]}`,
			`{"apiVersion":"discovery.k8s.io/v1","endpoints":[{"addresses":["10.0.0.1"],"targetRef":{"kind":"Pod","name":"p"}}],"kind":"EndpointSlice","metadata":{"name":"a"}}`, ""},
	} {
		tree, notes := New(Options{}).Object([]byte("/k"), []byte(c.in), 7).Apply(View{Reveal: true}, nil)
		if got, _ := json.Marshal(tree); string(got) != c.out {
			t.Errorf("%s\n got %s\nwant %s", c.name, got, c.out)
		}
		if got := strings.Join(notes, "|"); got != c.notes {
			t.Errorf("%s\nsaid %s\nwant %s", c.name, got, c.notes)
		}
	}
}
