package tui

import "testing"

// TestFilterOffers: an empty prompt names the words, and only kinds that the store has are offered.
func TestFilterOffers(t *testing.T) {
	t.Parallel()
	d := openedWith(t, withPods(), 120, 40)
	for _, where := range []string{"1", "3"} {
		d.Press(where)
		d.Press("/")
		d.See("a text, by: type:")
		d.Type("kind:")
		d.See("kind:pods")
		d.Gone("kind:ingresses")
		d.Press("esc")
		d.Press("/")
		d.Type("field:.spec.r")
		d.See("field:.spec.replicas")
		d.Press("esc")
	}
}
