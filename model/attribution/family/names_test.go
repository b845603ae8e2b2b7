package family

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/etcdscope/etcdscope/decode"
)

// store gives a family objects as they are stored: a key without its root, and JSON after the metadata's name.
func store(t *testing.T, objects ...[4]string) *Family {
	t.Helper()
	dec, f := decode.New(decode.Options{}), New("")
	var l decode.Links
	for _, o := range objects {
		key := []byte("/registry/" + o[0])
		if o[3] == "gone" {
			f.Gone(key)
			continue
		}
		dec.Links(key, fmt.Appendf(nil, `{"apiVersion":%q,"kind":%q,"metadata":{"namespace":"d","name":"x"%s`, o[1], o[2], o[3]), &l)
		f.Add(key, 1, &l)
	}
	return f
}

// TestNamed: for each relation by a name, a family that has it; the objects that nobody names are in none.
func TestNamed(t *testing.T) {
	t.Parallel()
	f := store(t,
		[4]string{"pods/d/x", "v1", "Pod", `},"spec":{"nodeName":"n1","volumes":[{"name":"v","persistentVolumeClaim":{"claimName":"c"}},{"name":"e","emptyDir":{}}]}}`},
		[4]string{"pods/d/other", "v1", "Pod", `},"spec":{"volumes":[{"name":"v","persistentVolumeClaim":{"claimName":"else"}}]}}`},
		[4]string{"minions/n1", "v1", "Node", `}}`},
		[4]string{"persistentvolumeclaims/d/c", "v1", "PersistentVolumeClaim", `},"spec":{"volumeName":"pv","storageClassName":"fast"}}`},
		[4]string{"persistentvolumeclaims/d/free", "v1", "PersistentVolumeClaim", `},"spec":{"storageClassName":"none"}}`},
		[4]string{"persistentvolumes/pv", "v1", "PersistentVolume", `},"spec":{"storageClassName":"fast","claimRef":{"namespace":"d","name":"c"}}}`},
		[4]string{"storageclasses/fast", "storage.k8s.io/v1", "StorageClass", `}}`},
		[4]string{"volumeattachments/va", "storage.k8s.io/v1", "VolumeAttachment", `},"spec":{"source":{"persistentVolumeName":"pv"}}}`},
		[4]string{"services/specs/d/x", "v1", "Service", `,"uid":"svc"}}`},
		[4]string{"services/endpoints/d/x", "v1", "Endpoints", `}}`},
		[4]string{"ipaddresses/10.0.0.1", "networking.k8s.io/v1", "IPAddress", `},"spec":{"parentRef":{"resource":"services","namespace":"d","name":"x"}}}`},
		[4]string{"ipaddresses/10.0.0.2", "networking.k8s.io/v1", "IPAddress", `},"spec":{"parentRef":{"resource":"gateways","namespace":"d","name":"x"}}}`},
		[4]string{"deployments/d/web", "apps/v1", "Deployment", `}}`},
		[4]string{"horizontalpodautoscalers/d/web", "autoscaling/v2", "HorizontalPodAutoscaler", `},"spec":{"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"web"}}}`},
		[4]string{"horizontalpodautoscalers/d/lost", "autoscaling/v2", "HorizontalPodAutoscaler", `},"spec":{"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"nobody"}}}`},
	)
	storage := map[string]Relation{"persistentvolumes/pv": Storage, "storageclasses/fast": Storage}
	with := func(self string, more map[string]Relation, rest ...map[string]Relation) map[string]Relation {
		out := map[string]Relation{self: Self}
		for _, m := range append(rest, more) {
			for k, r := range m {
				if k != self {
					out[k] = r
				}
			}
		}
		return out
	}
	for key, want := range map[string]map[string]Relation{
		"pods/d/x":                        with("pods/d/x", map[string]Relation{"persistentvolumeclaims/d/c": Storage, "minions/n1": Node}, storage),
		"pods/d/other":                    {"pods/d/other": Self},
		"persistentvolumeclaims/d/c":      with("persistentvolumeclaims/d/c", map[string]Relation{"pods/d/x": User}, storage),
		"persistentvolumeclaims/d/free":   {"persistentvolumeclaims/d/free": Self},
		"persistentvolumes/pv":            with("persistentvolumes/pv", map[string]Relation{"persistentvolumeclaims/d/c": Storage, "volumeattachments/va": Storage}, storage),
		"storageclasses/fast":             {"storageclasses/fast": Self},
		"services/specs/d/x":              {"services/specs/d/x": Self, "services/endpoints/d/x": Endpoints, "ipaddresses/10.0.0.1": Address},
		"services/endpoints/d/x":          {"services/endpoints/d/x": Self, "services/specs/d/x": Owner},
		"ipaddresses/10.0.0.1":            {"ipaddresses/10.0.0.1": Self, "services/specs/d/x": Owner},
		"ipaddresses/10.0.0.2":            {"ipaddresses/10.0.0.2": Self},
		"horizontalpodautoscalers/d/web":  {"horizontalpodautoscalers/d/web": Self, "deployments/d/web": Target},
		"horizontalpodautoscalers/d/lost": {"horizontalpodautoscalers/d/lost": Self},
		"deployments/d/web":               {"deployments/d/web": Self, "horizontalpodautoscalers/d/web": Autoscaler},
	} {
		got := map[string]Relation{}
		for k, r := range f.Of("/registry/" + key) {
			got[k[len("/registry/"):]] = r
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", key, d)
		}
	}
}

// TestHolds: what an object that is being deleted waits for, and that nothing holds one that is not, or that is gone.
func TestHolds(t *testing.T) {
	t.Parallel()
	const marked = `,"deletionTimestamp":"2026-01-02T03:04:05Z"`
	namespace := func(more string) [4]string { return [4]string{"namespaces/d", "v1", "Namespace", more + `}}`} }
	content := [][4]string{
		{"configmaps/d/free", "v1", "ConfigMap", `}}`}, {"configmaps/d/held", "v1", "ConfigMap", `,"finalizers":["x.io/hold"]` + marked + `}}`},
		{"configmaps/d/went", "v1", "ConfigMap", `}}`}, {"configmaps/d/went", "", "", "gone"},
		{"configmaps/d/let-go", "v1", "ConfigMap", `,"finalizers":["x.io/hold"]` + marked + `}}`}, {"configmaps/d/let-go", "v1", "ConfigMap", marked + `}}`},
	}
	for name, c := range map[string]struct {
		key     string
		objects [][4]string
		want    string
	}{
		"a namespace with content":   {"namespaces/d", append([][4]string{namespace(marked)}, content...), "[{configmaps/d/held [x.io/hold]} {configmaps/d/free []} {configmaps/d/let-go []}]"},
		"its own finalizer":          {"namespaces/d", [][4]string{namespace(marked + `,"finalizers":["mine"]`)}, "[{namespaces/d [mine]}]"},
		"one that is not deleted":    {"namespaces/d", append([][4]string{namespace("")}, content...), "[]"},
		"one that is gone":           {"namespaces/d", append([][4]string{namespace(marked), {"namespaces/d", "", "", "gone"}}, content...), "[]"},
		"one that came back":         {"namespaces/d", append([][4]string{namespace(marked), {"namespaces/d", "", "", "gone"}, namespace("")}, content...), "[]"},
		"another object":             {"configmaps/d/held", content, "[{configmaps/d/held [x.io/hold]}]"},
		"another object that is let": {"configmaps/d/let-go", content, "[]"},
	} {
		f, got := store(t, c.objects...), "["
		for i, h := range f.Holds("/registry/" + c.key) {
			if i > 0 {
				got += " "
			}
			got += fmt.Sprintf("{%s %v}", h.Key[len("/registry/"):], h.Finalizers)
		}
		if got += "]"; got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
