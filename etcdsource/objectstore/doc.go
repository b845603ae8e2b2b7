// Package objectstore keeps backups in a bucket of an S3-compatible store.
//
//	stage (a folder here) ─► parts, each with its MD5, each tried again ─► complete ─► compare ETag, else read back ─► there
//	lock, index: small objects below .etcdscope/
//
// What always holds:
//   - An object that exists is not replaced, and one is removed only while its size and metadata are what was put there.
//   - Only https, unless http was asked for; no redirect is followed, so no credential reaches another host.
//   - Credentials come from the environment, the files of AWS and MinIO, or IMDSv2; no error and no String names one.
//   - Every request ends: each has a deadline by its size.
package objectstore
