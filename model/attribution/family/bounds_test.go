package family

import (
	"fmt"
	"testing"

	"github.com/etcdscope/etcdscope/decode"
)

// TestManyOwners: an object with 100,000 owners is tied to the first of them, and costs no more than to read it.
func TestManyOwners(t *testing.T) {
	t.Parallel()
	f := New("/registry/")
	f.Add([]byte("/registry/configmaps/a/owner"), 1, &decode.Links{Kind: []byte("ConfigMap"), UID: []byte("u0")})
	l := &decode.Links{Kind: []byte("ConfigMap"), UID: []byte("u")}
	for i := range 100_000 {
		l.Owners = append(l.Owners, fmt.Appendf(nil, "u%d", i))
	}
	f.Add([]byte("/registry/configmaps/a/owned"), 1, l)
	if n := len(f.byUID["u"].owners); n != maxJoined {
		t.Errorf("%d owners", n)
	}
	if got := f.Of("/registry/configmaps/a/owner"); got["/registry/configmaps/a/owned"] == "" {
		t.Errorf("the family is %v", got)
	}
}
