// Package diff says what changed between two versions of an object, in the object's own terms.
//
//	{spec:{containers:[{name:web, image:a}]}}      .spec.containers[name=web].image   replace   a → b
//	{spec:{containers:[{name:web, image:b}]}}
//
// Items of a list are distinguished by the fields that the API names them by: the list-map keys of Kubernetes' own types
// (lists.txt, generated from what client-go declares for server-side apply), those of a custom resource's schema, else
// the first well known field that names every item on both sides. Lists without such a field are compared by position
// where that says little, and are replaced as a whole otherwise.
//
// What always holds:
//   - Applying the changes to the old tree gives the new one, up to the order of named items and null for absent.
//   - A map on both sides is never replaced as a whole, and a named item is never named by its position.
//   - Moving a named item within its list is no change.
//   - metadata.managedFields, metadata.resourceVersion and metadata.selfLink are left out.
//   - Numbers are compared by their digits. Trees are read only.
package diff
