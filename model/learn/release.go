package learn

import (
	"context"
	"regexp"
	"strings"

	"k8s.io/apimachinery/pkg/util/version"
	"sigs.k8s.io/yaml"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/etcdsource"
)

// maxNodes is how many nodes are read for their version, and how many static pods of API servers; of a server that others use
// fewNodes: their values are large.
const (
	maxNodes = 500
	fewNodes = 50
)

// release is what a version of Kubernetes looks like, those of distributions included: v1.36.3, v1.33.5+k3s1, v1.32.9-eks-ecaa3a6.
var release = regexp.MustCompile(`^v[0-9]+\.[0-9]+\.[0-9]+[0-9A-Za-z.+-]{0,40}$`)

// Release is the version of Kubernetes at a revision, 0 for now, as in v1.36.3; "" where nothing stored says it. It is the newest
// that kubeadm's configuration, the static pods of the API servers, and else the nodes say: a kubelet is never newer than its API
// server, so the nodes, which are many and large, are not read where that is known.
func (k *Known) Release(ctx context.Context, src etcdsource.Source, rev int64) (newest string, err error) {
	known := false // what an API server runs
	note := func(s string) {
		if release.MatchString(s) && Newer(s, newest) {
			newest = s
		}
	}
	for _, from := range []struct {
		prefix string
		of     func(*decode.Object)
	}{
		{"configmaps/kube-system/kubeadm-config", func(o *decode.Object) {
			var conf struct {
				Version string `json:"kubernetesVersion"`
			}
			if yaml.Unmarshal([]byte(o.Text("data", "ClusterConfiguration")), &conf) == nil {
				note(conf.Version)
			}
		}},
		{"pods/kube-system/kube-apiserver-", func(o *decode.Object) {
			tag := imageOf(o)
			known = known || release.MatchString(tag)
			note(tag)
		}},
		{"minions/", func(o *decode.Object) { note(o.Text("status", "nodeInfo", "kubeletVersion")) }},
	} {
		if known {
			break
		}
		span := etcdsource.Prefix(k.Root + from.prefix)
		if span.Values, span.Limit = true, maxNodes; k.Info.Spare {
			span.Limit = fewNodes
		}
		p, err := src.Range(ctx, span, etcdsource.At{Revision: rev})
		if err != nil {
			return "", err
		}
		for i := range p.Entries {
			e := &p.Entries[i]
			from.of(k.Decoder.Object(e.Key, e.Value, e.Mod))
		}
	}
	return newest, nil
}

// imageOf is the tag of the image of a pod of an API server, "" where that is no such pod.
func imageOf(o *decode.Object) string {
	list, _ := o.Field("spec", "containers").([]any)
	for _, c := range list {
		m, _ := c.(map[string]any)
		image, _ := m["image"].(string)
		image, _, _ = strings.Cut(image, "@")
		if name, tag, ok := strings.Cut(image[strings.LastIndexByte(image, '/')+1:], ":"); ok && strings.HasPrefix(name, "kube-apiserver") {
			return tag
		}
	}
	return ""
}

// Newer reports whether a version is above another one; what is no version is above none.
func Newer(a, b string) bool {
	x, err := version.ParseGeneric(a)
	if err != nil {
		return false
	}
	y, err := version.ParseGeneric(b)
	return err != nil || y.LessThan(x)
}
