package change

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/diff"
)

// rule says what a change of some field means. The first rule that fits is used.
type rule struct {
	path   string // the path, or its beginning where it ends in an asterisk; one that begins with an asterisk is an end
	weight int
	say    func(c *diff.Change) string // nil: nothing
}

var rules = []rule{
	{".metadata.deletionTimestamp", 0, func(c *diff.Change) string { return ifNew(c, "deletion asked for") }},
	{".metadata.deletionGracePeriodSeconds", 1, func(c *diff.Change) string { return ifNew(c, "grace "+short(c.New, 12)+" s") }},
	{".metadata.finalizers*", 5, finalizers},
	{".metadata.generation", 99, nil},
	{".metadata.creationTimestamp", 99, nil},
	{".metadata.labels*", 40, func(c *diff.Change) string { return entry("label", ".metadata.labels", c, true) }},
	{".metadata.annotations[\"kubectl.kubernetes.io/last-applied-configuration\"]", 99, nil},
	{".metadata.annotations*", 60, func(c *diff.Change) string { return entry("annotation", ".metadata.annotations", c, false) }},
	{".metadata.ownerReferences*", 30, func(c *diff.Change) string { return signed(c, "owner") }},
	{".spec.nodeName", 2, func(c *diff.Change) string { return ifNew(c, "assigned to "+short(c.New, 40)) }},
	{".spec.replicas", 3, func(c *diff.Change) string { return fromTo("", c) + " replicas" }},
	{".spec.holderIdentity", 4, func(c *diff.Change) string { return "held by " + holder(c.New) }},
	{".spec.renewTime", restWeight, func(*diff.Change) string { return "renewed" }},
	{".spec.acquireTime", 99, nil},
	{".spec.leaseTransitions", 99, nil},
	{".endpoints[*", 10, endpoint},
	{".status.containerStatuses*", 8, container},
	{".status.initContainerStatuses*", 8, container},
	{".status.ephemeralContainerStatuses*", 8, container},
	{"*.image", 6, func(c *diff.Change) string { return fromTo(item(c.Path)+" image ", c) }},
	{".spec.taints*", 10, func(c *diff.Change) string { return signed(c, "taint") }},
	{".status.phase", 4, func(c *diff.Change) string { return fromTo("", c) }},
	{"*.lastHeartbeatTime", restWeight + 5, func(*diff.Change) string { return "heartbeat" }},
	{"*.lastTransitionTime", 99, nil},
	{"*.lastUpdateTime", 99, nil},
	{"*.lastProbeTime", 99, nil},
	{".status.conditions", 19, conditions},
	{"*.reason", 19, reason},
	{".status.conditions*", 12, condition},
	{".status.podIP", 30, func(c *diff.Change) string { return ifNew(c, "IP "+short(c.New, 40)) }},
	{".status.podIPs*", 99, nil},
	{".status.hostIP*", 99, nil},
	{".status.startTime", 99, nil},
	{".status.readyReplicas", 15, func(c *diff.Change) string { return count("ready", c) }},
	{".status.availableReplicas", 16, func(c *diff.Change) string { return count("available", c) }},
	{".status.updatedReplicas", 17, func(c *diff.Change) string { return count("updated", c) }},
	{".status.replicas", 18, func(c *diff.Change) string { return count("replicas", c) }},
	{".status.observedGeneration", restWeight, func(c *diff.Change) string { return "saw generation " + short(c.New, 20) }},
	{".status*", 50, plain},
	{".data*", 20, func(c *diff.Change) string { return entry("data", ".data", c, true) }},
	{"*", 45, plain},
}

// say puts one change into words. The value of a Secret is never among them.
func say(o *decode.Object, c *diff.Change) phrase {
	if s := unknownField(c); s != "" {
		return phrase{hiddenWeight, s}
	}
	if isHidden(o, c) {
		return phrase{hiddenWeight, signed(c, line(strings.TrimPrefix(c.Path, "."), 48))}
	}
	if r := ruleFor(c); r != nil && r.say != nil {
		return phrase{r.weight, r.say(c)}
	}
	return phrase{}
}

// unknownField is "unknown field 16 of spec changed", "" for a field that this build knows. Where all that is unknown of a
// message came or went at once, the numbers are those of its map.
func unknownField(c *diff.Change) string {
	at := strings.Index(c.Path, "."+decode.UnknownFields)
	if at < 0 {
		return ""
	}
	rest := c.Path[at+1+len(decode.UnknownFields):]
	if rest != "" && rest[0] != '.' && rest[0] != '[' {
		return ""
	}
	numbers := []string{unquote(strings.TrimPrefix(rest, "."))}
	if rest == "" {
		m, _ := c.New.(map[string]any)
		if m == nil {
			m, _ = c.Old.(map[string]any)
		}
		numbers = slices.Sorted(maps.Keys(m))
	}
	s := "unknown field"
	if len(numbers) != 1 {
		s += "s"
	}
	if len(numbers) > 0 {
		s += " " + line(strings.Join(numbers, ", "), 40)
	}
	if in := clean.Middle(line(strings.TrimPrefix(c.Path[:at], "."), 200), 48); in != "" {
		s += " of " + in
	}
	return s + map[string]string{diff.Add: " added", diff.Remove: " removed", diff.Replace: " changed"}[c.Op]
}

// weight is how much one change weighs.
func weight(o *decode.Object, c *diff.Change) int {
	if isHidden(o, c) || strings.Contains(c.Path, "."+decode.UnknownFields) && unknownField(c) != "" {
		return hiddenWeight
	}
	if r := ruleFor(c); r != nil {
		return r.weight
	}
	return restWeight
}

// hiddenWeight is that of a field whose value is not said.
const hiddenWeight = 20

func isHidden(o *decode.Object, c *diff.Change) bool { return o.Secret && !under(c.Path, ".metadata") }

// ruleFor returns the rule of a change, nil where there is none.
func ruleFor(c *diff.Change) *rule {
	for i := range rules {
		if fits(rules[i].path, c.Path) {
			return &rules[i]
		}
	}
	return nil
}

func fits(pattern, path string) bool {
	if end, ok := strings.CutPrefix(pattern, "*"); ok {
		return strings.HasSuffix(path, end)
	}
	if begin, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(path, begin)
	}
	return path == pattern
}

func ifNew(c *diff.Change, s string) string {
	if c.Op == diff.Remove {
		return ""
	}
	return s
}

// fromTo is "3 → 5", with what comes before it.
func fromTo(what string, c *diff.Change) string {
	return what + short(c.Old, 28) + " → " + short(c.New, 28)
}

// count is "ready 1 → 2"; a number that is left out is 0.
func count(what string, c *diff.Change) string {
	zero := func(v any) string {
		if v == nil {
			return "0"
		}
		return short(v, 12)
	}
	return what + " " + zero(c.Old) + " → " + zero(c.New)
}

// signed is "+thing", "−thing" or "~thing".
func signed(c *diff.Change, what string) string {
	return map[string]string{diff.Add: "+", diff.Remove: "−", diff.Replace: "~"}[c.Op] + what
}

// entry describes one entry of a map: "+label app=web". The whole map is described by its name alone.
func entry(what, field string, c *diff.Change, value bool) string {
	key := unquote(strings.TrimPrefix(strings.TrimPrefix(c.Path, field), "."))
	switch {
	case key == "" && what == "data":
		return signed(c, what)
	case key == "":
		return signed(c, what+"s")
	}
	s := signed(c, what+" "+line(key, 40))
	if str, ok := c.New.(string); ok && value && len(str) <= 24 {
		s += "=" + line(str, 24)
	}
	return s
}

// unquote undoes the brackets of a key in a path.
func unquote(s string) string {
	if t, ok := strings.CutPrefix(s, `["`); ok {
		return strings.TrimSuffix(t, `"]`)
	}
	return s
}

// item is the name of the innermost list item of a path: "web" of .spec.containers[name=web].image.
func item(path string) string {
	end := strings.LastIndexByte(path, ']')
	start := strings.LastIndex(path[:max(end, 0)], "[")
	if end < 0 || start < 0 {
		return ""
	}
	_, name, ok := strings.Cut(path[start+1:end], "=")
	if !ok {
		return path[start : end+1]
	}
	return line(strings.Trim(name, `"`), 40)
}

func holder(v any) string {
	if v == nil || v == "" {
		return "nobody"
	}
	return short(v, 40)
}

func finalizers(c *diff.Change) string {
	had, has := texts(c.Old), texts(c.New)
	var words []string
	for _, f := range sub(had, has) {
		words = append(words, "−finalizer "+line(f, 40))
	}
	for _, f := range sub(has, had) {
		words = append(words, "+finalizer "+line(f, 40))
	}
	if len(words) == 0 {
		return "finalizers"
	}
	return strings.Join(words, " ")
}

func texts(v any) (out []string) {
	l, ok := v.([]any)
	if s, is := v.(string); is {
		return []string{s}
	}
	if !ok {
		return nil
	}
	for _, x := range l {
		if s, ok := x.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

func sub(a, b []string) (out []string) {
	in := map[string]bool{}
	for _, s := range b {
		in[s] = true
	}
	for _, s := range a {
		if !in[s] {
			out = append(out, s)
		}
	}
	return out
}

// condition is "Ready True → False", "Ready True" for a new one; reasons and messages alone are told in short.
func condition(c *diff.Change) string {
	name := item(c.Path)
	switch {
	case strings.HasSuffix(c.Path, ".status"):
		return name + " " + short(c.Old, 12) + " → " + short(c.New, 12)
	case strings.HasSuffix(c.Path, "]") && c.Op == diff.Add:
		m, _ := c.New.(map[string]any)
		return name + " " + short(m["status"], 12)
	case strings.HasSuffix(c.Path, "]") && c.Op == diff.Remove:
		return "−" + name
	case strings.HasSuffix(c.Path, ".message") || strings.HasSuffix(c.Path, ".observedGeneration"):
		return ""
	}
	return signed(c, name)
}

// conditions describes a whole list, which came or went at once.
func conditions(c *diff.Change) string {
	l, _ := c.New.([]any)
	var words []string
	for _, x := range l {
		if m, ok := x.(map[string]any); ok {
			words = append(words, short(m["type"], 32)+" "+short(m["status"], 12))
		}
	}
	if len(words) == 0 || len(words) > 2 {
		return signed(c, "conditions")
	}
	return strings.Join(words, ", ")
}

// reason is a new reason of a condition or a container's state.
func reason(c *diff.Change) string {
	if c.Op == diff.Remove {
		return ""
	}
	if name := item(c.Path); name != "" {
		return name + ": " + short(c.New, 32)
	}
	return plain(c)
}

// endpoint describes one endpoint of a slice. Its name in the path is the pod's uid, which says nothing to people.
func endpoint(c *diff.Change) string {
	switch {
	case strings.HasSuffix(c.Path, ".conditions.ready"):
		return "an endpoint's ready " + fromTo("", c)
	case !strings.HasSuffix(c.Path, "]"):
		return ""
	}
	m, _ := c.New.(map[string]any)
	if m == nil {
		m, _ = c.Old.(map[string]any)
	}
	target, _ := m["targetRef"].(map[string]any)
	if name, ok := target["name"].(string); ok {
		return signed(c, "endpoint "+line(name, 48))
	}
	return signed(c, "endpoint")
}

// container says how a container fares.
func container(c *diff.Change) string {
	name := item(c.Path)
	switch {
	case strings.HasSuffix(c.Path, ".restartCount"):
		return fmt.Sprintf("%s restarted (%s)", name, short(c.New, 12))
	case strings.Contains(c.Path, ".state.") && c.Op == diff.Add && isMap(c.New):
		state := c.Path[strings.LastIndexByte(c.Path, '.')+1:]
		m, _ := c.New.(map[string]any)
		if m["reason"] != nil {
			state += " " + short(m["reason"], 28)
		}
		if m["exitCode"] != nil {
			state += " exit " + short(m["exitCode"], 8)
		}
		return name + " " + state
	case strings.HasSuffix(c.Path, ".reason") && strings.Contains(c.Path, ".state."):
		return name + " " + short(c.New, 28)
	case strings.HasSuffix(c.Path, ".ready"):
		if c.New == true {
			return name + " ready"
		}
		return name + " not ready"
	}
	return ""
}

// plain describes any other field by its path and its values.
func plain(c *diff.Change) string {
	path := clean.Middle(line(strings.TrimPrefix(c.Path, "."), 200), 48)
	if c.Op == diff.Remove {
		return "−" + path
	}
	if big(c.Old) || big(c.New) {
		return signed(c, path)
	}
	if c.Op == diff.Add {
		return "+" + path + "=" + short(c.New, 24)
	}
	return path + " " + fromTo("", c)
}

func isMap(v any) bool {
	_, ok := v.(map[string]any)
	return ok
}

func big(v any) bool {
	switch x := v.(type) {
	case map[string]any, []any:
		return true
	case string:
		return len(x) > 48
	}
	return false
}
