package kinds

import "strings"

// openshift lists the resources that OpenShift's own API servers (openshift-apiserver and oauth-apiserver, and those of
// OpenShift 3) keep below a root of their own, in the form of builtin. What they keep in CustomResourceDefinitions is not
// among them.
const openshift = `
routes                    route.openshift.io     v1  Route                    routes                    ns
deploymentconfigs         apps.openshift.io      v1  DeploymentConfig         deploymentconfigs         ns       dc
buildconfigs              build.openshift.io     v1  BuildConfig              buildconfigs              ns       bc
builds                    build.openshift.io     v1  Build                    builds                    ns
imagestreams              image.openshift.io     v1  ImageStream              imagestreams              ns       is
images                    image.openshift.io     v1  Image                    images                    cluster
templates                 template.openshift.io  v1  Template                 templates                 ns
templateinstances         template.openshift.io  v1  TemplateInstance         templateinstances         ns
brokertemplateinstances   template.openshift.io  v1  BrokerTemplateInstance   brokertemplateinstances   cluster
users                     user.openshift.io      v1  User                     users                     cluster
groups                    user.openshift.io      v1  Group                    groups                    cluster
useridentities            user.openshift.io      v1  Identity                 identities                cluster
oauth/clients             oauth.openshift.io     v1  OAuthClient              oauthclients              cluster
oauth/accesstokens        oauth.openshift.io     v1  OAuthAccessToken         oauthaccesstokens         cluster
oauth/authorizetokens     oauth.openshift.io     v1  OAuthAuthorizeToken      oauthauthorizetokens      cluster
oauth/clientauthorizations  oauth.openshift.io   v1  OAuthClientAuthorization  oauthclientauthorizations  cluster
securitycontextconstraints  security.openshift.io  v1  SecurityContextConstraints  securitycontextconstraints  cluster  scc
rangeallocations          security.openshift.io  v1  RangeAllocation          rangeallocations          cluster
clusterresourcequotas     quota.openshift.io     v1  ClusterResourceQuota     clusterresourcequotas     cluster  clusterquota
rolebindingrestrictions   authorization.openshift.io  v1  RoleBindingRestriction  rolebindingrestrictions  ns
authorization/cluster/policies        authorization.openshift.io  v1  ClusterPolicy         clusterpolicies        cluster
authorization/cluster/policybindings  authorization.openshift.io  v1  ClusterPolicyBinding  clusterpolicybindings  cluster
authorization/local/policies          authorization.openshift.io  v1  Policy                policies               ns
authorization/local/policybindings    authorization.openshift.io  v1  PolicyBinding         policybindings         ns
registry/sdnnetworks      network.openshift.io   v1  ClusterNetwork           clusternetworks           cluster
registry/sdnsubnets       network.openshift.io   v1  HostSubnet               hostsubnets               cluster
registry/sdnnetnamespaces  network.openshift.io  v1  NetNamespace             netnamespaces             cluster
registry/egressnetworkpolicy  network.openshift.io  v1  EgressNetworkPolicy   egressnetworkpolicies     ns
`

// companion is the last segment of the root that OpenShift's own API servers use, beside that of kube-apiserver.
const companion = "openshift.io"

// IsCompanion reports whether a root is one that OpenShift's own API servers keep their objects below: it belongs to the
// cluster of another root.
func IsCompanion(root string) bool { return strings.HasSuffix(root, "/"+companion+"/") }

// CompanionOf returns where the companion of a root is if there is one: /openshift.io/ beside /kubernetes.io/.
func CompanionOf(root string) string {
	up := strings.LastIndexByte(strings.TrimSuffix(root, "/"), '/')
	return root[:max(up, 0)] + "/" + companion + "/"
}

// OwnerOf returns the root whose companion a root is: /kubernetes.io/ beside /openshift.io/.
func OwnerOf(companion string) string {
	up := strings.LastIndexByte(strings.TrimSuffix(companion, "/"), '/')
	return companion[:max(up, 0)] + "/kubernetes.io/"
}

// WithCompanion returns the table with OpenShift's resources below a root of their own. All methods answer for both roots
// then; root arguments go on to mean the first one.
func (t *Table) WithCompanion(root string) *Table {
	list := append([]Resource(nil), t.list...)
	for _, r := range resources(openshift) {
		r.Root = root
		list = append(list, r)
	}
	return newTable(behind(list))
}

// behind puts a resource that has a root of its own behind a custom one that is the same to the API: newer releases of
// OpenShift define some of their types.
func behind(list []Resource) []Resource {
	type id struct{ group, plural string }
	defined := map[id]bool{}
	for i := range list {
		if list[i].Custom {
			defined[id{list[i].Group, list[i].Plural}] = true
		}
	}
	var first, last []Resource
	for _, r := range list {
		if r.Root != "" && defined[id{r.Group, r.Plural}] {
			last = append(last, r)
		} else {
			first = append(first, r)
		}
	}
	return append(first, last...)
}
