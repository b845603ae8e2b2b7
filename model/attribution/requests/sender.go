package requests

import (
	"fmt"
	"slices"
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

// name names the program that sent a request, beside what the rules found where the two agree. The field manager is what
// the program called itself.
func name(f rules.Finding, q *audit.Request, g rules.Confidence, how string) rules.Finding {
	program, claimed := q.Sender.Program(), q.Sender.Manager
	text := describe(q) + ", " + how
	switch {
	case claimed != "":
	case f.Stored && agrees(&f, q):
		claimed = f.Writer
	case f.Quoted != nil && ofSecond(f.Quoted, q):
		claimed = f.Quoted.Manager
	}
	if claimed != "" && claimed != program {
		text += "; field manager " + claimed
	}
	switch {
	case !agrees(&f, q):
		f = rules.Finding{Grade: g, Evidence: text}
	case evidence.Component(program) != evidence.Component(f.Writer): // by a claimed name only
		f = rules.Finding{Grade: max(f.Grade, g), Evidence: text + "; " + f.Evidence}
	default:
		f.Grade, f.Evidence, f.Borrowed = max(f.Grade, g), text+"; "+f.Evidence, false
	}
	f.Writer = program
	if who := controllerOf(q.Sender); evidence.Component(f.Writer) == evidence.ControllerManager && who != "" && (f.Controller == "" || g == rules.Certain && rules.IsController(who)) {
		f.Controller = who
	}
	return f
}

// doubtUser takes back what the name of a program promises where the user is none of Kubernetes' own: the agent is what a
// client calls itself, the user is authenticated.
func doubtUser(s *audit.Sender, f *rules.Finding) {
	if f.Component == "" || strings.HasPrefix(s.User, "system:") || strings.Contains(s.User, f.Component) {
		return
	}
	f.Evidence += "; the agent is self-declared: " + s.User + " is no user of the " + f.Component
	f.Component, f.Controller, f.Borrowed = "", "", true
}

// missing adds why the audit log names nobody, where the rules do not either.
func missing(f rules.Finding, why string) rules.Finding {
	if f.Grade < rules.Likely {
		f.Evidence += "; audit log: " + why
	}
	return f
}

// fitMore says which requests fit a change, where that does not tell which of them it was.
func fitMore(fit []*audit.Request) string {
	var who []string
	for _, q := range fit {
		if s := q.Sender.User + " with " + q.Sender.Program(); !slices.Contains(who, s) {
			who = append(who, s)
		}
	}
	more := ""
	if n := len(who); n > 3 {
		who, more = who[:3], fmt.Sprintf(" and %d more", n-3)
	}
	return fmt.Sprintf("%d requests fit object and time, by %s%s", len(fit), strings.Join(who, ", "), more)
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
