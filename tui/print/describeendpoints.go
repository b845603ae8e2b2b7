package print

import (
	"context"
	"fmt"
	"strings"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/describe"
	"github.com/etcdscope/etcdscope/model/endpoints"
)

// maxEndpoints bounds the addresses that are printed of a Service.
const maxEndpoints = 100

// endpointFields are the addresses that a Service leads to, as text; of more Services of a live store than describedLive they are left out.
func (d *describer) endpointFields(ctx context.Context, o *decode.Object) []describe.Field {
	if !endpoints.Of(o) || d.s.Info.Spare && len(d.found) > describedLive {
		return nil
	}
	l, err := endpoints.Read(ctx, d.s.Opened, o.Namespace, o.Name, d.rev)
	var lines []string
	switch {
	case err != nil:
		d.warn("describe: %s", clean.Error(err))
		return nil
	case l.Apart != "":
		lines = append(lines, "in etcd "+clean.Key([]byte(l.Apart)))
	case len(l.All) == 0:
		lines = append(lines, "<none>")
	}
	for i := range l.All[:min(len(l.All), maxEndpoints)] {
		lines = append(lines, endpointLine(&l.All[i]))
	}
	if n := len(l.All) - maxEndpoints; n > 0 || l.More {
		lines = append(lines, fmt.Sprintf("%d are shown; there are more", min(len(l.All), maxEndpoints)))
	}
	if len(l.Ports) > 0 {
		lines = append(lines, "ports "+clean.Key([]byte(strings.Join(l.Ports, ", "))))
	}
	return []describe.Field{{Label: "Endpoints", Value: strings.Join(lines, "\n")}}
}

// endpointLine is an endpoint: address, pod, node, and what keeps it from being used.
func endpointLine(e *endpoints.Endpoint) string {
	s := e.Address
	if e.Name != "" {
		s += " " + e.Kind + "/" + e.Name
	}
	if e.Node != "" {
		s += " on " + e.Node
	}
	switch {
	case e.Terminating:
		s += ", terminating"
	case !e.Ready:
		s += ", not ready"
	}
	return clean.Key([]byte(s))
}
