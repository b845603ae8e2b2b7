package words

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// TestRevisions reads revisions in every form that the screen writes them, and refuses what is none.
func TestRevisions(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]int64{"0": 0, "4000": 4000, "48,112,904": 48112904, "48_112": 48112, "4 000": 4000} {
		if got, err := ParseRevision(s); err != nil || got != want {
			t.Errorf("%q is %d, %v; want %d", s, got, err, want)
		}
	}
	for _, s := range []string{"", "-1", "10m", "15:04", "now", "9223372036854775808"} {
		if got, err := ParseRevision(s); err == nil {
			t.Errorf("%q is taken for revision %d", s, got)
		}
	}
}

// TestTimes writes a time without its day only where the day is known from another time.
func TestTimes(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 23, 59, 59, 600e6, time.FixedZone("", 3600))
	for _, c := range []struct {
		day  time.Time
		want string
	}{
		{time.Time{}, "2026-11-22 22:59:59Z"},
		{at.Add(-time.Minute), "22:59:59Z"},
		{at.Add(24 * time.Hour), "2026-11-22 22:59:59Z"},
	} {
		if got := Stamp(at, c.day); got != c.want {
			t.Errorf("beside %v it is %q; want %q", c.day, got, c.want)
		}
	}
	for d, want := range map[time.Duration]string{-time.Second: "0s", 59 * time.Second: "59s", 61 * time.Second: "61s", 90 * time.Minute: "90m"} {
		if got := Lasted(d); got != want {
			t.Errorf("%v is %q; want %q", d, got, want)
		}
	}
	if got := Took(999 * time.Millisecond); got != "under 1s" {
		t.Errorf("less than a second is %q", got)
	}
}

// TestShellWords quotes exactly what a shell would not take as one word.
func TestShellWords(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{"a/b-1.yaml": "a/b-1.yaml", "a b": "'a b'", "it's": `'it'\''s'`, "$HOME": "'$HOME'"} {
		if got := ShellWord(s); got != want {
			t.Errorf("%q is %s; want %s", s, got, want)
		}
	}
}

// TestSentences says of an error what was tried, why it failed, and what to do, each on its own line.
func TestSentences(t *testing.T) {
	t.Parallel()
	p := &etcdsource.Problem{Tried: "open a.db", Why: "it is empty", Do: "save it again"}
	want := []string{"Open a.db:", "", "It is empty.", "", "Save it again."}
	if got := Sentence("", fmt.Errorf("above: %w", p)); !slices.Equal(got, want) {
		t.Errorf("it says %q", got)
	}
	p.Each = []string{"first", "second"}
	if got := Sentence("No: ", p); got[0] != "No: Open a.db:" || !slices.Contains(got, "second.") || slices.Contains(got, "It is empty.") {
		t.Errorf("of several reasons it says %q", got)
	}
	if got := Sentence("No: ", errors.New("lost")); !slices.Equal(got, []string{"No: lost"}) {
		t.Errorf("of another error it says %q", got)
	}
	if Reason(p) != "it is empty" || Reason(errors.New("lost")) != "lost" {
		t.Error("a reason holds more than why")
	}
}

// TestScheduleAhead: a run that lies in the future is not one of 0 seconds ago.
func TestScheduleAhead(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.Local)
	for last, want := range map[time.Time]string{now.Add(-time.Hour): "last run 60m ago ok", now.Add(time.Minute): "last run 0s ago ok", now.Add(48 * time.Hour): "last run ok, at 2026-11-24 12:00:00: that lies ahead, a clock is or was wrong"} {
		if _, got := BriefSchedule(&etcdsource.Schedule{Last: last, Result: "ok"}, now); !strings.HasPrefix(got, want+",") {
			t.Errorf("%v: %q, want %q", last, got, want)
		}
	}
}

// TestNextRun: a run is never said to come later than the schedule makes it, whatever a clock that was wrong has noted.
func TestNextRun(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.Local)
	for next, want := range map[time.Duration]string{
		6*time.Hour + 18*time.Minute: "; next in 6h",
		-time.Hour:                   "; the next one was due 60m ago",
		7 * time.Hour:                "; the next one within 6h: that it is due at 2026-11-22 19:00:00 was noted while a clock was wrong",
		182 * 24 * time.Hour:         "; the next one within 6h: that it is due at ",
	} {
		s := etcdsource.Schedule{Cluster: "1", Every: "6h", Last: now.Add(-time.Minute), Result: "ok", Path: "made.db", Next: now.Add(next)}
		if _, got := BriefSchedule(&s, now); !strings.HasPrefix(got, "last run 60s ago ok"+want) {
			t.Errorf("%v: %q, want %q", next, got, want)
		}
		if got := Schedule(&s, now); !strings.Contains(got, want) {
			t.Errorf("%v: %q, want %q", next, got, want)
		}
	}
}
