package live

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"sync"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
)

// builtin are the folders that a Kubernetes API server makes below its root, in namespaces where the name is followed
// by a star. They are only places to cut at: what is missing here is found, at a higher price.
const builtin = `apiextensions.k8s.io/customresourcedefinitions apiregistration.k8s.io/apiservices
certificatesigningrequests clusterrolebindings clusterroles clustertrustbundles configmaps* controllerrevisions*
controllers* cronjobs* csidrivers csinodes csistoragecapacities* daemonsets* deployments* deviceclasses endpointslices*
events* evictionrequests* evictions* flowschemas horizontalpodautoscalers* ingress* ingressclasses ipaddresses jobs*
leasecandidates* leases* limitranges* masterleases minions mutatingadmissionpolicies mutatingadmissionpolicybindings
mutatingwebhookconfigurations namespaces networkpolicies* persistentvolumeclaims* persistentvolumes
podcertificaterequests* poddisruptionbudgets* pods* podsecuritypolicy podtemplates* priorityclasses
prioritylevelconfigurations ranges replicasets* resourceclaims* resourceclaimtemplates* resourcequotas* resourceslices
rolebindings* roles* runtimeclasses secrets* serviceaccounts* servicecidrs services/endpoints* services/specs*
statefulsets* storageclasses storageversionmigrations validatingadmissionpolicies validatingadmissionpolicybindings
validatingwebhookconfigurations volumeattachments volumeattributesclasses`

// crds is where a root keeps its custom resource definitions, each named plural.group.
const crds = "apiextensions.k8s.io/customresourcedefinitions/"

// maxCuts bounds how many namespaces a folder is cut at; beyond it several share a piece.
const maxCuts = 100

// cut is the beginning of a folder that may be there.
type cut struct {
	at     []byte
	likely []byte // a part of the folder that is small and seldom empty
}

// known is what is known of one Kubernetes root.
type known struct {
	dirs       map[string]bool // folder below the root, with "/" → its objects are in namespaces
	namespaces []string
	seen       string // a small folder that is there
}

// roots remembers which prefixes are Kubernetes roots.
type roots struct {
	mu sync.Mutex
	by map[string]*known // nil: looked at, and is none
}

// cuts returns the boundaries among the children of a prefix, in order.
func (s *Source) cuts(ctx context.Context, m *member, prefix []byte, rev int64) ([]cut, error) {
	p := string(prefix)
	for i := strings.IndexByte(p, '/'); i >= 0; {
		root := p[:i+1]
		k, err := s.root(ctx, m, root, rev)
		if err != nil {
			return nil, err
		}
		if k != nil {
			return k.cuts(root, p[i+1:]), nil
		}
		j := strings.IndexByte(p[i+1:], '/')
		if j < 0 {
			break
		}
		i += j + 1
	}
	if !strings.HasPrefix(usualRoot, p) {
		return nil, nil
	}
	k, err := s.root(ctx, m, usualRoot, rev) // above it: nearly everything lies behind one child
	if k == nil || err != nil {
		return nil, err
	}
	return []cut{{at: []byte(usualRoot), likely: []byte(usualRoot + k.seen)}}, nil
}

// usualRoot is where API servers keep their objects unless a flag says otherwise.
const usualRoot = "/registry/"

// signs are small folders of which every cluster has one.
var signs = []string{"namespaces/", "minions/", "ranges/", "configmaps/kube-system/", "secrets/kube-system/", "serviceaccounts/kube-system/"}

// root finds out whether a prefix is a Kubernetes root, and what it holds. The answer is kept.
func (s *Source) root(ctx context.Context, m *member, root string, rev int64) (*known, error) {
	s.roots.mu.Lock()
	defer s.roots.mu.Unlock()
	if k, ok := s.roots.by[root]; ok {
		return k, nil
	}
	names, err := s.names(ctx, m, root+"namespaces/", rev)
	if err != nil {
		return nil, err
	}
	var k *known
	seen, err := s.sign(ctx, m, root, rev, names)
	if err != nil {
		return nil, err
	}
	if seen != "" {
		k = &known{dirs: map[string]bool{}, namespaces: names, seen: seen}
		for _, d := range append(strings.Fields(builtin), s.cfg.Boundaries...) {
			dir, namespaced := strings.CutSuffix(d, "*")
			k.dirs[strings.TrimSuffix(dir, "/")+"/"] = namespaced || strings.HasSuffix(d, "/")
		}
		custom, err := s.names(ctx, m, root+crds, rev)
		if err != nil {
			return nil, err
		}
		for _, name := range custom {
			if plural, group, ok := strings.Cut(name, "."); ok {
				k.dirs[group+"/"+plural+"/"] = true
			}
		}
	}
	if s.roots.by == nil {
		s.roots.by = map[string]*known{}
	}
	s.roots.by[root] = k
	return k, nil
}

// sign returns a small folder that shows a Kubernetes root, "" when there is none.
func (s *Source) sign(ctx context.Context, m *member, root string, rev int64, namespaces []string) (string, error) {
	if len(namespaces) > 0 {
		return signs[0], nil
	}
	for _, dir := range signs[1:] {
		from := []byte(root + dir)
		r, err := s.rangeOn(ctx, m, &pb.RangeRequest{Key: from, RangeEnd: prefixEnd(from), KeysOnly: true, Limit: 1, Revision: rev, Serializable: true})
		if err != nil {
			return "", err
		}
		if len(r.GetKvs()) > 0 {
			return dir, nil
		}
	}
	return "", nil
}

// names lists a small flat folder: the namespaces, the custom resource definitions.
func (s *Source) names(ctx context.Context, m *member, folder string, rev int64) ([]string, error) {
	r, err := s.rangeOn(ctx, m, &pb.RangeRequest{Key: []byte(folder), RangeEnd: prefixEnd([]byte(folder)), KeysOnly: true,
		Limit: 5000, Revision: rev, Serializable: true})
	if err != nil {
		return nil, err
	}
	var names []string
	for _, kv := range r.GetKvs() {
		if name := string(kv.GetKey()[len(folder):]); !strings.Contains(name, "/") {
			names = append(names, name)
		}
	}
	return names, nil
}

// cuts returns what may stand below root+rel.
func (k *known) cuts(root, rel string) []cut {
	if namespaced, ok := k.dirs[rel]; ok {
		if !namespaced {
			return nil
		}
		return k.namespaceCuts(root + rel)
	}
	seen := map[string]bool{}
	var out []cut
	for dir, namespaced := range k.dirs {
		rest, ok := strings.CutPrefix(dir, rel)
		if !ok {
			continue
		}
		seg := rest[:strings.IndexByte(rest, '/')+1]
		if !seen[seg] {
			seen[seg] = true
			out = append(out, cut{at: []byte(root + rel + seg)})
		}
		if namespaced && seg == rest {
			c := &out[slices.IndexFunc(out, func(c cut) bool { return string(c.at) == root+rel+seg })]
			c.likely = []byte(root + rel + seg + "kube-system/")
		}
	}
	slices.SortFunc(out, func(a, b cut) int { return bytes.Compare(a.at, b.at) })
	return out
}

func (k *known) namespaceCuts(folder string) []cut {
	step := (len(k.namespaces) + maxCuts - 1) / maxCuts
	var out []cut
	for i := 0; i < len(k.namespaces); i += step {
		out = append(out, cut{at: []byte(folder + k.namespaces[i] + "/")})
	}
	return out
}
