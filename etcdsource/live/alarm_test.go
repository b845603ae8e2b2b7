package live

import (
	"slices"
	"strings"
	"testing"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/server/v3/embed"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

// TestAlarm fills the database of a real etcd: first it is nearly full, then etcd takes no more.
func TestAlarm(t *testing.T) {
	t.Parallel()
	const quota = 4 << 20
	srv := newServer(t, func(c *embed.Config) { c.QuotaBackendBytes = quota })
	src := srv.open()
	info := func() etcdsource.Info {
		i, err := src.Describe(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return i
	}
	if i := info(); i.Quota != quota || i.Alarm != "" {
		t.Errorf("at first: quota %d, alarm %q", i.Quota, i.Alarm)
	}
	value := strings.Repeat("x", 100<<10)
	var refused error
	for n := 0; refused == nil && n < 200; n++ {
		_, refused = srv.Writer().Put(etcdtest.Within(t, 10*time.Second), "/k", value)
	}
	if refused == nil {
		t.Fatal("etcd takes all")
	}
	waitFor(t, "the alarm", func() bool { return info().Alarm == "NOSPACE" })
	i := info()
	if short, why, full := i.Trouble(); short != "NOSPACE" || !full || !strings.Contains(why, "disarmed") {
		t.Errorf("%q, %q, %v", short, why, full)
	}
	id := uint64(srv.Etcd.Server.MemberID())
	if p := probe(t, src); len(p.Members) != 1 || !slices.Equal(p.Members[0].Status.Alarms, []etcdsource.Alarm{{Member: id, Name: "NOSPACE"}}) || p.Members[0].Status.Quota != quota {
		t.Errorf("each member asked itself: %+v", p.Members)
	}
	if i.Note != "" {
		t.Errorf("said twice: %q", i.Note)
	}
	if _, err := src.Range(t.Context(), etcdsource.Prefix("/"), etcdsource.At{}); err != nil {
		t.Errorf("it can still be read: %v", err)
	}
}

// TestQuota: servers before 3.6 do not tell their quota, and kine has none.
func TestQuota(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		version string
		header  *pb.ResponseHeader
		quota   int64
		want    int64
	}{
		{"3.7.3", &pb.ResponseHeader{ClusterId: 1, MemberId: 1, Revision: 5}, 8 << 30, 8 << 30},
		{"3.6.0", &pb.ResponseHeader{ClusterId: 1, MemberId: 1, Revision: 5}, 0, 2 << 30},
		{"3.6.0", &pb.ResponseHeader{ClusterId: 1, MemberId: 1, Revision: 5}, -1, -1},
		{"3.5.21", &pb.ResponseHeader{ClusterId: 1, MemberId: 1, Revision: 5}, 0, -1},
		{"3.6.1", &pb.ResponseHeader{}, 0, -1}, // kine
	} {
		addr := serveStatus(t, &pb.StatusResponse{Header: c.header, Version: c.version, Leader: 1, DbSize: 1 << 20, DbSizeQuota: c.quota})
		src, err := Open(t.Context(), Config{Endpoints: []string{addr}, DialTimeout: 20 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		info, err := src.Describe(t.Context())
		if err != nil || info.Quota != c.want {
			t.Errorf("%s with %d: %d, %v", c.version, c.quota, info.Quota, err)
		}
		src.Close()
	}
}

func TestAlarmTexts(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"memberID:10276657743932975437 alarm:NOSPACE ":  "NOSPACE",
		"memberID:10276657743932975437  alarm: CORRUPT": "CORRUPT",
		"alarm:NOSPACE memberID:1":                      "NOSPACE",
		"etcdserver: no leader":                         "",
	} {
		if got := alarms([]string{text, text}); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}
