// Package requests is the feature that lists what was asked of the server, each with the etcdctl line that asks the same.
package requests
