// Package decode turns the bytes that are stored in etcd into objects that can be read.
//
//	key, value ─► decrypt (crypt) ─► sniff ─┬─ k8s\0   protobuf: a kind of client-go's scheme, or its metadata and fields
//	                                        ├─ {       JSON: custom resources, CRDs, APIServices
//	                                        ├─ d9d9f7  CBOR
//	                                        └─ else    text, or bytes
//	Object ─► Tree, JSON, YAML, Hex, Fields, Diff     every one of them takes a View
//
// What always holds:
//   - Object never fails: it holds the most that can be known of the value, and in Problem why that is not all.
//   - The values of a Secret come out of no method unless the View reveals them. Whether something is a Secret is decided
//     by its key as well as by its kind, so also what cannot be decoded is masked.
//   - Numbers keep every digit, and nothing is defaulted or converted: this is what is stored, not what is served.
//   - A Decoder and its Objects are safe for concurrent use and never change.
//   - Doc lines are safe to draw; Tree and JSON hold what is stored, JSON with everything escaped that could steer a
//     terminal.
package decode
