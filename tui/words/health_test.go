package words

import (
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/health"
)

// TestSlowTextWithoutMetrics: where no member's /metrics answers, that is said; without a quorum nothing is.
func TestSlowTextWithoutMetrics(t *testing.T) {
	t.Parallel()
	up := health.Row{Member: etcdsource.Member{Answered: true, Status: etcdsource.MemberStatus{DBSize: 1}}, Role: health.Leader}
	for _, c := range []struct {
		report health.Report
		said   bool
	}{
		{health.Report{Verdict: health.Healthy, Rows: []health.Row{up}}, true},
		{health.Report{Verdict: health.NoQuorum, Rows: []health.Row{up}}, false},
		{health.Report{Verdict: health.Unknowable, Rows: []health.Row{{Role: health.Down}}}, false},
		{health.Report{Verdict: health.Healthy}, false}, // where there are no members, as with kine
	} {
		if got := SlowText(&c.report); strings.Contains(got, "/metrics of no member answers") != c.said {
			t.Errorf("%+v: %q", c.report, got)
		}
	}
}
