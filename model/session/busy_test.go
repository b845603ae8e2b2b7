package session

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

func TestBusy(t *testing.T) {
	b := NewBusy("/registry/")
	now := time.Unix(1000, 0)
	for _, k := range []string{"/registry/pods/demo/a", "/registry/pods/demo/b", "/registry/example.com/widgets/x", "/other/pods/a", "/registry/loose"} {
		b.Add(&etcdsource.Event{Key: []byte(k)}, now)
	}
	later := now.Add(time.Second)
	if got := b.Of("/registry/pods/", 3, later); !slices.Equal(got, []int{0, 0, 2}) {
		t.Errorf("pods: %v", got)
	}
	if got := b.Of("/registry/example.com/widgets/", 1, later); !slices.Equal(got, []int{1}) {
		t.Errorf("a group's resource: %v", got)
	}
	if b.Of("/registry/", 3, later) != nil || b.Of("/other/pods/", 3, later) != nil {
		t.Error("a folder that is no resource's is counted")
	}
	if b.Of("/registry/pods/", 3, now.Add(2*time.Minute)) != nil {
		t.Error("what is over still counts")
	}
	for i := range 2 * maxBusy {
		b.Add(&etcdsource.Event{Key: fmt.Appendf(nil, "/registry/r%d/x", i)}, now)
	}
	if len(b.rates) > maxBusy {
		t.Errorf("%d folders are counted", len(b.rates))
	}
}
