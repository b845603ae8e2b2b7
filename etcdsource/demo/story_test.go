package demo

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/etcdscope/etcdscope/decode/fuzztest"
)

func TestStories(t *testing.T) {
	t.Parallel()
	list := Stories()
	if len(list) == 0 || list[0] != (Info{Name: "pod", Tab: "Pod", Title: "The life of a Pod"}) {
		t.Fatalf("got %+v", list)
	}
}

// TestEveryStoryIsWhole plays nothing: it checks that each story that comes with the program could be played, and that
// every sentence says that the write went through the API server.
func TestEveryStoryIsWhole(t *testing.T) {
	t.Parallel()
	for _, info := range Stories() {
		script, err := find(info.Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := readCut(t.Context(), script, t.TempDir()); err != nil {
			t.Errorf("%s: %v", info.Name, err)
		}
		for _, p := range script.Steps {
			if !strings.Contains(p.Say, "API server") || len(p.Say) > 240 {
				t.Errorf("%s: %q: %d bytes: %s", info.Name, p.Title, len(p.Say), p.Say)
			}
		}
	}
}

// TestStoryFromFiles opens the same story from a folder and from its file, as anyone's own story is opened.
func TestStoryFromFiles(t *testing.T) {
	t.Parallel()
	for _, path := range []string{storyFolder("pod"), filepath.Join(storyFolder("pod"), storyFile)} {
		if !IsStory(path) {
			t.Errorf("%s is no story", path)
		}
		if got := open(t, path).Story(); got.Name != "pod" || got.Start < 500 {
			t.Errorf("%s: %s starts at %d", path, got.Name, got.Start)
		}
	}
}

func TestIsNoStory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, path := range []string{
		dir, filepath.Join(dir, "none"), write("config.yaml", "a: b\n"), write("binary", "\x00\xff\nsteps:"),
		filepath.Join(storyFolder("pod"), "cut.db.zst"), filepath.Join(storyFolder("pod"), "cut.yaml"),
	} {
		if IsStory(path) {
			t.Errorf("%s is a story", path)
		}
	}
}

func TestUnknownStory(t *testing.T) {
	t.Parallel()
	_, err := Open(t.Context(), "nonesuch", Options{})
	if err == nil || !strings.Contains(err.Error(), `"nonesuch"`) || !strings.Contains(err.Error(), "--list") {
		t.Errorf("got %v", err)
	}
}

func TestBadStories(t *testing.T) {
	t.Parallel()
	step := "{title: a, writer: b, lane: client, say: c, "
	for name, tc := range map[string]struct{ text, want string }{
		"empty":           {"", "no name or no steps"},
		"not yaml":        {"\t{", "yaml"},
		"unknown field":   {"name: x\nspeed: 3", "speed"},
		"no steps":        {"name: x", "no name or no steps"},
		"no title":        {"name: x\nsteps: [{lane: client, say: c, writer: d, refused: true}]", "step 1 is refused, and needs a title"},
		"lane":            {"name: x\nsteps: [{title: a, writer: b, lane: moon, say: c, refused: true}]", `no lane "moon"`},
		"no revision":     {"name: x\nsteps: [" + step + "}]", "must have a revision, or be refused"},
		"both":            {"name: x\nsteps: [" + step + "revision: 3, refused: true}]", "must have a revision, or be refused"},
		"backwards":       {"name: x\nsteps: [" + step + "revision: 3}, " + step + "revision: 3}]", "step 2 must come after revision 3"},
		"cut from beyond": {"name: x\ncut: ../../etc/passwd\nsteps: [" + step + "revision: 3}]", "must lie in the story's folder"},
	} {
		files := fstest.MapFS{storyFile: {Data: []byte(tc.text)}}
		if _, err := readScript(files, storyFile, "open"); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want %q", name, err, tc.want)
		}
	}
}

// TestBadCuts gives a story a cut that is none, or lacks a revision that a step names.
func TestBadCuts(t *testing.T) {
	t.Parallel()
	good, err := embedded.ReadFile("stories/pod/cut.db.zst")
	if err != nil {
		t.Fatal(err)
	}
	text := "name: x\nsteps: [{title: a, writer: b, lane: client, say: c, revision: 999999}]"
	for name, tc := range map[string]struct {
		cut  []byte
		want string
	}{
		"missing":   {nil, "cut.db.zst"},
		"no cut":    {[]byte("hello"), ""},
		"truncated": {good[:len(good)/2], ""},
		"lacks one": {good, "has no revision 999999"},
	} {
		files := fstest.MapFS{storyFile: {Data: []byte(text)}}
		if tc.cut != nil {
			files["cut.db.zst"] = &fstest.MapFile{Data: tc.cut}
		}
		script, err := readScript(files, storyFile, "open")
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		if _, err = readCut(t.Context(), script, dir); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want %q", name, err, tc.want)
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("%s: left %v", name, left)
		}
	}
}

func FuzzScript(f *testing.F) {
	x := fuzztest.New(f)
	seed, err := embedded.Open("stories/pod/story.yaml")
	if err != nil {
		f.Fatal(err)
	}
	text, err := io.ReadAll(seed)
	if err != nil {
		f.Fatal(err)
	}
	x.Add(text[:min(len(text), bytes.Index(text, []byte("- title: The scheduler")))]) // two steps: the others are like them
	x.Add([]byte("name: x\nsteps: [{title: a, writer: b, lane: client, say: c, refused: true}]"))
	x.Fuzz(func(t *testing.T, text []byte) {
		s, err := readScript(fstest.MapFS{storyFile: {Data: text}}, storyFile, "open")
		if err != nil {
			return
		}
		if story := s.story(); len(story.Steps) != len(s.Steps) || story.Done != 0 {
			t.Errorf("%d steps became %d", len(s.Steps), len(story.Steps))
		}
	})
}
