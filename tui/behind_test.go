package tui

import (
	"context"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

// member is a stopped member's database.
type member struct {
	*tuitest.Memory
	behind etcdsource.Behind
}

func (s member) Describe(ctx context.Context) (etcdsource.Info, error) {
	info, err := s.Memory.Describe(ctx)
	info.Behind = s.behind
	return info, err
}

// TestBehindInTheHeader: the header of a database that is older than its WAL says so, at every size.
func TestBehindInTheHeader(t *testing.T) {
	t.Parallel()
	for want, b := range map[string]etcdsource.Behind{
		"FILE, 1 WAL entry missing":            {Entries: 1},
		"FILE, 12,345 WAL entries missing":     {Entries: 12345},
		"FILE, at least 3 WAL entries missing": {Entries: 3, AtLeast: true},
		"FILE, WAL damaged":                    {AtLeast: true},
		"FILE, WAL replayed":                   {Replayed: 5},
		"FILE  rev":                            {Entries: -1},
	} {
		for _, size := range [][2]int{{80, 24}, {200, 60}} {
			m := program(t, nil)
			src := member{tuitest.NewMemory(etcdsource.KindFile, "db"), b}
			src.Put("/registry/configmaps/shop/flags", stored("ConfigMap", "flags", "x"))
			m.deps.Open = func(ctx context.Context, _ host.Target, _ host.Progress) (*learn.Opened, error) {
				known, err := learn.From(ctx, src, learn.Options{})
				return &learn.Opened{Known: known, Source: src}, err
			}
			drive(t, m, size[0], size[1]).See(want)
		}
	}
}
