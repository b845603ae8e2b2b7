package live

import (
	"context"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

// TestBeside: another cluster that answers at an address which only this node's files name is found, also by asking members of which none
// was opened; an address at which nothing answers is no row, and is left alone.
func TestBeside(t *testing.T) {
	t.Parallel()
	members := etcdtest.Members(t, 1, "")
	other := etcdtest.Members(t, 1, "")[0]
	dead := etcdtest.Address(t)
	asked := 0
	cfg := Config{Endpoints: []string{members[0].HTTP}, Beside: func(context.Context) []string { asked++; return []string{dead, other.HTTP} }}
	s, err := Open(etcdtest.Within(t, time.Minute), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for range 2 {
		p, err := s.Probe(etcdtest.Within(t, time.Minute))
		if err != nil || len(p.Members) != 1 || len(p.Silent) != 0 || len(p.Others) != 1 || p.Others[0].Endpoint != other.HTTP || p.Others[0].Cluster == p.Cluster {
			t.Fatalf("%+v, %v", p, err)
		}
	}
	if asked != 1 || len(s.probes.beside) != 1 {
		t.Errorf("read %d times, left alone %v", asked, s.probes.beside)
	}
	p, err := Ask(etcdtest.Within(t, time.Minute), cfg, nil)
	if err != nil || len(p.Others) != 1 || p.Cluster == 0 {
		t.Errorf("none was opened: %+v, %v", p, err)
	}
	cfg.Beside = func(context.Context) []string { return []string{dead} }
	cfg.Endpoints = []string{etcdtest.Address(t)}
	if p, err = Ask(etcdtest.Within(t, time.Minute), cfg, nil); err != nil || len(p.Members) != 1 || p.Members[0].Endpoint != cfg.Endpoints[0] {
		t.Errorf("nothing answers: %+v, %v", p, err)
	}
}
