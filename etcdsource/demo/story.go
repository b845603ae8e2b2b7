package demo

import (
	"embed"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"
	"time"
	"unicode/utf8"

	"sigs.k8s.io/yaml"

	"github.com/etcdscope/etcdscope/decode/aliases"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/regular"
)

//go:embed stories/*/story.yaml stories/*/cut.db.zst
var embedded embed.FS

// DefaultStory is the story that is played where none is named.
const DefaultStory = "pod"

// storyFile is the name of a story's description in its folder.
const storyFile = "story.yaml"

// maxStory is the largest description that is read, in bytes.
const maxStory = 1 << 20

// Info is what a list of stories says of one.
type Info struct {
	Name  string `json:"name"`
	Tab   string `json:"tab"`
	Title string `json:"title"`
}

// script is a story as its file describes it.
type script struct {
	Name  string    `json:"name"`
	Tab   string    `json:"tab"`
	Title string    `json:"title"`
	Intro string    `json:"intro"`
	Now   time.Time `json:"now"` // when the last of the seed was written
	Cut   string    `json:"cut"` // the snapshot that the writes come from, beside the description
	Steps []part    `json:"steps"`

	files fs.FS // the story's folder
}

// part is one step as the file describes it.
type part struct {
	Title    string    `json:"title"`
	Writer   string    `json:"writer"`
	Lane     string    `json:"lane"`
	Say      string    `json:"say"`
	At       time.Time `json:"at"`       // when it was written
	Revision int64     `json:"revision"` // in the cut
	Refused  bool      `json:"refused"`  // nothing was stored: there is no revision
}

// lanes are the columns that a step can stand in.
var lanes = map[string]bool{"client": true, "apiserver": true, "etcd": true, "controllers": true, "scheduler": true, "kubelet": true, "other": true}

// Stories returns the stories that come with the program, by name.
func Stories() []Info {
	folders, err := fs.ReadDir(embedded, "stories")
	if err != nil {
		return nil
	}
	var list []Info
	for _, f := range folders {
		if s, err := builtin(f.Name()); err == nil {
			list = append(list, Info{Name: s.Name, Tab: s.Tab, Title: s.Title})
		}
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Name < list[j].Name })
	return list
}

// IsStory reports whether a path is a story: a file that describes one, or a folder with a story.yaml in it.
func IsStory(name string) bool {
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		name = filepath.Join(name, storyFile)
	}
	b, err := regular.Read(name, maxStory)
	return err == nil && utf8.Valid(b) && strings.Contains("\n"+string(b), "\nsteps:")
}

// find returns the story of that name; else the one in that folder or file; else the default one for "".
func find(name string) (*script, error) {
	if name == "" {
		name = DefaultStory
	}
	for _, s := range Stories() {
		if s.Name == name {
			return builtin(name)
		}
	}
	if !IsStory(name) {
		return nil, &etcdsource.Problem{Tried: fmt.Sprintf("open story %q", name), Why: "there is no story of that name, and no such story file",
			Do: "demo --list names the stories"}
	}
	folder, file := name, storyFile
	if info, err := os.Stat(name); err == nil && !info.IsDir() {
		folder, file = filepath.Split(name)
	}
	return readScript(os.DirFS(filepath.Clean(folder)), file, fmt.Sprintf("open story %q", name))
}

func builtin(name string) (*script, error) {
	sub, err := fs.Sub(embedded, path.Join("stories", name))
	if err != nil {
		return nil, err
	}
	return readScript(sub, storyFile, "open story "+name)
}

// readScript reads a description and checks that it can be played.
func readScript(files fs.FS, file, tried string) (*script, error) {
	b, err := readLimited(files, file, maxStory)
	if err != nil {
		return nil, problem(tried, err)
	}
	if err := aliases.Check(b); err != nil {
		return nil, problem(tried, err)
	}
	s := &script{Cut: "cut.db.zst", files: files}
	if err := yaml.UnmarshalStrict(b, s); err != nil {
		return nil, problem(tried, err)
	}
	if err := s.check(); err != nil {
		return nil, problem(tried, err)
	}
	return s, nil
}

// check says what a description lacks.
func (s *script) check() error {
	if s.Name == "" || len(s.Steps) == 0 {
		return fmt.Errorf("it has no name or no steps")
	}
	if !fs.ValidPath(s.Cut) {
		return fmt.Errorf("cut %q must lie in the story's folder", s.Cut)
	}
	last := int64(0)
	for i, p := range s.Steps {
		switch {
		case p.Refused && (p.Title == "" || p.Say == "" || p.Writer == "" || p.Lane == ""): // of what was stored, who reads it can tell
			return fmt.Errorf("step %d is refused, and needs a title, a writer, a lane and something to say", i+1)
		case p.Lane != "" && !lanes[p.Lane]:
			return fmt.Errorf("step %d has no lane %q", i+1, p.Lane)
		case p.Refused != (p.Revision == 0):
			return fmt.Errorf("step %d must have a revision, or be refused", i+1)
		case !p.Refused && p.Revision <= last:
			return fmt.Errorf("step %d must come after revision %d", i+1, last)
		}
		last = max(last, p.Revision)
	}
	return nil
}

// story is the description as it is shown before it is played.
func (s *script) story() etcdsource.Story {
	out := etcdsource.Story{Name: s.Name, Tab: s.Tab, Title: s.Title, Intro: strings.TrimSpace(s.Intro)}
	for _, p := range s.Steps {
		out.Steps = append(out.Steps, etcdsource.Step{Title: p.Title, Writer: p.Writer, Lane: p.Lane,
			Say: strings.TrimSpace(p.Say), Stored: !p.Refused})
	}
	return out
}

func readLimited(files fs.FS, name string, limit int64) ([]byte, error) {
	info, err := fs.Stat(files, name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no regular file", name)
	case info.Size() > limit:
		return nil, fmt.Errorf("%s has %d bytes, more than a story needs", name, info.Size())
	}
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = fmt.Errorf("%s is larger than a story needs", name)
	}
	return b, err
}
