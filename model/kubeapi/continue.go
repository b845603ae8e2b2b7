package kubeapi

import (
	"encoding/base64"
	"encoding/json"
	"path"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// token is what the API server's continue tokens hold: the rest of a list begins with a key, at a revision; -1 is now.
type token struct {
	Version  string `json:"v"`
	Revision int64  `json:"rv"`
	Start    string `json:"start"` // behind the prefix of the resource's keys
}

const tokenVersion = "meta.k8s.io/v1"

func (t token) String() string {
	t.Version = tokenVersion
	b, _ := json.Marshal(t) // of numbers and texts
	return base64.RawURLEncoding.EncodeToString(b)
}

// readToken reads a token. Its start stays below the prefix that it is appended to.
func readToken(s string) (t token, err error) {
	bad := func(why string) (token, error) {
		return token{}, apierrors.NewBadRequest("continue key is not valid: " + why)
	}
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || json.Unmarshal(b, &t) != nil {
		return bad("it was not issued here")
	}
	key := "/" + strings.TrimPrefix(t.Start, "/")
	switch {
	case t.Version != tokenVersion:
		return bad("its version is not known")
	case t.Revision == 0 || t.Revision < -1:
		return bad("it has no resourceVersion")
	case t.Start == "" || path.Clean(strings.TrimSuffix(key, "\x00")) != strings.TrimSuffix(key, "\x00"):
		return bad("it does not begin with a key of the list")
	}
	return t, nil
}
