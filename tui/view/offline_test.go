package view

import (
	"errors"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/health"
)

// TestRefusedFiles: where TLS fails, the command that comes next does not name the files again that it failed with.
func TestRefusedFiles(t *testing.T) {
	t.Parallel()
	r := &health.Report{Verdict: health.Unknowable, Rows: []health.Row{{Role: health.Refused, Member: etcdsource.Member{Endpoint: "https://10.0.0.1:2379", Refusal: "give the CA that signed it with --cacert"}}}}
	o := &Opening{Err: errors.New("TLS fails"), Report: r}
	for _, flags := range [][]string{{"--cacert=/tmp/ca2.crt", "--cert", "/tmp/c.crt", "--key=/tmp/c.key", "--endpoints=https://10.0.0.1:2379"}} {
		lines := o.Members(func(string, string) []string { return flags })
		last := lines[len(lines)-1]
		if !strings.HasPrefix(last, "Give the CA that signed it with --cacert. Then: etcdscope health --cacert=FILE --cert FILE --key=FILE --endpoints=https") || strings.Contains(last, "/tmp/") {
			t.Errorf("%s", last)
		}
	}
}
