package describe

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestLabel: names of fields are spelled in words, and others stay.
func TestLabel(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"nodeName": "Node Name", "podIPs": "Pod IPs", "uid": "UID", "apiVersion": "API Version", "hostIP": "Host IP", "clusterIPs": "Cluster IPs", "qosClass": "Qos Class",
		"a.b/c": "a.b/c", "": "", "dnsPolicy": "DNS Policy", "X": "X", "podCIDR": "Pod CIDR", "HTTPRoute": "HTTP Route", "maxUnavailable": "Max Unavailable",
	} {
		if got := Label(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// written is fields as text.
func written(list []Field, indent string) (out string) {
	for _, f := range list {
		out += indent + f.Label + ":" + f.Value + "\n"
		for _, r := range f.Rows {
			out += indent + "  " + strings.Join(r, "|") + "\n"
		}
		out += written(f.Fields, indent+"  ")
	}
	return out
}

// TestFields: maps and lists are laid out, items by their names, conditions as a table, and names that users choose as they are.
func TestFields(t *testing.T) {
	t.Parallel()
	var tree map[string]any
	err := json.Unmarshal([]byte(`{"kind":"X","data":{"someKey":"v"},"spec":{"nodeName":"n","selector":{"myApp":"web"},"empty":{},"none":null,"args":["-a",2],
"containers":[{"name":"web","image":"nginx","limits":{"cpu":"1"}}],"rules":[{"a":1},{"a":2}]},
"status":{"conditions":[{"type":"Ready","status":"True","lastProbeTime":null},{"type":"Other","status":"False","reason":"Why"}]}}`), &tree)
	if err != nil {
		t.Fatal(err)
	}
	want := `Data:
  someKey:v
Spec:
  Args:
    :-a
    :2
  Containers:
    web:
      Image:nginx
      Limits:
        cpu:1
  Empty:{}
  Node Name:n
  None:<none>
  Rules:
    :
      A:1
    :
      A:2
  Selector:
    myApp:web
Status:
  Conditions:
    Type|Status|Reason
    Ready|True|
    Other|False|Why
`
	if got := written(Fields(tree, "kind"), ""); got != want {
		t.Errorf("\n%s", got)
	}
}
