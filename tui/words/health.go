package words

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/model/health"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// MemberHeads are the headings of the cells of a member.
var MemberHeads = []string{"NAME", "ROLE", "VERSION", "DB", "IN USE", "QUOTA", "LAG", "READ", "FSYNC P99", "COMMIT P99", "CERTIFICATE", "ENDPOINT"}

// SilentText says which given addresses do not answer and are no member's, a sentence each; safe text.
func SilentText(r *health.Report) (out []string) {
	for _, s := range r.Silent {
		out = append(out, "The endpoint "+clean.Key([]byte(s.Endpoint))+" that was given is no member's address, and does not answer: "+clean.Text(s.Fault))
	}
	return out
}

// revisionAt is where the table of members has the column of revisions, if it has one.
const revisionAt = 7

// MemberTable are the headings, the cells of each member, and behind them those of this node's etcd where it is no member. Where members
// do not hold the same it has a column REVISION.
func MemberTable(r *health.Report) [][]string {
	table := [][]string{MemberHeads}
	for i := range r.Rows {
		table = append(table, MemberCells(&r.Rows[i], r.Time))
	}
	if m := r.NonMember; m != nil {
		cells := make([]string, len(MemberHeads))
		cells[0], cells[1], cells[len(cells)-1] = clean.Key([]byte(m.Label()))+" (this node)", string(m.Role()), clean.Key([]byte(m.Dir))
		table = append(table, cells)
	}
	if !r.Diverged() {
		return table
	}
	table[0] = slices.Insert(slices.Clone(MemberHeads), revisionAt, "REVISION")
	for i := range r.Rows {
		rev := ""
		if m := &r.Rows[i]; m.Answered && !m.Denied {
			rev = widget.Thousands(m.Status.Revision)
		}
		table[i+1] = slices.Insert(table[i+1], revisionAt, rev)
	}
	if m := r.NonMember; m != nil {
		table[len(table)-1] = slices.Insert(table[len(table)-1], revisionAt, "")
	}
	return table
}

// MemberColumns are the indexes of some columns of MemberHeads in that table, and that of the revisions where there is one.
func MemberColumns(r *health.Report, columns []int) (out []int) {
	if !r.Diverged() {
		return columns
	}
	for _, c := range columns {
		if c >= revisionAt && !slices.Contains(out, revisionAt) {
			out = append(out, revisionAt)
		}
		if c >= revisionAt {
			c++
		}
		out = append(out, c)
	}
	return out
}

// MemberCells are the cells of a member, "" where nothing is known; safe text.
func MemberCells(m *health.Row, now time.Time) []string {
	cells := make([]string, len(MemberHeads))
	cells[0], cells[1] = clean.Key([]byte(m.Label())), string(m.Role)
	cells[len(cells)-1] = clean.Key([]byte(m.Endpoint))
	cells[10] = expires(m, now)
	if !m.Answered || m.Denied {
		return cells
	}
	s := &m.Status
	cells[2], cells[3] = clean.Key([]byte(s.Version)), widget.Bytes(s.DBSize)
	if part, free := m.Free(); s.DBInUse >= 0 {
		cells[4] = widget.Bytes(s.DBInUse)
		if free >= 1<<20 && part >= 0.1 {
			cells[4] += fmt.Sprintf(" (%d%% free)", int(part*100))
		}
	}
	if s.Quota > 0 {
		cells[5] = fmt.Sprintf("%s (%d%%)", widget.Bytes(s.Quota), int64(float64(s.DBSize)/float64(s.Quota)*100))
	}
	cells[6] = widget.Thousands(m.Lag)
	if m.Read.Took > 0 && m.Read.Fault == "" {
		cells[7] = Millis(m.Read.Took)
	}
	if x := m.Metrics; x != nil {
		cells[8], cells[9] = Millis(x.Fsync), Millis(x.Commit)
	}
	return cells
}

// expires says when the first of a member's certificates ends.
func expires(m *health.Row, now time.Time) string {
	var first time.Time
	for _, c := range m.Certificates {
		if first.IsZero() || c.NotAfter.Before(first) {
			first = c.NotAfter
		}
	}
	switch d := first.Sub(now); {
	case first.IsZero():
		return ""
	case d < 0:
		return "expired"
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh left", int(d.Hours()))
	default:
		return fmt.Sprintf("%dd left", int(d.Hours()/24))
	}
}

// Millis writes a short time in milliseconds, "" for one that is not known.
func Millis(d time.Duration) string {
	switch ms := float64(d) / float64(time.Millisecond); {
	case d < 0:
		return ""
	case ms < 10:
		return fmt.Sprintf("%.1f ms", ms)
	default:
		return fmt.Sprintf("%.0f ms", ms)
	}
}

// MemberRole is the colour of a member.
func MemberRole(m *health.Row) text.Role {
	switch m.Role {
	case health.Down, health.NeverStarted, health.Leaderless, health.Refused, health.Removed, health.Outside, health.Elsewhere:
		return text.Error
	case health.Leader:
		return text.OK
	case health.Follower, health.Learner, health.Unknown:
	}
	return text.Plain
}

// VerdictRole is the colour of a verdict.
func VerdictRole(v health.Verdict) text.Role {
	return map[health.Verdict]text.Role{health.Healthy: text.OK, health.Degraded: text.Warning, health.NoQuorum: text.Error, health.Unknowable: text.Error}[v]
}

// Measured says what the percentiles of a report's metrics are about, "" where none could be read.
func Measured(r *health.Report) string {
	for i := range r.Rows {
		switch m := r.Rows[i].Metrics; {
		case m == nil:
		case m.Over > 0:
			return fmt.Sprintf("FSYNC and COMMIT of the last %d s", int(m.Over.Seconds()))
		default:
			return "FSYNC and COMMIT since each member's start"
		}
	}
	return ""
}

// Losses says for each member what is left when it dies, alike ones together; safe text.
func Losses(r *health.Report) (out []string) {
	if r.Verdict == health.NoQuorum {
		return nil // writes have stopped
	}
	byText := map[string][]string{}
	var order []string
	for i, l := range r.IfLost {
		if r.Rows[i].Role == health.Down || r.Rows[i].Role == health.NeverStarted || r.Rows[i].Role == health.Refused {
			continue // it has happened
		}
		s := lossText(&l)
		if byText[s] == nil {
			order = append(order, s)
		}
		byText[s] = append(byText[s], clean.Key([]byte(l.Member)))
	}
	for _, s := range order {
		out = append(out, "If "+strings.Join(byText[s], " or ")+" dies: "+s)
	}
	return out
}

func lossText(l *health.Loss) string {
	s := ""
	if l.APIServers >= 0 {
		s = widget.Plural(l.APIServers, "API server") + " left, "
	}
	switch {
	case !l.Quorum:
		return s + "no quorum: writes stop"
	case l.CanLose == 0:
		return s + "the quorum stays, and the next loss stops writes"
	}
	return s + fmt.Sprintf("the quorum stays, and %d more may fail", l.CanLose)
}

// FullText says when the database is full, "" where that is not known.
func FullText(r *health.Report) string {
	f := r.Full
	if f == nil {
		return ""
	}
	left := fmt.Sprintf("%.0f days", f.Days)
	if f.Days < 2 {
		left = fmt.Sprintf("%.0f hours", f.Days*24)
	}
	return fmt.Sprintf("The database reaches its quota in about %s: it grew %s in %s. 9 and space say what fills it.", left, widget.Bytes(f.Bytes), duration.HumanDuration(f.Over))
}

// SlowText says why etcd is slow, "" where nothing is known; safe text.
func SlowText(r *health.Report) string {
	s := r.Slow
	if s == nil {
		if r.Verdict != health.NoQuorum && slices.ContainsFunc(r.Rows, func(m health.Row) bool { return m.Up() && m.Status.DBSize > 0 }) {
			return "Whether etcd is slow is not known: /metrics of no member answers. It may be served elsewhere (--listen-metrics-urls)."
		}
		return ""
	}
	if s.Cause == "none" {
		return "Nothing is slow: fsync, commit, peers, apply, proposals, watchers and open reads are below their limits." + unmeasured(s)
	}
	unit := ""
	if s.Milliseconds() {
		unit = " ms"
	}
	over := "since its start"
	if s.Over > 0 {
		over = fmt.Sprintf("over %d s", int(s.Over.Seconds()))
	}
	of := "of " + s.Member
	if s.Peer != "" {
		of = "round trip from " + s.Member + " to " + s.Peer
	}
	return fmt.Sprintf("Slow: %s %s is %.1f%s %s, above %.0f%s (%s): %s.", s.Cause, clean.Text(of), s.Value, unit, over, s.Limit, unit, s.Source, clean.Text(s.Means)) + unmeasured(s)
}

// unmeasured names the members that do not answer.
func unmeasured(s *health.Slow) string {
	switch len(s.Silent) {
	case 0:
		return ""
	case 1:
		return " " + clean.Text(s.Silent[0]) + " does not answer, and is not measured."
	}
	return " " + clean.Text(strings.Join(s.Silent, ", ")) + " do not answer, and are not measured."
}
