package tui

import (
	"github.com/etcdscope/etcdscope/tui/feature/compare"
	"github.com/etcdscope/etcdscope/tui/feature/endpoints"
	"github.com/etcdscope/etcdscope/tui/feature/export"
	"github.com/etcdscope/etcdscope/tui/feature/family"
	"github.com/etcdscope/etcdscope/tui/feature/health"
	"github.com/etcdscope/etcdscope/tui/feature/history"
	"github.com/etcdscope/etcdscope/tui/feature/overview"
	"github.com/etcdscope/etcdscope/tui/feature/recall"
	"github.com/etcdscope/etcdscope/tui/feature/report"
	"github.com/etcdscope/etcdscope/tui/feature/requests"
	"github.com/etcdscope/etcdscope/tui/feature/restore"
	"github.com/etcdscope/etcdscope/tui/feature/roots"
	"github.com/etcdscope/etcdscope/tui/feature/search"
	"github.com/etcdscope/etcdscope/tui/feature/share"
	"github.com/etcdscope/etcdscope/tui/feature/sources"
	"github.com/etcdscope/etcdscope/tui/feature/space"
	"github.com/etcdscope/etcdscope/tui/feature/story"
	"github.com/etcdscope/etcdscope/tui/feature/travel"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/view"
)

// makers are the features of a view, in the order in which they are asked; of two that know an action the first has it.
var makers = []func(host.Host, *view.View) host.Feature{
	recall.New, restore.New, history.New, compare.New, report.New, health.New, space.New, export.New, story.New, travel.New, search.New, family.New, endpoints.New, requests.New, roots.New, sources.New, share.New, overview.New,
}
