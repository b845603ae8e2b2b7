package open

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/backup/rehearse"
	"github.com/etcdscope/etcdscope/etcdsource/demo"
	"github.com/etcdscope/etcdscope/etcdsource/live"
	"github.com/etcdscope/etcdscope/etcdsource/live/discover"
)

func TestMain(m *testing.M) {
	demo.Child()
	rehearse.Child()
	os.Exit(m.Run())
}

const (
	story = "../demo/stories/pod"
	cut   = "../demo/stories/pod/cut.db.zst"
	dead  = "unix:///nowhere/c"
)

func noEnv(string) string { return "" }

// env is an environment in which one variable is set.
func env(name, value string) func(string) string {
	return func(n string) string {
		if n == name {
			return value
		}
		return ""
	}
}

func describe(t *testing.T, src etcdsource.Source, err error) etcdsource.Info {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	info, err := src.Describe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return info
}

// endpoint is the address of a running etcd, that of a demo.
func endpoint(t *testing.T) string {
	t.Helper()
	src, _, err := Open(t.Context(), Options{Demo: true, Env: noEnv})
	return describe(t, src, err).Target
}

func TestPaths(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]etcdsource.Kind{
		cut: etcdsource.KindFile, story: etcdsource.KindDemo, filepath.Join(story, "story.yaml"): etcdsource.KindDemo,
	} {
		src, found, err := Open(t.Context(), Options{Path: path, Env: noEnv, Live: live.Config{Name: "mine"}})
		info := describe(t, src, err)
		if info.Kind != want || info.Name != "mine" || found.How != ByPath || found.From != path {
			t.Errorf("%s: %s %q, %+v", path, info.Kind, info.Name, found)
		}
	}
	src, _, err := Open(t.Context(), Options{Path: cut, Env: noEnv})
	if name := describe(t, src, err).Name; !strings.Contains(name, "cut.db") {
		t.Errorf("a file is called %q", name)
	}
}

func TestAbilitiesBehindName(t *testing.T) {
	t.Parallel()
	src, _, err := Open(t.Context(), Options{Path: cut, Live: live.Config{Name: "mine"}})
	describe(t, src, err)
	if _, err := etcdsource.As[etcdsource.Versions](src); err != nil {
		t.Error(err)
	}
	if _, err := etcdsource.As[etcdsource.Stepper](src); err == nil {
		t.Error("a file has a story")
	}
}

func TestDemo(t *testing.T) {
	t.Parallel()
	src, found, err := Open(t.Context(), Options{Demo: true, Story: "pod", EncryptionConfig: "enc.yaml"})
	if describe(t, src, err).Kind != etcdsource.KindDemo || found.How != ByDemo || found.EncryptionConfig != "enc.yaml" {
		t.Errorf("found %+v", found)
	}
	if _, err := etcdsource.As[etcdsource.Stepper](src); err != nil {
		t.Error(err)
	}
	r, err := etcdsource.As[etcdsource.Recaller](src)
	if err != nil {
		t.Fatal(err)
	}
	past, err := r.Recall(t.Context(), etcdsource.RecallOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer past.Close()
	if _, err := etcdsource.As[etcdsource.Stepper](past); err != nil || describe(t, past, nil).Kind != etcdsource.KindDemo {
		t.Errorf("the recalled demo is no demo: %v", err)
	}
}

// TestNilWithError looks for a nil pointer that is no nil Source, behind every way that fails.
func TestNilWithError(t *testing.T) {
	t.Parallel()
	none := func(context.Context, string) []discover.Candidate { return nil }
	for name, o := range map[string]Options{
		"no such file":  {Path: "/nowhere/x.db"},
		"no such story": {Demo: true, Story: "nonesuch"},
		"flags":         {Live: live.Config{Endpoints: []string{dead}}},
		"environment":   {Env: env("ETCDCTL_ENDPOINTS", dead)},
		"bad variable":  {Env: env("ETCDCTL_DIAL_TIMEOUT", "soon")},
	} {
		if o.Env == nil {
			o.Env = noEnv
		}
		src, _, err := Open(t.Context(), o)
		if src != nil || err == nil {
			t.Errorf("%s: source %v, error %v", name, src, err)
		}
		var p *etcdsource.Problem
		if !errors.As(err, &p) {
			t.Errorf("%s: %v (%T) is no Problem", name, err, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if src, _, err := openLive(ctx, Options{Env: noEnv}, none); src != nil || err == nil {
		t.Errorf("canceled: source %v, error %v", src, err)
	}
}

func TestOrderOfSettings(t *testing.T) {
	t.Parallel()
	at := endpoint(t)
	find := func(context.Context, string) []discover.Candidate {
		return []discover.Candidate{{Endpoints: []string{at}, From: "a manifest", Usable: true, Prefix: "/kubernetes.io", EncryptionConfig: "found.yaml"}}
	}
	for name, tc := range map[string]struct {
		o    Options
		how  How
		from string
	}{
		"flags first":      {Options{Live: live.Config{Endpoints: []string{at}}, Env: env("ETCDCTL_ENDPOINTS", dead)}, ByFlags, "--endpoints"},
		"then environment": {Options{Env: env("ETCDCTL_ENDPOINTS", at)}, ByEnv, "ETCDCTL_ENDPOINTS"},
		"then this node":   {Options{Env: noEnv}, ByDiscovery, "a manifest"},
	} {
		src, found, err := openLive(t.Context(), tc.o, find)
		info := describe(t, src, err)
		if info.Kind != etcdsource.KindLive || found.How != tc.how || found.From != tc.from {
			t.Errorf("%s: %s, %+v", name, info.Kind, found)
		}
		if byNode := tc.how == ByDiscovery; byNode != (found.Candidate != nil) || byNode != (found.EncryptionConfig == "found.yaml") || byNode != (found.Prefix != "") {
			t.Errorf("%s: %+v", name, found)
		}
	}
	src, found, err := openLive(t.Context(), Options{Env: noEnv, EncryptionConfig: "given.yaml"}, find)
	if describe(t, src, err); found.EncryptionConfig != "given.yaml" {
		t.Errorf("the given encryption config became %q", found.EncryptionConfig)
	}
}

func TestCandidatesInTurn(t *testing.T) {
	t.Parallel()
	at := endpoint(t)
	candidates := []discover.Candidate{
		{Endpoints: []string{dead}, From: "a process", Usable: true},
		{Endpoints: []string{at}, From: "known paths", Usable: true},
	}
	src, found, err := openLive(t.Context(), Options{Env: noEnv}, func(context.Context, string) []discover.Candidate { return candidates })
	describe(t, src, err)
	if found.From != "known paths" || len(found.Failed) != 1 || found.Failed[0].From != "a process" || found.Failed[0].Err == nil {
		t.Errorf("found %+v", found)
	}
}

func TestEveryCandidateFails(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		candidates []discover.Candidate
		want       []string
	}{
		"no right": {
			[]discover.Candidate{{From: "/etc/kubernetes/manifests/etcd.yaml", Why: "no right to read /etc/kubernetes/pki/etcd/ca.key; run with sudo"}},
			[]string{"found in /etc/kubernetes/manifests/etcd.yaml, but no right to read /etc/kubernetes/pki/etcd/ca.key", "ca.key; run with sudo"},
		},
		"nothing answers": {
			[]discover.Candidate{{Endpoints: []string{dead}, From: "a process", Usable: true}, {From: "known paths", Why: "no CA"}},
			[]string{"found in a process, but ", "nowhere", "found in known paths, but no CA"},
		},
		"many": {
			[]discover.Candidate{{From: "a", Why: "1"}, {From: "b", Why: "2"}, {From: "c", Why: "3"}, {From: "d", Why: "4"}, {From: "e", Why: "5"}},
			[]string{"found in c, but 3; 2 more failed too"},
		},
	} {
		src, found, err := openLive(t.Context(), Options{Env: noEnv}, func(context.Context, string) []discover.Candidate { return tc.candidates })
		if src != nil || err == nil || len(found.Failed) != len(tc.candidates) {
			t.Fatalf("%s: %v, %v, %+v", name, src, err, found)
		}
		for _, want := range tc.want {
			if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s: %q does not say %q in one line", name, err, want)
			}
		}
	}
}

func TestSettingsByHandWithFoundAddress(t *testing.T) {
	t.Parallel()
	c := discover.Candidate{Endpoints: []string{"https://found:2379"}, CAFile: "found-ca", CertFile: "found-crt", KeyFile: "found-key"}
	got := with(live.Config{Cert: "my-crt", Key: "my-key", User: "me"}, c)
	if got.Endpoints[0] != "https://found:2379" || got.CACert != "found-ca" || got.Cert != "my-crt" || got.Key != "my-key" || got.User != "me" {
		t.Errorf("got %+v", got)
	}
	if got = with(live.Config{Key: "my-key"}, c); got.Cert != "" {
		t.Error("a key by hand was joined with a certificate that was found")
	}
}

func TestNothingFound(t *testing.T) {
	t.Parallel()
	none := func(context.Context, string) []discover.Candidate { return nil }
	src, found, err := openLive(t.Context(), Options{Env: noEnv}, none)
	if err == nil { // something listens where etcdctl looks
		src.Close()
		if found.How != ByDefault {
			t.Errorf("found %+v", found)
		}
		return
	}
	for _, want := range []string{"find an etcd on this machine", "127.0.0.1:2379", "--endpoints", "etcdscope demo"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %q", err, want)
		}
	}
}

// TestPasswordIsNotForStrangers: who was found, not given, gets a password only where he proves who he is.
func TestPasswordIsNotForStrangers(t *testing.T) {
	t.Parallel()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer lis.Close()
	var asked atomic.Int64
	go func() {
		for {
			conn, err := lis.Accept()
			if err != nil {
				return
			}
			asked.Add(1)
			conn.Close()
		}
	}()
	at := lis.Addr().String()
	login := live.Config{User: "root", Password: "CANARY", DialTimeout: time.Second}
	for name, c := range map[string]struct {
		found discover.Candidate
		cfg   live.Config
		says  string
	}{
		"plain http":              {discover.Candidate{Endpoints: []string{"http://" + at}}, login, "plain http"},
		"no scheme":               {discover.Candidate{Endpoints: []string{at}}, login, "plain http"},
		"one of two":              {discover.Candidate{Endpoints: []string{"https://" + at, "http://" + at}}, login, "plain http"},
		"nobody checks":           {discover.Candidate{Endpoints: []string{"https://" + at}}, func() live.Config { c := login; c.InsecureSkipVerify = true; return c }(), "prove who it is"},
		"of one who put it there": {discover.Candidate{Endpoints: []string{"https://" + at}, RunBy: "uid 1000"}, login, "run by uid 1000"},
	} {
		c.found.From, c.found.Usable = "process etcd (pid 9)", true
		src, _, err := openLive(t.Context(), Options{Live: c.cfg, Env: noEnv}, func(context.Context, string) []discover.Candidate { return []discover.Candidate{c.found} })
		if src != nil || err == nil || !strings.Contains(err.Error(), "were not sent") || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "--endpoints") || strings.Contains(err.Error(), "CANARY") {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, _, err = openLive(t.Context(), Options{Live: login, Env: noEnv}, func(context.Context, string) []discover.Candidate { return nil })
	if err == nil || !strings.Contains(err.Error(), "were not sent") || !strings.Contains(err.Error(), "127.0.0.1:2379") {
		t.Errorf("the default address: %v", err)
	}
	if n := asked.Load(); n > 0 {
		t.Errorf("it was asked %d times", n)
	}
	// What is given is believed, and so is a certificate.
	for _, c := range []live.Config{{Endpoints: []string{"http://" + at}, User: "root", Password: "CANARY", DialTimeout: time.Second}} {
		if _, _, err := openLive(t.Context(), Options{Live: c, Env: noEnv}, nil); err == nil || strings.Contains(err.Error(), "were not sent") || asked.Load() == 0 {
			t.Errorf("given by hand: %v", err)
		}
	}
	https := discover.Candidate{Endpoints: []string{"https://" + at}, Usable: true, From: "a manifest"}
	if _, _, err := openLive(t.Context(), Options{Live: login, Env: noEnv}, func(context.Context, string) []discover.Candidate { return []discover.Candidate{https} }); err == nil || strings.Contains(err.Error(), "were not sent") {
		t.Errorf("https: %v", err)
	}
}
