// Package commands tests commands of the built program where what they do needs more than one package: members of an etcd, a
// KMS plugin, a node's files.
package commands
