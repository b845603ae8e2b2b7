//go:build apifixtures

package decode

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand"
	randv2 "math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/etcdscope/etcdscope/decode/diff"
)

// The fixtures are objects of all kinds as the API servers of several releases store them, with every field filled: the
// testdata of k8s.io/api, from the module cache. What its generated.proto says is the measure for what is unknown.

func apiDir(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "k8s.io/api").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

func machineryDir(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "k8s.io/apimachinery").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// described is a message of a generated.proto: the types of its fields by number; "" for one without fields of its own.
type described map[int]string

var (
	protoMessageLine = regexp.MustCompile(`^message (\w+) \{`)
	protoFieldLine   = regexp.MustCompile(`^  (?:optional |repeated |required )?(map<\w+, *)?([.\w]+)>? \w+ = (\d+)`)
)

// descriptions reads all messages, by their full names.
func descriptions(t *testing.T) map[string]described {
	t.Helper()
	out := map[string]described{}
	for _, root := range []string{apiDir(t), machineryDir(t)} {
		err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
			if err != nil || d.Name() != "generated.proto" {
				return err
			}
			text, err := os.ReadFile(path)
			pkg, msg := "", ""
			for line := range strings.SplitSeq(string(text), "\n") {
				if p, ok := strings.CutPrefix(line, "package "); ok {
					pkg = strings.TrimSuffix(p, ";")
				}
				if m := protoMessageLine.FindStringSubmatch(line); m != nil {
					msg = pkg + "." + m[1]
					out[msg] = described{}
				}
				if m := protoFieldLine.FindStringSubmatch(line); m != nil && msg != "" {
					typ, n := m[2], 0
					fmt.Sscan(m[3], &n)
					switch {
					case strings.HasPrefix(typ, "."):
						typ = typ[1:]
					case strings.ToUpper(typ[:1]) == typ[:1]:
						typ = pkg + "." + typ
					case strings.Contains(typ, "."):
					default:
						typ = ""
					}
					if m[1] != "" {
						typ = "map " + typ
					}
					out[msg][n] = typ
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range []string{"Time", "MicroTime"} {
		out["k8s.io.apimachinery.pkg.apis.meta.v1."+s] = described{1: "", 2: ""}
	}
	if len(out) < 900 {
		t.Fatalf("only %d messages", len(out))
	}
	return out
}

// alien counts the bytes in fields that a message does not have.
func alien(all map[string]described, name string, b []byte) (n int) {
	entry, isMap := strings.CutPrefix(name, "map ")
	msg := all[name]
	if isMap {
		msg = described{1: "", 2: entry}
	}
	for len(b) > 0 {
		num, typ, size := protowire.ConsumeField(b)
		if size < 0 {
			return n + len(b)
		}
		below, known := msg[int(num)]
		if !known {
			n += size
		} else if below != "" && typ == protowire.BytesType {
			n += alien(all, below, inner(b[:size]))
		}
		b = b[size:]
	}
	return n
}

func inner(b []byte) []byte {
	_, _, n := protowire.ConsumeTag(b)
	v, _ := protowire.ConsumeBytes(b[n:])
	return v
}

// grown returns a message in which random messages below it have one more field, and how many bytes these are.
func grown(r *rand.Rand, all map[string]described, name string, b []byte, odds int) (out []byte, added int) {
	entry, isMap := strings.CutPrefix(name, "map ")
	msg := all[name]
	if isMap {
		msg = described{1: "", 2: entry}
	}
	for len(b) > 0 {
		num, typ, size := protowire.ConsumeField(b)
		below := msg[int(num)]
		if below == "" || typ != protowire.BytesType {
			out = append(out, b[:size]...)
		} else {
			sub, n := grown(r, all, below, inner(b[:size]), odds)
			out = protowire.AppendBytes(protowire.AppendTag(out, num, typ), sub)
			added += n
		}
		b = b[size:]
	}
	if r.Intn(odds) == 0 {
		n := len(out)
		switch number := protowire.Number(200 + r.Intn(3)); r.Intn(4) {
		case 0:
			out = protowire.AppendVarint(protowire.AppendTag(out, number, protowire.VarintType), r.Uint64())
		case 1:
			out = protowire.AppendString(protowire.AppendTag(out, number, protowire.BytesType), "kubernetes.io/hostname")
		case 2:
			out = protowire.AppendBytes(protowire.AppendTag(out, number, protowire.BytesType), []byte{0x0a, 2, 'h', 'i', 0x10, 7})
		default:
			out = protowire.AppendFixed64(protowire.AppendTag(out, number, protowire.Fixed64Type), r.Uint64())
		}
		added += len(out) - n
	}
	return out, added
}

// fixture is one stored object.
type fixture struct {
	release, name string
	value         []byte
	json          []byte // the same as the API server prints it
	message       string // its name in generated.proto
}

func fixtures(t *testing.T, releases string) (out []fixture) {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(apiDir(t), "testdata", releases, "*.pb"))
	for _, f := range files {
		if strings.Contains(f, "after_roundtrip") {
			continue
		}
		v, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		js, err := os.ReadFile(strings.TrimSuffix(f, ".pb") + ".after_roundtrip.json") // where this release prints it another way
		if err != nil {
			js, err = os.ReadFile(strings.TrimSuffix(f, ".pb") + ".json")
		}
		if err != nil {
			t.Fatal(err)
		}
		o := New(Options{}).Object([]byte("/registry/x"), v, 7)
		group := o.Group
		if group == "" {
			group = "core"
		}
		version := o.APIVersion[strings.LastIndexByte(o.APIVersion, '/')+1:]
		name := strings.TrimSuffix(filepath.Base(f), ".pb")
		out = append(out, fixture{filepath.Base(filepath.Dir(f)), name, v, js,
			"k8s.io.api." + strings.ReplaceAll(folder(group), "-", "_") + "." + version + "." + o.Kind})
	}
	if len(out) < 150 {
		t.Fatalf("only %d fixtures", len(out))
	}
	return out
}

// folder is where k8s.io/api holds a group.
func folder(group string) string {
	switch group {
	case "flowcontrol.apiserver.k8s.io":
		return "flowcontrol"
	case "internal.apiserver.k8s.io":
		return "apiserverinternal"
	}
	group, _, _ = strings.Cut(group, ".")
	return group
}

func (f fixture) raw(t *testing.T) envelope {
	t.Helper()
	e, err := readEnvelope(f.value[len(protobufMagic):])
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestFixtures: of every kind that this build knows, every byte that it does not know is counted, and where there is none
// the JSON is that of the API server.
func TestFixtures(t *testing.T) {
	all := descriptions(t)
	unknown, known := 0, 0
	for _, f := range fixtures(t, "*") {
		e := f.raw(t)
		o := New(Options{}).Object([]byte("/registry/x"), f.value, 7)
		if all[f.message] == nil || strings.Contains(o.Problem, "no kind that this build knows") {
			continue // not stored: options, reviews
		}
		if o.Problem != "" {
			t.Errorf("%s %s: %s", f.release, f.name, o.Problem)
			continue
		}
		want := alien(all, f.message, e.raw)
		if o.Unknown != want {
			t.Errorf("%s %s: %d unknown bytes, want %d: %s", f.release, f.name, o.Unknown, want, o.UnknownNames())
		}
		if unknown += want; want > 0 {
			continue
		}
		known++
		sameJSON(t, f, o)
	}
	t.Logf("%d unknown bytes in all; %d objects without", unknown, known)
}

// sameJSON compares an object with what the API server prints of it.
func sameJSON(t *testing.T, f fixture, o *Object) {
	t.Helper()
	var want map[string]any
	dec := json.NewDecoder(bytes.NewReader(f.json))
	dec.UseNumber()
	if err := dec.Decode(&want); err != nil {
		t.Fatal(err)
	}
	got := o.Tree(View{Reveal: true, ManagedFields: true})
	for _, c := range diff.Trees(want, got, diff.Lists{}) {
		if strings.Contains(c.Path, ".volumeClaimTemplates[") && (strings.HasSuffix(c.Path, "].kind") || strings.HasSuffix(c.Path, "].apiVersion")) {
			continue // filled in on reading
		}
		t.Errorf("%s %s: %s %s %v → %v", f.release, f.name, c.Op, c.Path, c.Old, c.New)
	}
}

// TestFixturesWithNewFields: unknown fields at any depth are counted, shown and compared, and are removed before an apply.
func TestFixturesWithNewFields(t *testing.T) {
	all, r, grew := descriptions(t), rand.New(rand.NewSource(1)), 0
	dec := New(Options{})
	for _, f := range fixtures(t, "HEAD") {
		was := dec.Object([]byte("/registry/x"), f.value, 7)
		if all[f.message] == nil || was.Problem != "" {
			continue
		}
		e := f.raw(t)
		for _, odds := range []int{1, 20} {
			raw, added := grown(r, all, f.message, e.raw, odds)
			o := dec.Object([]byte("/registry/x"), inEnvelope(string(e.apiVersion), string(e.kind), raw), 7)
			if o.Problem != "" || o.Unknown != added+was.Unknown {
				t.Errorf("%s: %d bytes, want %d; %s", f.name, o.Unknown, added, o.Problem)
			}
			if added == 0 {
				continue
			}
			grew++
			changes := dec.Diff(was, o, View{Reveal: true})
			for _, c := range changes {
				if c.Op != diff.Add || !strings.Contains(c.Path, UnknownFields) && !strings.HasPrefix(c.Path, ".status.disruptedPods") { // a time that was empty
					t.Errorf("%s: %s %s", f.name, c.Op, c.Path)
				}
			}
			text := PlainText(o.YAML(View{Reveal: true}))
			found := len(changes) > 0 || !was.SameManagers(o)
			if !found || !strings.Contains(text, "# +"+strconv.Itoa(added)+" byte") || !strings.Contains(text, "20") {
				t.Errorf("%s: %d changes of %d bytes; the YAML begins %.100s", f.name, len(changes), added, text)
			}
			tree, notes := o.Apply(View{Reveal: true}, nil)
			if js, _ := json.Marshal(tree); bytes.Contains(js, []byte(UnknownFields)) || tree != nil && len(notes) == 0 {
				t.Errorf("%s: apply keeps unknown fields: %v", f.name, notes)
			}
		}
	}
	if grew < 250 {
		t.Errorf("only %d objects grew", grew)
	}
}

// TestCheckerOnFixtures: every field of every kind, whole or damaged, is checked as it is decoded.
func TestCheckerOnFixtures(t *testing.T) {
	r := randv2.New(randv2.NewPCG(3, 4))
	c := New(Options{}).Checker()
	quick, all := 0, 0
	for _, f := range fixtures(t, "*") {
		if all++; agree(t, c, []byte("/registry/x"), f.value) {
			quick++
		}
		for range 60 {
			agree(t, c, []byte("/registry/x"), hurt(r, f.value))
		}
	}
	t.Logf("%d of %d values at a look", quick, all)
}
