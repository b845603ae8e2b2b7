// Package serve is the Kubernetes API over HTTPS: a front end beside package print, over model/kubeapi.
//
//	listener ─► TLS (a certificate of this run) ─► Host ─► token ─► limits ─► kubeapi.API ─► gzip ─► client
//	kubeconfig ◄── contexts now, asof, NAME, replay: address, certificate, token
//
// What always holds:
//   - Without the token of this run nothing is answered but that it is missing; a foreign Host header is refused before.
//   - Only GET changes nothing, and only GET and the reviews of the own rights are answered.
//   - Every request is bounded: header and path in bytes, body in bytes, watches and lists in number, each write in time.
//   - The key of the certificate is in memory only.
package serve
