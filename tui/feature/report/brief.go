package report

import (
	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/model/overview"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/layout"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// The overview of a running store that must be spared sums up what has not converged among the objects of the first briefBytes that are
// read. Where these are all, that is the report; where there are more, the report itself reads them.

// briefBytes is how much of a running store is read though nobody asked for its report.
const briefBytes = 8 << 20

// objects are what is asked for where no history is known.
type objects struct {
	present bool  // it is not
	from    int64 // the revision after which writes were seen
	most    int64 // bytes that are read, 0: all
}

// brief begins the report of a running store without reading much of it.
func brief(f *Feature) tea.Cmd {
	if f.summing.gen == f.v.State.Gen || f.v.AtHand() || f.v.State.At != 0 {
		return nil
	}
	return f.begin(nil, briefBytes)
}

// summedUp is what the overview is given of a report that is made.
func summedUp(f *Feature, a *overview.Account) host.SummedUp {
	m := host.SummedUp{Account: a}
	if f.summing.cut = f.summing.most > 0 && a.Partial; f.summing.cut {
		m.Progress = "the first " + widget.Bytes(briefBytes) + " of the objects were looked at; 6 looks at all"
	}
	return m
}

// rest reads what a brief report has left out, where the report is looked at.
func rest(f *Feature) tea.Cmd {
	if !f.summing.cut || f.host.Focus() != layout.Report {
		return nil
	}
	return f.sumUp()
}

// from is the revision after which changes are in the feed.
func from(f *Feature) int64 {
	if rev := f.v.State.Feed.Since(); rev > 0 {
		return min(rev-1, f.v.Flow.Attributor.Live)
	}
	return f.v.Flow.Attributor.Live
}
