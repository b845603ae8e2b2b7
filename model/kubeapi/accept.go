package kubeapi

import (
	"slices"
	"strings"

	"github.com/munnerz/goautoneg"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// form is the form of an answer that client and server agree on.
type form struct {
	yaml  bool
	as    string // Table, PartialObjectMetadata, PartialObjectMetadataList, or "" for the objects themselves
	group string // of a Table: its version
}

// forms reads an Accept header: the first form in the client's order that is served. as are the words for other forms than the
// plain one that are served for this request.
func forms(accept string, as ...string) (form, error) {
	if accept == "" {
		return form{}, nil
	}
	for _, c := range goautoneg.ParseAccept(accept) {
		f := form{as: c.Params["as"], group: c.Params["v"]}
		switch {
		case c.Type == "*", c.Type == "application" && (c.SubType == "*" || c.SubType == "json"):
		case c.Type == "application" && c.SubType == "yaml":
			f.yaml = true
		default:
			continue
		}
		if f.as != "" && !slices.Contains(as, f.as) {
			continue
		}
		if f.as == "" || f.group == "" {
			f.group = "v1"
		}
		return f, nil
	}
	return form{}, &apierrors.StatusError{ErrStatus: metav1.Status{
		Status: metav1.StatusFailure, Code: 406, Reason: metav1.StatusReasonNotAcceptable, Details: &metav1.StatusDetails{},
		Message: "only the following media types are accepted: application/json, application/yaml" + words(as) + "; protobuf is not served",
	}}
}

func words(as []string) string {
	if len(as) == 0 {
		return ""
	}
	return "; application/json as " + strings.Join(as, ", ")
}
