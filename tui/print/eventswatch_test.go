package print

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// TestEventsWatch: what there is, then each Event that comes and is asked for; none that expires, no heads again.
func TestEventsWatch(t *testing.T) {
	t.Parallel()
	watch := func(args ...string) (stdout, stderr string, code int) {
		src := running(story())
		head := src.head()
		event := func(ns, name, typ string, mod int64) etcdsource.Event {
			return etcdsource.Event{Key: []byte("/registry/events/" + ns + "/" + name), Mod: head + mod, Create: head + mod, Version: 1, Type: etcdsource.Created,
				Value: fmt.Appendf(nil, `{"apiVersion":"v1","kind":"Event","metadata":{"name":%q,"namespace":%q},"type":%q,"reason":"New","message":%q,"lastTimestamp":"2026-01-01T00:06:30Z","involvedObject":{"kind":"Pod","namespace":%q,"name":"web-1"}}`, name, ns, typ, name, ns)}
		}
		src.batches <- etcdsource.Batch{Revision: head + 4, Events: []etcdsource.Event{event("shop", "n1", "Normal", 1), event("other", "n2", "Warning", 2), event("shop", "n3", "Warning", 3),
			{Key: []byte("/registry/events/shop/a"), Mod: head + 4, Type: etcdsource.Deleted}}}
		close(src.batches)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var out, errs bytes.Buffer
		f := Funcs{Open: func(context.Context, OpenOptions) (Opened, error) { return Opened{Source: src}, nil }}
		code = Execute(ctx, append([]string{"events"}, args...), strings.NewReader(""), &out, &errs, f)
		return out.String(), errs.String(), code
	}
	for args, want := range map[string]string{
		"-n shop -w -o name":                 "event/a event/b event/c event/n1 event/n3",
		"-A --watch --types warning -o name": "event/a event/n2 event/n3",
		"-n none -w -o name":                 "",
	} {
		if out, errs, code := watch(strings.Fields(args)...); code != 0 || strings.Join(strings.Fields(out), " ") != want {
			t.Errorf("events %s: %d %s\n%s\nwant %s", args, code, errs, out, want)
		}
	}
	if out, _, _ := watch("-n", "shop", "-w"); strings.Count(out, "LAST SEEN") != 1 || strings.Count(out, "n1\n") != 1 || !strings.HasPrefix(out, "LAST SEEN") {
		t.Error(out)
	}
	if _, errs, code := watch("-n", "shop", "-w", "--rev", "7"); code != 2 || !strings.Contains(errs, "a watch begins now") {
		t.Error(code, errs)
	}
}
