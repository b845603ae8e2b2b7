package tui

import "testing"

func TestFamilyIsDrawn(t *testing.T) {
	_, d := rolled(t, 200, 60, web)
	d.Press("5")
	d.See("Sequence  deployments/web -n shop")
	d.See("API server")
	d.See("kubectl")
	d.Press("esc")
	d.See("Timeline")
}
