package live

import (
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

// TestSilentEndpoint: an address that was given, is no member's and does not answer is named; a member's address that was given is not.
func TestSilentEndpoint(t *testing.T) {
	t.Parallel()
	srv, lis := newServer(t), listen(t)
	lis.Close()
	none := lis.Addr().String()
	src, err := Open(etcdtest.Within(t, time.Minute), Config{Endpoints: []string{"http://" + none, srv.URL}, DialTimeout: 20 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	p := probe(t, src)
	if len(p.Silent) != 1 || p.Silent[0].Endpoint != "http://"+none || p.Silent[0].Fault != "nothing listens there" || p.Guessed {
		t.Errorf("%+v, guessed %v", p.Silent, p.Guessed)
	}
}
