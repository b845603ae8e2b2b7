// Command etcdctl is etcd's own command line, for tests that carry out the commands that etcdscope prints.
package main

import "go.etcd.io/etcd/etcdctl/v3/ctlv3"

func main() { ctlv3.MustStart() }
