package main

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestScreensStaySmall keeps the program of tui small, and every type of the screens from growing into one that knows
// everything: at most 15 fields (embedded ones are counted) and 25 methods; 1,500 lines in package tui, 400 in a file,
// 60 in a function. Who needs more adds a type, a file, a feature.
func TestScreensStaySmall(t *testing.T) {
	t.Parallel()
	dirs, err := filepath.Glob("tui/feature/*")
	if err != nil || len(dirs) < 9 {
		t.Fatalf("there are %d features (%v)", len(dirs), err)
	}
	for _, dir := range append(dirs, "tui", "tui/host", "tui/words", "tui/view", "tui/frame") {
		s := shape{fields: map[string]int{}, methods: map[string]int{}}
		files, err := filepath.Glob(dir + "/*.go")
		if err != nil || len(files) == 0 {
			t.Fatalf("%s has no files (%v)", dir, err)
		}
		for _, f := range files {
			if !strings.HasSuffix(f, "_test.go") {
				s.add(t, f)
			}
		}
		if dir == "tui" && s.lines > 1500 {
			t.Errorf("package tui has %d lines", s.lines)
		}
		for name, n := range s.fields {
			if n > 15 {
				t.Errorf("%s: %s has %d fields", dir, name, n)
			}
		}
		for name, n := range s.methods {
			if n > 25 {
				t.Errorf("%s: %s has %d methods", dir, name, n)
			}
		}
	}
}

// shape is what a package's types have, by their names.
type shape struct {
	fields, methods map[string]int
	lines           int
}

func (s *shape) add(t *testing.T, file string) {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	n := bytes.Count(src, []byte("\n"))
	if s.lines += n; n > 400 {
		t.Errorf("%s has %d lines", file, n)
	}
	if filepath.Dir(file) == "tui" && filepath.Base(file) != "features.go" && bytes.Contains(src, []byte(module+"/tui/feature/")) {
		t.Errorf("%s knows a feature: the program loops over those in features.go", file)
	}
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, file, src, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if l := fset.Position(n.End()).Line - fset.Position(n.Pos()).Line + 1; l > 60 {
				t.Errorf("%s: %s has %d lines", file, n.Name.Name, l)
			}
			if n.Recv != nil {
				typ := n.Recv.List[0].Type
				if p, ok := typ.(*ast.StarExpr); ok {
					typ = p.X
				}
				if id, ok := typ.(*ast.Ident); ok {
					s.methods[id.Name]++
				}
			}
		case *ast.TypeSpec:
			if st, ok := n.Type.(*ast.StructType); ok {
				for _, f := range st.Fields.List {
					s.fields[n.Name.Name] += max(len(f.Names), 1)
				}
			}
		}
		return true
	})
}
