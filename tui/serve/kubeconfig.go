package serve

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
)

// Mark is what the kubeconfig of a run begins with: a file that begins otherwise is not etcdscope's.
const Mark = "# written by etcdscope serve; it is removed when that ends\n"

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
		fmt.Fprintf(&b, "- name: %q\n  context:\n    cluster: %q\n    user: etcdscope\n", c.Name, c.Name)
	}
	fmt.Fprintf(&b, "users:\n- name: etcdscope\n  user:\n    token: %s\n", token)
	return []byte(b.String())
}
