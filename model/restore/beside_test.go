package restore

import (
	"context"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
	"github.com/etcdscope/etcdscope/model/learn"
)

// TestOnlyOurs: a store that was found, not named, counts only where it is known to be of the snapshot's cluster.
func TestOnlyOurs(t *testing.T) {
	t.Parallel()
	src, err := snapfile.Open(t.Context(), "../../etcdsource/demo/stories/pod/cut.db.zst", snapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	k, err := learn.From(t.Context(), src, learn.Options{})
	if err != nil {
		t.Fatal(err)
	}
	o := &learn.Opened{Known: k, Source: src}
	if o.Info, err = src.Describe(t.Context()); err != nil {
		t.Fatal(err)
	}
	own := func(b Beside, cluster string) *Other {
		t.Helper()
		b.Opened = o
		x, err := b.Compare(t.Context(), o, cluster, o.Info.Revision, nil)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	named := own(Beside{}, "")
	if named == nil || named.Cluster == "" {
		t.Fatalf("%+v", named)
	}
	for cluster, counts := range map[string]bool{named.Cluster: true, "another": false, "": false} {
		if got := own(Beside{OnlyOurs: true}, cluster); (got != nil) != counts {
			t.Errorf("found beside a snapshot of cluster %q: %+v", cluster, got)
		}
		if own(Beside{}, cluster) == nil {
			t.Errorf("named for a snapshot of cluster %q: passed over", cluster)
		}
	}
}

// asked is a source whose members answer as they are given.
type asked struct {
	etcdsource.Source
	members []etcdsource.Member
}

func (a asked) Probe(context.Context) (etcdsource.Probe, error) {
	return etcdsource.Probe{Members: a.members}, nil
}

// through is another source, seen through.
type through struct{ etcdsource.Source }

func (w through) Unwrap() etcdsource.Source { return w.Source }

// TestLeaderless: a cluster has no quorum where none of the members that answer has a leader; what cannot be asked says nothing.
func TestLeaderless(t *testing.T) {
	t.Parallel()
	led, alone, down := etcdsource.Member{Answered: true, Status: etcdsource.MemberStatus{Leader: 1}}, etcdsource.Member{Answered: true}, etcdsource.Member{}
	read, denied := alone, alone
	read.Read.Took, denied.Denied = time.Millisecond, true
	for _, c := range []struct {
		src  etcdsource.Source
		want bool
	}{
		{asked{members: []etcdsource.Member{down, alone, down}}, true}, {asked{members: []etcdsource.Member{down, led, alone}}, false},
		{asked{members: []etcdsource.Member{read, down}}, false}, {asked{members: []etcdsource.Member{denied}}, false}, {asked{}, false}, {nil, false},
		{through{asked{members: []etcdsource.Member{alone, down}}}, true}, // as a store is that is opened with --serializable
	} {
		if got := leaderless(t.Context(), c.src); got != c.want {
			t.Errorf("%+v: %v", c.src, got)
		}
	}
}
