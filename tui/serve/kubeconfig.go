package serve

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"sigs.k8s.io/yaml"
)

// Mark is what the kubeconfig of a run begins with, for who reads it. kubectl drops it when it changes the file.
const Mark = "# written by etcdscope serve; it is removed when that ends\n"

// The names by which a kubeconfig is recognised: of the only user, and of the authority of each cluster.
const (
	user      = "etcdscope"
	authority = "etcdscope serve"
)

// Context is a context of the kubeconfig: a name, and the position in time that its paths begin with.
type Context struct {
	Name string
	Path string // "", "/at/4000", "/replay"
}

// At is the context of a revision.
func At(name string, rev int64) Context { return Context{name, "/at/" + strconv.FormatInt(rev, 10)} }

// kubeconfig is the file that clients read.
func kubeconfig(server, token string, ca []byte, contexts []Context, current string) []byte {
	var b strings.Builder
	b.WriteString(Mark + "apiVersion: v1\nkind: Config\n")
	fmt.Fprintf(&b, "current-context: %q\nclusters:\n", current)
	for _, c := range contexts {
		fmt.Fprintf(&b, "- name: %q\n  cluster:\n    server: %q\n    certificate-authority-data: %s\n", c.Name, server+c.Path, base64.StdEncoding.EncodeToString(ca))
	}
	b.WriteString("contexts:\n")
	for _, c := range contexts {
		fmt.Fprintf(&b, "- name: %q\n  context:\n    cluster: %q\n    user: %s\n", c.Name, c.Name, user)
	}
	fmt.Fprintf(&b, "users:\n- name: %s\n  user:\n    token: %s\n", user, token)
	return []byte(b.String())
}

// config is what is read of a kubeconfig to recognise it.
type config struct {
	Clusters []struct {
		Cluster struct {
			Server string `json:"server"`
			CA     []byte `json:"certificate-authority-data"`
		} `json:"cluster"`
	} `json:"clusters"`
	Contexts []struct {
		Context struct {
			User string `json:"user"`
		} `json:"context"`
	} `json:"contexts"`
	Users []struct {
		Name string         `json:"name"`
		User map[string]any `json:"user"`
	} `json:"users"`
}

// tokens have this form.
var tokens = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

// Token returns the token of a kubeconfig that a run of etcdscope serve wrote, also where a client has changed contexts in it
// since; "" for one that holds anything of others, and for everything else.
func Token(data []byte) string {
	var c config
	if yaml.Unmarshal(data, &c) != nil || len(c.Clusters) == 0 || len(c.Users) != 1 || c.Users[0].Name != user || len(c.Users[0].User) != 1 {
		return ""
	}
	for i := range c.Clusters {
		block, rest := pem.Decode(c.Clusters[i].Cluster.CA)
		if block == nil || len(bytes.TrimSpace(rest)) > 0 {
			return ""
		}
		if cert, err := x509.ParseCertificate(block.Bytes); err != nil || cert.Subject.CommonName != authority {
			return ""
		}
	}
	for i := range c.Contexts {
		if u := c.Contexts[i].Context.User; u != user && u != "" {
			return ""
		}
	}
	token, _ := c.Users[0].User["token"].(string)
	return tokens.FindString(token)
}

// Address is the address of the server in a kubeconfig, without the path of a context; "" where there is none.
func Address(data []byte) string {
	var c config
	if yaml.Unmarshal(data, &c) != nil || len(c.Clusters) == 0 {
		return ""
	}
	u, err := url.Parse(c.Clusters[0].Cluster.Server)
	if err != nil || u.Host == "" {
		return ""
	}
	return "https://" + u.Host
}
