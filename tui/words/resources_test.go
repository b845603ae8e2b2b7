package words

import (
	"testing"

	"github.com/etcdscope/etcdscope/decode/kinds"
)

// TestFindResource: each of k9s' names is that of a resource, and one that the store defines wins.
func TestFindResource(t *testing.T) {
	t.Parallel()
	for name, full := range short {
		r, ok := FindResource(kinds.Builtin(), name)
		if called := AlsoCalled(full); !ok || r.FullName() != full || len(called) != 1 || called[0] != name {
			t.Errorf("%s is %s, which is also called %v", name, r.FullName(), called)
		}
	}
	own := kinds.Builtin().With(kinds.Resource{Group: "example.com", Version: "v1", Kind: "Dip", Plural: "dips", Short: []string{"dp"}, Prefix: "example.com/dips/", Custom: true})
	if r, ok := FindResource(own, "dp"); !ok || r.Plural != "dips" {
		t.Errorf("dp is %s", r.FullName())
	}
	if r, ok := FindResource(own, "nothing"); ok {
		t.Errorf("nothing is %s", r.FullName())
	}
}
