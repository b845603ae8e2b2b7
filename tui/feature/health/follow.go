package health

import (
	"fmt"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/health"
)

// background is when members are asked that no screen shows.
type background struct{ began time.Time }

// due reports whether it is time to ask them, where they were asked last at a time. Of one that is alone the stream of changes says enough.
func (b *background) due(now, last time.Time, probe *etcdsource.Probe) bool {
	if b.began.IsZero() {
		b.began = now
	}
	return now.Sub(b.began) >= askBehind && now.Sub(last) >= askBehind && (probe == nil || len(probe.Members) > 1)
}

// hurried is how long the members are not asked again: a second only while the one that is read has just been lost, and the others do
// not say yet that the quorum is. They notice that after an election, which may be a second or two later.
func (f *Feature) hurried(every time.Duration, r *health.Report) time.Duration {
	switch {
	case !f.stream().lost():
		f.hurries = 0
	case r.Verdict != health.NoQuorum && f.hurries < maxHurries:
		f.hurries++
		return askChanged
	}
	return every
}

// follow lets the rest of the screen follow what the members say, where it says something else.
func (f *Feature) follow(r *health.Report, by *etcdsource.Access) tea.Cmd {
	f.v.Work.Silent, f.v.Work.NoQuorum = r.Answers == 0, r.Verdict == health.NoQuorum
	f.v.Work.Members = ""
	switch {
	case r.Verdict == health.NoQuorum || r.Verdict == health.Unknowable:
	case !r.Guessed && r.Up < r.Voters:
		f.v.Work.Members = fmt.Sprintf("%d/%d members", r.Up, r.Voters)
	case slices.ContainsFunc(r.Advice, func(a health.Advice) bool { return a.About == "differs" }):
		f.v.Work.Members = "members differ"
	}
	f.v.Opening.Moved = etcdsource.Attempt{}
	if row := r.InPlace(); row != nil {
		f.v.Opening.Moved = etcdsource.Attempt{Endpoint: row.Endpoint, CACert: by.CACert, Cert: by.Cert, Key: by.Key, From: "the address of " + row.Label()}
	}
	alarm := false
	for i := range r.Rows {
		alarm = alarm || len(r.Rows[i].Status.Alarms) > 0
	}
	if alarm == (f.v.State.Info.Alarm != "") || f.v.Work.Silent {
		return nil
	}
	return f.v.Flow.DescribeOnce()
}
