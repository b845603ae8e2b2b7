package find

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestMeetsAgreesWithMatch: a single key matches as it would in a list.
func TestMeetsAgreesWithMatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := Parse(rapid.StringMatching(`(!?\^?[abAB/]{0,3}\$? ?){0,3}`).Draw(t, "query"))
		key := rapid.SampledFrom([]string{root, "", "/other/"}).Draw(t, "root") + rapid.StringMatching(`[abAB/]{0,5}`).Draw(t, "key")
		if got, want := q.Meets(root, []byte(key)), q.Match(root, key); got != want {
			t.Fatalf("%q in %q: %v, want %v", q, key, got, want)
		}
	})
}

func TestWithout(t *testing.T) {
	words, rest := Without("by:", "pods by:kubelet !by:kube-scheduler  !web")
	if !slices.Equal(words, []string{"by:kubelet", "!by:kube-scheduler"}) || rest != "pods !web" {
		t.Errorf("%q, %q", words, rest)
	}
}
