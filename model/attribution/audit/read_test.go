package audit

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/decode/fuzztest"
)

// at is a time of the tests' hour, as the log spells it.
func at(second int) string {
	return time.Date(2026, 1, 2, 10, 0, 0, 0, time.UTC).Add(time.Duration(second) * time.Second).Format("2006-01-02T15:04:05.000000Z")
}

// eventOf is an event as an API server writes it; more is put behind its status.
func eventOf(second int, level, verb, uri, ref, more string) string {
	return fmt.Sprintf(`{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":%q,"auditID":"id-%d","stage":"ResponseComplete","requestURI":%q,"verb":%q,`+
		`"user":{"username":"alice","groups":["system:authenticated"]},"sourceIPs":["10.0.0.1"],"userAgent":"kubectl/v1.36.3 (linux/amd64) kubernetes/$Format","objectRef":{%s},`+
		`"responseStatus":{"metadata":{},"code":200}%s,"requestReceivedTimestamp":%q,"stageTimestamp":%q,"annotations":{"authorization.k8s.io/decision":"allow"}}`,
		level, second, uri, verb, ref, more, at(second), at(second+1))
}

const pod = `"resource":"pods","namespace":"demo","name":"web","apiVersion":"v1"`

// one hands out texts as files.
func one(texts ...string) Files {
	return func(_ context.Context, _ time.Time, each func(string, io.Reader) error, _ func(string, error)) error {
		for i, s := range texts {
			if err := each(fmt.Sprint("file ", i), strings.NewReader(s)); err != nil {
				return err
			}
		}
		return nil
	}
}

func read(t *testing.T, w Window, texts ...string) (*Log, Report) {
	t.Helper()
	l, r, err := Read(t.Context(), one(texts...), w)
	if err != nil {
		t.Fatal(err)
	}
	return l, r
}

// TestEvents: what is read of one event, at each level.
func TestEvents(t *testing.T) {
	web := Object{"", "pods", "demo", "web"}
	answer := `,"responseObject":{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web","namespace":"demo","resourceVersion":"77"}}`
	for name, c := range map[string]struct {
		event  string
		object Object
		want   string // what, revision, manager, as; "" for nothing
	}{
		"metadata":     {eventOf(1, "Metadata", "patch", "/api/v1/namespaces/demo/pods/web?fieldManager=kubectl-edit", pod, ""), web, "patch pods 0 kubectl-edit "},
		"request":      {eventOf(1, "Request", "patch", "/x", pod, `,"requestObject":[{"op":"remove","path":"/data/a","resourceVersion":"5"}]`), web, "patch pods 0  "},
		"answer":       {eventOf(1, "RequestResponse", "update", "/x", pod+`,"subresource":"status"`, `,"requestObject":{"kind":"Pod","dryRun":["All"]}`+answer), web, "update pods/status 77  "},
		"impersonated": {strings.Replace(eventOf(1, "Metadata", "delete", "/x", pod, ""), `"sourceIPs"`, `"impersonatedUser":{"username":"carol"},"sourceIPs"`, 1), web, "delete pods 0  carol"},
		"made-up name": {eventOf(1, "RequestResponse", "create", "/x", `"resource":"pods","namespace":"demo"`, answer), web, "create pods 77  "},
		"no name":      {eventOf(1, "Metadata", "create", "/x", `"resource":"pods","namespace":"demo"`, ""), Object{"", "pods", "demo", ""}, "create pods 0  "},
		"collection":   {eventOf(1, "RequestResponse", "deletecollection", "/x", `"resource":"pods","namespace":"demo"`, `,"responseObject":{"kind":"PodList","metadata":{"resourceVersion":"9"},"items":[]}`), Object{"", "pods", "demo", ""}, "deletecollection pods 0  "},
		"a status":     {eventOf(1, "RequestResponse", "delete", "/x", pod, `,"responseObject":{"kind":"Status","metadata":{"resourceVersion":"9"},"status":"Success"}`), web, "delete pods 0  "},
		"event group":  {eventOf(1, "Metadata", "create", "/x", `"resource":"events","namespace":"demo","name":"e","apiGroup":"events.k8s.io"`, ""), Object{"", "events", "demo", "e"}, "create events 0  "},
		"a namespace":  {eventOf(1, "Metadata", "patch", "/x", `"resource":"namespaces","namespace":"demo","name":"demo"`, ""), Object{"", "namespaces", "", "demo"}, "patch namespaces 0  "},
		"old binding":  {eventOf(1, "Metadata", "create", "/x", `"resource":"bindings","namespace":"demo","name":"web"`, ""), web, "create pods/binding 0  "},
		"spaced":       {strings.ReplaceAll(eventOf(1, "Metadata", "patch", "/x", pod, ""), `":"`, `": "`), web, "patch pods 0  "},

		"a read":             {eventOf(1, "Metadata", "get", "/x", pod, ""), web, ""},
		"an earlier stage":   {strings.Replace(eventOf(1, "Metadata", "patch", "/x", pod, ""), "ResponseComplete", "RequestReceived", 1), web, ""},
		"refused":            {strings.Replace(eventOf(1, "Metadata", "patch", "/x", pod, ""), `"code":200`, `"code":409`, 1), web, ""},
		"dry run":            {eventOf(1, "Metadata", "patch", "/x?dryRun=All", pod, ""), web, ""},
		"dry deletion":       {eventOf(1, "Request", "delete", "/x", pod, `,"requestObject":{"kind":"DeleteOptions","dryRun":["All"]}`), web, ""},
		"dry eviction":       {eventOf(1, "Request", "create", "/x", pod+`,"subresource":"eviction"`, `,"requestObject":{"deleteOptions":{"dryRun":["All"]}}`), web, ""},
		"a token":            {eventOf(1, "Metadata", "create", "/x", `"resource":"serviceaccounts","namespace":"demo","name":"default","subresource":"token"`, ""), Object{"", "serviceaccounts", "demo", "default"}, ""},
		"a verb of a stored": {eventOf(1, "Request", "update", "/x", pod, `,"requestObject":{"verb":"get","stage":"Panic"}`), web, "update pods 0  "},
	} {
		l, r := read(t, Window{}, c.event+"\n")
		got := ""
		for _, q := range l.Of(c.object) {
			got += fmt.Sprintf("%s %d %s %s", q.What(), q.Revision, q.Sender.Manager, q.Sender.As)
			if q.Sender.User != "alice" || q.Sender.Program() != "kubectl" || q.ID != "id-1" || q.Answered-q.Received != int64(time.Second) {
				t.Errorf("%s: read %+v by %+v", name, q, q.Sender)
			}
		}
		if got != c.want || r.Lines != 1 || r.Damaged != 0 {
			t.Errorf("%s: got %q, want %q (%+v)", name, got, c.want, r)
		}
	}
}

// TestShapes: the same events as lines, as lists and spread over lines.
func TestShapes(t *testing.T) {
	a, b := eventOf(1, "Metadata", "patch", "/x", pod, ""), eventOf(2, "Metadata", "delete", "/x", pod, "")
	list := `{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[` + a + "," + b + `]}`
	sorted := `{"apiVersion":"audit.k8s.io/v1","items":[` + a + "," + b + `],"kind":"EventList","metadata":{}}`
	for name, text := range map[string]string{
		"lines": a + "\n" + b + "\n", "no last line end": a + "\n\n" + b, "a list": list, "a sorted list": sorted + "\n", "windows": a + "\r\n" + b + "\r\n",
		"spread list": "{\n  \"kind\": \"EventList\",\n  \"items\": [\n" + a + ",\n" + b + "\n]\n}\n", "spread events": strings.ReplaceAll(a+b, `{"kind":"Event"`, "{\n\"kind\":\"Event\""),
	} {
		l, r := read(t, Window{From: time.Date(2026, 1, 2, 10, 0, 0, 0, time.UTC)}, text)
		if got := l.Of(Object{"", "pods", "demo", "web"}); len(got) != 2 || got[0].Verb != Patch || got[1].Verb != Delete || r.Requests != 2 || r.Trouble() != "" {
			t.Errorf("%s: %d requests, %+v", name, len(got), r)
		}
	}
}

// endless is a text that ends after n bytes.
type endless struct{ n, read int }

func (e *endless) Read(b []byte) (int, error) {
	if e.read >= e.n {
		return 0, io.EOF
	}
	for i := range b {
		b[i] = 'x'
	}
	e.read += len(b)
	return len(b), nil
}

// TestHugeDocument: one that stretches over lines is read only up to a bound; those before it count.
func TestHugeDocument(t *testing.T) {
	var good bytes.Buffer
	if err := json.Indent(&good, []byte(eventOf(1, "Metadata", "patch", "/x", pod, "")), "", "  "); err != nil {
		t.Fatal(err)
	}
	tail := &endless{n: 4 * maxDocument}
	in := io.MultiReader(&good, strings.NewReader("{\n\"kind\":\""), tail)
	l, r, err := Read(t.Context(), func(_ context.Context, _ time.Time, each func(string, io.Reader) error, _ func(string, error)) error {
		return each("x", in)
	}, Window{})
	if err != nil || l.Len() != 1 || r.Huge != 1 || r.Damaged != 0 || tail.read > 2*maxDocument {
		t.Errorf("%v, %+v, %d bytes were read", err, r, tail.read)
	}
}

// TestDamage: what is damaged is counted and passed over, and the rest is read.
func TestDamage(t *testing.T) {
	good := eventOf(1, "Metadata", "patch", "/x", pod, "")
	huge := eventOf(1, "Request", "patch", "/x", pod, `,"requestObject":{"data":"`+strings.Repeat("x", maxLine)+`"}`)
	text := strings.Join([]string{"not json", good, `{"kind":"Pod"}`, huge, "\x00\x1b[31m\xff{", `[]`, strings.Repeat("[", 20000), eventOf(2, "Metadata", "patch", "/x", pod, ""), good[:len(good)/2]}, "\n")
	l, r := read(t, Window{}, text)
	if n := l.Len(); n != 2 || r.Foreign != 5 || r.Damaged != 1 || r.Huge != 1 {
		t.Errorf("%d requests, %+v", n, r)
	}
	if want := "5 lines are no audit event, and were passed over; 1 line is damaged or cut, and was passed over; 1 line is too long, and was passed over"; r.Trouble() != want {
		t.Errorf("trouble %q", r.Trouble())
	}
	if _, r := read(t, Window{}, "root:x:0:0\ndaemon:x:1:1\n"); !strings.HasPrefix(r.Trouble(), "it holds no audit event (audit.k8s.io); give ") {
		t.Errorf("trouble of what is no audit log: %q", r.Trouble())
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	fmt.Fprintln(z, good)
	z.Close()
	cut, _ := gzip.NewReader(bytes.NewReader(packed.Bytes()[:packed.Len()-6]))
	_, r, err := Read(t.Context(), func(_ context.Context, _ time.Time, each func(string, io.Reader) error, missed func(string, error)) error {
		missed("locked", errors.New("permission denied"))
		return each("cut.gz", cut)
	}, Window{})
	if err != nil || len(r.Failed) != 2 || !strings.Contains(r.Trouble(), "cut.gz: unexpected EOF") {
		t.Errorf("%v, %+v", err, r)
	}
}

// TestWindow: what lies outside of the window is not kept, and reading ends behind it.
func TestWindow(t *testing.T) {
	var lines []string
	for s := range 3000 {
		lines = append(lines, eventOf(s, "Metadata", "patch", "/x", pod, ""))
	}
	from := time.Date(2026, 1, 2, 10, 10, 0, 0, time.UTC)
	l, r := read(t, Window{From: from, To: from.Add(10 * time.Second)}, strings.Join(lines, "\n"))
	if n := l.Len(); n != 11 {
		t.Errorf("%d requests of 11", n)
	}
	if r.Lines > 1100 || r.Lines < 600 {
		t.Errorf("%d lines were read", r.Lines)
	}
}

// counted counts what is read of a text.
type counted struct {
	*strings.Reader
	n int
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.n += n
	return n, err
}

// TestSkip: the beginning of the window is looked for by halves, and nothing of the window is lost.
func TestSkip(t *testing.T) {
	var b strings.Builder
	for s := range 40000 {
		b.WriteString(eventOf(s, "Metadata", "patch", "/x", pod, "") + "\n")
	}
	c := &counted{Reader: strings.NewReader(b.String())}
	from := time.Date(2026, 1, 2, 10, 0, 0, 0, time.UTC).Add(35000 * time.Second)
	l, _, err := Read(t.Context(), func(_ context.Context, _ time.Time, each func(string, io.Reader) error, _ func(string, error)) error {
		return each("log", c)
	}, Window{From: from})
	if err != nil || l.Len() != 5001 || c.n > b.Len()/2 {
		t.Errorf("%v: %d requests, %d of %d bytes read", err, l.Len(), c.n, b.Len())
	}
}

// TestIdle: a request that came after a later revision was answered has not written what it was answered with.
func TestIdle(t *testing.T) {
	answer := func(rev int) string {
		return fmt.Sprintf(`,"responseObject":{"kind":"Pod","metadata":{"resourceVersion":"%d"}}`, rev)
	}
	l, _ := read(t, Window{}, strings.Join([]string{
		eventOf(1, "RequestResponse", "patch", "/x", pod, answer(10)), eventOf(5, "RequestResponse", "patch", "/x", strings.Replace(pod, "web", "other", 1), answer(11)),
		eventOf(20, "RequestResponse", "patch", "/x", pod, answer(10)),
	}, "\n"))
	got := l.Answered(10)
	if len(got) != 2 || got[0].Idle || !got[1].Idle || len(l.Answered(11)) != 1 || len(l.Answered(12)) != 0 {
		t.Errorf("answered with 10: %+v", got)
	}
}

// TestRoom: the newest requests are kept where there is no room for all.
func TestRoom(t *testing.T) {
	l := newLog()
	for i := range 100 {
		l.add(Object{Name: fmt.Sprint(i % 7)}, Request{Received: int64(i), Answered: int64(i)})
	}
	if n := l.shrink(); n != 50 || l.Len() != 50 || len(l.Between(Object{Name: "1"}, 0, 49)) != 0 || len(l.Between(Object{Name: "1"}, 50, 99)) != 8 {
		t.Errorf("%d went, %d are left", n, l.Len())
	}
}

func TestCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := Read(ctx, one(strings.Repeat("x\n", 2000)), Window{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// unending is a line without an end, of which some is read before it is given up.
type unending struct {
	left int // pieces until stop
	stop func()
}

func (e *unending) Read(b []byte) (int, error) {
	if e.left--; e.left == 0 {
		e.stop()
	}
	if e.left < -10 {
		return 0, errors.New("read on after it was given up")
	}
	clear(b)
	return len(b), nil
}

// TestCanceledWithinALine: a line that does not end is given up too.
func TestCanceledWithinALine(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	files := func(_ context.Context, _ time.Time, each func(string, io.Reader) error, _ func(string, error)) error {
		return each("unending", &unending{100, cancel})
	}
	if _, r, err := Read(ctx, files, Window{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v %+v", err, r)
	}
}

func FuzzRead(f *testing.F) {
	x := fuzztest.New(f)
	for _, s := range []string{"{}\n{}", `{"kind":"Event"}`} {
		x.Add([]byte(s))
	}
	x.Add([]byte(eventOf(1, "Metadata", "patch", "/x", pod, "")))
	x.Add([]byte(`{"kind":"EventList","items":[` + eventOf(1, "Metadata", "patch", "/x?%zz&a", pod, "") + "]}"))
	x.Add([]byte("{\n\"kind\":\"Event\"\n"))
	x.Fuzz(func(t *testing.T, b []byte) {
		for _, w := range []Window{{}, {From: time.Unix(1e9, 0), To: time.Unix(2e9, 0)}} {
			l, r, err := Read(t.Context(), one(string(b)), w)
			if err != nil || l.Len() != r.Requests {
				t.Errorf("%v, %+v", err, r)
			}
			if n := len((&scanner{log: newLog()}).take(b)); w.From.IsZero() && !spread(b[:min(len(b), 4096)]) && n != r.Requests {
				t.Errorf("%d requests when it is followed, %d when it is read", n, r.Requests)
			}
		}
	})
}
