package kubeapi

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// options are those of a list or a watch.
type options struct {
	labels    labels.Selector
	fields    fields.Selector
	limit     int64
	cont      string
	rev       int64  // -1: none was given
	match     string // resourceVersionMatch
	watch     bool
	bookmarks bool
	initial   *bool // sendInitialEvents
	timeout   time.Duration
	include   string // includeObject of a table
}

// readOptions reads the query of a request.
func readOptions(q url.Values, watch bool) (o options, err error) {
	if o.labels, err = labels.Parse(q.Get("labelSelector")); err != nil {
		return o, apierrors.NewBadRequest("unable to parse labelSelector: " + err.Error())
	}
	if o.fields, err = fields.ParseSelector(q.Get("fieldSelector")); err != nil {
		return o, apierrors.NewBadRequest("unable to parse fieldSelector: " + err.Error())
	}
	if o.rev, err = revision(q.Get("resourceVersion")); err != nil {
		return o, err
	}
	var seconds int64
	for name, to := range map[string]*int64{"limit": &o.limit, "timeoutSeconds": &seconds} {
		if s := q.Get(name); s != "" {
			if *to, err = strconv.ParseInt(s, 10, 64); err != nil || *to < 0 {
				return o, apierrors.NewBadRequest(fmt.Sprintf("%s %q is no number from 0 on", name, s))
			}
		}
	}
	o.timeout = time.Duration(min(seconds, int64(maxTimeout/time.Second))) * time.Second
	o.cont, o.match, o.include = q.Get("continue"), q.Get("resourceVersionMatch"), q.Get("includeObject")
	o.watch, o.bookmarks = watch || isTrue(q.Get("watch")), isTrue(q.Get("allowWatchBookmarks"))
	if s := q.Get("sendInitialEvents"); s != "" {
		b := isTrue(s)
		o.initial = &b
	}
	switch o.include {
	case "", "None", "Metadata", "Object":
	default:
		return o, apierrors.NewBadRequest(fmt.Sprintf("includeObject %q is none of None, Metadata and Object", o.include))
	}
	return o, o.check()
}

// maxTimeout bounds what a client may ask for.
const maxTimeout = 24 * time.Hour

// isTrue reads a flag as the API does: what is no "false" or "0" is true.
func isTrue(s string) bool { return s != "" && s != "0" && !strings.EqualFold(s, "false") }

// revision reads a resourceVersion; -1 where none is given.
func revision(s string) (int64, error) {
	if s == "" {
		return -1, nil
	}
	n, err := strconv.ParseUint(s, 10, 63)
	if err != nil {
		return 0, invalid(field.Invalid(field.NewPath("resourceVersion"), s, "it is no number of a revision"))
	}
	return int64(n), nil
}

func invalid(errs ...*field.Error) error {
	return apierrors.NewInvalid(schema.GroupKind{Group: metav1.GroupName, Kind: "ListOptions"}, "", errs)
}

// The values of resourceVersionMatch.
const (
	exact        = string(metav1.ResourceVersionMatchExact)
	notOlderThan = string(metav1.ResourceVersionMatchNotOlderThan)
)

// check refuses what the API refuses.
func (o *options) check() error {
	match, initial := field.NewPath("resourceVersionMatch"), field.NewPath("sendInitialEvents")
	switch {
	case o.match != "" && o.match != exact && o.match != notOlderThan:
		return invalid(field.NotSupported(match, o.match, []string{exact, notOlderThan, ""}))
	case o.initial != nil && !o.watch:
		return invalid(field.Forbidden(initial, "sendInitialEvents is forbidden for list"))
	case o.initial != nil && o.match != notOlderThan:
		return invalid(field.Forbidden(match, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"))
	case o.watch && o.initial == nil && o.match != "":
		return invalid(field.Forbidden(match, "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"))
	case o.watch:
		return nil
	case o.match != "" && o.rev < 0:
		return invalid(field.Forbidden(match, "resourceVersionMatch is forbidden unless resourceVersion is provided"))
	case o.match != "" && o.cont != "":
		return invalid(field.Forbidden(match, "resourceVersionMatch is forbidden when continue is provided"))
	case o.match == exact && o.rev == 0:
		return invalid(field.Forbidden(match, `resourceVersionMatch "exact" is forbidden for resourceVersion "0"`))
	case o.cont != "" && o.rev > 0:
		return apierrors.NewBadRequest("specifying resource version is not allowed when using continue")
	}
	return nil
}
