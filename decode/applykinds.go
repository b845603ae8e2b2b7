package decode

import (
	"regexp"
	"slices"
)

// fillsEverywhere are the annotations that controllers write on any kind.
var fillsEverywhere = []string{"control-plane.alpha.kubernetes.io/leader", "field.cattle.io/publicEndpoints", "endpoints.kubernetes.io/last-change-trigger-time"}

// ofJobs are the labels by which the Job controller finds a Job's pods; apply refuses them when a new uid is given.
var ofJobs = []string{"controller-uid", "batch.kubernetes.io/controller-uid", "job-name", "batch.kubernetes.io/job-name"}

// hashes are the labels by which controllers find the pods of one template.
var hashes = []string{"pod-template-hash", "controller-revision-hash", "pod-template-generation", "batch.kubernetes.io/job-completion-index"}

// annotations are those that controllers and admission write, by group and kind.
var annotations = map[string][]string{
	"apps/Deployment": {"deployment.kubernetes.io/revision", "deprecated.deployment.rollback.to"},
	"apps/ReplicaSet": {"deployment.kubernetes.io/revision", "deployment.kubernetes.io/revision-history", "deployment.kubernetes.io/desired-replicas",
		"deployment.kubernetes.io/max-replicas"},
	"apps/DaemonSet": {"deprecated.daemonset.template.generation"},
	"/Pod": {"kubernetes.io/limit-ranger", "kubernetes.io/created-by", "kubernetes.io/psp", "kubernetes.io/config.hash", "kubernetes.io/config.mirror",
		"kubernetes.io/config.seen", "kubernetes.io/config.source", "batch.kubernetes.io/job-completion-index", "cni.projectcalico.org/containerID",
		"cni.projectcalico.org/podIP", "cni.projectcalico.org/podIPs", "k8s.v1.cni.cncf.io/network-status", "k8s.v1.cni.cncf.io/networks-status",
		"k8s.ovn.org/pod-networks", "openshift.io/scc", "security.openshift.io/validated-scc-subject-type"},
	"batch/Job": {"batch.kubernetes.io/job-tracking", "batch.kubernetes.io/cronjob-scheduled-timestamp"},
	"/PersistentVolumeClaim": {"pv.kubernetes.io/bind-completed", "pv.kubernetes.io/bound-by-controller", "pv.kubernetes.io/migrated-to",
		"volume.kubernetes.io/selected-node", "volume.kubernetes.io/storage-provisioner", "volume.beta.kubernetes.io/storage-provisioner",
		"volume.kubernetes.io/storage-resizer"},
	"/PersistentVolume":                   {"pv.kubernetes.io/bound-by-controller", "pv.kubernetes.io/migrated-to"},
	"/Service":                            {"metallb.universe.tf/ip-allocated-from-pool", "metallb.io/ip-allocated-from-pool", "cloud.google.com/neg-status"},
	"/Secret":                             {"kubernetes.io/service-account.uid"}, // of a token; a dead uid has it removed
	"autoscaling/HorizontalPodAutoscaler": {"autoscaling.alpha.kubernetes.io/conditions", "autoscaling.alpha.kubernetes.io/current-metrics"},
}

// strippers leave out what the cluster fills in beside that, by group and kind.
var strippers = map[string]func(s *stripped){
	"/Pod":                   stripPod,
	"/Service":               stripService,
	"/Secret":                stripToken,
	"/PersistentVolumeClaim": stripClaim,
	"/PersistentVolume": func(s *stripped) {
		ref := child(s.spec, "claimRef")
		s.drop(ref, "uid", "spec.claimRef.uid")
		s.drop(ref, "resourceVersion", "spec.claimRef.resourceVersion")
	},
	"/Namespace": func(s *stripped) {
		delete(s.spec, "finalizers") // the API server's own
		dropEmpty(s.tree, "spec")
	},
	"/Endpoints": func(s *stripped) {
		for _, set := range items(s.tree, "subsets") {
			s.targets(items(set, "addresses"))
			s.targets(items(set, "notReadyAddresses"))
		}
	},
	"discovery.k8s.io/EndpointSlice": func(s *stripped) { s.targets(items(s.tree, "endpoints")) },
	"batch/Job":                      stripJob,
	"apps/StatefulSet": func(s *stripped) {
		for _, c := range items(s.spec, "volumeClaimTemplates") {
			delete(c, "status")
		}
	},
	"certificates.k8s.io/CertificateSigningRequest": func(s *stripped) {
		for _, f := range []string{"username", "uid", "groups", "extra"} { // who asks is identified by the request itself
			s.drop(s.spec, f, "spec."+f)
		}
	},
	"apiextensions.k8s.io/CustomResourceDefinition": func(s *stripped) { definitionV1(s.tree, s.spec) },
}

// targets leaves the uids of pods out of endpoints.
func (s *stripped) targets(list []map[string]any) {
	for _, e := range list {
		for _, f := range []string{"uid", "resourceVersion"} {
			delete(child(e, "targetRef"), f)
		}
	}
}

// stripPod leaves out where a pod ran, and what admission resolved: a priority that is given, and is not the one that its
// class has, is refused.
func stripPod(s *stripped) {
	s.dropValue(s.spec, "nodeName", "spec.nodeName")
	s.dropValue(s.spec, "priority", "spec.priority")
	s.drop(s.spec, "preemptionPolicy", "spec.preemptionPolicy")
	if s.spec["runtimeClassName"] != nil {
		s.drop(s.spec, "overhead", "spec.overhead")
	}
	s.named("labels", hashes)
	s.named("labels", ofJobs)
	stripTokens(s)
	if c, _ := s.spec["ephemeralContainers"].([]any); len(c) > 0 {
		s.note("its ephemeral containers are left out: they can only be added to a pod that runs")
	}
	delete(s.spec, "ephemeralContainers")
}

// tokenPath is where admission mounts the token of the service account.
const tokenPath = "/var/run/secrets/kubernetes.io/serviceaccount"

// containers are the lists of a pod's containers.
var containers = []string{"initContainers", "containers", "ephemeralContainers"}

var (
	projectedToken = regexp.MustCompile(`^kube-api-access-[a-z0-9]{5}$`)
	secretToken    = regexp.MustCompile(`-token-[a-z0-9]{5}$`)
)

// generated reports whether admission added a volume, for the token of the service account.
func (s *stripped) generated(volume map[string]any) bool {
	name, _ := volume["name"].(string)
	if volume["projected"] != nil {
		return projectedToken.MatchString(name)
	}
	return secretToken.MatchString(name) && child(volume, "secret")["secretName"] == name && s.mounted(name, tokenPath)
}

// mounted reports whether a container mounts a volume at a path.
func (s *stripped) mounted(volume, path string) bool {
	for _, list := range containers {
		for _, c := range items(s.spec, list) {
			for _, m := range items(c, "volumeMounts") {
				if m["name"] == volume && m["mountPath"] == path {
					return true
				}
			}
		}
	}
	return false
}

// stripTokens leaves out the volumes that admission adds, and their mounts.
func stripTokens(s *stripped) {
	gone := map[any]bool{}
	for _, v := range items(s.spec, "volumes") {
		if s.generated(v) {
			gone[v["name"]] = true
			s.leave("token volume %v", v["name"])
		}
	}
	if len(gone) == 0 {
		return
	}
	cut(s.spec, "volumes", func(v map[string]any) bool { return gone[v["name"]] })
	for _, list := range containers {
		for _, c := range items(s.spec, list) {
			cut(c, "volumeMounts", func(m map[string]any) bool { return gone[m["name"]] })
		}
	}
}

// cut leaves items out of a list, and the list where none is left.
func cut(m map[string]any, name string, out func(item map[string]any) bool) {
	list, ok := m[name].([]any)
	if !ok {
		return
	}
	list = slices.DeleteFunc(list, func(i any) bool {
		c, ok := i.(map[string]any)
		return ok && out(c)
	})
	if m[name] = list; len(list) == 0 {
		delete(m, name)
	}
}

func stripService(s *stripped) {
	if s.spec["clusterIP"] != "None" { // a headless service asks for it
		s.dropValue(s.spec, "clusterIP", "spec.clusterIP")
		delete(s.spec, "clusterIPs")
	}
	s.dropValue(s.spec, "healthCheckNodePort", "spec.healthCheckNodePort")
	for _, p := range items(s.spec, "ports") {
		if v, ok := p["nodePort"]; ok {
			delete(p, "nodePort")
			s.leave("nodePort %v of port %v", v, p["port"])
		}
	}
}

// stripToken leaves out the token of a service account: it names a uid that is gone, and the controller fills in another.
func stripToken(s *stripped) {
	if s.tree["type"] != "kubernetes.io/service-account-token" {
		return
	}
	s.named("labels", []string{"kubernetes.io/legacy-token-last-used", "kubernetes.io/legacy-token-invalid-since"})
	data := child(s.tree, "data")
	for _, f := range []string{"token", "ca.crt", "namespace"} {
		s.drop(data, f, "data."+f)
	}
	dropEmpty(s.tree, "data")
}

// stripClaim leaves out the volume that a claim is bound to, and says what to do for each of the two wishes.
func stripClaim(s *stripped) {
	volume, ok := s.spec["volumeName"]
	if !ok {
		return
	}
	delete(s.spec, "volumeName")
	s.note("it was bound to the volume %v, which may be gone: as printed, without volumeName, it gets an empty volume; "+
		"to bind the old one where it still exists, keep spec.volumeName: %v (and take the old uid out of that volume's claimRef)", volume, volume)
}

func stripJob(s *stripped) {
	if s.spec["manualSelector"] != true {
		s.drop(s.spec, "selector", "spec.selector")
	}
	s.named("labels", ofJobs)
	template := child(child(s.spec, "template"), "metadata")
	for _, l := range ofJobs {
		delete(child(template, "labels"), l)
	}
	dropEmpty(template, "labels")
}
