package live

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"
	"time"
)

// metricsText is what a member says of n log syncs of which slow took 64 to 128 ms, the others less than a millisecond.
func metricsText(n, slow string) string {
	return `# TYPE etcd_disk_wal_fsync_duration_seconds histogram
etcd_disk_wal_fsync_duration_seconds_bucket{le="0.001"} ` + n + `
etcd_disk_wal_fsync_duration_seconds_bucket{le="0.064"} ` + n + `
etcd_disk_wal_fsync_duration_seconds_bucket{le="0.128"} ` + slow + `
etcd_disk_wal_fsync_duration_seconds_bucket{le="+Inf"} ` + slow + `
etcd_disk_wal_fsync_duration_seconds_sum 1
etcd_disk_wal_fsync_duration_seconds_count ` + slow + `
# TYPE etcd_network_peer_round_trip_time_seconds histogram
etcd_network_peer_round_trip_time_seconds_bucket{To="a",le="0.01"} 10
etcd_network_peer_round_trip_time_seconds_bucket{To="a",le="+Inf"} 10
etcd_network_peer_round_trip_time_seconds_sum{To="a"} 1
etcd_network_peer_round_trip_time_seconds_count{To="a"} 10
etcd_network_peer_round_trip_time_seconds_bucket{To="b",le="0.01"} 0
etcd_network_peer_round_trip_time_seconds_bucket{To="b",le="0.2"} 10
etcd_network_peer_round_trip_time_seconds_bucket{To="b",le="+Inf"} 10
etcd_network_peer_round_trip_time_seconds_sum{To="b"} 1
etcd_network_peer_round_trip_time_seconds_count{To="b"} 10
# TYPE etcd_network_active_peers gauge
etcd_network_active_peers{Local="1",Remote="ab"} 1
etcd_network_active_peers{Local="1",Remote="cd"} 0
# TYPE etcd_server_proposals_pending gauge
etcd_server_proposals_pending 7
# TYPE etcd_server_slow_apply_total counter
etcd_server_slow_apply_total ` + slow + "\n"
}

func scraped(t *testing.T, text string, at time.Time) *scrape {
	t.Helper()
	f, err := readMetrics(strings.NewReader(text), false)
	if err != nil {
		t.Fatal(err)
	}
	return &scrape{at, f}
}

// TestMetricsSince: percentiles of the time between two scrapes; of the time since its start for a member that was
// started again.
func TestMetricsSince(t *testing.T) {
	t.Parallel()
	begin := time.Unix(1000, 0)
	first, later := scraped(t, metricsText("1000", "1000"), begin), scraped(t, metricsText("1000", "1100"), begin.Add(20*time.Second))
	m := first.since(nil)
	if m.Over != 0 || m.Fsync != 990*time.Microsecond || m.Commit != -1 || m.Fsyncs != 1000 || m.Commits != 0 || m.Pending != 7 || m.SlowApplies != 1000 || len(m.ActivePeers) != 1 || m.ActivePeers[0] != 0xab {
		t.Errorf("since its start: %+v", m)
	}
	slow := time.Duration(0)
	for id, d := range m.Peers {
		if slow = max(slow, d); m.PeerTrips[id] < 1 {
			t.Errorf("how often %x was measured: %d", id, m.PeerTrips[id])
		}
	}
	if slow < 190*time.Millisecond || slow > 200*time.Millisecond {
		t.Errorf("the slowest peer: %s", slow)
	}
	m = later.since(first)
	if m.Over != 20*time.Second || m.Fsync < 127*time.Millisecond || m.Fsync > 128*time.Millisecond || m.Fsyncs != 100 || m.SlowApplies != 100 || len(m.Peers) != 0 {
		t.Errorf("between two: %+v", m)
	}
	if m = first.since(later); m.Over != 0 || m.Fsync != 990*time.Microsecond || m.Fsyncs != 1000 {
		t.Errorf("after it was started again: %+v", m)
	}
	if m = first.since(first); m.Fsync != -1 || m.Fsyncs != 0 {
		t.Errorf("nothing was synced: %+v", m)
	}
}

// TestMetricsAreBounded: what is no answer of an etcd, or is too much of one, is not used.
func TestMetricsAreBounded(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	for range 1 << 18 {
		_, _ = z.Write([]byte("# HELP a bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\n"))
	}
	z.Close()
	if packed.Len() > 1<<20 {
		t.Fatalf("%d bytes", packed.Len())
	}
	for name, c := range map[string]struct {
		body   string
		packed bool
	}{"a bomb": {packed.String(), true}, "no gzip": {"x", true}, "cut off": {packed.String()[:100], true}, "another program's": {"go_goroutines 3\n", false}, "a page": {"<html>", false}, "nothing": {"", false}} {
		if f, err := readMetrics(strings.NewReader(c.body), c.packed); err == nil {
			t.Errorf("%s: %v", name, f)
		}
	}
}
