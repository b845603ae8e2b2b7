package requests

import (
	"fmt"
	"strings"

	"github.com/etcdscope/etcdscope/model/attribution/audit"
	"github.com/etcdscope/etcdscope/model/attribution/evidence"
	"github.com/etcdscope/etcdscope/model/attribution/rules"
)

// agrees reports whether the writer that was found is who sent a request.
func agrees(f *rules.Finding, q *audit.Request) bool {
	if f.Writer == "" {
		return false
	}
	is := func(name string) bool {
		return name != "" && (evidence.Component(name) == evidence.Component(f.Writer) || name == "kubectl" && strings.HasPrefix(f.Writer, "kubectl-"))
	}
	return is(q.Sender.Program()) || is(q.Sender.Manager)
}

// name names who sent a request, beside what the rules found where the two agree.
func name(f rules.Finding, q *audit.Request, g rules.Confidence, how string) rules.Finding {
	text := describe(q) + ", " + how
	if !agrees(&f, q) {
		f = rules.Finding{Writer: q.Sender.Program(), Grade: g, Evidence: text}
	} else {
		if m := q.Sender.Manager; g == rules.Certain && f.Grade < rules.Certain && m != "" {
			f.Writer = m
		}
		f.Grade = max(f.Grade, g)
		f.Evidence = text + "; " + f.Evidence
	}
	if who := controllerOf(q.Sender); evidence.Component(f.Writer) == evidence.ControllerManager && who != "" && (f.Controller == "" || g == rules.Certain && rules.IsController(who)) {
		f.Controller = who
	}
	return f
}

// describe is a request in words.
func describe(q *audit.Request) string {
	s := q.Sender
	who := s.User
	if s.As != "" {
		who += " as " + s.As
	}
	agent, _, _ := strings.Cut(s.Agent, " ")
	if agent == "" {
		agent = "a client without a name"
	}
	text := fmt.Sprintf("audit log: %s by %s with %s", q.What(), who, agent)
	if q.ID != "" {
		text += " (" + q.ID + ")"
	}
	return text
}

// controllerOf is the controller inside kube-controller-manager that sent a request, "" for none: each has a service
// account of its own.
func controllerOf(s *audit.Sender) string {
	const account = "system:serviceaccount:kube-system:"
	if name, ok := strings.CutPrefix(s.User, account); ok && rules.IsController(name) {
		return name
	}
	if i := strings.LastIndexByte(s.Agent, '/'); i >= 0 {
		if name := strings.TrimPrefix(s.Agent[i+1:], account); rules.IsController(name) {
			return name
		}
	}
	return ""
}
