package overview

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
	"github.com/etcdscope/etcdscope/model/learn"
)

// TestPassEqualsKeys: a pass over the records of a file counts what reading its keys counts.
func TestPassEqualsKeys(t *testing.T) {
	t.Parallel()
	var made sourcetest.Op
	for i := range 400 {
		for _, key := range []string{"/registry/pods/ns-%d/web", "/registry/services/specs/ns-%d/web", "/registry/minions/node-%d", "/registry/deployments/ns-%d/",
			"/other/thing-%d", "single-%d", "/%d", "/registry/example.com/things/ns-%d/x"} {
			made = append(made, sourcetest.Write{Key: fmt.Appendf(nil, key, i%97), Value: make([]byte, i)})
		}
	}
	ops := []sourcetest.Op{}
	for _, w := range made { // one revision each: a key is written several times
		ops = append(ops, sourcetest.Op{w})
	}
	for i := range 9 {
		ops = append(ops, sourcetest.Op{sourcetest.Write{Key: fmt.Appendf(nil, "/registry/pods/ns-%d/web", i), Delete: true}})
	}
	src, err := snapfile.Open(t.Context(), sourcetest.WriteSnapshot(t, ops), snapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	known, err := learn.From(t.Context(), src, learn.Options{})
	if err != nil {
		t.Fatal(err)
	}
	o := &learn.Opened{Known: known, Source: src}
	got, want := &Overview{Info: known.Info}, &Overview{Info: known.Info}
	if err := got.passOver(t.Context(), etcdsource.Measurer(src), o, Options{}); err != nil {
		t.Fatal(err)
	}
	if err := want.measure(t.Context(), o, Options{}); err != nil {
		t.Fatal(err)
	}
	SortResources(got.Resources)
	SortResources(want.Resources)
	if len(want.Resources) < 6 || got.Keys != want.Keys || !reflect.DeepEqual(got.Resources, want.Resources) {
		t.Errorf("%d keys, %+v\nwant %d, %+v", got.Keys, got.Resources, want.Keys, want.Resources)
	}
}
