package decode

import (
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
)

// sameWire are versions that client-go has no types for any more, and the version whose protobuf has the same fields under
// the same numbers and names. What such an old version had beyond that is unknown, and shown as such. Others of the same
// kinds gave numbers another meaning, and are none of these: autoscaling/v2beta1, resource.k8s.io/v1alpha2,
// coordination.k8s.io/v1alpha1, storagemigration.k8s.io/v1alpha1.
var sameWire = map[schema.GroupVersionKind]string{
	{Group: "autoscaling", Version: "v2beta2", Kind: "HorizontalPodAutoscaler"}:                      "v2",
	{Group: "batch", Version: "v2alpha1", Kind: "CronJob"}:                                           "v1",
	{Group: "certificates.k8s.io", Version: "v1alpha1", Kind: "PodCertificateRequest"}:               "v1beta1",
	{Group: "discovery.k8s.io", Version: "v1alpha1", Kind: "EndpointSlice"}:                          "v1beta1",
	{Group: "flowcontrol.apiserver.k8s.io", Version: "v1alpha1", Kind: "FlowSchema"}:                 "v1beta1",
	{Group: "flowcontrol.apiserver.k8s.io", Version: "v1alpha1", Kind: "PriorityLevelConfiguration"}: "v1beta1",
	{Group: "networking.k8s.io", Version: "v1alpha1", Kind: "IPAddress"}:                             "v1",
	{Group: "networking.k8s.io", Version: "v1alpha1", Kind: "ServiceCIDR"}:                           "v1",
	{Group: "resource.k8s.io", Version: "v1alpha3", Kind: "DeviceClass"}:                             "v1beta1",
	{Group: "resource.k8s.io", Version: "v1alpha3", Kind: "ResourceClaim"}:                           "v1beta1",
	{Group: "resource.k8s.io", Version: "v1alpha3", Kind: "ResourceClaimTemplate"}:                   "v1beta1",
	{Group: "scheduling.k8s.io", Version: "v1alpha1", Kind: "PriorityClass"}:                         "v1",
}

// typed returns an empty object of a kind, nil for one that this build does not know: of this version, or of one that has
// the same wire form.
func typed(gvk schema.GroupVersionKind) runtime.Object {
	if obj, err := scheme.Scheme.New(gvk); err == nil {
		return obj
	}
	if v, ok := sameWire[gvk]; ok {
		if obj, err := scheme.Scheme.New(schema.GroupVersionKind{Group: gvk.Group, Version: v, Kind: gvk.Kind}); err == nil {
			return obj
		}
	}
	return nil
}

// otherVersion reports whether this build knows a kind in another version of its group.
func otherVersion(gvk schema.GroupVersionKind) bool {
	for _, gv := range scheme.Scheme.PrioritizedVersionsForGroup(gvk.Group) {
		if gv.Version != gvk.Version && scheme.Scheme.Recognizes(gv.WithKind(gvk.Kind)) {
			return true
		}
	}
	return false
}
