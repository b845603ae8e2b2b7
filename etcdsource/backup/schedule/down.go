package schedule

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// down is the record of a schedule that has not reached its cluster, so that it knows no index: it has a file of its own
// beside the indexes, until it reaches it.
type down struct {
	Version  int       `json:"version"` // 1
	From     string    `json:"from"`
	Every    string    `json:"every,omitempty"`
	Started  string    `json:"started,omitempty"` // how often something else starts single runs
	Last     run       `json:"last"`
	Next     time.Time `json:"next,omitzero"`
	Failures int       `json:"failures"`
}

const (
	downSuffix = ".down"
	// downFor is how long a record counts that nothing renews: what it was of was removed, or reaches its cluster by another name.
	downFor = 31 * 24 * time.Hour
)

// Origin names where a schedule connects to, without credentials: its endpoints, and the machine where these are local to it or none is
// given.
func Origin(endpoints []string) string {
	local := len(endpoints) == 0
	var list []string
	for _, e := range endpoints {
		host := e[strings.LastIndex(e, "@")+1:]
		if u, err := url.Parse(e); err == nil && u.Host != "" {
			u.User, u.RawQuery, u.Fragment = nil, "", ""
			e, host = u.String(), u.Hostname()
		} else {
			e = host
			if h, _, err := net.SplitHostPort(host); err == nil {
				host = h
			}
		}
		ip := net.ParseIP(host)
		local = local || host == "localhost" || ip != nil && ip.IsLoopback()
		list = append(list, e)
	}
	name := cmp.Or(strings.Join(list, ","), "the etcd")
	if host, err := os.Hostname(); local && err == nil {
		name += " on " + host
	}
	return name
}

func (r *runner) downName() string {
	sum := sha256.Sum256([]byte(r.From))
	return fmt.Sprintf("%x%s", sum[:8], downSuffix)
}

// unreached notes that the cluster was not reached; next is when that is tried again, zero for never.
func (r *runner) unreached(ctx context.Context, began time.Time, why error, next time.Time) {
	var own *etcdsource.Problem
	if r.From == "" || !errors.As(why, &own) {
		return
	}
	d := readDown(ctx, r.Shelf, r.downName())
	d = down{Version: indexVersion, From: r.From, Every: short(r.Every), Started: short(r.Started), Failures: d.Failures + 1,
		Last: run{Began: began.UTC(), Ended: r.now().UTC(), Result: resultFailed, Error: why.Error()}}
	if !next.IsZero() {
		d.Next = next.UTC().Round(time.Second)
	}
	text, err := json.MarshalIndent(&d, "", " ")
	if err == nil {
		err = r.Shelf.SetIndex(ctx, r.downName(), append(text, '\n'))
	}
	if err != nil && ctx.Err() == nil {
		r.Report(etcdsource.ScheduleEvent{Warning: "the list of backups does not show that the cluster was not reached: " + err.Error()})
	}
}

// reached removes that note.
func (r *runner) reached(ctx context.Context) {
	if r.From == "" || readDown(ctx, r.Shelf, r.downName()).Failures == 0 {
		return
	}
	if r.Shelf.SetIndex(ctx, r.downName(), nil) == nil {
		return
	}
	if err := r.Shelf.SetIndex(ctx, r.downName(), []byte("{}\n")); err != nil && ctx.Err() == nil { // where nothing may be removed
		r.Report(etcdsource.ScheduleEvent{Warning: err.Error()})
	}
}

// readDown reads a record; one that is not there, or cannot be read, has no failures.
func readDown(ctx context.Context, shelf etcdsource.Shelf, name string) (d down) {
	text, err := shelf.Index(ctx, name)
	if err != nil || json.Unmarshal(text, &d) != nil || d.Version != indexVersion || d.Failures < 0 {
		return down{}
	}
	return d
}

// unreachedIn is a record as a schedule; ok is false where it no longer counts.
func unreachedIn(ctx context.Context, shelf etcdsource.Shelf, name string, now time.Time) (s etcdsource.Schedule, ok bool) {
	d := readDown(ctx, shelf, name)
	if d.Failures == 0 || now.Sub(d.Last.Began) > downFor {
		return s, false
	}
	s = etcdsource.Schedule{From: d.From, Every: d.Every, Last: d.Last.Began, Result: d.Last.Result, Error: d.Last.Error, Next: d.Next, Failures: d.Failures}
	if d.Started != "" && s.Next.IsZero() {
		x := index{Last: d.Last, Started: &starter{d.Started, d.Last.Began}}
		x.expect(&s)
	}
	return s, true
}
