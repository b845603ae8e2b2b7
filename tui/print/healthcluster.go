package print

import (
	"fmt"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/model/hashcheck"
	"github.com/etcdscope/etcdscope/model/health"
)

// healthLine is the last line: the cluster as JSON.
type healthLine struct {
	Cluster healthState `json:"cluster"`
}

type healthState struct {
	ID           string         `json:"id,omitempty"`
	*healthCount                // absent where no member list is known
	Topology     string         `json:"topology"`
	Why          string         `json:"why"`
	Verdict      health.Verdict `json:"verdict"`
	Sentence     string         `json:"sentence"`
	Wrong        []string       `json:"wrong"`
	Silent       []silentLine   `json:"silent,omitempty"` // given endpoints that do not answer and are no member's
	hashState
	IfLost []healthLoss `json:"ifLost,omitempty"`
	Full   *float64     `json:"daysUntilFull,omitempty"`
	Slow   *healthSlow  `json:"slow,omitempty"`
	Advice []adviceLine `json:"advice,omitempty"`
	Own    *ownLine     `json:"nonMember,omitempty"` // this node's etcd, where it is no member
}

type ownLine struct {
	Name     string      `json:"name,omitempty"`
	ID       string      `json:"id,omitempty"`
	Cluster  string      `json:"cluster,omitempty"`
	State    health.Role `json:"state"` // removed, no member or other cluster
	DataDir  string      `json:"dataDir"`
	Running  bool        `json:"running"`
	Restored bool        `json:"restored,omitempty"`
	Revision int64       `json:"revision,omitempty"`
}

type silentLine struct {
	Endpoint string `json:"endpoint"`
	Error    string `json:"error"`
}

type healthCount struct {
	Members int `json:"members"`
	Voters  int `json:"voters"`
	Quorum  int `json:"quorum"`
	CanLose int `json:"canLose"`
}

type healthLoss struct {
	Member     string `json:"member"`
	APIServers *int   `json:"apiServersLeft,omitempty"`
	Quorum     bool   `json:"quorumLeft"`
	CanLose    int    `json:"canLoseAfter"`
}

type healthSlow struct {
	Cause  string   `json:"cause"`
	Member string   `json:"member,omitempty"`
	Value  *float64 `json:"value,omitempty"`
	Limit  *float64 `json:"limit,omitempty"`
	Unit   string   `json:"unit,omitempty"`
	Source string   `json:"source,omitempty"`
	Means  string   `json:"means,omitempty"`
}

type adviceLine struct {
	About string       `json:"about"`
	Title string       `json:"title"`
	Why   string       `json:"why"`
	Steps []adviceStep `json:"steps"`
}

type adviceStep struct {
	Say     string `json:"say"`
	Command string `json:"command,omitempty"`
}

// healthJSON prints a line a member, then the cluster.
func (a *app) healthJSON(r *health.Report, hash *hashcheck.Result) error {
	for i := range r.Rows {
		if err := a.out.json(memberJSON(&r.Rows[i], r.Own)); err != nil {
			return err
		}
	}
	c := healthState{Topology: r.Topology.Kind, Why: clean.Text(r.Topology.Why),
		Verdict: r.Verdict, Sentence: clean.Text(r.Sentence), hashState: hashState{Hash: hashcheck.Unchecked}, Wrong: []string{}}
	if hash != nil {
		c.hashState = hashState{hash.Verdict, hashOf(hash)}
	}
	if !r.Guessed {
		c.healthCount = &healthCount{len(r.Rows), r.Voters, r.Quorum, r.CanLose}
	}
	if r.Cluster != 0 {
		c.ID = fmt.Sprintf("%016x", r.Cluster)
	}
	for _, w := range r.Wrong {
		c.Wrong = append(c.Wrong, clean.Text(w))
	}
	for _, s := range r.Silent {
		c.Silent = append(c.Silent, silentLine{clean.Key([]byte(s.Endpoint)), clean.Text(s.Fault)})
	}
	for _, l := range r.IfLost {
		c.IfLost = append(c.IfLost, healthLoss{clean.Key([]byte(l.Member)), ifKnown(l.APIServers), l.Quorum, l.CanLose})
	}
	if r.Full != nil {
		c.Full = &r.Full.Days
	}
	if s := r.Slow; s != nil {
		c.Slow = &healthSlow{Cause: s.Cause, Member: clean.Key([]byte(s.Member)), Source: s.Source, Means: s.Means}
		if s.Cause != "none" {
			c.Slow.Value, c.Slow.Limit = &s.Value, &s.Limit
		}
		if s.Milliseconds() {
			c.Slow.Unit = "ms"
		}
	}
	if m := r.NonMember; m != nil {
		id := func(n uint64) string {
			if n == 0 {
				return ""
			}
			return fmt.Sprintf("%016x", n)
		}
		c.Own = &ownLine{clean.Key([]byte(m.Name)), id(m.ID), id(m.Cluster), m.Role(), clean.Key([]byte(m.Dir)), m.Running, m.Restored, m.Revision}
	}
	for i := range r.Advice {
		v := &r.Advice[i]
		line := adviceLine{About: v.About, Title: clean.Text(v.Title), Why: clean.Text(v.Why)}
		for _, s := range v.Steps {
			line.Steps = append(line.Steps, adviceStep{clean.Text(s.Say), clean.Text(s.Command)})
		}
		c.Advice = append(c.Advice, line)
	}
	return a.out.json(healthLine{c})
}
