package etcdsource

import (
	"fmt"
	"strings"
)

// Mixed is a source whose given addresses may belong to several clusters.
type Mixed interface {
	// Clusters are the clusters that answered when it was opened, at one address each, the one that is read first; nil where it is the
	// only one.
	Clusters() []OtherCluster
}

// Clusters says that the addresses of a source belong to several clusters, and which one is read; "" where they do not. The addresses are
// untrusted.
func Clusters(src Source) string {
	m, err := As[Mixed](src)
	if err != nil {
		return ""
	}
	all := m.Clusters()
	if len(all) < 2 {
		return ""
	}
	var others []string
	for _, c := range all[1:] {
		others = append(others, fmt.Sprintf("%x at %s", c.Cluster, c.Endpoint))
	}
	is := "is"
	if len(others) > 1 {
		is = "are"
	}
	return fmt.Sprintf("the endpoints belong to %d clusters: %x at %s is read, %s %s not", len(all), all[0].Cluster, all[0].Endpoint, strings.Join(others, ", "), is)
}
