package change

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/diff"
)

// phrase is what one changed field says; the smallest weight is said first. An empty text says nothing by itself, and
// is counted where nothing else is there to say.
type phrase struct {
	weight int
	text   string
}

// maxPhrases is how many fields a summary describes; the others are counted.
const maxPhrases = 3

// restWeight and above are fields that are not worth words of their own beside others.
const restWeight = 80

func created(o *decode.Object) string {
	if s := eventWords(o); s != "" {
		return cut("created: " + s)
	}
	return "created"
}

func deleted(o *decode.Object) string {
	if s := eventWords(o); s != "" {
		return cut("deleted: " + s)
	}
	return "deleted"
}

// eventWords are the words of an Event, "" for anything else.
func eventWords(o *decode.Object) string {
	if o == nil || o.Kind != "Event" || !o.IsKubernetes() {
		return ""
	}
	text := o.Text
	if o.Secret { // for its key is one of a Secret
		tree := o.Tree(decode.View{})
		text = func(path ...string) string {
			s, _ := tree[path[0]].(string)
			return s
		}
	}
	reason, message := text("reason"), text("message")
	if message == "" {
		message = text("note")
	}
	return strings.TrimPrefix(reason+": "+message, ": ")
}

// renewed is what is said of a sign of life.
const renewed = "renewed"

// summary puts the weightiest changes into words.
func summary(c *Change) string {
	if len(c.Changes) == 0 {
		return Unchanged(c.Before, c.Object, c.Reordered)
	}
	if c.Aspect == AspectHeartbeat {
		return renewed
	}
	if c.Object.Kind == "Event" {
		return cut("again: " + eventWords(c.Object))
	}
	said, more := phrases(c)
	slices.SortStableFunc(said, func(a, b phrase) int { return cmp.Compare(a.weight, b.weight) })
	if len(said) > 1 && said[0].weight < restWeight {
		for len(said) > 1 && said[len(said)-1].weight >= restWeight {
			said = said[:len(said)-1]
		}
	}
	if len(said) == 0 {
		return counts(c.Changes)
	}
	var words []string
	for _, p := range said[:min(len(said), maxPhrases)] {
		words = append(words, p.text)
	}
	if more += len(said) - min(len(said), maxPhrases); more > 0 {
		words = append(words, fmt.Sprintf("+%d more", more))
	}
	return cut(strings.Join(words, ", "))
}

// maxSaid is how many fields are put into words before the weightiest are chosen. Of more, those that weigh least are only
// counted.
const maxSaid = 1000

// phrases puts what changed into words, each said once; more is how many fields were only counted.
func phrases(c *Change) (said []phrase, more int) {
	if len(c.Reordered) > 0 {
		said = append(said, phrase{weight: restWeight - 1, text: Reordered(c.Reordered)})
	}
	chosen := make([]int, len(c.Changes))
	for i := range chosen {
		chosen[i] = i
	}
	if len(chosen) > maxSaid {
		chosen, more = weightiest(c)
	}
	known := map[string]bool{"": true}
	for _, i := range chosen {
		if p := say(c.Object, &c.Changes[i]); !known[p.text] {
			known[p.text] = true
			said = append(said, p)
		}
	}
	return said, more
}

// weightiest returns the maxSaid weightiest changes in their order, and how many others say something.
func weightiest(c *Change) (chosen []int, more int) {
	weights := make([]int, len(c.Changes))
	for i := range c.Changes {
		chosen = append(chosen, i)
		weights[i] = weight(c.Object, &c.Changes[i])
	}
	slices.SortStableFunc(chosen, func(a, b int) int { return cmp.Compare(weights[a], weights[b]) })
	for _, i := range chosen[maxSaid:] {
		if weights[i] < restWeight {
			more++
		}
	}
	chosen = chosen[:maxSaid]
	slices.Sort(chosen)
	return chosen, more
}

// Unreadable says why two versions cannot be compared: only one of them has fields with names, and the other could not be decoded.
// It is "" where they can.
func Unreadable(before, after *decode.Object) string {
	if before == nil || after == nil {
		return ""
	}
	lacks := func(o *decode.Object) bool { return o.Problem != "" && (!o.IsTree(decode.View{}) || o.IsNumbered()) }
	x, y := lacks(before), lacks(after)
	switch {
	case x && !y:
		return cut(fmt.Sprintf("the version of revision %d cannot be compared: %s", before.Mod, before.Problem))
	case y && !x:
		return cut(fmt.Sprintf("the version of revision %d cannot be compared: %s", after.Mod, after.Problem))
	}
	return ""
}

// Reordered says that lists hold the same items in another order.
func Reordered(paths []string) string {
	shown := make([]string, 0, maxPhrases)
	for _, p := range paths[:min(len(paths), maxPhrases)] {
		shown = append(shown, strings.TrimPrefix(p, "."))
	}
	s := "reordered " + strings.Join(shown, ", ")
	if more := len(paths) - maxPhrases; more > 0 {
		s += fmt.Sprintf(" +%d more", more)
	}
	return cut(s)
}

// unsaid reports whether two versions differ in what could not be decoded of them.
func unsaid(before, after *decode.Object) bool {
	return before != nil && after != nil && before.Problem+after.Problem != "" && !before.SamePlain(after)
}

// Unchanged explains why the stored bytes of two versions differ though no field does; reordered are the lists whose
// items only changed their order. That no field changed it says only of equal bytes.
func Unchanged(before, after *decode.Object, reordered []string) string {
	switch {
	case len(reordered) > 0:
		return Reordered(reordered)
	case before.SamePlain(after) && before.Encryption != after.Encryption:
		return cut("re-encrypted, no field changed: " + encryption(before) + " → " + encryption(after))
	case before.SamePlain(after) && before.Encryption.Provider != "":
		return "re-encrypted, no field changed"
	case before.SamePlain(after) && before.IsKubernetes():
		return "rewritten, no field changed"
	case before.SamePlain(after):
		return sameValue
	case unsaid(before, after):
		return "the stored bytes differ, and not all of them could be decoded"
	case before.Encoding != after.Encoding && before.IsKubernetes() && after.IsKubernetes():
		return cut("re-encoded: " + before.Encoding + " → " + after.Encoding + ", with the same fields")
	case !before.IsKubernetes():
		return "the stored bytes differ"
	case !before.SameManagers(after):
		return "only managedFields changed"
	case before.Encryption != after.Encryption:
		return cut("re-encrypted: " + encryption(before) + " → " + encryption(after) + "; the bytes differ, the fields are the same")
	}
	return "rewritten: the bytes differ, the fields are the same"
}

func encryption(o *decode.Object) string {
	if o.Encryption.Provider == "" {
		return "none"
	}
	return o.Encryption.String()
}

// counts says how many fields of which part changed: "+2 −1 ~3 status".
func counts(changes []diff.Change) string {
	var n [3]int
	part := ""
	for i := range changes {
		switch changes[i].Op {
		case diff.Add:
			n[0]++
		case diff.Remove:
			n[1]++
		default:
			n[2]++
		}
		f := strings.FieldsFunc(changes[i].Path, func(r rune) bool { return r == '.' || r == '[' })
		switch {
		case len(f) == 0 || part == f[0]:
		case part == "":
			part = f[0]
		default:
			part = "fields"
		}
	}
	var words []string
	for i, sign := range []string{"+", "−", "~"} {
		if n[i] > 0 {
			words = append(words, fmt.Sprintf("%s%d", sign, n[i]))
		}
	}
	return cut(strings.Join(append(words, part), " "))
}
