package print

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/hashcheck"
	"github.com/etcdscope/etcdscope/model/health"
	wording "github.com/etcdscope/etcdscope/tui/words"
)

const healthLong = `Ask each member of the cluster itself how it is, and say what the cluster can still lose, what is wrong, why it is slow, and
which command comes next. Nothing is changed: the commands are for you to run.

One address is enough: the members are those of the member list, and each is asked at its own address. It works without a
quorum, and without an API server. Members that do not answer have a row too; where none answers, the rows are those that
this node's data directory, manifest or backups name. This node's own etcd has a row too where it is no member of the cluster
that answers (removed from it, or another cluster's), and the command that comes next; nonMember in JSON. FSYNC and COMMIT come from /metrics, where it answers on the port for
clients. The days until the database is full (daysUntilFull) are left out unless growth was seen for at least 10 minutes, or
between two backups.

With --hash the copies of the data are compared: HashKV of every member at one revision. Where they differ, the first
revision and the keys that differ are named, and, where a member's data directory can be read (this node's own, or one that
is named), which copy is right by its write-ahead log. It reads the database of each member, one at a time, the leader last,
and stops where a small read of a member takes more than 5 times as long as before, and that is more than 50 ms three
times in a row or more than 500 ms once. It says first what that costs, and asks; without a terminal --yes is needed.
Snapshots and data directories that are named are compared with each other, or with the members where there is one, or live
among them. An etcd may run on a directory. A file from before a member's compaction has no hash in common with it: its keys
are compared instead, and what was written since is no difference.

Of a cluster elsewhere: etcdscope health --endpoints https://10.0.0.5:2379 --cacert ca.crt --cert client.crt --key client.key
Of data directories: etcdscope health --hash /mnt/a/var/lib/etcd /mnt/b/var/lib/etcd, or live /var/lib/etcd

Exit codes: 0 healthy; 1 degraded, no quorum, or with --hash they differ; 3 no member answers, TLS with them fails, or with
--hash they could not be compared. Where all keys were compared in the place of hashes and none differs, it is 0.`

func (a *app) healthCmd() *cobra.Command {
	h := &hashFlags{}
	c := &cobra.Command{
		Use: "health [--hash [FILE…] [live]]", Short: "What the cluster can still lose, what is wrong with it, and which command comes next", Long: healthLong,
		Args: cobra.ArbitraryArgs, Annotations: formats("text json"),
		Example: "  etcdscope health --demo\n  etcdscope health -o json --demo\n  etcdscope health --hash --yes --demo\n  etcdscope health --hash backup.db night.db",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := h.read(args, a.flags.from); err != nil {
				return err
			}
			if h.on && !h.live {
				return a.hashFiles(cmd.Context(), h)
			}
			return a.health(cmd.Context(), h)
		},
	}
	c.Flags().BoolVar(&h.on, "hash", false, "compare what the members hold, or files; it says first what that costs, and asks")
	c.Flags().BoolVar(&h.yes, "yes", false, "with --hash: do not ask")
	return c
}

// health asks the members and prints what they say.
func (a *app) health(ctx context.Context, f *hashFlags) error {
	var hash *hashcheck.Result
	r, off, err := a.askHealth(ctx, f, func(opened *Opened) (_ *hashcheck.Result, err error) {
		hash, err = a.hashMembers(ctx, f, opened)
		return hash, err
	})
	if err != nil {
		return err
	}
	if a.flags.format == "json" {
		err = a.healthJSON(r, hash)
	} else if err = a.healthText(r); err == nil && hash != nil {
		if err = a.out.line(""); err == nil {
			err = a.hashText(hash)
		}
	}
	switch {
	case err != nil:
		return err
	case r.Answers == 0:
		return &codeError{exitSource, a.noAnswer(r, off)}
	case r.Verdict != health.Healthy:
		return differs
	case hash != nil && len(hash.Sides) > 1:
		return notEqual(hash)
	}
	return nil
}

// healthText prints the verdict, then the members, then what follows.
func (a *app) healthText(r *health.Report) error {
	lines := []string{a.out.paint(wording.VerdictRole(r.Verdict), strings.ToUpper(string(r.Verdict))) + "  " + clean.Text(r.Sentence)}
	for _, w := range r.Wrong {
		lines = append(lines, "  "+clean.Text(w))
	}
	for _, s := range wording.SilentText(r) {
		lines = append(lines, "  "+s)
	}
	lines = append(lines, "")
	for _, l := range lines {
		if err := a.out.line(l); err != nil {
			return err
		}
	}
	table := wording.MemberTable(r)
	for i, cells := range table[1:] {
		if i < len(r.Rows) && r.Rows[i].Name == "" && r.Rows[i].ID == 0 {
			cells[0] = "" // the endpoint says it
		}
		for j := range cells {
			if cells[j] == "" {
				cells[j] = "-"
			}
		}
	}
	if err := a.out.columns(table); err != nil {
		return err
	}
	lines = []string{""}
	if s := wording.Measured(r); s != "" {
		lines = append(lines, s+".")
	}
	lines = append(lines, "Topology: "+r.Topology.Kind+": "+clean.Text(r.Topology.Why)+".")
	for _, s := range wording.Losses(r) {
		lines = append(lines, s+".")
	}
	for _, s := range []string{wording.FullText(r), wording.SlowText(r)} {
		if s != "" {
			lines = append(lines, s)
		}
	}
	for i := range r.Advice {
		lines = append(lines, a.adviceText(&r.Advice[i])...)
	}
	for _, l := range lines {
		if err := a.out.line(l); err != nil {
			return err
		}
	}
	return nil
}

// adviceText writes an advice: each command is a line of its own.
func (a *app) adviceText(v *health.Advice) []string {
	lines := []string{"", a.out.paint(text.Warning, clean.Text(v.Title)), "  " + clean.Text(v.Why)}
	for i, s := range v.Steps {
		lines = append(lines, fmt.Sprintf("  %d. %s", i+1, clean.Text(s.Say)))
		if s.Command != "" {
			lines = append(lines, "       "+clean.Text(s.Command))
		}
	}
	return lines
}

// memberLine is a member as JSON.
type memberLine struct {
	Endpoint     string            `json:"endpoint"`
	ID           string            `json:"id,omitempty"`
	Name         string            `json:"name"`
	Reachable    bool              `json:"reachable"`
	Role         health.Role       `json:"role"`
	*memberState                   // absent where it does not answer
	FsyncP99Ms   *float64          `json:"fsyncP99Ms,omitempty"`
	CommitP99Ms  *float64          `json:"commitP99Ms,omitempty"`
	MetricsOver  *float64          `json:"metricsSeconds,omitempty"`     // 0: since the member's start
	Expires      string            `json:"certificateExpires,omitempty"` // the first of the server's and its CA's
	Certificates []certificateLine `json:"certificates,omitempty"`
	Error        string            `json:"error,omitempty"`
}

// memberState is what a member's Status says.
type memberState struct {
	Leader    bool     `json:"leader"`
	Learner   bool     `json:"learner"`
	Version   string   `json:"version"`
	Storage   string   `json:"storageVersion,omitempty"`
	DBSize    int64    `json:"dbSize"`
	DBInUse   *int64   `json:"dbInUse,omitempty"`
	Quota     *int64   `json:"quota,omitempty"`
	Term      uint64   `json:"raftTerm"`
	Index     uint64   `json:"raftIndex"`
	Applied   uint64   `json:"raftApplied"`
	Lag       int64    `json:"raftLag"`
	Revision  int64    `json:"revision"`
	LatencyMs *float64 `json:"latencyMs,omitempty"`
	Alarms    []string `json:"alarms"`
}

type certificateLine struct {
	Of       string `json:"of"`
	Subject  string `json:"subject"`
	File     string `json:"file,omitempty"`
	NotAfter string `json:"notAfter"`
}

// ifKnown returns a pointer to a number, nil below zero.
func ifKnown[N int | int64 | float64](n N) *N {
	if n < 0 {
		return nil
	}
	return &n
}

func millis(d time.Duration) float64 {
	if d < 0 {
		return -1
	}
	return float64(d.Round(time.Microsecond)) / float64(time.Millisecond)
}

// memberJSON is a member as JSON. own are this client's certificates: a member that has shown one was shown the client's.
func memberJSON(m *health.Row, own []etcdsource.Certificate) memberLine {
	l := memberLine{Endpoint: clean.Key([]byte(m.Endpoint)), Name: clean.Key([]byte(m.Name)), Reachable: m.Answered, Role: m.Role, Error: clean.Text(m.Fault)}
	if m.ID != 0 {
		l.ID = fmt.Sprintf("%016x", m.ID)
	}
	if l.Error == "" {
		l.Error = clean.Text(m.Read.Fault)
	}
	if x := m.Metrics; x != nil {
		l.FsyncP99Ms, l.CommitP99Ms, l.MetricsOver = ifKnown(millis(x.Fsync)), ifKnown(millis(x.Commit)), ifKnown(x.Over.Seconds())
	}
	for _, c := range m.Certificates {
		line := certificateJSON(c)
		if l.Certificates = append(l.Certificates, line); l.Expires == "" || line.NotAfter < l.Expires {
			l.Expires = line.NotAfter
		}
	}
	for _, c := range own {
		if c.Of == "client" && len(m.Certificates) > 0 {
			l.Certificates = append(l.Certificates, certificateJSON(c))
		}
	}
	if !m.Answered || m.Denied {
		return l
	}
	s := &m.Status
	l.memberState = &memberState{Leader: m.Role == health.Leader, Learner: m.Learner, Version: clean.Key([]byte(s.Version)), Storage: clean.Key([]byte(s.Storage)),
		DBSize: s.DBSize, DBInUse: ifKnown(s.DBInUse), Quota: ifKnown(s.Quota), Term: s.Term, Index: s.Index, Applied: s.Applied, Lag: m.Lag, Revision: s.Revision, Alarms: []string{}}
	if m.Read.Took > 0 && m.Read.Fault == "" {
		l.LatencyMs = ifKnown(millis(m.Read.Took))
	}
	for _, a := range s.Alarms {
		if a.Member == m.ID {
			l.Alarms = append(l.Alarms, a.Name)
		}
	}
	return l
}

func certificateJSON(c etcdsource.Certificate) certificateLine {
	return certificateLine{c.Of, clean.Text(c.Subject), clean.Key([]byte(c.File)), c.NotAfter.UTC().Format(time.RFC3339)}
}
