package live

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	clientv3 "go.etcd.io/etcd/client/v3"
	"google.golang.org/protobuf/proto"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest/badserver"
)

// victim is a store that the server lies about.
type victim struct {
	*server
	lease int64
	start int64 // of the changes that are watched
	head  int64
	want  map[string]string // question and version of the server → the answer of etcd itself
}

const victimKey = "/registry/configmaps/demo/cm-001"

func newVictim(t *testing.T) *victim {
	v := &victim{server: newServer(t), want: map[string]string{}}
	w := v.Writer()
	granted, err := w.Grant(context.Background(), 3600)
	if err != nil {
		t.Fatal(err)
	}
	v.lease = int64(granted.ID)
	v.Put(clusterKeys()...)
	v.Compact(v.Put("/registry/old"))
	if _, err := w.Put(context.Background(), "/registry/leased", "x", clientv3.WithLease(granted.ID)); err != nil {
		t.Fatal(err)
	}
	v.start = v.Put(victimKey) + 1
	for i := range 20 {
		if _, err := w.Txn(context.Background()).Then(clientv3.OpPut(victimKey, fmt.Sprint(i)), clientv3.OpPut("/registry/pods/demo/pod-001", fmt.Sprint(i)),
			clientv3.OpPut(fmt.Sprintf("/registry/events/demo/e-%02d", i), "x")).Commit(); err != nil {
			t.Fatal(err)
		}
	}
	r, err := w.Delete(context.Background(), "/registry/pods/demo/pod-001")
	if err != nil {
		t.Fatal(err)
	}
	v.head = r.Header.Revision
	for _, old := range []bool{false, true} {
		src := v.open(func(c *Config) { c.tune.noStream = old })
		for name, ask := range v.questions() {
			got, err := ask(context.Background(), src)
			if err != nil {
				t.Fatalf("etcd itself, %s: %v", name, err)
			}
			v.want[fmt.Sprint(name, old)] = got
		}
	}
	return v
}

// lying returns the configuration that opens a server with a lie.
func (v *victim) lying(t *testing.T, lie badserver.Lie) Config {
	t.Helper()
	path := filepath.Join(etcdtest.Dir(t), "bad")
	lis, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	s, err := badserver.Serve(lis, strings.Replace(v.URL, "unix://", "unix:", 1), lie)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	cfg := Config{Endpoints: []string{"unix://" + path}, ReadRate: -1, DialTimeout: 20 * time.Second, CommandTimeout: 20 * time.Second}
	cfg.tune.patience = 300 * time.Millisecond
	return cfg
}

type question func(context.Context, *Source) (string, error)

// questions are all that is asked of a source, each with its answer as a text.
func (v *victim) questions() map[string]question {
	all := etcdsource.Prefix("")
	all.Values, all.Limit = true, 200
	return map[string]question{
		"describe": func(ctx context.Context, s *Source) (string, error) {
			i, err := s.Describe(ctx)
			return fmt.Sprint(i.Revision), err
		},
		"children": func(ctx context.Context, s *Source) (string, error) {
			var out []string
			for _, prefix := range []string{"", "/", "/registry/", "/registry/pods/", "/registry/pods/demo/", "/registry/shop.example.com/"} {
				seq, err := s.Children(ctx, etcdsource.Prefix(prefix), etcdsource.At{})
				if err != nil {
					return "", err
				}
				for c, err := range seq {
					if err != nil {
						return "", err
					}
					out = append(out, fmt.Sprintf("%s %v %d", c.Path, c.Dir, c.Entry.Mod))
				}
			}
			return strings.Join(out, "\n"), nil
		},
		"list": func(ctx context.Context, s *Source) (string, error) {
			var out strings.Builder
			err := s.List(ctx, etcdsource.Prefix(""), etcdsource.At{}, func(keys [][]byte) error {
				for _, k := range keys {
					fmt.Fprintf(&out, "%s\n", k)
				}
				return nil
			})
			return out.String(), err
		},
		"range": func(ctx context.Context, s *Source) (string, error) { return entries(ctx, s, all, 0) },
		"past":  func(ctx context.Context, s *Source) (string, error) { return entries(ctx, s, all, v.start+5) },
		"count": func(ctx context.Context, s *Source) (string, error) {
			var out string
			for range 3 {
				n, err := s.Count(ctx, etcdsource.Prefix("/registry/"), etcdsource.At{})
				if err != nil {
					return "", err
				}
				out += fmt.Sprintln(n)
			}
			return out, nil
		},
		"versions": func(ctx context.Context, s *Source) (string, error) {
			list, edge, err := s.Versions(ctx, []byte(victimKey), 0, 0)
			var out strings.Builder
			for _, e := range list {
				fmt.Fprintf(&out, "%s %d %d %d %s %q\n", e.Key, e.Create, e.Mod, e.Version, e.Type, e.Value)
			}
			if err == nil && edge.Kind == etcdsource.EdgeMore {
				err = errors.New("more than 100 versions")
			}
			return out.String(), err
		},
		"window": func(ctx context.Context, s *Source) (string, error) {
			m, err := s.member()
			if err != nil {
				return "", err
			}
			low, err := s.oldest(ctx, m)
			return fmt.Sprint(low), err
		},
		"lease": func(ctx context.Context, s *Source) (string, error) {
			l, err := s.Lease(ctx, v.lease)
			return fmt.Sprintf("%d %s %q", l.ID, l.Granted, l.Keys), err
		},
		"members": func(ctx context.Context, s *Source) (string, error) {
			m, err := s.member()
			if err != nil {
				return "", err
			}
			r, err := pb.NewClusterClient(m.client.ActiveConnection()).MemberList(ctx, &pb.MemberListRequest{})
			return fmt.Sprint(len(r.GetMembers())), err
		},
		"save": func(ctx context.Context, s *Source) (string, error) {
			var b bytes.Buffer
			saved, err := s.Save(ctx, &b, nil)
			sum := min(len(b.Bytes()), sha256.Size) // etcd may have taken another page since: not the size but the content counts
			own := sha256.Sum256(b.Bytes()[:b.Len()-sum])
			return fmt.Sprintf("all of it: %v, whole: %v", saved.Bytes == int64(b.Len()), bytes.Equal(own[:], b.Bytes()[b.Len()-sum:])), err
		},
	}
}

func entries(ctx context.Context, s *Source, sp etcdsource.Span, rev int64) (string, error) {
	var out strings.Builder
	err := etcdsource.Each(ctx, s, sp, rev, func(e etcdsource.Entry) error {
		fmt.Fprintf(&out, "%s %d %d %d %q\n", e.Key, e.Create, e.Mod, e.Version, e.Value)
		return nil
	})
	return out.String(), err
}

// TestHonest: the bad server that tells no lie is taken for etcd.
func TestHonest(t *testing.T) {
	v := newVictim(t)
	for name, lie := range map[string]badserver.Lie{"false": {}, "true": {Version: badserver.Before37, NoStream: true}} {
		src, err := Open(t.Context(), v.lying(t, lie))
		if err != nil {
			t.Fatal(err)
		}
		for q, ask := range v.questions() {
			if got, err := ask(t.Context(), src); err != nil || got != v.want[q+name] {
				t.Errorf("%s: %v\n%s\nwant\n%s", q, err, got, v.want[q+name])
			}
		}
		if gaps, _ := v.watch(t, src); len(gaps) > 0 {
			t.Errorf("gaps %+v", gaps)
		}
		src.Close()
	}
}

// TestLies runs every lie of the table. Nothing hangs or panics, and each question is answered as etcd does or ends in
// an error of one sentence; the one that the lie is about ends in an error, a watch in a gap.
func TestLies(t *testing.T) {
	t.Parallel()
	v := newVictim(t)
	table := badserver.Table()
	if len(table) < 40 {
		t.Errorf("%d lies", len(table))
	}
	for _, lie := range table {
		t.Run(lie.Name, func(t *testing.T) {
			t.Parallel()
			v.told(t, lie)
		})
	}
}

// run runs one lie.
func (v *victim) told(t *testing.T, named badserver.Named) {
	lie := named.Make()
	cfg := v.lying(t, lie)
	if named.Silent {
		cfg.CommandTimeout = time.Second
	}
	ctx := etcdtest.Within(t, time.Minute)
	src, err := Open(ctx, cfg)
	if named.To == "open" {
		caught(t, named, err)
		if src != nil {
			src.Close()
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	if named.To == "watch" {
		v.watched(t, named, src)
		return
	}
	for name, ask := range v.questions() {
		if name != named.To && (named.Large || name == "save" || named.To == "save") {
			continue
		}
		got, err := ask(ctx, src)
		if name == named.To {
			caught(t, named, err)
		}
		if want := v.want[fmt.Sprint(name, lie.NoStream)]; err == nil && got != want {
			t.Errorf("%s: wrong and not noticed:\n%.300s\nwant\n%.300s", name, got, want)
		} else if err != nil && name != "members" && name != "window" { // which nobody sees as they are
			sentence(t, err)
		}
		if ctx.Err() != nil {
			t.Fatalf("%s: no end", name)
		}
	}
}

// caught checks that a lie was noticed as one.
func caught(t *testing.T, named badserver.Named, err error) {
	t.Helper()
	var broken *etcdsource.ProtocolError
	switch {
	case err == nil:
		t.Errorf("%s: not noticed", named.To)
	case named.Silent != (strings.Contains(err.Error(), "no answer within") || strings.Contains(err.Error(), "nothing came for")):
		t.Errorf("%s: %v", named.To, err)
	case !named.Silent && !errors.As(err, &broken) && !errors.Is(err, etcdsource.ErrReplaced) && !strings.Contains(err.Error(), "MiB in one answer") && !strings.Contains(err.Error(), "]0;x"):
		t.Errorf("%s: it is taken for %T: %v", named.To, err, err)
	}
}

// sentence checks that an error is one for people.
func sentence(t *testing.T, err error) {
	t.Helper()
	var p *etcdsource.Problem
	if text := err.Error(); strings.Contains(text, "internal error") || strings.Contains(text, "\n") || len(text) > 1000 {
		t.Errorf("no sentence: %.300q", text)
	}
	var gone *etcdsource.CompactedError
	if !errors.As(err, &p) && !errors.As(err, &gone) && !errors.As(err, new(*etcdsource.FutureError)) && !errors.As(err, new(*etcdsource.ProtocolError)) {
		t.Errorf("no problem: %T: %.300v", err, err)
	}
}

// watch reads the changes of the victim until they are at the head, or until something was wrong twice. It returns the
// gaps, and why it had to try again.
func (v *victim) watch(t *testing.T, src *Source) (gaps []etcdsource.Window, why []string) {
	t.Helper()
	return v.watchSpan(t, src, etcdsource.Prefix("/registry/"))
}

func (v *victim) watchSpan(t *testing.T, src *Source, span etcdsource.Span) (gaps []etcdsource.Window, why []string) {
	t.Helper()
	st, err := src.Watch(t.Context(), span, v.start)
	if err != nil {
		t.Error(err)
		return nil, nil
	}
	defer st.Close()
	ctx, got, at := etcdtest.Within(t, time.Minute), map[int64]int{}, v.start-1
	invented := int64(0) // up to here the server has made up changes that could be true
	for {
		b, err := st.Next(ctx)
		if errors.Is(err, etcdsource.ErrReplaced) {
			return gaps, append(why, err.Error())
		}
		if err != nil {
			t.Errorf("nothing for a minute, after %v and %q (%v)", gaps, why, err)
			return gaps, why
		}
		if b.Status.State == etcdsource.Retrying && b.Status.Why != "" {
			why = append(why, b.Status.Why)
		}
		if !b.Lost.Empty() {
			gaps, at = append(gaps, b.Lost), max(at, b.Lost.To)
		}
		for _, e := range b.Events {
			if e.Mod < at || e.Mod > v.head || !strings.HasPrefix(string(e.Key), "/registry/") {
				t.Errorf("%s at revision %d, behind %d", e.Key, e.Mod, at)
			}
			got[e.Mod]++
			if string(e.Key) == "/registry/key" {
				invented = e.Mod
			}
			at = e.Mod
		}
		if at >= v.head || len(gaps) > 1 || len(why) > 2 {
			break
		}
	}
	for rev := max(v.start, invented+1); rev <= min(at, v.head); rev++ {
		lost := false
		for _, g := range gaps {
			lost = lost || g.From <= rev && rev <= g.To
		}
		want := 3
		if rev == v.head {
			want = 1
		}
		if !lost && got[rev] != want {
			t.Errorf("%d changes at revision %d, and no gap (%+v)", got[rev], rev, gaps)
		}
	}
	return gaps, why
}

// TestNothingTwice: before 3.7 a follower that is given a snapshot by its leader sends its watches again what they have
// had. That is dropped: no revision is handed over twice, and nothing is missing.
func TestNothingTwice(t *testing.T) {
	v := newVictim(t)
	src, err := Open(t.Context(), v.lying(t, badserver.Lie{Version: badserver.Before37, NoStream: true, Watch: func(w *badserver.Watch) error {
		for {
			r, err := w.Next()
			if err != nil {
				return err
			}
			if len(r.GetEvents()) > 1 { // all but the last, then all
				first := proto.CloneOf(r)
				first.Events = first.Events[:len(first.Events)-1]
				if err := w.Send(first); err != nil {
					return err
				}
			}
			if err := w.Send(r); err != nil {
				return err
			}
		}
	}}))
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	if gaps, why := v.watch(t, src); len(gaps) > 0 || len(why) > 0 {
		t.Errorf("gaps %+v, why %q", gaps, why)
	}
}

// watched lies to a watch.
func (v *victim) watched(t *testing.T, named badserver.Named, src *Source) {
	before := src.Asked().Requests
	start := time.Now()
	gaps, why := v.watch(t, src)
	if len(gaps) == 0 && len(why) == 0 {
		t.Error("not noticed")
	}
	if n := src.Asked().Requests - before; float64(n) > 20+10*time.Since(start).Seconds() {
		t.Errorf("%d requests in %s", n, time.Since(start))
	}
	for _, w := range why {
		if strings.Contains(w, "internal error") || strings.Contains(w, "\n") || w == "" {
			t.Errorf("why is %q", w)
		}
	}
	t.Logf("in %s: gaps %+v, why %q", time.Since(start).Round(10*time.Millisecond), gaps, why)
}
