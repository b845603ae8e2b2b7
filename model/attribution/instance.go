package attribution

// instance tells which node or which holder of a leader's lease wrote, "" where it cannot be told.
func (c *ctx) instance(f *finding) string {
	v := c.version()
	if v == nil || f.writer == "" {
		return ""
	}
	switch who := f.part; who {
	case controlMgr, scheduler:
		return c.e.world.holders[who]
	case kubelet:
		return v.node()
	}
	return ""
}

// node is the node whose kubelet writes an object, "" where it does not tell.
func (v *version) node() string {
	switch v.Kind {
	case "Pod":
		return v.Text("spec", "nodeName")
	case "Node", "CSINode":
		return v.Name
	case "Lease":
		if v.Namespace == "kube-node-lease" {
			return v.Name
		}
	case "Event":
		return v.Text("source", "host")
	}
	return ""
}
