package columns

import (
	"slices"
	"strings"
)

// accessModes are abbreviated, in kubectl's order.
func accessModes(path string) func(map[string]any) string {
	return func(t map[string]any) string {
		stored, out := texts(t, path), []string(nil)
		for _, m := range [][2]string{{"ReadWriteOnce", "RWO"}, {"ReadOnlyMany", "ROX"}, {"ReadWriteMany", "RWX"}, {"ReadWriteOncePod", "RWOP"}} {
			if slices.Contains(stored, m[0]) {
				out = append(out, m[1])
			}
		}
		return strings.Join(out, ",")
	}
}

// volumePhase is the phase of a volume or a claim, unless it is being deleted.
func volumePhase(t map[string]any) string {
	if has(t, ".metadata.deletionTimestamp") {
		return "Terminating"
	}
	return or(Field(t, ".status.phase"), "Pending")
}

// storageClass is that of an annotation of old, else the field.
func storageClass(t map[string]any) string {
	if a, ok := entries(t, ".metadata.annotations")["volume.beta.kubernetes.io/storage-class"]; ok {
		return scalar(a)
	}
	return Field(t, ".spec.storageClassName")
}

func claim(t map[string]any) string {
	if !has(t, ".spec.claimRef") {
		return ""
	}
	return Field(t, ".spec.claimRef.namespace") + "/" + Field(t, ".spec.claimRef.name")
}

// bound shows what a claim has only of a volume.
func bound(value func(map[string]any) string) func(map[string]any) string {
	return func(t map[string]any) string {
		if Field(t, ".spec.volumeName") == "" {
			return ""
		}
		return value(t)
	}
}

func amount(path string) func(map[string]any) string {
	return func(t map[string]any) string { return quantity(Field(t, path)) }
}

var volumeMode = Column{Head: "VOLUMEMODE", Wide: true, value: func(t map[string]any) string { return or(Field(t, ".spec.volumeMode"), "Filesystem") }}

func audiences(t map[string]any) string {
	if !has(t, ".spec.tokenRequests") {
		return "<unset>"
	}
	var out []string
	for _, r := range items(t, ".spec.tokenRequests") {
		out = append(out, scalar(r["audience"]))
	}
	return strings.Join(out, ",")
}

var storage = map[string][]Column{
	"/PersistentVolume": {col("CAPACITY", amount(".spec.capacity.storage")), col("ACCESS MODES", accessModes(".spec.accessModes")),
		field("RECLAIM POLICY", ".spec.persistentVolumeReclaimPolicy", "Retain"), col("STATUS", volumePhase), col("CLAIM", claim), col("STORAGECLASS", storageClass),
		field("VOLUMEATTRIBUTESCLASS", ".spec.volumeAttributesClassName", "<unset>"), field("REASON", ".status.reason", ""), age, volumeMode},
	"/PersistentVolumeClaim": {col("STATUS", volumePhase), field("VOLUME", ".spec.volumeName", ""), col("CAPACITY", bound(amount(".status.capacity.storage"))),
		col("ACCESS MODES", bound(accessModes(".status.accessModes"))), col("STORAGECLASS", storageClass),
		field("VOLUMEATTRIBUTESCLASS", ".spec.volumeAttributesClassName", "<unset>"), age, volumeMode},
	"storage.k8s.io/StorageClass": {field("PROVISIONER", ".provisioner", ""), field("RECLAIMPOLICY", ".reclaimPolicy", "Delete"),
		field("VOLUMEBINDINGMODE", ".volumeBindingMode", "Immediate"), boolean("ALLOWVOLUMEEXPANSION", ".allowVolumeExpansion", "false"), age},
	"storage.k8s.io/VolumeAttributesClass": {field("DRIVERNAME", ".driverName", ""), age},
	"storage.k8s.io/VolumeAttachment": {field("ATTACHER", ".spec.attacher", ""), field("PV", ".spec.source.persistentVolumeName", ""), field("NODE", ".spec.nodeName", ""),
		boolean("ATTACHED", ".status.attached", "false"), age},
	"storage.k8s.io/CSINode": {length("DRIVERS", ".spec.drivers"), age},
	"storage.k8s.io/CSIDriver": {boolean("ATTACHREQUIRED", ".spec.attachRequired", "true"), boolean("PODINFOONMOUNT", ".spec.podInfoOnMount", "false"),
		boolean("STORAGECAPACITY", ".spec.storageCapacity", "false"), col("TOKENREQUESTS", audiences), boolean("REQUIRESREPUBLISH", ".spec.requiresRepublish", "false"),
		col("MODES", func(t map[string]any) string {
			return or(strings.Join(texts(t, ".spec.volumeLifecycleModes"), ","), "Persistent")
		}), age},
	"storage.k8s.io/CSIStorageCapacity": {field("STORAGECLASSNAME", ".storageClassName", ""), col("CAPACITY", func(t map[string]any) string {
		if !has(t, ".capacity") {
			return "<unset>"
		}
		return quantity(Field(t, ".capacity"))
	})},
}
