package print

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// large is a file whose checksum is compared only where that is asked for.
type large struct {
	etcdsource.Source
	waited bool
}

func (l large) Describe(ctx context.Context) (etcdsource.Info, error) {
	info, err := l.Source.Describe(ctx)
	if info.Integrity = etcdsource.NotCompared; l.waited {
		info.Integrity = etcdsource.Verdict{State: etcdsource.Passed}
	}
	return info, err
}

// TestChecksumOfLittle: for the story of one object the checksum of a large file is left out, and stderr says so; it is compared
// where more is printed, where the file may be damaged, and where that was asked about.
func TestChecksumOfLittle(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args   string
		kept   etcdsource.BackupVerdict
		opened string // without and with its checksum
		says   bool
	}{
		{"log pod nginx -n demo", "", "without", true},
		{"log /registry/pods/demo/nginx", "", "without", true},
		{"trace pod nginx -n demo", "", "without", true},
		{"trace pod nginx -n demo", etcdsource.BackupReadable, "without", true},
		{"trace pod nginx -n demo", etcdsource.BackupVerified, "without", false},
		{"trace pod nginx -n demo", etcdsource.BackupDamaged, "with", false},
		{"log pod nginx -n demo --no-verify", "", "with", false},
		{"log pods -n demo", "", "without with", false},
		{"log -A", "", "with", false},
		{"get pod nginx -n demo", "", "with", false},
	} {
		var opened []string
		var stderr bytes.Buffer
		code := Execute(t.Context(), append(strings.Fields(c.args), "--from", "x.db"), nil, io.Discard, &stderr, Funcs{
			Open: func(_ context.Context, o OpenOptions) (Opened, error) {
				if opened = append(opened, "without"); o.Wait && !o.NoSum {
					opened[len(opened)-1] = "with"
				}
				return Opened{Source: large{file(cluster(), 0), o.Wait}}, nil
			},
			Kept: func(string) (etcdsource.Backup, bool) { return etcdsource.Backup{Verdict: c.kept}, c.kept != "" },
		})
		if got := strings.Join(opened, " "); code != 0 || got != c.opened {
			t.Errorf("%s: exit %d, opened %s, want %s: %s", c.args, code, got, c.opened, &stderr)
		}
		if strings.Contains(stderr.String(), "its checksum was not compared") != c.says {
			t.Errorf("%s: %q", c.args, &stderr)
		}
	}
}
