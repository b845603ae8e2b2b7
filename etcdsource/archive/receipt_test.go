package archive

import (
	"encoding/json"
	"testing"
	"time"
)

// TestReceipt: the lower bound of a time is taken where it is one; anything else in its place is none, and no fault of the event.
func TestReceipt(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		``: "", `,"notBefore":"2026-01-02T03:04:05.2Z"`: "2026-01-02T03:04:05.2Z", `,"notBefore":"2026-01-02T04:04:05+01:00"`: "2026-01-02T03:04:05Z",
		`,"notBefore":"2026-01-02T03:04:06Z"`: "", `,"notBefore":7`: "", `,"notBefore":null`: "", `,"notBefore":{"a":[]}`: "", `,"notBefore":"0001-01-01T00:00:00Z"`: "",
	} {
		var d deltaEvent
		err := json.Unmarshal([]byte(`{"etcdEvent":{"kv":{"key":"YQ==","mod_revision":7,"create_revision":7,"version":1}},"time":"2026-01-02T03:04:05.6Z"`+text+`}`), &d)
		if err != nil {
			t.Fatal(err)
		}
		e, err := d.change()
		got := ""
		if !e.NotBefore.IsZero() {
			got = e.NotBefore.UTC().Format(time.RFC3339Nano)
		}
		if err != nil || got != want || e.Dated() != (want == "2026-01-02T03:04:05.2Z" || want == "2026-01-02T03:04:05Z") {
			t.Errorf("%s: not before %q, %v", text, got, err)
		}
	}
}
