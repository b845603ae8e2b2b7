package print

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/health"
)

// TestMemberCertificates: a member's line has the certificate that it was shown, behind those that it has shown itself; one that speaks no
// TLS has none.
func TestMemberCertificates(t *testing.T) {
	t.Parallel()
	at := func(day int) time.Time { return time.Date(2027, 1, day, 0, 0, 0, 0, time.UTC) }
	own := []etcdsource.Certificate{{Of: "client", Subject: "CN=root", File: "c.crt", NotAfter: at(1)}, {Of: "ca", Subject: "CN=ca", File: "ca.crt", NotAfter: at(2)}}
	m := health.Row{Member: etcdsource.Member{Answered: true, Certificates: []etcdsource.Certificate{{Of: "server", Subject: "CN=m0", NotAfter: at(3)}}}}
	for _, x := range []struct {
		certs bool
		want  string
	}{
		{true, `"certificateExpires":"2027-01-03T00:00:00Z","certificates":[{"of":"server","subject":"CN=m0","notAfter":"2027-01-03T00:00:00Z"},{"of":"client","subject":"CN=root","file":"c.crt","notAfter":"2027-01-01T00:00:00Z"}]`},
		{false, ""},
	} {
		if !x.certs {
			m.Certificates = nil
		}
		got, err := json.Marshal(memberJSON(&m, own))
		if err != nil || !strings.Contains(string(got), x.want) || !x.certs && strings.Contains(string(got), "ertificate") {
			t.Errorf("%v %s", err, got)
		}
	}
}
