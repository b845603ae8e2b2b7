// Package kinds knows how Kubernetes' resources are named: by kubectl's users, by the API, and by the keys in etcd.
//
// A Table holds the resources of Kubernetes itself, extracted from the test of its storage paths, and the custom ones
// that the CustomResourceDefinitions in the store describe. It answers without a cluster:
//
//	po · pods · pod · Pod · pods.v1.  ── Find ──►  Resource  ── Key, Prefix ──►  /registry/pods/demo/nginx
//	                                              ◄── Locate ──
//	deploy/web -n demo · crd NAME     ── Parse ──► []Target
//
// What always holds:
//   - A Table never changes after it was made; With returns another one. All methods are safe for concurrent use.
//   - Locate and Key are each other's inverse for every key that Locate knows.
//   - Names are returned as they are stored, and are untrusted: package clean comes before the screen.
//   - Nothing here reads values, except FromCRD, which takes a decoded one.
package kinds
