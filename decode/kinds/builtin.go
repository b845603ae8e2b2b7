package kinds

import (
	"slices"
	"strings"
	"sync"
)

// builtin lists the resources of Kubernetes 1.37 and those that older releases stored, a line each:
//
//	prefix  group  version  kind  plural  scope  short names
//
// The version is the one that 1.37 stores. "-" is the core group. Singular names are the kind in lower case.
const builtin = `
configmaps                    -     v1  ConfigMap              configmaps              ns       cm
services/specs                -     v1  Service                services                ns       svc
podtemplates                  -     v1  PodTemplate            podtemplates            ns
pods                          -     v1  Pod                    pods                    ns       po
services/endpoints            -     v1  Endpoints              endpoints               ns       ep
resourcequotas                -     v1  ResourceQuota          resourcequotas          ns       quota
limitranges                   -     v1  LimitRange             limitranges             ns       limits
namespaces                    -     v1  Namespace              namespaces              cluster  ns
minions                       -     v1  Node                   nodes                   cluster  no
persistentvolumes             -     v1  PersistentVolume       persistentvolumes       cluster  pv
events                        -     v1  Event                  events                  ns       ev
persistentvolumeclaims        -     v1  PersistentVolumeClaim  persistentvolumeclaims  ns       pvc
serviceaccounts               -     v1  ServiceAccount         serviceaccounts         ns       sa
secrets                       -     v1  Secret                 secrets                 ns
controllers                   -     v1  ReplicationController  replicationcontrollers  ns       rc
daemonsets                    apps  v1  DaemonSet              daemonsets              ns       ds
deployments                   apps  v1  Deployment             deployments             ns       deploy
statefulsets                  apps  v1  StatefulSet            statefulsets            ns       sts
replicasets                   apps  v1  ReplicaSet             replicasets             ns       rs
controllerrevisions           apps  v1  ControllerRevision     controllerrevisions     ns
horizontalpodautoscalers      autoscaling  v2  HorizontalPodAutoscaler  horizontalpodautoscalers  ns  hpa
jobs                          batch v1  Job                    jobs                    ns
cronjobs                      batch v1  CronJob                cronjobs                ns       cj
certificatesigningrequests    certificates.k8s.io  v1       CertificateSigningRequest  certificatesigningrequests  cluster  csr
clustertrustbundles           certificates.k8s.io  v1beta1  ClusterTrustBundle         clustertrustbundles         cluster
podcertificaterequests        certificates.k8s.io  v1beta1  PodCertificateRequest      podcertificaterequests      ns
leases                        coordination.k8s.io  v1       Lease                      leases                      ns
leasecandidates               coordination.k8s.io  v1beta1  LeaseCandidate             leasecandidates             ns
evictionrequests              lifecycle.k8s.io     v1alpha1 EvictionRequest            evictionrequests            ns
evictions                     lifecycle.k8s.io     v1alpha1 Eviction                   evictions                   ns
endpointslices                discovery.k8s.io     v1       EndpointSlice              endpointslices              ns
ingress                       networking.k8s.io    v1       Ingress                    ingresses                   ns       ing
ingressclasses                networking.k8s.io    v1       IngressClass               ingressclasses              cluster
networkpolicies               networking.k8s.io    v1       NetworkPolicy              networkpolicies             ns       netpol
ipaddresses                   networking.k8s.io    v1       IPAddress                  ipaddresses                 cluster  ip
servicecidrs                  networking.k8s.io    v1       ServiceCIDR                servicecidrs                cluster
poddisruptionbudgets          policy               v1       PodDisruptionBudget        poddisruptionbudgets        ns       pdb
storageversionmigrations      storagemigration.k8s.io  v1beta1  StorageVersionMigration  storageversionmigrations  cluster
flowschemas                   flowcontrol.apiserver.k8s.io  v1  FlowSchema             flowschemas                 cluster
prioritylevelconfigurations   flowcontrol.apiserver.k8s.io  v1  PriorityLevelConfiguration  prioritylevelconfigurations  cluster
volumeattachments             storage.k8s.io       v1       VolumeAttachment           volumeattachments           cluster
volumeattributesclasses       storage.k8s.io       v1       VolumeAttributesClass      volumeattributesclasses     cluster  vac
storageclasses                storage.k8s.io       v1       StorageClass               storageclasses              cluster  sc
csistoragecapacities          storage.k8s.io       v1       CSIStorageCapacity         csistoragecapacities        ns
csinodes                      storage.k8s.io       v1       CSINode                    csinodes                    cluster
csidrivers                    storage.k8s.io       v1       CSIDriver                  csidrivers                  cluster
roles                         rbac.authorization.k8s.io  v1  Role                      roles                       ns
clusterroles                  rbac.authorization.k8s.io  v1  ClusterRole               clusterroles                cluster
rolebindings                  rbac.authorization.k8s.io  v1  RoleBinding               rolebindings                ns
clusterrolebindings           rbac.authorization.k8s.io  v1  ClusterRoleBinding        clusterrolebindings         cluster
validatingwebhookconfigurations    admissionregistration.k8s.io  v1  ValidatingWebhookConfiguration    validatingwebhookconfigurations    cluster
mutatingwebhookconfigurations      admissionregistration.k8s.io  v1  MutatingWebhookConfiguration      mutatingwebhookconfigurations      cluster
validatingadmissionpolicies        admissionregistration.k8s.io  v1  ValidatingAdmissionPolicy         validatingadmissionpolicies        cluster
validatingadmissionpolicybindings  admissionregistration.k8s.io  v1  ValidatingAdmissionPolicyBinding  validatingadmissionpolicybindings  cluster
mutatingadmissionpolicies          admissionregistration.k8s.io  v1  MutatingAdmissionPolicy           mutatingadmissionpolicies          cluster
mutatingadmissionpolicybindings    admissionregistration.k8s.io  v1  MutatingAdmissionPolicyBinding    mutatingadmissionpolicybindings    cluster
priorityclasses               scheduling.k8s.io    v1       PriorityClass              priorityclasses             cluster  pc
workloads                     scheduling.k8s.io    v1beta1  Workload                   workloads                   ns
podgroups                     scheduling.k8s.io    v1beta1  PodGroup                   podgroups                   ns
compositepodgroups            scheduling.k8s.io    v1alpha3 CompositePodGroup          compositepodgroups          ns
runtimeclasses                node.k8s.io          v1       RuntimeClass               runtimeclasses              cluster
devicetaintrules              resource.k8s.io      v1beta2  DeviceTaintRule            devicetaintrules            cluster
resourcepoolstatusrequests    resource.k8s.io      v1alpha3 ResourcePoolStatusRequest  resourcepoolstatusrequests  cluster
deviceclasses                 resource.k8s.io      v1       DeviceClass                deviceclasses               cluster
resourceclaims                resource.k8s.io      v1       ResourceClaim              resourceclaims              ns
resourceclaimtemplates        resource.k8s.io      v1       ResourceClaimTemplate      resourceclaimtemplates      ns
resourceslices                resource.k8s.io      v1       ResourceSlice              resourceslices              cluster
storageversions               internal.apiserver.k8s.io  v1alpha1  StorageVersion      storageversions             cluster
apiregistration.k8s.io/apiservices               apiregistration.k8s.io  v1  APIService                apiservices                cluster
apiextensions.k8s.io/customresourcedefinitions   apiextensions.k8s.io    v1  CustomResourceDefinition  customresourcedefinitions  cluster  crd crds
podsecuritypolicy             policy               v1beta1  PodSecurityPolicy          podsecuritypolicies         cluster  psp
podschedulings                resource.k8s.io      v1alpha1 PodScheduling              podschedulings              ns
podschedulingcontexts         resource.k8s.io      v1alpha3 PodSchedulingContext       podschedulingcontexts       ns
resourceclasses               resource.k8s.io      v1alpha2 ResourceClass              resourceclasses             cluster
resourceclassparameters       resource.k8s.io      v1alpha2 ResourceClassParameters    resourceclassparameters     ns
clustercidrs                  networking.k8s.io    v1alpha1 ClusterCIDR                clustercidrs                cluster
`

// cohabits are other groups under which kubectl knows a resource that is stored under one prefix.
var cohabits = map[string][]string{
	"events":          {"events.k8s.io"},
	"deployments":     {"extensions"},
	"daemonsets":      {"extensions"},
	"replicasets":     {"extensions"},
	"networkpolicies": {"extensions"},
	"ingresses":       {"extensions"},
}

var builtinTable = sync.OnceValue(func() *Table { return newTable(resources(builtin)) })

// Builtin returns the resources of Kubernetes itself.
func Builtin() *Table { return builtinTable() }

// resources reads a list of resources, a line each.
func resources(lines string) []Resource {
	var out []Resource
	for line := range strings.Lines(lines) {
		f := strings.Fields(line)
		if len(f) < 6 {
			continue
		}
		r := Resource{
			Prefix: f[0] + "/", Group: f[1], Version: f[2], Kind: f[3], Plural: f[4],
			Singular: strings.ToLower(f[3]), Short: f[6:], Namespaced: f[5] == "ns",
		}
		if r.Group == "-" {
			r.Group = ""
		}
		out = append(out, r)
	}
	return out
}

// categories are the names for several of Kubernetes' own resources, each with their full names, in kubectl's order.
var categories = map[string][]string{
	"all": {"pods", "replicationcontrollers", "services", "daemonsets.apps", "deployments.apps", "replicasets.apps",
		"statefulsets.apps", "horizontalpodautoscalers.autoscaling", "cronjobs.batch", "jobs.batch"},
	"api-extensions": {"mutatingadmissionpolicies.admissionregistration.k8s.io", "mutatingadmissionpolicybindings.admissionregistration.k8s.io",
		"mutatingwebhookconfigurations.admissionregistration.k8s.io", "validatingadmissionpolicies.admissionregistration.k8s.io",
		"validatingadmissionpolicybindings.admissionregistration.k8s.io", "validatingwebhookconfigurations.admissionregistration.k8s.io",
		"customresourcedefinitions.apiextensions.k8s.io", "apiservices.apiregistration.k8s.io"},
}

// InCategories returns the names for several resources that the resource belongs to, as "all".
func (r Resource) InCategories() (out []string) {
	if r.Custom {
		return r.Categories
	}
	for name, list := range categories {
		if slices.Contains(list, r.FullName()) {
			out = append(out, name)
		}
	}
	return out
}

// OfCategory returns the full names of the resources of a category: Kubernetes' own in kubectl's order, then custom ones. It is empty
// where no resource belongs to it.
func (t *Table) OfCategory(name string) []string {
	out := slices.Clone(categories[name])
	for i := range t.list {
		if r := &t.list[i]; r.Custom && slices.Contains(r.Categories, name) {
			out = append(out, r.FullName())
		}
	}
	return out
}
