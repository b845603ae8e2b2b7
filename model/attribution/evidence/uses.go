package evidence

// uses is what a living object uses: what cannot go, or counts, as long as the object is there.
type uses struct {
	namespace string
	*links    // nil for most objects: there are none
}

// links are the objects that an object uses.
type links struct {
	owners []string // uids of owners whose foreground deletion it blocks
	claims []string // volume claims, with their namespaces
	podOf  string   // uid of the owner of a Pod that is neither marked for deletion nor finished
	scales string   // what a HorizontalPodAutoscaler targets
}

// usesOf returns what a version uses. A Pod uses its claims only while it is on a node and not finished.
func usesOf(v *Version) (u uses) {
	u.namespace = own(v.Namespace)
	if l := linksOf(v); l.owners != nil || l.claims != nil || l.podOf != "" || l.scales != "" {
		u.links = &l
	}
	return u
}

// linksOf returns the objects that a version uses.
func linksOf(v *Version) (u links) {
	for i := range v.Owners {
		if v.Owners[i].Blocks {
			u.owners = append(u.owners, own(v.Owners[i].UID))
		}
	}
	if v.Kind == "HorizontalPodAutoscaler" {
		u.scales = target(v.Namespace, v.Text("spec", "scaleTargetRef", "kind"), v.Text("spec", "scaleTargetRef", "name"))
	}
	if v.Kind != "Pod" {
		return u
	}
	switch v.Text("status", "phase") {
	case "Succeeded", "Failed":
		return u
	}
	if v.Deletion.IsZero() {
		u.podOf = own(v.Owner().UID)
	}
	if v.Text("spec", "nodeName") == "" {
		return u
	}
	for _, name := range v.Claims() {
		u.claims = append(u.claims, v.Namespace+"/"+name)
	}
	return u
}

// useCounts counts living objects by what they use.
type useCounts struct{ namespaces, owners, claims, pods, scaled map[string]int }

func newUseCounts() useCounts {
	return useCounts{namespaces: map[string]int{}, owners: map[string]int{}, claims: map[string]int{}, pods: map[string]int{}, scaled: map[string]int{}}
}

// replace replaces what an object uses.
func (n *useCounts) replace(o *Object, u uses) {
	n.count(&o.uses, -1)
	n.count(&u, 1)
	o.uses = u
}

func (n *useCounts) count(u *uses, sign int) {
	if u.namespace != "" {
		add(n.namespaces, u.namespace, sign)
	}
	if u.links == nil {
		return
	}
	for _, uid := range u.owners {
		add(n.owners, uid, sign)
	}
	for _, c := range u.claims {
		add(n.claims, c, sign)
	}
	if u.podOf != "" {
		add(n.pods, u.podOf, sign)
	}
	if u.scales != "" {
		add(n.scaled, u.scales, sign)
	}
}

// add counts, and forgets a key whose count is 0.
func add(m map[string]int, k string, n int) {
	if m[k] += n; m[k] == 0 {
		delete(m, k)
	}
}

// InNamespace returns how many living objects a namespace has.
func (w *Objects) InNamespace(name string) int { return w.uses.namespaces[name] }

// Blocking returns how many living objects block the foreground deletion of an owner.
func (w *Objects) Blocking(uid string) int { return w.uses.owners[uid] }

// UsingClaim returns how many Pods use a volume claim.
func (w *Objects) UsingClaim(namespace, name string) int { return w.uses.claims[namespace+"/"+name] }

// PodsOf returns how many Pods an owner has that are neither marked for deletion nor finished.
func (w *Objects) PodsOf(uid string) int { return w.uses.pods[uid] }

// target is what a HorizontalPodAutoscaler names: kinds have no slash.
func target(namespace, kind, name string) string { return namespace + "/" + kind + "/" + name }

// Autoscaled reports whether a HorizontalPodAutoscaler targets an object.
func (w *Objects) Autoscaled(namespace, kind, name string) bool {
	return w.uses.scaled[target(namespace, kind, name)] > 0
}
