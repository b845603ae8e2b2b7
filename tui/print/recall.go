package print

import (
	"bufio"
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/safego"
)

// recallFlags are the flags of commands that can recall the whole past of a live store.
type recallFlags struct {
	on    bool
	limit string
	force bool
	rate  int64 // bytes a second, 0: no bound
}

func (r *recallFlags) define(c *cobra.Command) {
	f := c.Flags()
	f.BoolVar(&r.on, "recall", false, "live: stream a snapshot into a temporary file, for all that the store still holds")
	f.StringVar(&r.limit, "max-rate", "", "with --recall: at most so many bytes a second (20M, 500k)")
	f.BoolVar(&r.force, "force", false, "with --recall: do not ask, and go on where the database is nearly full")
}

func (r *recallFlags) check() (err error) {
	if !r.on && (r.limit != "" || r.force) {
		return usage("read --max-rate and --force: they belong to --recall; add it")
	}
	if r.limit == "" {
		return nil
	}
	if r.rate, err = parseBytes(strings.TrimSuffix(r.limit, "/s")); err != nil {
		return usage("read --max-rate %s: it is no number of bytes a second; give one such as 20M or 500k", clean.Key([]byte(r.limit)))
	}
	return nil
}

// parseBytes reads 500k, 20M, 20MB, 16MiB: k, M and G are powers of 1,000, with an i of 1,024.
func parseBytes(s string) (int64, error) {
	s = strings.TrimSuffix(s, "B")
	base := 1000.0
	if t, ok := strings.CutSuffix(s, "i"); ok {
		s, base = t, 1024
	}
	factor := 1.0
	if n := len(s); n > 0 {
		if power := strings.IndexByte("kMG", s[n-1]); power >= 0 {
			s, factor = s[:n-1], math.Pow(base, float64(power+1))
		}
	}
	n, err := strconv.ParseFloat(s, 64)
	if err == nil && (!(n*factor >= 1) || n*factor > 1<<50) {
		err = strconv.ErrRange
	}
	return int64(n * factor), err
}

// recall puts the recalled store in the place of the live one. What it costs is said first, and asked where that is much.
func (a *app) recall(ctx context.Context, s *store, r *recallFlags) error {
	able, err := etcdsource.As[etcdsource.Recaller](s.Source)
	if err != nil {
		return err
	}
	cost, err := able.Cost(ctx)
	if err != nil {
		return err
	}
	if r.force || cost.Refused == "" { // else Recall says why it refuses
		if err := a.agree(ctx, recallCost(&cost, r.rate), cost.Large && !r.force); err != nil {
			return err
		}
	}
	p := &progress{app: a, on: isTerminal(a.stderr)}
	past, err := able.Recall(ctx, etcdsource.RecallOptions{MaxRate: r.rate, Force: r.force, Progress: p.report})
	p.end()
	if err != nil {
		return err
	}
	s.below = append(s.below, s.Source)
	s.Source = past
	return s.Past(ctx, past)
}

// pastBy is what to do to read the past of a live store: the advice, or why it cannot be read at all.
func (s *store) pastBy(advice string) string {
	if why := etcdsource.Lacking[etcdsource.Recaller](s.Source); why != "" {
		return clean.Text(why)
	}
	return advice
}

// recallCost says what a recall takes.
func recallCost(c *etcdsource.Cost, rate int64) string {
	role := " (a follower)"
	if c.Leader {
		role = " (the leader; no follower was given)"
	}
	line := fmt.Sprintf("recall: a snapshot of %s is streamed from %s%s", size(c.Bytes), clean.Key([]byte(c.Member)), role)
	if took := c.Time(rate); took > 0 {
		line += fmt.Sprintf(", in about %d s", int64(math.Ceil(took.Seconds())))
	}
	line += fmt.Sprintf(", into a temporary file without a name in %s, where %s are free", clean.Key([]byte(c.Folder)), size(c.Free))
	if c.Remark != "" {
		line += " (" + c.Remark + ")"
	}
	return line
}

// agree says what something costs, and asks on the terminal whether to go on, if that is to be asked. Where there is no
// terminal, or the answer is no, it returns an error.
func (a *app) agree(ctx context.Context, cost string, ask bool) error {
	if ask && (!isTerminal(a.stdin) || !isTerminal(a.stderr)) {
		return usage("%s: that is much, and there is no terminal to ask on; add --force to go on", cost)
	}
	a.warn("%s", cost)
	if !ask {
		return nil
	}
	yes, err := a.askGoOn(ctx)
	if err == nil && !yes {
		err = usage("recall the whole past: the answer was no; nothing was streamed")
	}
	return err
}

// askGoOn asks on the terminal whether to go on.
func (a *app) askGoOn(ctx context.Context) (bool, error) {
	fmt.Fprint(a.stderr, "etcdscope: go on? [y/N] ")
	answer := make(chan string, 1)
	safego.Go(nil, func() {
		line, _ := bufio.NewReader(a.stdin).ReadString('\n')
		answer <- strings.ToLower(strings.TrimSpace(line))
	})
	select {
	case <-ctx.Done():
		return false, ctx.Err()
	case s := <-answer:
		return s == "y" || s == "yes", nil
	}
}

// warnLost says that a watch was interrupted, once, and that it goes on again.
func (l *logger) warnLost(s etcdsource.Status, before etcdsource.State) etcdsource.State {
	if s.State == before || s.State == etcdsource.Connecting {
		return before
	}
	switch s.State {
	case etcdsource.Stale:
		l.warn("follow: %s for %s: it is stopped, or the network is; what is written meanwhile is printed when it answers", safe(s.Why), time.Since(s.Since).Round(time.Second))
	case etcdsource.Retrying:
		l.warn("follow: the watch was interrupted: %s; it is tried again until it succeeds", safe(s.Why))
	case etcdsource.Live:
		if before == etcdsource.Stale || before == etcdsource.Retrying {
			l.warn("follow: etcd answers again")
		}
	}
	return s.State
}
