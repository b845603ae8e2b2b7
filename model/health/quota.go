package health

import (
	"fmt"
	"slices"

	"github.com/etcdscope/etcdscope/decode/text"
)

const (
	almostFull = 0.9 // part of the quota, from which on a database soon takes no writes
	someFree   = 0.2 // part of a database that is free, from which on defragmentation gives enough back
)

// almostFull is the part of the quota that a member's database has, where it is nearly all; 0 where it is not, or not known.
func (r *Row) almostFull() float64 {
	s := &r.Status
	if s.Quota <= 0 || float64(s.DBSize) < almostFull*float64(s.Quota) {
		return 0
	}
	return float64(s.DBSize) / float64(s.Quota)
}

// ofQuota says how much of its quota a database has.
func (r *Row) ofQuota() string {
	return fmt.Sprintf("%s has %d %% of its quota (%s of %s)", r.Label(), int(100*r.almostFull()), text.Bytes(r.Status.DBSize), text.Bytes(r.Status.Quota))
}

// nearQuota names the members whose databases have nearly all of their quota; none where the alarm says so already.
func (r *Report) nearQuota() (out []string) {
	if len(r.raised("NOSPACE")) > 0 {
		return nil
	}
	for i := range r.Rows {
		if r.Rows[i].almostFull() > 0 {
			out = append(out, r.Rows[i].ofQuota())
		}
	}
	return out
}

// nearQuota advises on members whose databases have nearly all of their quota, and have not raised the alarm yet.
func (a *adviser) nearQuota() {
	if a.r.Verdict == NoQuorum || a.r.Verdict == Unknowable || len(a.r.raised("NOSPACE")) > 0 {
		return
	}
	var said []string
	var free []*Row
	for _, row := range a.leaderLast() {
		if row.almostFull() == 0 {
			continue
		}
		said = append(said, row.ofQuota())
		if part, _ := row.Free(); part >= someFree {
			free = append(free, row)
		}
	}
	if len(said) == 0 {
		return
	}
	why := "At the quota every member refuses writes (alarm NOSPACE)."
	space := Step{Say: "Find what fills the database.", Command: "etcdscope space" + a.access("")}
	if len(free) > 0 {
		a.add("quota", list(said)+": defragment", why+" Much of it is free pages, which defragmentation gives back."+a.tool(), append(a.defragment(free), space)...)
		return
	}
	steps := []Step{space}
	if a.toCompact() {
		steps = append(steps, Step{Say: "Is it the history? The API server compacts it every five minutes. Where it does not: free it" + a.unlessDone() + " and defragment the members afterwards. Watches from before that revision end.", Command: a.compact()})
	}
	steps = append(steps, Step{Say: "Else delete what is not needed, and defragment the members when that was compacted; or raise --quota-backend-bytes of each member (8 GiB at most are advised), and restart one after the other."})
	a.add("quota", list(said)+": find what fills it", why+" Less than a fifth of it is free, so that defragmentation alone does not help."+a.tool(), steps...)
}

// unlessDone says of a compaction that it may have been made, where the members do not show that.
func (a *adviser) unlessDone() string {
	if a.compacted() > 0 {
		return ""
	}
	return ", if that was not done already (then etcd answers that the revision has been compacted)"
}

// compacted is the newest revision that is known to have been compacted, -1 where none is known.
func (a *adviser) compacted() int64 {
	rev := int64(-1)
	for i := range a.r.Rows {
		if m := a.r.Rows[i].Metrics; m != nil {
			rev = max(rev, m.Compacted)
		}
	}
	if h := a.in.Hash; h != nil && h.Compacted > 0 {
		rev = max(rev, h.Compacted)
	}
	return rev
}

// raisedByDown are the steps for members that raised NOSPACE and do not serve: they raise it again when they come back.
func (a *adviser) raisedByDown(ids []uint64) (steps []Step, names []string) {
	for i := range a.r.Rows {
		row := &a.r.Rows[i]
		if row.Role != Down || !slices.Contains(ids, row.ID) {
			continue
		}
		start := a.start()
		start.Say = "Start " + row.Label() + ", which raised the alarm and does not answer: it raises it again when it comes back with a full database. " + start.Say
		at := row.Endpoint
		if at == "" {
			at = first(row.ClientURLs)
		}
		names = append(names, row.Label())
		steps = append(steps, start, Step{Say: "Defragment " + row.Label() + " when it answers and has caught up, before the alarm is disarmed.", Command: a.etcdctl(at, "defrag --command-timeout=2m")})
	}
	return steps, names
}
