package rescue

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

func collector(t *testing.T, ops ...sourcetest.Op) *Collector {
	t.Helper()
	src, err := snapfile.Open(context.Background(), sourcetest.WriteSnapshot(t, ops), snapfile.Options{TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	return &Collector{Source: src, Decoder: decode.New(decode.Options{})}
}

func (c *Collector) names() string {
	var out []string
	for _, o := range c.Objects {
		out = append(out, o.Name)
	}
	return strings.Join(out, " ")
}

const secretKey = "/registry/secrets/a/s"

func secret() sourcetest.Op {
	return sourcetest.Put(secretKey, `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s","namespace":"a"},"data":{"k":"dg=="}}`)
}

func TestCollector(t *testing.T) {
	ctx := context.Background()
	ops := []sourcetest.Op{owns("a", "top", ""), owns("a", "mid", "top"), owns("a", "leaf", "mid"), owns("b", "far", "top"), secret(),
		sourcetest.Delete("/registry/pods/a/leaf")} // revisions 2 to 7

	c := collector(t, ops...)
	if err := c.Prefix(ctx, "/registry/pods/", 0); err != nil || c.names() != "mid top far" {
		t.Errorf("a prefix now: %q, %v", c.names(), err)
	}
	if ok, err := c.Key(ctx, []byte("/registry/pods/a/top"), 0); !ok || err != nil || c.names() != "mid top far" {
		t.Errorf("a key twice: %q, %v, %v", c.names(), ok, err)
	}

	c = collector(t, ops...)
	if ok, err := c.Key(ctx, []byte("/registry/pods/a/leaf"), 0); ok || err != nil {
		t.Errorf("a deleted key is there now: %v, %v", ok, err)
	}
	if e, err := c.Last(ctx, []byte("/registry/pods/a/leaf"), 0); err != nil || e == nil || e.Mod != 4 || c.names() != "leaf" {
		t.Errorf("the last version of a deleted key: %+v, %q, %v", e, c.names(), err)
	}
	if e, err := c.Last(ctx, []byte("/none"), 0); e != nil || err != nil {
		t.Errorf("a key that never was: %+v, %v", e, err)
	}

	c = collector(t, ops...)
	if ok, err := c.Key(ctx, []byte("/registry/pods/a/top"), 6); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if err := c.Owned(ctx, "/registry/", c.Objects[0], 6); err != nil || c.names() != "top mid leaf" {
		t.Errorf("an owner and what belongs to it at revision 6: %q, %v", c.names(), err)
	}
}

func TestCollectorMasksSecrets(t *testing.T) {
	for _, reveal := range []bool{false, true} {
		c := collector(t, secret())
		c.Reveal = reveal
		ok, err := c.Key(context.Background(), []byte(secretKey), 0)
		if !ok || err != nil || len(c.Objects) == 1 != reveal || c.Secrets == 1 == reveal {
			t.Errorf("reveal %v: %d objects, %d Secrets left out, %v", reveal, len(c.Objects), c.Secrets, err)
		}
	}
}

func TestCollectorIsBounded(t *testing.T) {
	ops := []sourcetest.Op{owns("a", "x", ""), owns("a", "y", ""), owns("a", "z", "")}
	for _, b := range []struct{ objects, bytes int }{{2, 0}, {0, 100}} {
		c := collector(t, ops...)
		c.MaxObjects, c.MaxBytes = b.objects, b.bytes
		var large *TooLargeError
		if err := c.Prefix(context.Background(), "/registry/", 0); !errors.As(err, &large) {
			t.Errorf("%+v: %d objects, %v", b, len(c.Objects), err)
		}
	}
	var none *etcdsource.CompactedError
	if err := collector(t, ops...).Prefix(context.Background(), "/registry/", 99); err == nil || errors.As(err, &none) {
		t.Errorf("a revision that was not written: %v", err)
	}
}
