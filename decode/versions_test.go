package decode

import (
	"compress/gzip"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/decode/diff"
)

// oldVersion is an object of a version that client-go has no types for any more, with every field filled, from the testdata
// of the releases of k8s.io/api that had it.
type oldVersion struct {
	Name  string
	Value []byte
	JSON  map[string]any
}

func oldVersions(t *testing.T) (out []oldVersion) {
	t.Helper()
	f, err := os.Open("testdata/oldversions.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(z)
	dec.UseNumber()
	for dec.More() {
		var v oldVersion
		if err := dec.Decode(&v); err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	return out
}

// otherWire are those of them whose field numbers have another meaning in the versions that this build knows.
var otherWire = map[string]bool{"autoscaling.v2beta1.HorizontalPodAutoscaler": true, "resource.k8s.io.v1alpha3.ResourceSlice": true,
	"coordination.k8s.io.v1alpha1.LeaseCandidate": true, "storagemigration.k8s.io.v1alpha1.StorageVersionMigration": true}

// TestOldVersions: versions with the same wire form as a known one are decoded to what the API server of their time
// printed; where there is a field that this build does not know, it is the only one that is missing. Others are not known.
func TestOldVersions(t *testing.T) {
	t.Parallel()
	decoded := 0
	for _, v := range oldVersions(t) {
		o := New(Options{}).Object([]byte("/registry/x/y"), v.Value, 7)
		want := "version not known to this build"
		if strings.HasSuffix(v.Name, ".PodSecurityPolicy") {
			want = "no kind that this build knows"
		}
		if want != "" && (otherWire[v.Name] || strings.HasSuffix(v.Name, ".PodSecurityPolicy")) {
			if !strings.Contains(o.Problem, want) || !o.Foreign || o.Name == "" || strings.Contains(o.Problem, "malformed") || o.Text("spec", "x") != "" {
				t.Errorf("%s: %q, foreign %t, name %q", v.Name, o.Problem, o.Foreign, o.Name)
			}
			continue
		}
		decoded++
		if o.Problem != "" || o.Foreign || o.APIVersion != v.JSON["apiVersion"] {
			t.Errorf("%s: %s %q", v.Name, o.APIVersion, o.Problem)
		}
		removed, unknown := 0, 0
		for _, c := range diff.Trees(v.JSON, o.Tree(View{Reveal: true, ManagedFields: true}), diff.Lists{}) {
			switch {
			case strings.Contains(c.Path, UnknownFields):
				unknown++
			case c.Op == diff.Remove:
				removed++
			case c.New != nil && c.New != "":
				t.Errorf("%s: %s %s: %v → %v", v.Name, c.Op, c.Path, c.Old, c.New)
			}
		}
		if removed != unknown {
			t.Errorf("%s: %d fields are missing, %d are shown as unknown", v.Name, removed, unknown)
		}
	}
	if decoded != len(sameWire) {
		t.Errorf("%d versions were decoded, %d are said to have the wire form of another", decoded, len(sameWire))
	}
}
