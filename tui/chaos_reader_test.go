//go:build chaos

package tui

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
	"github.com/etcdscope/etcdscope/etcdsource/live"
	"github.com/etcdscope/etcdscope/model/session"
	"github.com/etcdscope/etcdscope/tui/view"
)

// account is what a reader has seen, checked as it comes: in order, nothing twice, no gap over what was shown.
type account struct {
	name    string
	from    int64        // the first revision that it must account for
	upTo    atomic.Int64 // everything up to here was seen or said to be lost
	mu      sync.Mutex
	revs    map[int64]written
	gaps    []etcdsource.Window
	now     map[string]endState
	doubled int
	unruly  int // out of order
	faults  []string
	retries int
	moves   int
}

func newAccount(name string, from int64) *account {
	a := &account{name: name, from: from, revs: map[int64]written{}, now: map[string]endState{}}
	a.upTo.Store(from - 1)
	return a
}

func (a *account) fault(format string, args ...any) {
	if len(a.faults) < 20 {
		a.faults = append(a.faults, a.name+": "+fmt.Sprintf(format, args...))
	}
}

// change takes in one change.
func (a *account) change(rev, index int64, typ, key string, version int64, length int, value []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	w, upTo := a.revs[rev], a.upTo.Load()
	switch {
	case rev < upTo:
		a.unruly++
		a.fault("revision %d after %d", rev, upTo)
	case rev == upTo && (w.changes == 0 || index < int64(w.changes)):
		a.doubled++
		a.fault("revision %d, change %d again", rev, index)
	case index != int64(w.changes):
		a.unruly++
		a.fault("revision %d: change %d where %d is due", rev, index, w.changes)
	case rev > upTo+1:
		a.fault("revision %d after %d without a gap", rev, upTo)
	}
	w.add(typ, key, version, length)
	if value != nil || typ == etcdsource.Deleted.String() {
		w.value(value)
	}
	a.revs[rev] = w
	a.now[key] = endState{rev, version, length, valueSum(value)}
	a.upTo.Store(max(upTo, rev))
}

// gap takes in revisions that could not be seen.
func (a *account) gap(w etcdsource.Window) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if upTo := a.upTo.Load(); w.From != upTo+1 || w.To < w.From {
		a.fault("a gap %d to %d (%s) after revision %d", w.From, w.To, w.Reason, upTo)
	}
	a.gaps = append(a.gaps, w)
	a.upTo.Store(max(a.upTo.Load(), w.To))
}

// lost is the number of revisions in gaps.
func (a *account) lost() (n int64) {
	for _, w := range a.gaps {
		n += w.To - w.From + 1
	}
	return n
}

func (a *account) inGap(rev int64) bool {
	return slices.ContainsFunc(a.gaps, func(w etcdsource.Window) bool { return w.From <= rev && rev <= w.To })
}

// compare holds the account against what was written: every revision once as it was, or in a gap; values only where the
// reader reports them.
func (a *account) compare(t *testing.T, l *load, values bool) {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	missing, wrong, wide := 0, 0, 0
	for rev := a.from; rev <= l.head.Load(); rev++ {
		want, wrote := l.revs[rev]
		got, saw := a.revs[rev]
		if !values {
			want.values, got.values = 0, 0
		}
		switch gap := a.inGap(rev); {
		case !wrote:
			t.Errorf("nobody wrote revision %d", rev)
		case saw && gap:
			wide++
		case !saw && !gap:
			missing++
			a.fault("revision %d is missing", rev)
		case saw && got != want:
			wrong++
			a.fault("revision %d has %d changes, %+v instead of %+v", rev, got.changes, got, want)
		}
	}
	if missing+wrong+wide+a.doubled+a.unruly+len(a.faults) > 0 {
		t.Errorf("%s: %d revisions missing, %d wrong, %d seen though in a gap, %d doubled, %d out of order:\n%s",
			a.name, missing, wrong, wide, a.doubled, a.unruly, strings.Join(a.faults, "\n"))
	}
	a.contents(t, l, values)
}

// contents compares how the keys stand at the end. A reader that does not read again what a gap holds cannot know of
// keys that were changed there last.
func (a *account) contents(t *testing.T, l *load, rereads bool) {
	t.Helper()
	differ := 0
	for key, want := range l.now {
		got, ok := a.now[key]
		if want.mod < a.from || !rereads && a.inGap(want.mod) {
			continue
		}
		if !rereads {
			want.value, got.value = 0, 0
		}
		if want.version == 0 && (!ok || got.version == 0 && a.inGap(want.mod)) { // created and deleted again unseen
			continue
		}
		if got != want {
			if differ++; differ < 5 {
				t.Errorf("%s: %s endState at %+v instead of %+v", a.name, key, got, want)
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(a.now)) {
		if _, ok := l.now[key]; !ok {
			t.Errorf("%s: %s was never written", a.name, key)
		}
	}
	if differ > 0 {
		t.Errorf("%s: %d of %d keys differ in the end", a.name, differ, len(l.now))
	}
}

// wait waits until the reader has accounted for a revision.
func (a *account) wait(t *testing.T, rev int64) {
	t.Helper()
	for end := time.Now().Add(5 * time.Minute); a.upTo.Load() < rev; time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s does not come further than revision %d of %d", a.name, a.upTo.Load(), rev)
		}
	}
}

// logLine is what log --follow -o json prints, as far as it is compared.
type logLine struct {
	Revision int64  `json:"revision"`
	Index    int64  `json:"index"`
	Type     string `json:"type"`
	Key      string `json:"key"`
	Version  int64  `json:"version"`
	Bytes    int    `json:"bytes"`
	Gap      *struct {
		From int64 `json:"from"`
		To   int64 `json:"to"`
	} `json:"gap"`
	Reason string `json:"reason"`
}

// follower is the built program, following.
type follower struct {
	*account
	cmd    *exec.Cmd
	ended  chan error
	stderr struct {
		sync.Mutex
		bytes.Buffer
	}
}

// follow starts log --follow, and returns when it has said from where on it follows.
func follow(t *testing.T, program string, endpoints []string) *follower {
	t.Helper()
	f := &follower{ended: make(chan error, 1)}
	f.cmd = exec.Command(program, "log", "--follow", "-o", "json", "--endpoints", strings.Join(endpoints, ","), "--prefix", "/registry")
	f.cmd.Env = []string{"HOME=" + t.TempDir(), "PATH=/usr/bin:/bin"}
	out, err := f.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	errs, err := f.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := f.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.cmd.Process.Kill() })
	lines := bufio.NewReader(out)
	first, err := lines.ReadBytes('\n')
	var l logLine
	if err != nil || json.Unmarshal(first, &l) != nil || l.Gap == nil || l.Gap.From != 1 {
		t.Fatalf("log --follow begins with %q, %v", first, err)
	}
	f.account = newAccount("log --follow", l.Gap.To+1)
	said := make(chan struct{})
	go func() { defer close(said); f.warnings(errs) }()
	go func() {
		err := f.lines(lines)
		<-said
		f.ended <- errors.Join(err, f.cmd.Wait())
	}()
	return f
}

func (f *follower) warnings(r interface{ Read([]byte) (int, error) }) {
	for s := bufio.NewScanner(r); s.Scan(); {
		f.stderr.Lock()
		if f.stderr.Len() < 1<<20 {
			fmt.Fprintln(&f.stderr, s.Text())
		}
		f.stderr.Unlock()
		f.mu.Lock()
		f.retries++
		f.mu.Unlock()
	}
}

func (f *follower) lines(r *bufio.Reader) error {
	for {
		b, err := r.ReadBytes('\n')
		if err != nil {
			return nil
		}
		var l logLine
		if err := json.Unmarshal(b, &l); err != nil {
			return fmt.Errorf("it printed %q: %w", b, err)
		}
		if l.Gap != nil {
			f.gap(etcdsource.Window{From: l.Gap.From, To: l.Gap.To, Reason: l.Reason})
		} else {
			f.change(l.Revision, l.Index, l.Type, l.Key, l.Version, l.Bytes, nil)
		}
	}
}

// screen reads a live source as the screen does: through its feed, into a session's state.
type watching struct {
	*account
	src    *live.Source
	state  *session.State
	cancel context.CancelFunc
	ended  chan error
	reads  int // how often all was read again after a gap
}

func watchScreen(t *testing.T, endpoints []string) *watching {
	t.Helper()
	src, err := live.Open(etcdtest.Within(t, 2*time.Minute), live.Config{Endpoints: endpoints})
	if err != nil {
		t.Fatal(err)
	}
	info, err := src.Describe(etcdtest.Within(t, 2*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	s := &watching{account: newAccount("screen", info.Revision+1), src: src, state: session.New(info, "/registry"), ended: make(chan error, 1)}
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	t.Cleanup(func() { cancel(); src.Close() })
	f := view.StartFeed(ctx, 1, src, info.Revision+1, 0, view.FloodTime)
	go func() { s.ended <- s.run(ctx, f) }()
	return s
}

func (s *watching) run(ctx context.Context, f *view.Feed) error {
	var last etcdsource.Status
	for {
		msg, ok := f.Next(ctx)().(view.BatchMsg)
		if !ok {
			return nil
		}
		b := msg.Batch
		change := s.state.Apply(b, time.Now())
		if !b.Lost.Empty() {
			s.gap(b.Lost)
		}
		for i := range b.Events {
			e := &b.Events[i]
			s.change(e.Mod, e.Sub, e.Type.String(), string(e.Key), e.Version, len(e.Value), e.Value)
		}
		s.mu.Lock()
		if b.Status.State == etcdsource.Retrying && last.State != etcdsource.Retrying {
			s.retries++
		}
		if strings.HasPrefix(b.Status.Why, "moved to ") && b.Status.Why != last.Why {
			s.moves++
		}
		s.mu.Unlock()
		last = b.Status
		if change.Relist {
			if err := s.reread(ctx); err != nil && ctx.Err() == nil {
				return fmt.Errorf("read again after a gap: %w", err)
			}
		}
	}
}

// reread reads all keys as they are now. A change in the feed that is older than that says nothing of the end.
func (s *watching) reread(ctx context.Context) error {
	s.reads++
	for try := 0; ; try++ {
		all, err := s.everything(ctx)
		if err != nil && try < 500 && ctx.Err() == nil { // the network is what it is
			time.Sleep(50 * time.Millisecond)
			continue
		}
		if err != nil {
			return err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		for key, had := range s.now {
			if _, there := all[key]; !there && had.version > 0 {
				s.now[key] = endState{value: valueSum(nil)} // deleted, in the gap
			}
		}
		maps.Copy(s.now, all)
		return nil
	}
}

func (s *watching) everything(ctx context.Context) (map[string]endState, error) {
	all := map[string]endState{}
	span, at := etcdsource.Prefix(loadRoot), etcdsource.At{}
	span.Values = true
	for {
		page, err := s.src.Range(ctx, span, at)
		if err != nil {
			return nil, err
		}
		for _, e := range page.Entries {
			all[string(e.Key)] = endState{e.Mod, e.Version, len(e.Value), valueSum(e.Value)}
		}
		at.Revision = page.Revision
		if !page.More || len(page.Entries) == 0 {
			return all, nil
		}
		span = span.After(page.Entries[len(page.Entries)-1].Key)
	}
}

// feedHolds checks the list of changes that the screen draws: all of the newest ones, once and in order, or a gap.
func (s *watching) feedHolds(t *testing.T) {
	t.Helper()
	var upTo, sub int64
	for i, it := range s.state.Feed.Items() {
		switch e := &it.Event; {
		case !it.Gap.Empty():
			if i > 0 && it.Gap.From != upTo+1 {
				t.Errorf("the list has the gap %+v after revision %d", it.Gap, upTo)
			}
			upTo = it.Gap.To
		case i > 0 && e.Mod == upTo && (e.Sub == sub+1 || i == 1): // what is dropped may end within a revision
			sub = e.Sub
		case i > 0 && (e.Mod != upTo+1 || e.Sub != 0):
			t.Errorf("the list has change %d of revision %d after change %d of %d", e.Sub, e.Mod, sub, upTo)
		default:
			upTo, sub = e.Mod, e.Sub
		}
	}
	if upTo != s.upTo.Load() {
		t.Errorf("the list ends with revision %d instead of %d", upTo, s.upTo.Load())
	}
}
