package live

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/etcdscope/etcdscope/etcdsource"
)

const (
	scrapeEvery = 15 * time.Second // at most
	scrapeApart = 5 * time.Second  // least time between two scrapes whose difference is taken
	maxMetrics  = 8 << 20          // bytes of metrics that are read, unpacked
)

// scraper reads a member's /metrics on its port for clients. It is used by one goroutine at a time.
type scraper struct {
	http    *http.Client
	next    time.Time // not before
	last    *scrape
	metrics *etcdsource.Metrics
	clock   *etcdsource.ClockReading
}

// scrape is one answer.
type scrape struct {
	at       time.Time
	families map[string]*dto.MetricFamily
}

func (s *scraper) close() {
	if s.http != nil {
		s.http.CloseIdleConnections()
	}
}

// scrape returns what the metrics say, from the last time where that is not long ago; nil where they do not answer.
func (s *scraper) scrape(ctx context.Context, d *dialer, ep endpoint) (*etcdsource.Metrics, *etcdsource.ClockReading) {
	now := time.Now()
	if now.Before(s.next) {
		return s.metrics, s.clock
	}
	s.next = now.Add(scrapeEvery)
	if s.http == nil {
		s.http = scrapeClient(d, ep)
	}
	got, clock, err := s.get(ctx, d, ep)
	if err != nil {
		s.last, s.metrics, s.clock = nil, nil, nil
		return nil, nil
	}
	before := s.last
	if before != nil && got.at.Sub(before.at) < scrapeApart {
		before = nil
	}
	s.metrics, s.clock, s.last = got.since(before), clock, got
	s.metrics.Time = got.at
	return s.metrics, s.clock
}

// scrapeClient asks over connections as the other requests to the endpoint do.
func scrapeClient(d *dialer, ep endpoint) *http.Client {
	t := &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var nd net.Dialer
			return nd.DialContext(ctx, ep.network, ep.addr)
		},
		MaxConnsPerHost: 1, IdleConnTimeout: 2 * scrapeEvery, DisableCompression: true, // unpacked here, to count what was sent
		MaxResponseHeaderBytes: 16 << 10,
	}
	if ep.tls && d.tls != nil {
		t.TLSClientConfig = d.tls(ep.host)
	}
	return &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// get reads the metrics once.
func (s *scraper) get(ctx context.Context, d *dialer, ep endpoint) (got *scrape, clock *etcdsource.ClockReading, err error) {
	url := "http://" + ep.addr + "/metrics"
	if ep.network == "unix" {
		url = "http://localhost/metrics"
	}
	if ep.tls {
		url = "https" + strings.TrimPrefix(url, "http")
	}
	if err := d.toll.bucket.take(ctx); err != nil {
		return nil, nil, err
	}
	ctx, entry := d.toll.log.begin(ctx, "metrics", nil)
	entry.etcdctl = "curl --compressed " + url
	defer func() { entry.end(err) }()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, nil, err
	}
	req.Header.Set("User-Agent", "etcdscope")
	req.Header.Set("Accept-Encoding", "gzip")
	start := time.Now()
	resp, err := s.http.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	took := time.Since(start)
	body := &counted{r: resp.Body, entry: entry}
	if resp.StatusCode != http.StatusOK {
		return nil, nil, fmt.Errorf("it answers %d", resp.StatusCode)
	}
	families, err := readMetrics(body, resp.Header.Get("Content-Encoding") == "gzip")
	if err != nil {
		return nil, nil, err
	}
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		// The member took the date between the request and its answer, and cut it to the second.
		clock = &etcdsource.ClockReading{Ahead: date.Add(500 * time.Millisecond).Sub(start.Add(took / 2)), Error: 500*time.Millisecond + took/2}
	}
	return &scrape{start, families}, clock, nil
}

// counted counts what is read for the request log.
type counted struct {
	r     io.Reader
	entry *logged
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.entry.received.Add(int64(n))
	c.entry.log.received.Add(int64(n))
	return n, err
}

// readMetrics reads metrics in Prometheus' text format.
func readMetrics(r io.Reader, packed bool) (map[string]*dto.MetricFamily, error) {
	if packed {
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, err
		}
		defer z.Close()
		r = z
	}
	limited := &io.LimitedReader{R: r, N: maxMetrics}
	lines, err := wantedLines(limited)
	if limited.N <= 0 {
		return nil, errors.New("its metrics have more than 8 MiB")
	}
	if err != nil {
		return nil, err
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	all, err := parser.TextToMetricFamilies(bytes.NewReader(lines))
	if err != nil {
		return nil, err
	}
	kept := map[string]*dto.MetricFamily{}
	for name, f := range all {
		if slices.Contains(wanted, name) {
			kept[name] = f
		}
	}
	if kept[fsyncMetric] == nil && kept[commitMetric] == nil {
		return nil, errors.New("these are not etcd's metrics")
	}
	return kept, nil
}

// wantedLines reads the lines of the metrics that are kept: they are a small part, and parsing all costs much of what a quiet screen
// costs.
func wantedLines(r io.Reader) (kept []byte, err error) {
	in, begins, keep := bufio.NewReader(r), true, false
	for {
		line, err := in.ReadSlice('\n')
		if begins {
			keep = isWanted(line)
		}
		if keep {
			kept = append(kept, line...)
		}
		switch begins = err == nil; {
		case err == io.EOF:
			return kept, nil
		case err != nil && err != bufio.ErrBufferFull:
			return nil, err
		}
	}
}

// isWanted reports whether a line is a value or the type of a metric that is kept, or of one whose name is longer.
func isWanted(line []byte) bool {
	name := bytes.TrimPrefix(line, []byte("# TYPE "))
	return slices.ContainsFunc(wanted, func(w string) bool { return bytes.HasPrefix(name, []byte(w)) })
}

// The metrics that are kept.
const (
	fsyncMetric     = "etcd_disk_wal_fsync_duration_seconds"
	commitMetric    = "etcd_disk_backend_commit_duration_seconds"
	peerMetric      = "etcd_network_peer_round_trip_time_seconds"
	applyMetric     = "etcd_server_apply_duration_seconds"
	pendingMetric   = "etcd_server_proposals_pending"
	failedMetric    = "etcd_server_proposals_failed_total"
	slowMetric      = "etcd_server_slow_apply_total"
	watchersMetric  = "etcd_debugging_mvcc_slow_watcher_total"
	readsMetric     = "etcd_mvcc_db_open_read_transactions"
	electionsMetric = "etcd_server_leader_changes_seen_total"
	activeMetric    = "etcd_network_active_peers"
	compactedMetric = "etcd_debugging_mvcc_compact_revision"
	defragMetric    = "etcd_disk_backend_defrag_duration_seconds"
)

var wanted = []string{fsyncMetric, commitMetric, peerMetric, applyMetric, pendingMetric, failedMetric, slowMetric, watchersMetric, readsMetric, electionsMetric, activeMetric, compactedMetric, defragMetric}

// since returns what happened since an earlier scrape; since the member's start where there is none, or where the member
// was started since.
func (s *scrape) since(before *scrape) *etcdsource.Metrics {
	if before != nil && s.restarted(before) {
		before = nil
	}
	m := &etcdsource.Metrics{Fsync: s.p99(before, fsyncMetric), Commit: s.p99(before, commitMetric), Apply: s.p99(before, applyMetric), Fsyncs: s.measured(before, fsyncMetric), Commits: s.measured(before, commitMetric),
		Pending: int64(s.value(pendingMetric)), SlowWatchers: int64(s.value(watchersMetric)), OpenReads: int64(s.value(readsMetric)),
		SlowApplies: s.grown(before, slowMetric), Elections: s.grown(before, electionsMetric), FailedProposals: s.grown(before, failedMetric),
		Compacted: -1, Defragmented: -1}
	m.Peers, m.PeerTrips = s.peers(before)
	if s.families[compactedMetric] != nil {
		m.Compacted = max(int64(s.value(compactedMetric)), 0) // before the first one it is -1
	}
	for _, p := range s.families[defragMetric].GetMetric() {
		m.Defragmented = int64(min(p.GetHistogram().GetSampleCount(), math.MaxInt64))
	}
	if before != nil {
		m.Over = s.at.Sub(before.at)
	}
	for _, p := range s.families[activeMetric].GetMetric() {
		id, err := strconv.ParseUint(label(p, "Remote"), 16, 64)
		if err == nil && p.GetGauge().GetValue() > 0 {
			m.ActivePeers = append(m.ActivePeers, id)
		}
	}
	return m
}

// restarted reports whether a count went back.
func (s *scrape) restarted(before *scrape) bool {
	return s.count(fsyncMetric) < before.count(fsyncMetric)
}

// count is how many values a histogram has counted.
func (s *scrape) count(name string) (n uint64) {
	if s == nil {
		return 0
	}
	for _, p := range s.families[name].GetMetric() {
		n += p.GetHistogram().GetSampleCount()
	}
	return n
}

// measured is how many of them came since an earlier scrape.
func (s *scrape) measured(before *scrape, name string) int64 {
	return int64(min(s.count(name)-min(before.count(name), s.count(name)), math.MaxInt64))
}

// value is the sum of a metric over all its labels.
func (s *scrape) value(name string) (sum float64) {
	if s == nil {
		return 0
	}
	for _, p := range s.families[name].GetMetric() {
		sum += p.GetGauge().GetValue() + p.GetCounter().GetValue() + p.GetUntyped().GetValue()
	}
	if math.IsNaN(sum) || math.Abs(sum) > 1<<53 {
		return 0
	}
	return sum
}

// grown is how much a count has grown.
func (s *scrape) grown(before *scrape, name string) int64 {
	return max(int64(s.value(name)-before.value(name)), 0)
}

// p99 is the 99th percentile of a histogram, the largest where it has several, -1 where nothing was measured.
func (s *scrape) p99(before *scrape, name string) time.Duration {
	worst := time.Duration(-1)
	for _, p := range s.families[name].GetMetric() {
		worst = max(worst, s.p99Of(before, name, p))
	}
	return worst
}

// p99Of is that of one of the histograms.
func (s *scrape) p99Of(before *scrape, name string, p *dto.Metric) time.Duration {
	return quantile(p.GetHistogram(), before.histogram(name, p), 0.99)
}

// histogram is the one with the labels of p, nil where there is none.
func (s *scrape) histogram(name string, p *dto.Metric) (found *dto.Histogram) {
	if s == nil {
		return nil
	}
	for _, q := range s.families[name].GetMetric() {
		if sameLabels(p, q) {
			found = q.GetHistogram()
		}
	}
	return found
}

// peers are the 99th percentiles of the round trips to the other members, and how many of each came since an earlier scrape.
func (s *scrape) peers(before *scrape) (p99 map[uint64]time.Duration, trips map[uint64]int64) {
	p99, trips = map[uint64]time.Duration{}, map[uint64]int64{}
	for _, p := range s.families[peerMetric].GetMetric() {
		id, err := strconv.ParseUint(label(p, "To"), 16, 64)
		if d := s.p99Of(before, peerMetric, p); err == nil && d >= 0 && len(p99) < maxMembers {
			n := p.GetHistogram().GetSampleCount()
			p99[id], trips[id] = d, int64(min(n-min(before.histogram(peerMetric, p).GetSampleCount(), n), math.MaxInt64))
		}
	}
	return p99, trips
}

// quantile estimates a quantile of what a histogram has counted since an earlier one, as Prometheus does: within a bucket
// every value is as likely. Above the last bound it is that bound.
func quantile(h, before *dto.Histogram, q float64) time.Duration {
	counts := make(map[float64]float64, len(before.GetBucket()))
	for _, b := range before.GetBucket() {
		counts[b.GetUpperBound()] = float64(b.GetCumulativeCount())
	}
	total := float64(h.GetSampleCount()) - float64(before.GetSampleCount())
	if total <= 0 {
		return -1
	}
	low, below := 0.0, 0.0
	for _, b := range h.GetBucket() {
		high, n := b.GetUpperBound(), float64(b.GetCumulativeCount())-counts[b.GetUpperBound()]
		if math.IsInf(high, 1) {
			break
		}
		if n >= q*total && n > below {
			return time.Duration((low + (high-low)*max(q*total-below, 0)/(n-below)) * float64(time.Second))
		}
		low, below = high, n
	}
	return time.Duration(low * float64(time.Second))
}

func label(m *dto.Metric, name string) string {
	for _, l := range m.GetLabel() {
		if l.GetName() == name {
			return l.GetValue()
		}
	}
	return ""
}

func sameLabels(a, b *dto.Metric) bool {
	if len(a.GetLabel()) != len(b.GetLabel()) {
		return false
	}
	for _, l := range a.GetLabel() {
		if label(b, l.GetName()) != l.GetValue() {
			return false
		}
	}
	return true
}
