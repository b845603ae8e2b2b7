package open

import (
	"context"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/live"
	"github.com/etcdscope/etcdscope/etcdsource/live/discover"
)

// TestAttempts: other certificates and addresses are those that were found and not tried, then members of the member list.
func TestAttempts(t *testing.T) {
	t.Parallel()
	c := func(ep, cert string, usable bool) discover.Candidate {
		return discover.Candidate{Endpoints: []string{ep}, CAFile: "ca", CertFile: cert, KeyFile: "key", From: "a manifest", Usable: usable}
	}
	also := func(eps ...string) discover.Candidate {
		last := len(eps) - 1
		x := c(eps[last], "a.crt", true)
		x.Also = eps[:last]
		return x
	}
	members := []etcdsource.StoredMember{{Name: "m1", ClientURLs: []string{"https://10.0.0.1:2379"}}, {Name: "m2", ClientURLs: []string{"https://10.0.0.2:2379"}}}
	for _, x := range []struct {
		name  string
		given []string
		cert  string
		found []discover.Candidate
		tried []string
		want  string
	}{
		{"found only", nil, "", []discover.Candidate{c("https://127.0.0.1:2379", "a.crt", true)}, []string{"https://127.0.0.1:2379"}, "https://10.0.0.2:2379 mine"},
		{"another certificate", []string{"https://127.0.0.1:2379"}, "a.crt", []discover.Candidate{c("https://127.0.0.1:2379", "a.crt", true), c("https://127.0.0.1:2379", "b.crt", true), c("https://127.0.0.1:2379", "c.crt", false)}, nil,
			" b.crt, https://10.0.0.2:2379 mine"},
		{"other addresses of what was given", []string{"https://127.0.0.1:2379"}, "a.crt", []discover.Candidate{also("https://10.0.0.1:2379", "https://127.0.0.1:2379"), also("https://10.0.0.1:2379", "https://127.0.0.1:2379")}, nil,
			"https://10.0.0.1:2379 a.crt, https://10.0.0.2:2379 mine"},
		{"other addresses, tried already but for the one without TLS", nil, "", []discover.Candidate{also("https://10.0.0.1:2379", "http://127.0.0.1:2381", "https://127.0.0.1:2379")}, []string{"https://127.0.0.1:2379"},
			"http://127.0.0.1:2381 a.crt, https://10.0.0.2:2379 mine"},
		{"another address", []string{"http://127.0.0.1:1"}, "", []discover.Candidate{c("https://127.0.0.1:2379", "a.crt", true)}, nil, "https://127.0.0.1:2379 a.crt, https://10.0.0.2:2379 mine"},
	} {
		f := &offliner{out: etcdsource.Offline{Endpoints: x.tried, Members: members, Member: "m1", Access: etcdsource.Access{Cert: "mine"}}}
		var got []string
		for _, a := range f.attempts(&live.Config{Endpoints: x.given, Cert: x.cert}, x.found) {
			got = append(got, a.Endpoint+" "+a.Cert)
		}
		if strings.Join(got, ", ") != x.want {
			t.Errorf("%s: %q, want %q", x.name, got, x.want)
		}
	}
	many := slices.Repeat(members, 1)
	for i := range 20 {
		many = append(many, etcdsource.StoredMember{ClientURLs: []string{"https://10.1.0." + string(rune('a'+i)) + ":2379"}})
	}
	if n := len((&offliner{out: etcdsource.Offline{Members: many}}).attempts(&live.Config{}, nil)); n != maxAttempts {
		t.Errorf("%d attempts", n)
	}
}

// TestAttemptSendsNoPassword: the address of a member was not given, and gets a password only where it proves who it is.
func TestAttemptSendsNoPassword(t *testing.T) {
	t.Parallel()
	cfg := live.Config{Endpoints: []string{"https://127.0.0.1:1"}, User: "root", Password: "hunter2"}
	none := func(context.Context, string) []discover.Candidate { return nil }
	_, _, err := attempt(t.Context(), Options{Attempt: etcdsource.Attempt{Endpoint: "http://127.0.0.1:2", From: "member m2"}}, cfg, Found{}, none)
	if err == nil || !strings.Contains(err.Error(), "user and password were not sent") || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("%v", err)
	}
}

// TestOtherAddress: where the first address of an etcd that was found is at fault, its others are tried; one that answers, and says why it
// cannot be read, is believed; none without TLS takes the place of one with it, and none gets a password without proving who it is.
func TestOtherAddress(t *testing.T) {
	t.Parallel()
	at := endpoint(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		if c, err := l.Accept(); err == nil {
			t.Error("an address was asked that must not be")
			c.Close()
		}
	}()
	plain := "http://" + l.Addr().String()
	for _, x := range []struct {
		name string
		c    discover.Candidate
		cfg  live.Config
		want string // the address that is opened, or what the error says
	}{
		{"second", discover.Candidate{Endpoints: []string{dead}, Also: []string{"unix:///nowhere/d", at}}, live.Config{}, at},
		{"none", discover.Candidate{Endpoints: []string{dead}, Also: []string{"unix:///nowhere/d"}}, live.Config{}, "unix:///nowhere/c"},
		{"plain", discover.Candidate{Endpoints: []string{"https://127.0.0.1:1"}, Also: []string{plain}}, live.Config{}, "https://127.0.0.1:1"},
		{"password", discover.Candidate{Endpoints: []string{dead}, Also: []string{plain}}, live.Config{User: "root", Password: "hunter2"}, "user and password were not sent"},
	} {
		x.c.Usable, x.c.From = true, "a process"
		src, found, err := openFound(t.Context(), x.cfg, Found{}, []discover.Candidate{x.c})
		if err != nil {
			if !strings.Contains(err.Error(), x.want) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%s: %v", x.name, err)
			}
			continue
		}
		describe(t, src, err)
		if found.Candidate.Endpoints[0] != x.want || slices.Contains(found.Candidate.Also, x.want) || len(found.Candidate.Also) != len(x.c.Also) {
			t.Errorf("%s: opened %v, also at %v", x.name, found.Candidate.Endpoints, found.Candidate.Also)
		}
	}
}
