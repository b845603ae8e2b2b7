package tui

import "testing"

// TestFilterByMaskedValue: wherever a filter asks for a value that Secrets may have, one line says that masked values are not tested.
func TestFilterByMaskedValue(t *testing.T) {
	t.Parallel()
	const said = "Values of Secrets are masked, and are not tested: R shows them."
	for _, where := range []string{"1", "3"} {
		d := openedWith(t, withPods(), 120, 40)
		d.Press(where)
		d.Press("/")
		d.Type("field:data.password=x")
		d.Press("enter")
		d.See(said)
		d.Press("esc")
		d.Press("R")
		d.See("REVEALED")
		d.Press("/")
		d.Type("field:data.password=x")
		d.Press("enter")
		d.Gone(said)
	}
}
