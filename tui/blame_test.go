package tui

import "testing"

func TestBlame(t *testing.T) {
	_, d := rolled(t, 200, 60, web)
	d.Press("b")
	d.See("6  kubectl  spec.replicas: 5")
	d.See("4  -        spec.template.spec.containers[name=web].image: registry.example")
	d.See("3  -        spec.revisionHistoryLimit: 10")
	d.Press("tab down down ,") // on the generation, which revision 6 changed
	d.See("rev 4  blame")
	d.See("3  kubectl  spec.replicas: 3")
	d.Press("b")
	d.See("rev 4  YAML")
}

func TestBlameMasksSecrets(t *testing.T) {
	_, d := rolled(t, 200, 60, "/registry/secrets/shop/db")
	d.Press("b")
	d.See("data.field: ***")
	d.Gone("c2VjcmV0Cg")
}
