package kubeapi

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
)

// User is what clients are called who have the token.
const User = "etcdscope"

func cutSubresource(name string) (parent, sub string, ok bool) { return strings.Cut(name, "/") }

// write answers what is not a GET: the reviews of the own rights, all else is refused.
func (a *API) write(ctx context.Context, at position, r *Request, p []string) *Answer {
	if r.Method != "POST" || len(p) != 4 || p[0] != "apis" || p[2] != "v1" {
		if len(p) > 5 && slices.Contains([]string{"exec", "attach", "portforward", "proxy", "eviction", "binding"}, p[len(p)-1]) {
			e := readOnly(r.Method).(*apierrors.StatusError)
			e.ErrStatus.Message = fmt.Sprintf("%s is not supported: %s", p[len(p)-1], refused[p[len(p)-1]])
			return Failed(e)
		}
		return Failed(readOnly(r.Method))
	}
	var out any
	var err error
	switch p[1] + "/" + p[3] {
	case "authorization.k8s.io/selfsubjectaccessreviews":
		v := &authorizationv1.SelfSubjectAccessReview{}
		if err = readBody(r.Body, v); err == nil {
			v.Status = a.allowed(ctx, at, &v.Spec)
			v.Kind, v.APIVersion, out = "SelfSubjectAccessReview", "authorization.k8s.io/v1", v
		}
	case "authorization.k8s.io/selfsubjectrulesreviews":
		v := &authorizationv1.SelfSubjectRulesReview{}
		if err = readBody(r.Body, v); err == nil {
			v.Status = rules()
			v.Kind, v.APIVersion, out = "SelfSubjectRulesReview", "authorization.k8s.io/v1", v
		}
	case "authentication.k8s.io/selfsubjectreviews":
		v := &authenticationv1.SelfSubjectReview{}
		v.Kind, v.APIVersion, out = "SelfSubjectReview", "authentication.k8s.io/v1", v
		v.Status.UserInfo.Username = User
	default:
		return Failed(readOnly(r.Method))
	}
	if err != nil {
		return Failed(apierrors.NewBadRequest("the body is no review in JSON or protobuf"))
	}
	return valueAnswer(201, out)
}

// protobufMark is what values in protobuf begin with.
const protobufMark = "k8s\x00"

// readBody reads a review as clients send it: in protobuf, as kubectl does, or in JSON.
func readBody(body []byte, into interface{ Unmarshal([]byte) error }) error {
	raw, ok := bytes.CutPrefix(body, []byte(protobufMark))
	if !ok {
		return json.Unmarshal(body, into)
	}
	var u runtime.Unknown
	if err := u.Unmarshal(raw); err != nil {
		return err
	}
	return into.Unmarshal(u.Raw)
}

// reads are the verbs that are allowed.
var reads = []string{"get", "list", "watch"}

// allowed answers a question about the own rights: reading what is stored is allowed, all else is not.
func (a *API) allowed(ctx context.Context, at position, s *authorizationv1.SelfSubjectAccessReviewSpec) authorizationv1.SubjectAccessReviewStatus {
	if n := s.NonResourceAttributes; n != nil {
		return authorizationv1.SubjectAccessReviewStatus{Allowed: strings.EqualFold(n.Verb, "get")}
	}
	r := s.ResourceAttributes
	if r == nil || !slices.Contains(reads, r.Verb) {
		return authorizationv1.SubjectAccessReviewStatus{Reason: "etcdscope serves what is stored: only get, list and watch"}
	}
	switch r.Subresource {
	case "", "status", "scale", "*":
	default:
		return authorizationv1.SubjectAccessReviewStatus{Reason: statusOf(noSubresource(r.Subresource)).Message}
	}
	if r.Resource == "*" || r.Group == "*" {
		return authorizationv1.SubjectAccessReviewStatus{Allowed: true}
	}
	c, err := a.catalog(ctx, at)
	if err != nil || c.resource[r.Group+"/"+r.Resource] == nil {
		return authorizationv1.SubjectAccessReviewStatus{Reason: "the store has no such resource"}
	}
	return authorizationv1.SubjectAccessReviewStatus{Allowed: true}
}

// rules are all rights that there are.
func rules() authorizationv1.SubjectRulesReviewStatus {
	return authorizationv1.SubjectRulesReviewStatus{
		ResourceRules: []authorizationv1.ResourceRule{
			{Verbs: reads, APIGroups: []string{"*"}, Resources: []string{"*"}},
			{Verbs: []string{"create"}, APIGroups: []string{"authorization.k8s.io", "authentication.k8s.io"}, Resources: []string{"selfsubjectaccessreviews", "selfsubjectrulesreviews", "selfsubjectreviews"}},
		},
		NonResourceRules: []authorizationv1.NonResourceRule{{Verbs: []string{"get"}, NonResourceURLs: []string{"*"}}},
	}
}
