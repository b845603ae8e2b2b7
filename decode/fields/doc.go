// Package fields reads metadata.managedFields: who claims which fields of an object.
//
//	managedFields:                               entry   kubectl-edit  Update  09:12:07
//	- manager: kubectl-edit                 ─►   set     .spec.containers[name=web].image
//	  time: "2026-01-02T09:12:07Z"                       .metadata.labels.app
//	  fieldsV1: {f:spec: {f:containers:
//	    {'k:{"name":"web"}': {f:image: {}}}}}    Owners(leaf) ─► the entries that own it
//
// What always holds:
//   - Paths are those of package diff. Items of lists are found by the keys that the entry names them by, whatever
//     name package diff gives them; a key that an item leaves out fits any value, for the API server fills in defaults.
//   - A set without members means the whole of its field. Whoever owns a field itself goes before one who owns
//     something above it, for the same empty set also means a map whose members are others'.
//   - Entries need no time, and what cannot be read of them is left out and counted; nothing fails.
//   - A write that only removes fields, a binding and a deletion mark leave no trace here: this is evidence, not proof.
//   - Sets do not change and may be shared.
//
// structured-merge-diff's fieldpath.Set is not used: it reads JSON only, which would have to be written again from the
// decoded object (ours takes the tree and needs 0.4 of the time), knows no keys that were left out, and says only
// whether a path is a member, not what lies above or below it.
package fields
