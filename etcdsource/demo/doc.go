// Package demo is an etcd of its own, filled with what a real API server wrote, and the stories played into it.
//
// The etcd runs in a child process: this binary again, started with a hidden environment variable. It listens on a
// unix socket in a folder that only this user can enter, and ends when its standard input closes.
//
//	stories/pod/story.yaml ─┐                  ┌── child process ──────────┐
//	stories/pod/cut.db.zst ─┴→ replay ─Txn──→  │ etcd, unix socket, 0700 … │ ←── live.Source ←── everyone else
//	                            pipe ────────→ │ ends when the pipe closes │
//	                                           └───────────────────────────┘
//
// What always holds:
//   - A story is data: a snapshot cut out of a recorded cluster, and a list of steps that name revisions in it.
//   - One revision of the cut becomes one revision of the demo; a step writes one revision, or none where a request
//     was refused. All revisions that no step names are written before the first step.
//   - This is the only package that writes to an etcd, and it writes only to the one that it started.
//   - Child and folder are gone once the parent is, however it ends: the child holds the other end of a pipe, and it
//     made the folder itself.
//   - Every binary that opens a demo, test binaries too, calls Child first of all.
package demo
