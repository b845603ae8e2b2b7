package decode

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"
	"unsafe"

	"k8s.io/apimachinery/pkg/runtime/serializer/cbor/direct"
	"sigs.k8s.io/yaml"

	"github.com/etcdscope/etcdscope/decode/aliases"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/crypt"
	"github.com/etcdscope/etcdscope/decode/diff"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/decode/wire"
)

// Options are what a Decoder knows beside the bytes.
type Options struct {
	Keyring *crypt.Keyring // nil: encrypted values stay so
	Kinds   *kinds.Table   // nil: Kubernetes' own
	Root    string         // of the Kubernetes keys; "" is /registry/
}

// Decoder decodes values.
type Decoder struct {
	o      Options
	lists  diff.Lists
	shared shared
}

// New returns a decoder.
func New(o Options) *Decoder {
	if o.Kinds == nil {
		o.Kinds = kinds.Builtin()
	}
	if o.Root == "" {
		o.Root = kinds.DefaultRoot
	}
	return &Decoder{o: o, lists: diff.Lists{Schema: o.Kinds.Schema}}
}

// The values of Object.Encoding.
const (
	encProtobuf = "protobuf"
	encJSON     = "json"
	encCBOR     = "cbor"
	encYAML     = "yaml"
	encText     = "text"
	encBinary   = "binary"
	encEmpty    = "empty"
)

// Object is a decoded value.
type Object struct {
	Key                     []byte
	Mod                     int64  // its revision, shown as resourceVersion
	Encoding                string // protobuf, json, cbor, yaml, text, binary, empty; of the plain text if it was encrypted
	Group, APIVersion, Kind string // as stored; "" for what is no Kubernetes object
	Namespace, Name, UID    string
	Generation              int64
	Created                 time.Time // zero where not stored
	Secret                  bool      // its values are masked
	Encryption              crypt.Info
	Unknown                 int    // bytes of fields that this build does not know, as they are stored
	Foreign                 bool   // this build does not know the kind or its version, which is no fault of the value
	Problem                 string // why not all could be decoded, one safe line; "" if it was

	stored   []byte // as it is in the store
	plain    []byte // decrypted; nil where that failed
	js       string // JSON of a Kubernetes object, or of any JSON value; "" where there is none, or not yet: see Outline
	once     sync.Once
	root     atomic.Pointer[node] // js or message as nodes; of a large object as long as trees has room for it
	kind     *kindType            // of an object in protobuf that is read by its layout, else nil
	message  []byte               // such an object
	shared   *shared
	numbered bool           // the fields are known by number only
	nodes    int            // values in root of an object that is not large
	unknown  []wire.Unknown // the fields that this build does not know
	// briefly guards shape, what is known of a large object before it is parsed, values, how many are in shape, and whether
	// the object has a status.
	briefly sync.Once
	shape   *node
	values  int
	status  bool
	outline bool
	rest    func() *node // makes root of an outline in protobuf, else nil
}

// Decoded reports whether there is content: a tree, a list or a scalar. Without it only the key says what the object is.
func (o *Object) Decoded() bool { return o.js != "" || o.kind != nil || o.rest != nil }

// IsNumbered reports whether the fields beside metadata are known by number only, as the type is not, or could not be decoded.
func (o *Object) IsNumbered() bool { return o.numbered }

// IsKubernetes reports whether the value says of itself that it is a Kubernetes object.
func (o *Object) IsKubernetes() bool { return o.Kind != "" }

// Unread reports whether nothing could be read of the value: it is encrypted, or damaged from its beginning on. Problem says why.
func (o *Object) Unread() bool { return o.Problem != "" && !o.Decoded() }

// Object decodes a value. It never returns nil. The value must not be changed while the object is in use: it is not copied.
func (d *Decoder) Object(key, value []byte, mod int64) *Object {
	o, ok := d.decrypt(key, value, mod)
	if ok {
		d.open(o)
	}
	return o
}

// decrypt begins an object, and reports whether there is a plain text that can be decoded.
func (d *Decoder) decrypt(key, value []byte, mod int64) (*Object, bool) {
	o := &Object{Key: key, Mod: mod, stored: value, Secret: d.secretKey(key), shared: &d.shared}
	var err error
	o.plain, o.Encryption, err = d.o.Keyring.Decrypt(key, value)
	if err != nil {
		o.Encoding = encBinary
		o.trouble("encrypted with %s: %s", clean.Key([]byte(o.Encryption.String())), err)
		o.fromKey(d)
	}
	return o, err == nil
}

// trouble notes why the value is not fully decoded; the first reason stays first.
func (o *Object) trouble(format string, args ...any) {
	s := clean.Key(fmt.Appendf(nil, format, args...))
	if o.Problem != "" {
		s = o.Problem + "; " + s
	}
	o.Problem = s
}

// secretKey reports whether a key is one of a Secret, whatever is stored under it.
func (d *Decoder) secretKey(key []byte) bool {
	k := unsafe.String(unsafe.SliceData(key), len(key)) // not kept
	if strings.HasPrefix(k, "/bootstrap/") {            // k3s and RKE2: the cluster's authorities
		return true
	}
	if loginKind(k) != "" {
		return true
	}
	rest, ok := strings.CutPrefix(k, d.o.Root)
	if !ok {
		return strings.Contains(k, "/secrets/")
	}
	return strings.HasPrefix(rest, "secrets/") || strings.HasPrefix(rest, "core/secrets/")
}

var (
	protobufMagic = []byte("k8s\x00")
	cborMagic     = []byte{0xd9, 0xd9, 0xf7}
)

// open decodes the plain text by its first bytes.
func (d *Decoder) open(o *Object) {
	v := o.plain
	switch {
	case len(v) == 0:
		o.Encoding = encEmpty
	case bytes.HasPrefix(v, protobufMagic):
		o.Encoding = encProtobuf
		o.openProtobuf(v[len(protobufMagic):])
	case bytes.HasPrefix(v, cborMagic):
		o.Encoding = encCBOR
		o.openCBOR(v)
	case looksJSON(v):
		o.Encoding = encJSON
		o.openJSON(v)
	case printable(v):
		o.Encoding = encText
		o.openYAML(v)
	default:
		o.Encoding = encBinary
	}
	if o.Kind == "" {
		o.fromKey(d)
	}
}

func looksJSON(v []byte) bool {
	t := bytes.TrimLeft(v, " \t\r\n")
	return len(t) > 0 && (t[0] == '{' || t[0] == '[')
}

func printable(v []byte) bool {
	if !utf8.Valid(v) {
		return false
	}
	for _, r := range string(v) {
		if r < 0x20 && r != '\n' && r != '\t' && r != '\r' {
			return false
		}
	}
	return true
}

func (o *Object) openJSON(v []byte) {
	if !json.Valid(v) {
		var x any
		err := json.Unmarshal(v, &x)
		o.trouble("malformed JSON: %v", err)
		if printable(v) {
			o.Encoding = encText
		}
		return
	}
	if len(v) < large {
		o.js = string(v)
	} else {
		o.js = unsafe.String(&v[0], len(v)) // a value must not be changed while an object made of it is in use: see Decoder.Object
	}
	o.head()
}

// openYAML decodes what is stored as YAML: only what says that it is a Kubernetes object, for any text is YAML.
func (o *Object) openYAML(v []byte) {
	if !bytes.Contains(v, []byte("apiVersion:")) || !bytes.Contains(v, []byte("kind:")) {
		return
	}
	if err := aliases.Check(v); err != nil {
		o.trouble("read as text, not as YAML: %v", err)
		return
	}
	if js, err := yaml.YAMLToJSON(v); err == nil && len(js) > 0 && js[0] == '{' {
		o.js, o.Encoding = string(js), encYAML
		o.head()
	}
}

func (o *Object) openCBOR(v []byte) {
	var x any
	err := guarded(func() error { return direct.Unmarshal(v, &x) })
	if err == nil {
		o.js, err = marshal(x)
	}
	if err != nil {
		o.js = ""
		o.trouble("malformed CBOR: %v", err)
	}
	o.head()
}

// marshal returns a value as JSON, without the escapes that only HTML needs.
func marshal(v any) (string, error) {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return b.String(), err
}

// guarded turns a panic of a decoder into an error: stored bytes may be anything.
func guarded(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the decoder gave up: %v", r)
		}
	}()
	return f()
}

// head fills in what every object has. Names of fields are compared to the letter, as the API server does it: a field
// "KIND" says nothing.
func (o *Object) head() {
	root := o.brief()
	if root == nil || root.kind != '{' {
		return
	}
	o.APIVersion, o.Kind = root.field("apiVersion").text(), root.field("kind").text()
	if !o.identify() {
		return
	}
	md := root.field("metadata")
	o.Name, o.Namespace, o.UID = md.field("name").text(), md.field("namespace").text(), md.field("uid").text()
	if g := md.field("generation"); g != nil && g.kind == '0' {
		o.Generation, _ = strconv.ParseInt(g.str, 10, 64)
	}
	o.Created, _ = time.Parse(time.RFC3339, md.field("creationTimestamp").text())
}

// identify finds from APIVersion and Kind what the object is, and reports whether it is one of Kubernetes.
func (o *Object) identify() bool {
	o.Group = ""
	if g, _, ok := strings.Cut(o.APIVersion, "/"); ok {
		o.Group = g
	}
	o.Secret = o.Secret || o.Kind == "Secret" && o.Group == "" || o.login() != nil
	if o.APIVersion == "" || o.Kind == "" {
		o.APIVersion, o.Kind = "", ""
	}
	return o.Kind != ""
}

// fromKey names what the value does not name itself.
func (o *Object) fromKey(d *Decoder) {
	if ref, ok := d.o.Kinds.Locate(d.o.Root, o.Key); ok && o.Encryption.Provider != "" {
		o.Group, o.APIVersion, o.Kind = ref.Group, ref.APIVersion(), ref.Kind
		o.Namespace, o.Name = ref.Namespace, ref.Name
	}
}

// Diff says what changed from one version to another; either may be nil. Values of Secrets are masked unless the View
// reveals them: the paths say what changed all the same. The values are read only: they may be shared.
func (d *Decoder) Diff(before, after *Object, v View) []diff.Change {
	changes, _ := d.Compare(before, after, v)
	return changes
}

// Compare is Diff, and returns also the paths of the lists whose items only changed their order.
func (d *Decoder) Compare(before, after *Object, v View) (changes []diff.Change, reordered []string) {
	secret := before != nil && before.Secret || after != nil && after.Secret
	if !unequal(before, after, func(x, y *node) {
		changes, reordered = diff.Nodes(x, y, after.kind.apiVersion, after.kind.kind, d.lists)
	}) {
		changes, reordered = d.compared(before.revealed(), after.revealed())
	}
	if secret && !v.Reveal && len(changes) > 0 {
		maskChanges(changes, sync.OnceValue(func() hiddenTexts { return secretValues(before, after) }), before, after)
	}
	return changes, reordered
}

// Trees says what changed from one tree to another, trees that Apply or Tree returned. Nothing is masked.
func (d *Decoder) Trees(before, after map[string]any) []diff.Change {
	return diff.Trees(before, after, d.lists)
}

// Names says how the items of the lists of two versions are named; either tree may be nil.
func (d *Decoder) Names(before, after map[string]any) diff.Names { return d.lists.Of(before, after) }

// wireFields returns the schema-less fields of the plain text, nil where it is no protobuf.
func (o *Object) wireFields() []wire.Field {
	if !bytes.HasPrefix(o.plain, protobufMagic) {
		return nil
	}
	f, _ := wire.Parse(o.plain[len(protobufMagic):])
	return f
}

// SamePlain reports whether two values are the same bytes, decrypted where they were encrypted.
func (o *Object) SamePlain(b *Object) bool {
	return o.plain != nil && b.plain != nil && bytes.Equal(o.plain, b.plain)
}

// SameManagers reports whether metadata.managedFields of two objects are equal.
func (o *Object) SameManagers(b *Object) bool {
	if o.kind != nil && b.kind != nil && sameManagers(o.meta(), b.meta()) {
		return true
	}
	of := func(o *Object) []byte {
		if m := o.brief().field("metadata").field("managedFields"); m != nil {
			return appendJSON(nil, m, appendQuoted)
		}
		return nil
	}
	return bytes.Equal(of(o), of(b))
}
