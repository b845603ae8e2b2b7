package kubeapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
)

// Answer is what a request gets.
type Answer struct {
	Code   int
	Type   string            // of the body
	Header map[string]string // further headers
	Watch  bool              // the body goes on until somebody ends it
	// Body writes the body. An error means that it is not whole, so that the connection must be cut. ctx ends when nobody
	// reads it any more.
	Body func(ctx context.Context, w Writer) error
}

// Writer takes the body of an answer.
type Writer interface {
	io.Writer
	// Flush hands on what was written.
	Flush() error
}

const (
	jsonType = "application/json"
	yamlType = "application/yaml"
)

// bytesAnswer is an answer that is complete.
func bytesAnswer(code int, typ string, b []byte) *Answer {
	return &Answer{Code: code, Type: typ, Body: func(_ context.Context, w Writer) error {
		_, err := w.Write(b)
		return err
	}}
}

// valueAnswer is an answer that is marshalled.
func valueAnswer(code int, v any) *Answer {
	b, err := json.Marshal(v)
	if err != nil {
		return Failed(err)
	}
	return bytesAnswer(code, jsonType, append(b, '\n'))
}

// in is the answer in another form.
func (a *Answer) in(f form) *Answer {
	if !f.yaml || a.Type != jsonType {
		return a
	}
	body := a.Body
	return &Answer{Code: a.Code, Type: yamlType, Header: a.Header, Body: func(ctx context.Context, w Writer) error {
		var b buffer
		if err := body(ctx, &b); err != nil {
			return err
		}
		out, err := yaml.JSONToYAML(b)
		if err == nil {
			_, err = w.Write(out)
		}
		return err
	}}
}

// buffer is a Writer that keeps what is written.
type buffer []byte

func (b *buffer) Write(p []byte) (int, error) { *b = append(*b, p...); return len(p), nil }
func (b *buffer) Flush() error                { return nil }

// Failed is the answer that says why there is no other.
func Failed(err error) *Answer {
	s := statusOf(err)
	a := valueAnswer(int(s.Code), s)
	a.Header = map[string]string{}
	if s.Details != nil && s.Details.RetryAfterSeconds > 0 {
		a.Header["Retry-After"] = strconv.Itoa(int(s.Details.RetryAfterSeconds))
	}
	if s.Code == 405 {
		a.Header["Allow"] = "GET"
	}
	return a
}

// Refused is the answer to a request that is not looked at: 401, 403, 414, 429, and why.
func Refused(code int, reason metav1.StatusReason, why string) *Answer {
	s := metav1.Status{Status: metav1.StatusFailure, Code: int32(code), Reason: reason, Message: why, Details: &metav1.StatusDetails{}}
	if code == 429 {
		s.Details.RetryAfterSeconds = 1
	}
	return Failed(&apierrors.StatusError{ErrStatus: s})
}

// statusOf is an error as the API says it.
func statusOf(err error) *metav1.Status {
	var api apierrors.APIStatus
	var compacted *etcdsource.CompactedError
	var future *etcdsource.FutureError
	var problem *etcdsource.Problem
	switch {
	case errors.As(err, &api):
	case errors.As(err, &compacted):
		api = apierrors.NewResourceExpired(fmt.Sprintf("too old resource version: %d (%s)", compacted.Revision, compacted.Error()))
	case errors.As(err, &future):
		api = tooLarge(future.Revision, future.Current)
	case errors.Is(err, etcdsource.ErrDenied):
		api = &apierrors.StatusError{ErrStatus: metav1.Status{Status: metav1.StatusFailure, Code: 403, Reason: metav1.StatusReasonForbidden, Message: clean.Error(err)}}
	case errors.As(err, &problem):
		api = apierrors.NewServiceUnavailable(clean.Error(err))
	default:
		api = apierrors.NewInternalError(errors.New(clean.Error(err)))
	}
	s := api.Status()
	s.Kind, s.APIVersion = "Status", "v1"
	return &s
}

// tooLarge is the error for a revision that was not made yet.
func tooLarge(rev, current int64) apierrors.APIStatus {
	e := apierrors.NewTimeoutError(fmt.Sprintf("Too large resource version: %d, current: %d", rev, current), 1)
	e.ErrStatus.Details.Causes = []metav1.StatusCause{{Type: metav1.CauseTypeResourceVersionTooLarge, Message: "Too large resource version"}}
	return e
}
