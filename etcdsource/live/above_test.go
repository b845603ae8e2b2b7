package live

import (
	"context"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// TestAboveTheRoot: on a server that counts what a range holds, nobody asks for a range with everything in it, be the
// root identified by its namespaces or by something else.
func TestAboveTheRoot(t *testing.T) {
	for _, sign := range []string{"/registry/namespaces/default", "/registry/minions/node-1"} {
		srv := newServer(t)
		srv.Put(sign, "/registry/pods/default/web", "/registry/secrets/shop/key", "/other/key", "0first")
		src := srv.open(oldServer)
		for prefix, want := range map[string]string{"": "/ 0first", "/": "/other/ /registry/", "/registry/": sign[:strings.LastIndexByte(sign, '/')+1] + " /registry/pods/ /registry/secrets/"} {
			var got []string
			seq, err := src.Children(context.Background(), etcdsource.Prefix(prefix), etcdsource.At{})
			if err != nil {
				t.Fatal(err)
			}
			for c, err := range seq {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, string(c.Path))
			}
			if strings.Join(got, " ") != want {
				t.Errorf("children of %q are %q, want %s", prefix, got, want)
			}
		}
		list, _ := src.Requests()
		for _, r := range list {
			if holds(r.Etcdctl, "/registry/pods/default/web") && holds(r.Etcdctl, "/registry/secrets/shop/key") {
				t.Errorf("root told by %s: %s asks for everything", sign, r.Etcdctl)
			}
		}
		if len(list) < 10 {
			t.Errorf("%d requests are logged", len(list))
		}
	}
}

// holds reports whether a key is in the range that an etcdctl line asks for.
func holds(line, key string) bool {
	f := strings.Fields(line)
	if len(f) < 4 || f[1] != "get" {
		return false
	}
	from, to := strings.Trim(f[2], "'"), f[3]
	switch {
	case from == "--prefix":
		return strings.HasPrefix(key, to)
	case to == "--prefix":
		return strings.HasPrefix(key, from)
	case from == "--from-key":
		return to <= key
	case to == "--from-key":
		return from <= key
	case strings.HasPrefix(to, "--"):
		return key == from
	}
	return from <= key && key < to
}
