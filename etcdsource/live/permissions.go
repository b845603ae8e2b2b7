package live

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"slices"

	"go.etcd.io/etcd/api/v3/authpb"
	pb "go.etcd.io/etcd/api/v3/etcdserverpb"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// etcd refuses a range of which a part may not be read. So what is asked of a user with roles is cut to what the roles
// grant; what lies outside is left out, and Limits says so.
//
//	/registry/ ─► grants of "dev": /registry/pods/ /registry/events/ ─► two requests, one answer
//
// A user may ask for himself and for his own roles: one request, and one for each role, once, when the store is opened.

// maxRoles is how many roles of a user are asked for.
const maxRoles = 64

// grants are the spans that a user may read, in order, none touching another; nil: no limit, or none that is known.
type grants []etcdsource.Span

// learnGrants asks what the user may read. Where that is not known all is tried, and refused by the server.
func (s *Source) learnGrants(ctx context.Context) grants {
	name := s.userName()
	if name == "" || s.cur.kine() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.CommandTimeout)
	defer cancel()
	if s.cfg.User == "" && s.cur.statusErr == nil && !s.limited(ctx) {
		return nil // no authentication, or the name in the certificate may read everything
	}
	auth := pb.NewAuthClient(s.cur.client.ActiveConnection())
	user, err := auth.UserGet(ctx, &pb.AuthUserGetRequest{Name: name})
	if err != nil || slices.Contains(user.GetRoles(), "root") {
		return nil
	}
	out := grants{}
	for i, role := range user.GetRoles() {
		if i == maxRoles {
			break
		}
		r, err := auth.RoleGet(ctx, &pb.AuthRoleGetRequest{Role: role})
		if err != nil {
			return nil
		}
		out = append(out, spansOf(r.GetPerm())...)
	}
	return out.merged()
}

// limited reports whether the server refuses to read all keys. Nothing is read: the range is at a revision that is never
// reached, and etcd checks the right before the revision (server/etcdserver/v3_server.go, Range). A certificate's name says
// nothing by itself, for etcd looks at it only where authentication is on.
func (s *Source) limited(ctx context.Context) bool {
	_, err := pb.NewKVClient(s.cur.client.ActiveConnection()).Range(ctx, &pb.RangeRequest{
		Key: firstKey, RangeEnd: etcdsource.Everything, CountOnly: true, Serializable: true, Revision: math.MaxInt64,
	})
	return permissionDenied(err)
}

// userName is whom etcd takes us for: who logs in, else the name in the certificate.
func (s *Source) userName() string {
	if s.cfg.User != "" {
		return s.cfg.User
	}
	return s.cfg.commonName()
}

// Limits says what the user may read, "" where that is everything.
func (s *Source) Limits() string { return s.grants.note(s.userName()) }

// spansOf returns what permissions allow to be read.
func spansOf(perms []*authpb.Permission) (out grants) {
	for _, p := range perms {
		if p.GetPermType() == authpb.Permission_WRITE || len(p.GetKey()) == 0 {
			continue
		}
		sp := etcdsource.Span{From: p.GetKey(), To: p.GetRangeEnd()}
		if sp.Single() {
			sp.To = append(bytes.Clone(sp.From), 0)
		}
		if before(sp.From, sp.To) {
			out = append(out, sp)
		}
	}
	return out
}

// merged joins the spans that overlap or touch, as etcd does.
func (g grants) merged() grants {
	slices.SortFunc(g, func(a, b etcdsource.Span) int { return bytes.Compare(a.From, b.From) })
	out := grants{}
	for _, sp := range g {
		last := len(out) - 1
		if last < 0 || before(out[last].To, sp.From) || !out[last].Open() && bytes.Compare(out[last].To, sp.From) < 0 {
			out = append(out, sp)
		} else if !out[last].Open() && (sp.Open() || bytes.Compare(out[last].To, sp.To) < 0) {
			out[last].To = sp.To
		}
	}
	return out
}

// cut returns the parts of a span that may be read, in order; the span itself where nothing of it is granted, so that
// the server says no.
func (g grants) cut(sp etcdsource.Span) []etcdsource.Span {
	if g == nil || sp.Single() {
		return []etcdsource.Span{sp}
	}
	var out []etcdsource.Span
	for _, may := range g {
		part := sp
		if bytes.Compare(may.From, sp.From) > 0 {
			part.From = may.From
		}
		if !may.Open() && (sp.Open() || bytes.Compare(may.To, sp.To) < 0) {
			part.To = may.To
		}
		if before(part.From, part.To) {
			out = append(out, part)
		}
	}
	if len(out) == 0 {
		return []etcdsource.Span{sp}
	}
	return out
}

// maxGrants is how many grants a note names.
const maxGrants = 3

// note says what may be read, "" where that is everything.
func (g grants) note(user string) string {
	if g == nil {
		return ""
	}
	if len(g) == 0 {
		return fmt.Sprintf("user %q may read nothing", user)
	}
	list := ""
	for i, sp := range g[:min(len(g), maxGrants)] {
		if i > 0 {
			list += ", "
		}
		switch {
		case bytes.Equal(sp.To, prefixEnd(sp.From)):
			list += string(sp.From)
		case bytes.Equal(sp.To, append(bytes.Clone(sp.From), 0)):
			list += "key " + string(sp.From)
		case sp.Open():
			list += "all from " + string(sp.From) + " on"
		default:
			list += string(sp.From) + " to " + string(sp.To)
		}
	}
	if n := len(g) - maxGrants; n > 0 {
		list += fmt.Sprintf(" and %d more", n)
	}
	return fmt.Sprintf("user %q may read only %s; nothing else is shown", user, list)
}
