package grep

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/diff"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

type stored struct {
	Key   string
	Value []byte
}

// cluster reads objects that an API server has stored: of every common kind, and two custom resources.
func cluster(t testing.TB) (list []stored) {
	t.Helper()
	f, err := os.Open("../rescue/testdata/lifecycle.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var s stored
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			t.Fatal(err)
		}
		list = append(list, s)
	}
	return list
}

// open writes a snapshot with the values, one a revision, and opens it.
func open(t testing.TB, list []stored) etcdsource.Source {
	t.Helper()
	var ops []sourcetest.Op
	for _, s := range list {
		if s.Value == nil {
			ops = append(ops, sourcetest.Delete(s.Key))
			continue
		}
		ops = append(ops, sourcetest.Put(s.Key, string(s.Value)))
	}
	src, err := snapfile.Open(context.Background(), sourcetest.WriteSnapshot(t, ops), snapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	return src
}

func compile(t testing.TB, q Query) *Pattern {
	t.Helper()
	p, err := Compile(q)
	if err != nil {
		t.Fatalf("%+v: %v", q, err)
	}
	return p
}

// run searches and returns each match as "revision path: line", and the tally.
func run(t testing.TB, src etcdsource.Source, q Query, v decode.View, history bool) (list []string, tally Tally) {
	t.Helper()
	s := &Search{Source: src, Decoder: decode.New(decode.Options{}), View: v, Pattern: compile(t, q)}
	add := func(m *Match) error {
		list = append(list, fmt.Sprintf("%d %s: %s", m.Revision, m.Path, m.Line))
		return nil
	}
	var err error
	if history {
		tally, err = s.History(t.Context(), etcdsource.Prefix(""), 1<<40, nil, add)
	} else {
		tally, err = s.Now(t.Context(), etcdsource.Prefix(""), 0, add)
	}
	if err != nil {
		t.Fatal(err)
	}
	return list, tally
}

// TestAsIfAllWereDecoded searches for parts of what is shown, by text and by expression: what is found does not change when
// every value is decoded.
func TestAsIfAllWereDecoded(t *testing.T) {
	t.Parallel()
	list := cluster(t)
	dec := decode.New(decode.Options{})
	var texts []string
	for _, s := range list {
		dec.EachLeaf(dec.Object([]byte(s.Key), s.Value, 1), decode.View{Reveal: true}, func(l *diff.Leaf) {
			if _, ok := diff.Scalar(l.Value); ok {
				texts = append(texts, strings.Split(fmt.Sprint(l.Value), "\n")...)
			}
		})
	}
	texts = slices.DeleteFunc(texts, func(s string) bool { return s == "" })
	all := func(p Pattern) *Pattern {
		p.whole, p.bare, p.drawn = finder{}, finder{}, true
		return &p
	}
	find := func(p *Pattern, v decode.View, off int) (out []string) {
		s := &Search{Decoder: dec, View: v, Pattern: p}
		for i := off; i < len(list); i += 8 {
			var f found
			s.value(t.Context(), []byte(list[i].Key), list[i].Value, int64(i), &f)
			for _, m := range f.matches {
				out = append(out, fmt.Sprint(m.Revision, m.Path, m.Line, m.From, m.To))
			}
		}
		return out
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom(texts).Draw(t, "text")
		from := rapid.IntRange(0, max(len(text)-1, 0)).Draw(t, "from")
		part := strings.ToValidUTF8(text[from:min(len(text), from+rapid.IntRange(1, 24).Draw(t, "length"))], "")
		q := Query{Text: part, IgnoreCase: rapid.Bool().Draw(t, "i"), Regexp: rapid.Bool().Draw(t, "E")}
		if q.IgnoreCase && rapid.Bool().Draw(t, "upper") {
			q.Text = strings.ToUpper(q.Text)
		}
		p, err := Compile(q)
		if err != nil {
			t.Skip(err)
		}
		v := decode.View{Reveal: rapid.Bool().Draw(t, "reveal")}
		off := rapid.IntRange(0, 7).Draw(t, "offset")
		got, want := find(p, v, off), find(all(*p), v, off)
		if !slices.Equal(got, want) {
			t.Fatalf("%+v: %d matches, %d when all is decoded\n%v\n%v", q, len(got), len(want), got, want)
		}
	})
}

// TestMatch lists kinds of values and what is found in them.
func TestMatch(t *testing.T) {
	t.Parallel()
	const cm = `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","labels":{"tier":"web"}},"data":{"app.conf":"color: blue\nsize: 4\n"}}`
	secret := `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s","labels":{"tier":"web"}},"data":{"password":"` + base64.StdEncoding.EncodeToString([]byte("hunter two\nblue")) + `"}}`
	list := []stored{
		{"/registry/configmaps/d/c", []byte(cm)},  // 2
		{"/registry/secrets/d/s", []byte(secret)}, // 3
		{"/registry/x.example.com/ws/d/w", []byte(`{"apiVersion":"x.example.com/v1","kind":"W","metadata":{"name":"w"},"spec":{"port":8080,"on":true,"text":"a \"quoted\" <tag> & é"}}`)}, // 4
		{"foreign", []byte("first\nblue and\nlast")},                                                                                 // 5
		{"secrets.txt/secrets/x", []byte("blue")},                                                                                    // 6: text below a key of Secrets
		{"/registry/secrets/d/enc", []byte("k8s:enc:aescbc:v1:k:0123456789abcdef0123456789abcdef")},                                  // 7
		{"/registry/configmaps/d/y", []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: inyaml}\ndata: {a: \"bl\\x75e\"}\n")}, // 8
		{"list", []byte(`["blue","green"]`)},                                                                                         // 9
		{"binary", []byte("\xff\xfeblue")},                                                                                           // 10
	}
	src := open(t, list)
	for _, c := range []struct {
		q      Query
		reveal bool
		want   []string
	}{
		{Query{Text: "blue"}, false, []string{`2 .data["app.conf"]: color: blue`, "8 .data.a: blue", "5 : blue and", `9 : ["blue","green"]`}},
		{Query{Text: "blue"}, true, []string{`2 .data["app.conf"]: color: blue`, "8 .data.a: blue", "3 .data.password: blue", "5 : blue and", `9 : ["blue","green"]`, "6 : blue"}},
		{Query{Text: "BLUE", IgnoreCase: true}, false, []string{`2 .data["app.conf"]: color: blue`, "8 .data.a: blue", "5 : blue and", `9 : ["blue","green"]`}},
		{Query{Text: "hunter"}, false, nil},
		{Query{Text: "password"}, false, []string{"3 .data.password: password: "}},
		{Query{Text: "8080"}, false, []string{"4 .spec.port: 8080"}},
		{Query{Text: "tru"}, false, []string{"4 .spec.on: true"}},
		{Query{Text: `"quoted" <tag> & é`}, false, []string{`4 .spec.text: a "quoted" <tag> & é`}},
		{Query{Text: `QUOTED" <TAG> & É`, IgnoreCase: true}, false, []string{`4 .spec.text: a "quoted" <tag> & é`}},
		{Query{Text: `^color: (red|blue)$`, Regexp: true}, false, []string{`2 .data["app.conf"]: color: blue`}},
		{Query{Text: `tier`}, false, []string{"2 .metadata.labels.tier: tier: web", "3 .metadata.labels.tier: tier: web"}},
		{Query{Text: `\*\*\*`, Regexp: true}, false, nil},
	} {
		got, tally := run(t, src, c.q, decode.View{Reveal: c.reveal}, false)
		if !slices.Equal(got, c.want) {
			t.Errorf("%+v: got\n%s\nwant\n%s", c.q, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
		if tally.Encrypted != 1 || tally.Values != int64(len(list)-1) {
			t.Errorf("%+v: %+v", c.q, tally)
		}
	}
}

// TestHistory: a line is found where it was written, and again only where it was written again.
func TestHistory(t *testing.T) {
	t.Parallel()
	cm := func(text string) []byte {
		return []byte(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"},"data":{"a":"` + text + `"}}`)
	}
	const k = "/registry/configmaps/d/c"
	src := open(t, []stored{{k, cm("red")}, {k, cm("blue")}, {k, cm(`blue\nred`)}, {k, cm("blue")}, {"other", []byte("blue")}, {k, cm("red")}, {k, cm("blue")}, {k, nil}, {k, cm("blue")}})
	got, _ := run(t, src, Query{Text: "blue"}, decode.View{}, true)
	want := []string{"3 .data.a: blue", "6 : blue", "8 .data.a: blue", "10 .data.a: blue"}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestPacked counts what was not searched: a release of Helm, and what is no text.
func TestPacked(t *testing.T) {
	t.Parallel()
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	release := b64(b64("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff" + strings.Repeat("x", 40)))
	src := open(t, []stored{
		{"/registry/secrets/d/helm", []byte(`{"apiVersion":"v1","kind":"Secret","metadata":{"name":"helm"},"type":"helm.sh/release.v1","data":{"release":"` + release + `"}}`)},
		{"/registry/configmaps/d/c", []byte(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"find"},"binaryData":{"a":"` + b64("\x00\x01\xff") + `"}}`)},
	})
	for q, want := range map[string]Tally{
		"helm": {Values: 2, Decoded: 2, Compressed: 1, Binary: 1},
		"find": {Values: 2, Decoded: 2, Binary: 1, Compressed: 1},
	} {
		_, got := run(t, src, Query{Text: q}, decode.View{Reveal: true}, false)
		if got.Bytes = 0; got != want {
			t.Errorf("%s: %+v, want %+v", q, got, want)
		}
	}
	_, got := run(t, src, Query{Text: "nothing"}, decode.View{}, false)
	if got.Bytes = 0; got != (Tally{Values: 2, Decoded: 1, Masked: 1, Binary: 1}) {
		t.Errorf("masked: %+v", got)
	}
}

// TestLongLine cuts a line of a megabyte around what matches, at the beginning of a rune.
func TestLongLine(t *testing.T) {
	t.Parallel()
	src := open(t, []stored{{"a", []byte(strings.Repeat("é", 300_000) + "needle" + strings.Repeat("ü", 300_000))}})
	s := &Search{Source: src, Decoder: decode.New(decode.Options{}), Pattern: compile(t, Query{Text: "needle"})}
	var list []Match
	if _, err := s.Now(t.Context(), etcdsource.Prefix(""), 0, func(m *Match) error { list = append(list, *m); return nil }); err != nil || len(list) != 1 {
		t.Fatal(len(list), err)
	}
	m := list[0]
	if m.Line[m.From:m.To] != "needle" || !m.Cut || len(m.Line) > 2*around+16 || strings.ToValidUTF8(m.Line, "?") != m.Line {
		t.Errorf("%+v", m)
	}
}

// TestRefused lists what is no query.
func TestRefused(t *testing.T) {
	t.Parallel()
	for q, want := range map[Query]string{
		{}:                                "empty",
		{Text: "a\nb"}:                    "more than one line",
		{Text: "(", Regexp: true}:         "missing closing )",
		{Text: strings.Repeat("x", 5000)}: "longer than",
		{Text: "a{2000}", Regexp: true}:   "repeat",
	} {
		if _, err := Compile(q); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %v, want %q", q.Text, err, want)
		}
	}
}
