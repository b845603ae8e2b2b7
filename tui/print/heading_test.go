package print

import "testing"

// TestHeading: describe has kubectl's labels for the columns of its tables.
func TestHeading(t *testing.T) {
	for head, want := range map[string]string{
		"CLUSTER-IP": "IP", "OS-IMAGE": "OS Image", "UP-TO-DATE": "Up To Date", "NOMINATED NODE": "Nominated Node", "MINPODS": "Min replicas", "STORAGECLASS": "StorageClass", "PORT(S)": "Port(s)", "STATUS": "Status", "IP": "IP",
	} {
		if got := heading(head); got != want {
			t.Errorf("%s is %q, want %q", head, got, want)
		}
	}
}
