package filter

import (
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/change"
)

// Word is a word of the language.
type Word struct {
	Name    string   // as it is written before the colon
	Values  []string // all there are, nil where any may be given
	Example string   // a value
	Help    string   // one sentence
	Flag    string   // the flag of log that says the same, "" for none
	alias   string
}

// Types are the values of type:.
var Types = []string{etcdsource.Created.String(), etcdsource.Updated.String(), etcdsource.Deleted.String()}

// Aspects are the values of aspect:.
var Aspects = []string{change.AspectSpec, change.AspectStatus, change.AspectMetadata, change.AspectDelete, change.AspectCreate, change.AspectHeartbeat, change.AspectNone}

// States are the values of is:.
var States = []string{isNoise, isOutOfBand, isGone}

const (
	isNoise     = "noise"
	isOutOfBand = "out-of-band"
	isGone      = "gone"
)

// Words are all words of the language, in the order in which they are offered.
var Words = []Word{
	{Name: "by", Example: "kubelet", Flag: "--writer", alias: "writer", Help: "who wrote it: a manager, component, controller, program or user, or a part of its name (* matches any characters); or unknown: not known (unknown*: a client that sent no name)"},
	{Name: "type", Values: Types, Example: "deleted", Flag: "--type", Help: "what was done to the key: created, updated or deleted"},
	{Name: "aspect", Values: Aspects, Example: "spec", Flag: "--aspect", Help: "what was written: spec, status, metadata, delete, create, heartbeat or none"},
	{Name: "kind", Example: "deploy", Flag: "TYPE", Help: "the resource, by any name that kubectl takes"},
	{Name: "ns", Example: "kube-system", Flag: "--namespace", alias: "namespace", Help: "the namespace; * matches any characters"},
	{Name: "since", Example: "10m", Flag: "--since", Help: "written from this revision, time or duration ago on: 4000, 15:04, 2m"},
	{Name: "until", Example: "15:04", Flag: "--until", Help: "written up to this revision, time or duration ago"},
	{Name: "field", Example: ".spec.replicas", Help: "the field, or something in it, was written; .spec.replicas=3: it got or lost this value"},
	{Name: "is", Values: States, Example: "noise", Flag: "--no-noise", Help: "noise: a sign of life, an Event, or no field that counts; out-of-band: not written by an API server; gone: the last deletion of a key that was not created again"},
}

// wordOf returns the word of a name, nil for none.
func wordOf(name string) *Word {
	i := slices.IndexFunc(Words, func(w Word) bool { return w.Name == name || name != "" && w.alias == name })
	if i < 0 {
		return nil
	}
	return &Words[i]
}

// names lists the words for a sentence.
func names() string {
	var b strings.Builder
	for i := range Words {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(Words[i].Name + ":")
	}
	return b.String()
}

// textual are beginnings of names in Kubernetes that look like a word, and are text.
var textual = []string{"system", "kubeadm"}
