package print

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// TestOverviewEqualsReport: the numbers of the overview are those that report and log say.
func TestOverviewEqualsReport(t *testing.T) {
	t.Parallel()
	for name, ops := range map[string][]sourcetest.Op{"spoiled": spoiled(), "contested": contested(), "a cluster": cluster(), "empty": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			src := file(ops, 0)
			out, stderr, code := run(t, src, "overview", "-o", "json")
			if code != 0 {
				t.Fatalf("exit %d %s", code, stderr)
			}
			var v overviewLine
			if err := json.Unmarshal([]byte(out), &v); err != nil {
				t.Fatal(err)
			}
			counts := map[string]int{}
			if len(ops) > 0 {
				for _, o := range printed(t, src, 0, "report", "--limit", "0") {
					part, _ := o["report"].(string)
					switch {
					case part == "unreadable" && o["fault"] == "misplaced", part == "deleted" && o["owned"] == true:
					case part == "writer":
						n, _ := o["count"].(json.Number).Int64()
						counts["writes"] += int(n)
					default:
						counts[part]++
					}
				}
			}
			writes := 0
			for _, w := range v.Writers {
				writes += w.Revisions
			}
			if v.NotConverged != counts["waiting"] || v.Undecodable != counts["unreadable"] || *v.OutOfBand != counts["outOfBand"] || *v.Deleted != counts["deleted"] || writes != counts["writes"] {
				t.Errorf("%+v (%d out of band, %d deleted, %d writes), report has %v", v, *v.OutOfBand, *v.Deleted, writes, counts)
			}
			keys := int64(0)
			for _, r := range v.Resources {
				keys += r.Keys
				if r.Bytes == nil {
					t.Errorf("%s has no size", r.Resource)
				}
			}
			if keys != v.Keys || v.Verdict == "" || v.Kind != "file" {
				t.Errorf("%d keys of resources, %d in all: %+v", keys, v.Keys, v)
			}
		})
	}
}

// TestOverviewText has each section, and names what is worst.
func TestOverviewText(t *testing.T) {
	t.Parallel()
	out, _, code := run(t, file(spoiled(), 0), "overview")
	for _, want := range []string{"Source\n", "State\n  5 values cannot be read", "Resources (8 keys)\n", "Who writes most\n", "Last changes\n", "configmaps/cut -n shop"} {
		if !strings.Contains(out, want) {
			t.Errorf("exit %d, it lacks %q:\n%s", code, want, out)
		}
	}
}

// TestOverviewLive: of a live store the present is read, nothing is called zero that is not known.
func TestOverviewLive(t *testing.T) {
	t.Parallel()
	src := running(spoiled())
	out, stderr, code := run(t, src, "overview", "-o", "json")
	if code != 0 || strings.Contains(out, `"outOfBand"`) || strings.Contains(out, `"deleted"`) || strings.Contains(out, `"bytes"`) || !strings.Contains(out, `"undecodable":2`) {
		t.Errorf("exit %d %s\n%s", code, stderr, out)
	}
}

// unsearched is a store that does not know its compaction when it is asked what it is, as a live one at the start.
type unsearched struct{ *memory }

func (s unsearched) Describe(ctx context.Context) (etcdsource.Info, error) {
	info, err := s.memory.Describe(ctx)
	info.Compacted = -1
	return info, err
}

// TestOverviewWindow: the window of a store that was compacted begins where it can be read, from the first answer on.
func TestOverviewWindow(t *testing.T) {
	t.Parallel()
	for compact, from := range map[int64]string{0: `"window":{"from":1,`, 4: `"window":{"from":4,`} {
		src := running(cluster())
		src.m = file(cluster(), compact).m
		if out, stderr, code := run(t, unsearched{src}, "overview", "-o", "json"); code != 0 || !strings.Contains(out, from) {
			t.Errorf("compacted at %d: exit %d %s\n%s", compact, code, stderr, out)
		}
	}
}

// dated is a store that must be spared, at a moment.
type dated struct{ *memory }

func (s dated) Describe(ctx context.Context) (etcdsource.Info, error) {
	info, err := s.memory.Describe(ctx)
	info.Now = time.Date(2026, 1, 2, 3, 20, 0, 0, time.UTC)
	return info, err
}

// TestOverviewWindowStart: a lease dates where the window of a running store begins; where none was there then, or the next renewal is
// far, it began by the next one.
func TestOverviewWindowStart(t *testing.T) {
	t.Parallel()
	for compact, want := range map[int64]string{
		0:  `"fromTime":"2026-01-02T03:15:05Z","toTime":"2026-01-02T03:20:00Z","atLeast":true}`,
		11: `"fromTime":"2026-01-02T03:14:05Z","toTime":"2026-01-02T03:20:00Z"}`,
		12: `"fromTime":"2026-01-02T03:15:05Z","toTime":"2026-01-02T03:20:00Z"}`,
		13: `"window":{"from":13,"to":19,"toTime":"2026-01-02T03:20:00Z"}`,
	} {
		src := running(cluster())
		src.m = file(cluster(), compact).m
		if out, stderr, code := run(t, dated{src}, "overview", "-o", "json"); code != 0 || !strings.Contains(out, want) {
			t.Errorf("compacted at %d: exit %d %s\n%s", compact, code, stderr, out)
		}
		words := map[int64]string{0: "(at least 4m55s)", 11: "03:14:05 to 03:20:00 UTC (5m55s)", 12: "(4m55s)", 13: "13 to 19\n"}[compact]
		if out, _, _ := run(t, dated{src}, "overview"); !strings.Contains(out, words) {
			t.Errorf("compacted at %d, it lacks %q:\n%s", compact, words, out)
		}
	}
}

// TestCustomResourcesNow: of a live store too, custom resources that have not converged are found by report and overview, and are counted
// by name.
func TestCustomResourcesNow(t *testing.T) {
	t.Parallel()
	src := running(append(cluster(), sourcetest.Put("/registry/shop.example.com/widgets/shop/stuck",
		`{"apiVersion":"shop.example.com/v1","kind":"Widget","metadata":{"name":"stuck","namespace":"shop","uid":"u9","deletionTimestamp":"2026-01-02T03:04:05Z","finalizers":["shop.example.com/hold"]}}`)))
	for _, command := range []string{"report", "overview"} {
		out, stderr, code := run(t, src, command)
		if !strings.Contains(out, "widgets/stuck -n shop") || !strings.Contains(out, "waits for finalizer shop.example.com/hold") {
			t.Errorf("%s: exit %d %s\n%s", command, code, stderr, out)
		}
		if command == "overview" && !strings.Contains(out, "widgets.shop.example.com") {
			t.Errorf("it counts no widgets:\n%s", out)
		}
	}
}
