package columns

import (
	"fmt"
	"net"
	"slices"
	"strings"
)

// balancer are the addresses of a load balancer.
func balancer(t map[string]any) string {
	var out []string
	for _, in := range items(t, ".status.loadBalancer.ingress") {
		if a := or(scalar(in["ip"]), scalar(in["hostname"])); a != "" && !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	slices.Sort(out)
	return strings.Join(out, ",")
}

func externalIP(t map[string]any) string {
	ips := texts(t, ".spec.externalIPs")
	switch or(Field(t, ".spec.type"), "ClusterIP") {
	case "ClusterIP", "NodePort":
		return orNone(strings.Join(ips, ","))
	case "LoadBalancer":
		lb := balancer(t)
		if len(ips) > 0 && lb != "" {
			ips = append(strings.Split(lb, ","), ips...)
		}
		if len(ips) > 0 {
			return strings.Join(ips, ",")
		}
		return or(lb, "<pending>")
	case "ExternalName":
		return Field(t, ".spec.externalName")
	}
	return Unknown
}

// clusterIP is the first of the addresses; objects of before there were several have one.
func clusterIP(t map[string]any) string {
	for _, ip := range texts(t, ".spec.clusterIPs") {
		return ip
	}
	return orNone(Field(t, ".spec.clusterIP"))
}

func servicePorts(t map[string]any) string {
	var out []string
	for _, p := range items(t, ".spec.ports") {
		s := or(scalar(p["port"]), "0")
		if n := number(p, ".nodePort"); n > 0 {
			s += fmt.Sprintf(":%d", n)
		}
		out = append(out, s+"/"+or(scalar(p["protocol"]), "TCP"))
	}
	return orNone(strings.Join(out, ","))
}

// endpoints are the first three addresses with their ports; the others are counted, not put together.
func endpoints(t map[string]any) string {
	var out []string
	n := 0
	add := func(addresses []map[string]any, text func(ip string) string) {
		n += len(addresses)
		for _, a := range addresses[:min(len(addresses), 3-min(len(out), 3))] {
			out = append(out, text(scalar(a["ip"])))
		}
	}
	for _, s := range items(t, ".subsets") {
		addresses, ports := items(s, ".addresses"), items(s, ".ports")
		for _, p := range ports {
			add(addresses, func(ip string) string { return net.JoinHostPort(ip, or(scalar(p["port"]), "0")) })
		}
		if len(ports) == 0 {
			add(addresses, func(ip string) string { return ip })
		}
	}
	switch s := strings.Join(out, ","); {
	case len(items(t, ".subsets")) == 0:
		return "<none>"
	case n > 3:
		return fmt.Sprintf("%s + %d more...", s, n-3)
	default:
		return s
	}
}

func slicePorts(t map[string]any) string {
	var out []string
	for _, p := range items(t, ".ports") {
		switch {
		case has(p, ".port"):
			out = append(out, scalar(p["port"]))
		default: // a port without a name has the empty one
			out = append(out, scalar(p["name"]))
		}
	}
	return short(out, 3, "<unset>")
}

func sliceEndpoints(t map[string]any) string {
	var out []string
	for _, e := range items(t, ".endpoints") {
		out = append(out, texts(e, ".addresses")...)
	}
	return short(out, 3, "<unset>")
}

// hosts are the hosts of the first rules: as kubectl has it, the rules without a host are counted among those that are left
// out.
func hosts(t map[string]any) string {
	rules, out, more := items(t, ".spec.rules"), []string(nil), false
	for _, r := range rules {
		more = more || len(out) == 3
		if h := scalar(r["host"]); h != "" && !more {
			out = append(out, h)
		}
	}
	s := or(strings.Join(out, ","), "*")
	if more {
		s += fmt.Sprintf(" + %d more...", len(rules)-3)
	}
	return s
}

func ingressPorts(t map[string]any) string {
	if len(items(t, ".spec.tls")) > 0 {
		return "80, 443"
	}
	return "80"
}

func classParameters(t map[string]any) string {
	p := entries(t, ".spec.parameters")
	if p == nil {
		return "<none>"
	}
	s := scalar(p["kind"])
	if p["apiGroup"] != nil {
		s += "." + scalar(p["apiGroup"])
	}
	return s + "/" + scalar(p["name"])
}

func parentRef(t map[string]any) string {
	p := entries(t, ".spec.parentRef")
	if p == nil {
		return "<none>"
	}
	s := scalar(p["resource"])
	if g := scalar(p["group"]); g != "" {
		s += "." + g
	}
	s = strings.ToLower(s)
	if ns := scalar(p["namespace"]); ns != "" {
		s += "/" + ns
	}
	return s + "/" + scalar(p["name"])
}

func nodeStatus(t map[string]any) string {
	status := "Unknown"
	for _, c := range items(t, ".status.conditions") {
		if c["type"] == "Ready" {
			if status = "NotReady"; c["status"] == "True" {
				status = "Ready"
			}
		}
	}
	if lookup(t, ".spec.unschedulable") == true {
		status += ",SchedulingDisabled"
	}
	return status
}

func nodeRoles(t map[string]any) string {
	var roles []string
	labels := entries(t, ".metadata.labels")
	for k, v := range labels {
		if r, ok := strings.CutPrefix(k, "node-role.kubernetes.io/"); ok && r != "" && !slices.Contains(roles, r) {
			roles = append(roles, r)
		} else if r := scalar(v); k == "kubernetes.io/role" && r != "" && !slices.Contains(roles, r) {
			roles = append(roles, r)
		}
	}
	slices.Sort(roles)
	return orNone(strings.Join(roles, ","))
}

func nodeAddress(kind string) func(map[string]any) string {
	return func(t map[string]any) string {
		for _, a := range items(t, ".status.addresses") {
			if a["type"] == kind {
				return scalar(a["address"])
			}
		}
		return "<none>"
	}
}

func nodeKernel(t map[string]any) string {
	s := or(Field(t, ".status.nodeInfo.kernelVersion"), Unknown)
	if arch := Field(t, ".status.nodeInfo.architecture"); arch != "" {
		s += " (" + arch + ")"
	}
	return s
}

var network = map[string][]Column{
	"/Service": {field("TYPE", ".spec.type", "ClusterIP"), col("CLUSTER-IP", clusterIP), col("EXTERNAL-IP", externalIP),
		col("PORT(S)", servicePorts), age, {Head: "SELECTOR", Wide: true, value: func(t map[string]any) string { return formatLabels(entries(t, ".spec.selector")) }}},
	"/Endpoints":                     {col("ENDPOINTS", endpoints), age},
	"discovery.k8s.io/EndpointSlice": {field("ADDRESSTYPE", ".addressType", ""), col("PORTS", slicePorts), col("ENDPOINTS", sliceEndpoints), age},
	"networking.k8s.io/Ingress": {field("CLASS", ".spec.ingressClassName", "<none>"), col("HOSTS", hosts),
		col("ADDRESS", balancer),
		col("PORTS", ingressPorts), age},
	"networking.k8s.io/IngressClass":  {field("CONTROLLER", ".spec.controller", ""), col("PARAMETERS", classParameters), age},
	"networking.k8s.io/NetworkPolicy": {col("POD-SELECTOR", func(t map[string]any) string { return or(labelSelector(".spec.podSelector")(t), "<none>") }), age},
	"networking.k8s.io/ServiceCIDR":   {col("CIDRS", func(t map[string]any) string { return strings.Join(texts(t, ".spec.cidrs"), ",") }), age},
	"networking.k8s.io/IPAddress":     {col("PARENTREF", parentRef)},
	"/Node": with([]Column{col("STATUS", nodeStatus), col("ROLES", nodeRoles), age, field("VERSION", ".status.nodeInfo.kubeletVersion", "")},
		wide(col("INTERNAL-IP", nodeAddress("InternalIP")), col("EXTERNAL-IP", nodeAddress("ExternalIP")), field("OS-IMAGE", ".status.nodeInfo.osImage", Unknown),
			col("KERNEL-VERSION", nodeKernel), field("CONTAINER-RUNTIME", ".status.nodeInfo.containerRuntimeVersion", Unknown))),
}
