package live

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// cause is what is wrong with some endpoints.
type cause struct {
	problem *etcdsource.Problem
	eps     []string
}

// together makes one error of those of several endpoints, each with its own cause. Those that fail alike are named
// together. What to do is that of the endpoint that came farthest, for it is the one most likely to be put right.
//
//	connect to 3 endpoints: https://a:2379: it answers, but the cluster has no leader; https://b:2379, https://c:2379: nothing listens there; start …
func together(eps []endpoint, errs []error) error {
	if len(errs) == 1 {
		return errs[0]
	}
	var causes []*cause
	for i, err := range errs {
		var p *etcdsource.Problem
		if !errors.As(err, &p) {
			return err
		}
		same := slices.IndexFunc(causes, func(c *cause) bool { return c.problem.Why == p.Why })
		if same < 0 {
			same, causes = len(causes), append(causes, &cause{problem: p})
		}
		causes[same].eps = append(causes[same].eps, eps[i].text)
	}
	slices.SortStableFunc(causes, func(a, b *cause) int { return reached(b.problem) - reached(a.problem) })
	first := causes[0].problem
	out := &etcdsource.Problem{Tried: fmt.Sprintf("connect to %d endpoints", len(eps)), Do: first.Do, Err: errors.Join(errs...)}
	if len(causes) == 1 {
		out.Tried = "connect to " + strings.Join(causes[0].eps, ", ")
		out.Why = first.Why
		return out
	}
	for _, c := range causes {
		out.Each = append(out.Each, strings.Join(c.eps, ", ")+": "+c.problem.Why)
	}
	out.Why = strings.Join(out.Each, "; ")
	return out
}

// reached says how far an endpoint came: 0 no connection, 1 something answers, 2 etcd does.
func reached(p *etcdsource.Problem) int {
	switch {
	case p.Err == nil, strings.Contains(p.Err.Error(), "etcdserver: "):
		return 2
	case explainSocket(&etcdsource.Problem{}, endpoint{}, p.Err):
		return 0
	}
	return 1
}
