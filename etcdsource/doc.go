// Package etcdsource is the contract between whatever holds a versioned keyspace and whatever shows it.
//
// A Source answers questions about the keyspace at any revision that it still holds, and streams its changes.
// A running cluster, a snapshot file and the demo are all Sources. Nothing above this package decides by which of them it
// reads: Info says what is true of a source, and As finds its optional abilities.
//
//	etcd, file, … → Stream.Next → Queue (bounded) → feed → State.Apply → pane → screen
//	                always drained  says what it dropped: Lost
//
// What always holds:
//   - A revision is never split over two Batches, and Batches come in revision order.
//   - Revisions that cannot be shown are said in Batch.Lost, and never more than what was really lost.
//   - Nothing in this package, nor below it, writes to an etcd that etcdscope did not start.
//   - Byte slices handed out are shared and must not be changed; what outlives Close must be copied.
//
// The package uses the standard library only and does no I/O.
package etcdsource
