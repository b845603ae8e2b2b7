package rules

import (
	"fmt"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/model/attribution/clock"
	"github.com/etcdscope/etcdscope/model/attribution/evidence"
	"github.com/etcdscope/etcdscope/model/attribution/evidence/evidencetest"
	"github.com/etcdscope/etcdscope/model/change"
)

const (
	podSpec   = evidencetest.PodSpec
	onNode    = evidencetest.BoundSpec
	specSet   = evidencetest.SpecSet
	statusSet = evidencetest.StatusSet
)

var (
	mf     = evidencetest.Entry
	object = evidencetest.Object
	second = evidencetest.Second
)

// feed writes to a cluster, and judges what was written.
type feed struct {
	*evidencetest.Cluster
	t       *testing.T
	memory  *evidence.Memory
	changes []evidence.Change
}

func newFeed(t *testing.T) *feed {
	f := &feed{t: t, memory: evidence.NewMemory(evidencetest.Root, clock.New(), true)}
	f.Cluster = evidencetest.New(t, func(c change.Change) {
		p := f.memory.Parse(c)
		f.memory.Note(&p)
		f.changes = append(f.changes, p)
	})
	return f
}

func (f *feed) put(key, value string) int64 {
	f.t.Helper()
	return f.Put(key, value)
}

// cases calls look for each change with the case that it is when it is judged.
func (f *feed) cases(look func(*Case)) { f.until(f.Revision, look) }

// until is cases up to a revision, whose changes do not become a part of the memory.
func (f *feed) until(rev int64, look func(*Case)) {
	for i := 0; i < len(f.changes) && f.changes[i].Mod <= rev; {
		j := i + 1
		for j < len(f.changes) && f.changes[j].Mod == f.changes[i].Mod {
			j++
		}
		f.memory.Relate(f.changes[i:j], f.changes[j:])
		for k := i; k < j; k++ {
			look(NewCase(&f.changes[k], f.memory, f.memory.Clock.At(f.changes[k].Mod)))
		}
		for ; i < j && f.changes[i].Mod < rev; i++ {
			f.memory.Settle(&f.changes[i])
		}
		i = j
	}
}

// findings returns what the rules find, by revision.
func (f *feed) findings() map[int64]Finding {
	out := map[int64]Finding{}
	f.cases(func(c *Case) { out[c.Mod] = Judge(c) })
	return out
}

// want is a finding as a test writes it: "writer/controller grade", and words that its evidence holds.
func (f *feed) want(got Finding, said, text string) {
	f.t.Helper()
	if s := brief(got); s != said || !strings.Contains(got.Evidence, text) {
		f.t.Errorf("got %q: %s\nwant %q: %s", s, got.Evidence, said, text)
	}
}

func brief(f Finding) string {
	who := f.Writer
	if f.Controller != "" {
		who += "/" + f.Controller
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s", who, f.Grade))
}
