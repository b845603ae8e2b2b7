package print

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// able is a live store that can be recalled.
type able struct {
	*memory
	cost etcdsource.Cost
	got  *etcdsource.RecallOptions
	past *past
}

func recallable(ops []sourcetest.Op, cost etcdsource.Cost) *able {
	cost.Member, cost.Folder = "10.0.0.2:2379", "/var/tmp"
	m := running(ops)
	return &able{memory: m, cost: cost, past: &past{memory: m}}
}

func (a *able) Cost(context.Context) (etcdsource.Cost, error) { return a.cost, nil }

func (a *able) Recall(_ context.Context, o etcdsource.RecallOptions) (etcdsource.Source, error) {
	if a.cost.Refused != "" && !o.Force {
		return nil, &etcdsource.Problem{Tried: "recall the whole past", Why: a.cost.Refused, Do: "add --force"}
	}
	a.got = &o
	return a.past, nil
}

// past is a store that was recalled: its streams begin at the beginning, and go on.
type past struct {
	*memory
	closed bool
}

func (p *past) Watch(_ context.Context, span etcdsource.Span, _ int64) (etcdsource.Stream, error) {
	w := &memoryStream{s: p.memory}
	for _, e := range p.m.Retained() {
		if span.Contains(e.Key) {
			w.first.Events = append(w.first.Events, e)
		}
	}
	w.first.Revision = p.head()
	return w, nil
}

func (p *past) Close() error {
	p.closed = true
	return nil
}

func TestLogRecall(t *testing.T) {
	want, _, _ := run(t, file(cluster(), 0), "log", "-o", "json", "--changes")
	a := recallable(cluster(), etcdsource.Cost{Bytes: 40 << 20, Free: 1 << 40})
	got, stderr, code := run(t, a, "log", "-o", "json", "--changes", "--recall", "--max-rate", "20MB/s")
	if code != 0 || got != want {
		t.Errorf("exit %d\n%s\nwant\n%s", code, got, want)
	}
	if !strings.Contains(stderr, "40.0 MiB") || !strings.Contains(stderr, "10.0.0.2:2379") || !strings.Contains(stderr, "/var/tmp") || !strings.Contains(stderr, "about 3 s") || strings.Count(stderr, "\n") != 1 {
		t.Errorf("stderr %q", stderr)
	}
	if a.got == nil || a.got.MaxRate != 20_000_000 || a.got.Force || !a.past.closed {
		t.Errorf("asked with %+v, closed %v", a.got, a.past.closed)
	}
	one, _, code := run(t, recallable(cluster(), etcdsource.Cost{}), "log", "pod", "nginx", "-n", "demo", "-o", "name", "--recall", "--force")
	if code != exitUsage || one != "" {
		t.Errorf("a format that there is not: exit %d, %q", code, one)
	}
	all, _, _ := run(t, file(cluster(), 0), "log", "pod", "nginx", "-n", "demo")
	if one, _, code := run(t, recallable(cluster(), etcdsource.Cost{Large: true}), "log", "pod", "nginx", "-n", "demo", "--recall", "--force"); code != 0 || one != all {
		t.Errorf("exit %d, one key\n%s\nwant\n%s", code, one, all)
	}
}

// TestLogRecallFollow goes on with what is written, each change once.
func TestLogRecallFollow(t *testing.T) {
	a := recallable(cluster(), etcdsource.Cost{})
	head := a.head()
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	a.batches <- etcdsource.Batch{Revision: head + 1, Events: []etcdsource.Event{{Key: []byte(podKey), Value: []byte("{}"), Mod: head + 1, Create: 2, Version: 99, Type: etcdsource.Updated}}}
	stdout, _, code := runCtx(ctx, a, "log", "-o", "name", "--recall", "--follow")
	if code != exitUsage {
		t.Fatalf("exit %d: %s", code, stdout)
	}
	stdout, _, code = runCtx(ctx, a, "log", "-o", "json", "--recall", "--follow")
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	if want := len(a.m.Events) + 1; code != exitInterrupted || len(lines) != want || !strings.Contains(lines[want-1], `"version":99`) {
		t.Errorf("exit %d, %d lines of %d, the last: %s", code, len(lines), len(a.m.Events)+1, lines[len(lines)-1])
	}
}

func TestParseBytes(t *testing.T) {
	for s, want := range map[string]int64{"1": 1, "500k": 500_000, "20M": 20_000_000, "20MB": 20_000_000, "16MiB": 16 << 20, "1.5Gi": 3 << 29, "1000000": 1_000_000} {
		if n, err := parseBytes(s); err != nil || n != want {
			t.Errorf("%s: %d, %v; want %d", s, n, err, want)
		}
	}
	if r := (recallFlags{on: true, limit: "20MB/s"}); r.check() != nil || r.rate != 20_000_000 {
		t.Errorf("--max-rate 20MB/s is %d", r.rate)
	}
	for _, s := range []string{"", "fast", "0", "-5M", "20T", "M", "NaN", "1e300"} {
		if n, err := parseBytes(s); err == nil {
			t.Errorf("%q: %d", s, n)
		}
	}
}

func TestAgreeNeedsATerminal(t *testing.T) {
	var stderr strings.Builder
	a := &app{stdin: strings.NewReader("y\n"), stderr: &stderr}
	var code *codeError
	if err := a.agree(t.Context(), "recall: 3 GB", true); !errors.As(err, &code) || code.code != exitUsage || !strings.Contains(code.text, "--force") || stderr.Len() > 0 {
		t.Error(err, stderr.String())
	}
}
