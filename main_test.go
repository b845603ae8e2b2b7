package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/server/v3/embed"

	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
	"github.com/etcdscope/etcdscope/tui/print"
)

const module = "github.com/etcdscope/etcdscope"

// allowed says, for each folder, which other packages of ours its packages may reach, directly or not. A package is
// judged by the longest folder that holds it, and may always reach its own folder.
var allowed = map[string][]string{
	"etcdsource":               {},
	"etcdsource/index":         {"etcdsource"},
	"etcdsource/child":         {},
	"etcdsource/regular":       {},
	"etcdsource/auditlog":      {"etcdsource", "etcdsource/regular"},
	"etcdsource/live":          {"etcdsource", "etcdsource/index", "etcdsource/regular", "decode/clean"},
	"etcdsource/live/discover": {"etcdsource", "etcdsource/regular", "decode/aliases"},
	"etcdsource/kms":           {},
	"etcdsource/objectstore":   {"etcdsource", "etcdsource/regular"},
	"etcdsource/wal":           {"etcdsource"},
	"etcdsource/verdicts":      {"etcdsource", "etcdsource/regular"},
	"etcdsource/replay":        {},
	"etcdsource/snapfile":      {"etcdsource", "etcdsource/index", "etcdsource/wal", "etcdsource/replay"},
	"etcdsource/archive":       {"etcdsource", "etcdsource/index", "etcdsource/snapfile", "etcdsource/wal", "etcdsource/replay", "etcdsource/regular"},
	"etcdsource/sourcetest":    {"etcdsource"},
	"etcdsource/etcdtest":      {"etcdsource", "etcdsource/sourcetest"},
	"etcdsource/backup":        {"etcdsource/child", "etcdsource", "etcdsource/archive", "etcdsource/verdicts", "etcdsource/index", "etcdsource/snapfile", "etcdsource/wal", "etcdsource/replay", "etcdsource/regular"},
	"etcdsource/demo":          {"etcdsource/child", "etcdsource", "etcdsource/index", "etcdsource/snapfile", "etcdsource/live", "etcdsource/wal", "etcdsource/replay", "etcdsource/regular", "decode/aliases", "decode/clean"},
	"etcdsource/recall":        {"etcdsource", "etcdsource/index", "etcdsource/snapfile", "etcdsource/live", "etcdsource/wal", "etcdsource/replay", "etcdsource/regular", "decode/clean"},
	"etcdsource/open":          {"etcdsource"}, // and everything below it
	"decode":                   {},
	"model":                    {"etcdsource", "etcdsource/regular", "decode"},
	"keymap":                   {},

	"model/attribution/evidence":              {"etcdsource", "decode", "model/change", "model/attribution/clock"},
	"model/attribution/evidence/evidencetest": {"etcdsource", "decode", "model/change", "model/attribution/audit"},
	"model/attribution/rules":                 {"etcdsource", "decode", "model/attribution/clock", "model/attribution/evidence"},
	"model/attribution/requests": {"etcdsource", "model/change", "model/attribution/clock", "model/attribution/audit", "model/attribution/evidence",
		"model/attribution/rules"},
	"tui": {"etcdsource", "etcdsource/regular", "decode", "model", "keymap"},

	"tui/words":   {"etcdsource", "decode", "model", "tui/widget", "tui/theme"},
	"tui/host":    slices.Concat(belowScreens, parts, []string{"tui/words"}),
	"tui/view":    slices.Concat(belowScreens, parts, []string{"tui/words", "tui/host"}),
	"tui/frame":   slices.Concat(belowScreens, parts, []string{"tui/words", "tui/host", "tui/view"}),
	"tui/feature": slices.Concat(belowScreens, parts, []string{"tui/words", "tui/host", "tui/view"}),
}

// belowScreens is what is below the screens; parts are what these are made of, and know nothing of a view.
var (
	belowScreens = []string{"etcdsource", "decode", "model", "keymap"}
	parts        = []string{"tui/pane", "tui/widget", "tui/theme", "tui/layout", "tui/dialog", "tui/terminal",
		"tui/keytree", "tui/object", "tui/table", "tui/timeline", "tui/snapshots", "tui/story", "tui/diffview", "tui/differences", "tui/sequence", "tui/report", "tui/overview"}
)

// apart are folders whose packages may not reach each other.
var apart = map[string]bool{"tui/feature": true}

// exact folders are allowed alone, without what is below them.
var exact = map[string]bool{"etcdsource": true}

// everywhere are packages of the standard library's kind, which any other may import.
var everywhere = map[string]bool{"etcdsource/safego": true, "etcdsource/disk": true}

func ours(t *testing.T, pattern string) map[string][]string {
	t.Helper()
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}:{{range .Imports}}{{.}} {{end}}`, pattern).Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	deps := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		name, imports, _ := strings.Cut(strings.TrimSpace(line), ":")
		for _, i := range strings.Fields(imports) {
			if strings.HasPrefix(i, module+"/") {
				deps[strings.TrimPrefix(name, module+"/")] = append(deps[strings.TrimPrefix(name, module+"/")], strings.TrimPrefix(i, module+"/"))
			}
		}
	}
	return deps
}

func within(pkg, folder string) bool { return pkg == folder || strings.HasPrefix(pkg, folder+"/") }

func mayReach(pkg, dep string) bool {
	folder := ""
	for f := range allowed {
		if within(pkg, f) && len(f) > len(folder) {
			folder = f
		}
	}
	if everywhere[dep] {
		return true
	}
	if apart[folder] && within(dep, folder) {
		return pkg == dep
	}
	if folder == "" || within(dep, folder) && !exact[folder] {
		return true
	}
	if folder == "etcdsource/open" {
		return within(dep, "etcdsource")
	}
	for _, a := range allowed[folder] {
		if dep == a || within(dep, a) && !exact[a] {
			return true
		}
	}
	return false
}

// TestArrowsPointDown checks that no package imports one above it.
func TestArrowsPointDown(t *testing.T) {
	deps := ours(t, "./...")
	if len(deps) < 5 {
		t.Fatalf("go list found only %d packages that import one of ours", len(deps))
	}
	for pkg, imports := range deps {
		if !strings.Contains(pkg, "/") && pkg == module {
			continue
		}
		for _, dep := range imports {
			if !mayReach(pkg, dep) {
				t.Errorf("%s imports %s, which is above or beside it", pkg, dep)
			}
		}
	}
}

// TestPanesStandAlone checks that no pane imports another one.
func TestPanesStandAlone(t *testing.T) {
	panes := []string{"tui/keytree", "tui/object", "tui/table", "tui/timeline", "tui/snapshots", "tui/story", "tui/diffview", "tui/differences", "tui/sequence", "tui/report", "tui/overview"}
	deps := ours(t, "./tui/...")
	for _, p := range panes {
		for _, dep := range deps[p] {
			for _, q := range panes {
				if dep == q {
					t.Errorf("pane %s imports pane %s", p, q)
				}
			}
		}
	}
}

// TestNoKindsAboveSources checks that no package above etcdsource decides by the kind of a source: Info has what it
// could want to know.
func TestNoKindsAboveSources(t *testing.T) {
	kind := regexp.MustCompile(`\betcdsource\.Kind[A-Z]`)
	for _, dir := range []string{"decode", "model", "tui"} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || within(filepath.ToSlash(filepath.Dir(path)), "tui/tuitest") {
				return err
			}
			b, err := os.ReadFile(path)
			if m := kind.Find(b); m != nil {
				t.Errorf("%s asks for %s", path, m)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestScreensLinkNoServer checks that what draws can be tested without an etcd server or client being linked.
func TestScreensLinkNoServer(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "./model/...", "./decode/...", "./tui/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for line := range strings.Lines(string(out)) {
		if p := strings.TrimSpace(line); strings.HasPrefix(p, "go.etcd.io/") || p == "google.golang.org/grpc" || strings.HasPrefix(p, "k8s.io/kms") || strings.HasPrefix(p, "github.com/minio/") {
			t.Errorf("model, decode or tui links %s", p)
		}
	}
}

// TestVulnFailsWhereItCannotCheck runs the check for vulnerabilities without a module proxy.
func TestVulnFailsWhereItCannotCheck(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("bash is not here")
	}
	cmd := exec.Command(bash, ".ci/vuln")
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-modcacherw", "GOMODCACHE="+t.TempDir())
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "NOT CHECKED: ") {
		t.Errorf("it ends in %v and says\n%s", err, out)
	}
}

// bare are go statements and their like that need no safego: who recovers, or why nobody needs to.
var bare = map[string]string{
	"etcdsource/safego": "it is the helper",
}

// testsOwn is code that only tests link.
var testsOwn = []string{"etcdsource/etcdtest", "etcdsource/sourcetest", "etcdsource/live/certtest", "tui/tuitest", ".ci"}

// TestGoroutinesRecover finds goroutines that are not started through safego: a panic in one of them would end the
// program with a raw terminal.
func TestGoroutinesRecover(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-f", `{{$d := .Dir}}{{range .GoFiles}}{{$d}}/{{.}}{{"\n"}}{{end}}`, "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	files := strings.Fields(string(out))
	if len(files) < 100 {
		t.Fatalf("go list found only %d files", len(files))
	}
	for _, file := range files {
		name := strings.TrimPrefix(file, root+"/")
		if _, ok := bare[filepath.Dir(name)]; ok || slices.ContainsFunc(testsOwn, func(dir string) bool { return within(filepath.Dir(name), dir) }) {
			continue
		}
		fset := token.NewFileSet()
		parsed, err := parser.ParseFile(fset, file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, pos := range bareGoroutines(parsed) {
			t.Errorf("%s:%d starts a goroutine whose panics nobody catches: use safego.Go or safego.Wait", name, fset.Position(pos).Line)
		}
	}
}

// bareGoroutines finds what starts a goroutine: go, Go of a group, and a function literal that a timer or a context
// calls. What is called by name there (a cancel function, Quit) does nothing else.
func bareGoroutines(f *ast.File) (found []token.Pos) {
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			found = append(found, n.Pos())
		case *ast.CallExpr:
			sel, ok := n.Fun.(*ast.SelectorExpr)
			if !ok || len(n.Args) == 0 {
				return true
			}
			f, literal := n.Args[len(n.Args)-1].(*ast.FuncLit)
			literal = literal && !onlyCancels(f)
			of, _ := sel.X.(*ast.Ident)
			ours := of != nil && of.Name == "safego"
			if literal && !ours && (sel.Sel.Name == "Go" || sel.Sel.Name == "AfterFunc") {
				found = append(found, n.Pos())
			}
		}
		return true
	})
	return found
}

// onlyCancels reports whether a function does nothing but call cancel.
func onlyCancels(f *ast.FuncLit) bool {
	if len(f.Body.List) != 1 {
		return false
	}
	stmt, _ := f.Body.List[0].(*ast.ExprStmt)
	if stmt == nil {
		return false
	}
	call, _ := stmt.X.(*ast.CallExpr)
	if call == nil {
		return false
	}
	name, _ := call.Fun.(*ast.Ident)
	return name != nil && name.Name == "cancel"
}

func TestBareGoroutines(t *testing.T) {
	t.Parallel()
	const code = `package p
func f() {
	go g()
	wg.Go(func() {})
	s.group.Go(func() error { return nil })
	time.AfterFunc(1, func() {})
	context.AfterFunc(ctx, func() {})
	safego.Go(nil, func() {})
	context.AfterFunc(ctx, cancel)
	context.AfterFunc(ctx, func() { cancel(err) })
	keys.Go(goal)
}`
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "p.go", code, 0)
	if err != nil {
		t.Fatal(err)
	}
	var lines []int
	for _, pos := range bareGoroutines(f) {
		lines = append(lines, fset.Position(pos).Line)
	}
	if !slices.Equal(lines, []int{3, 4, 5, 6, 7}) {
		t.Errorf("found in lines %v", lines)
	}
}

// linked is a module that is part of the program.
type linked struct {
	Path, Version, Dir string
	Main               bool
}

// modules lists the modules of all packages that are linked into the program for an operating system, as
// go version -m would list them.
func modules(t *testing.T, goos string) map[string]linked {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", "-json=Module", ".")
	cmd.Env = append(os.Environ(), "GOOS="+goos, "GOPROXY=off")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list for %s: %v", goos, err)
	}
	found := map[string]linked{}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct{ Module *linked }
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return found
		} else if err != nil {
			t.Fatal(err)
		}
		if p.Module != nil {
			found[p.Module.Path] = *p.Module
		}
	}
}

// TestLicences checks that every module in the program carries a licence of a known kind.
func TestLicences(t *testing.T) {
	t.Parallel()
	for _, goos := range []string{"linux", "darwin"} {
		found := modules(t, goos)
		if len(found) < 20 || !found[module].Main {
			t.Fatalf("go list for %s found only %d modules", goos, len(found))
		}
		for _, m := range found {
			kinds, err := licences(m.Dir)
			if err != nil || len(kinds) == 0 {
				t.Errorf("%s %s has no licence file of a known kind in %s (%v)", m.Path, m.Version, m.Dir, err)
			}
		}
	}
}

// licences returns the kinds of the licence files in a module's folder. A file of another kind is an error.
func licences(dir string) (kinds []string, err error) {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if !licenceFile.MatchString(e.Name()) || !e.Type().IsRegular() {
			continue
		}
		text, readErr := os.ReadFile(filepath.Join(dir, e.Name()))
		kind := licence(string(text))
		if kind == "" {
			err = errors.Join(err, readErr, errors.New(e.Name()+" is of no known kind"))
			continue
		}
		kinds = append(kinds, kind)
	}
	return kinds, err
}

var licenceFile = regexp.MustCompile(`(?i)^(un)?(licen[cs]e|copying)([-._].*)?$`)

// grants are words of the licences that a program under Apache-2.0 may link, in the order in which they are looked for.
var grants = []struct{ kind, words string }{
	{"Apache-2.0", "apache license version 2.0"},
	{"MPL-2.0", "mozilla public license version 2.0"},
	{"MIT", "permission is hereby granted free of charge to any person obtaining a copy of this software and associated documentation files"},
	{"ISC", "permission to use copy modify and or distribute this software for any purpose with or without fee is hereby granted"},
	{"BSD-3-Clause", "redistribution and use in source and binary forms with or without modification are permitted provided that the following conditions are met"},
	{"Unicode-3.0", "unicode license v3"},
}

var notWords = regexp.MustCompile(`[^a-z0-9.]+`)

// licence says what kind of licence a text is, "" where it is none that is known. A text that names the GNU licences
// is not looked at further.
func licence(text string) string {
	plain := notWords.ReplaceAllString(strings.ToLower(text), " ")
	if strings.Contains(plain, "gnu general public license") && !strings.Contains(plain, "mozilla public license") {
		return ""
	}
	for _, g := range grants {
		if strings.Contains(plain, g.words) {
			if g.kind == "BSD-3-Clause" && !strings.Contains(plain, "neither the name") {
				return "BSD-2-Clause"
			}
			return g.kind
		}
	}
	return ""
}

func TestLicenceKinds(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", "Copyright 2026. All rights reserved.": "", "GNU GENERAL PUBLIC LICENSE\nVersion 3": "",
		"Apache License\n  Version 2.0, January 2004": "Apache-2.0",
		"Permission to use, copy, modify, and/or distribute this software for any\npurpose with or without fee is hereby granted":                             "ISC",
		"Redistribution and use in source and binary forms, with or without\nmodification, are permitted provided that the following conditions are\nmet: 1.": "BSD-2-Clause",
	} {
		if got := licence(text); got != want {
			t.Errorf("%q is %q, not %q", text, got, want)
		}
	}
	dir := t.TempDir()
	if kinds, err := licences(dir); len(kinds) > 0 || err != nil {
		t.Errorf("an empty folder has %v, %v", kinds, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "LICENSE.md"), []byte("You may not."), 0o600); err != nil {
		t.Fatal(err)
	}
	if kinds, err := licences(dir); len(kinds) > 0 || err == nil {
		t.Errorf("a licence of no known kind is %v, %v", kinds, err)
	}
}

// canary is the password that must not be seen.
const canary = "p@ss/CANARY:7 %2F\"w"

// shown fails where a text shows the password, or what it is usually turned into.
func shown(t *testing.T, what, text string) {
	t.Helper()
	for _, form := range []string{canary, "CANARY", hex.EncodeToString([]byte(canary)), url.QueryEscape(canary), url.PathEscape(canary), url.UserPassword("u", canary).String(),
		base64.StdEncoding.EncodeToString([]byte(canary)), base64.StdEncoding.EncodeToString([]byte("root:" + canary)), base64.RawURLEncoding.EncodeToString([]byte(canary))} {
		if strings.Contains(text, form) {
			t.Errorf("%s shows the password as %q:\n%s", what, form, text)
			return
		}
	}
}

// guarded is an etcd that asks for a password.
func guarded(t *testing.T) string {
	s := etcdtest.New(t, func(c *embed.Config) { c.BcryptCost = 4 })
	s.Put("/registry/namespaces/default", "/registry/configmaps/default/a", "/registry/configmaps/default/b")
	w, ctx := s.Writer(), etcdtest.Within(t, 30*time.Second)
	for _, step := range []func() error{
		func() error { _, err := w.RoleAdd(ctx, "root"); return err },
		func() error { _, err := w.UserAdd(ctx, "root", canary); return err },
		func() error { _, err := w.UserGrantRole(ctx, "root", "root"); return err },
		func() error { _, err := clientv3.NewAuth(w).AuthEnable(ctx); return err },
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	return s.URL
}

// run runs a command line without a terminal and returns all that it wrote.
func run(t *testing.T, f print.Funcs, args ...string) (string, int) {
	t.Helper()
	var out bytes.Buffer
	code := print.Execute(etcdtest.Within(t, time.Minute), args, strings.NewReader(""), &out, &out, f)
	return out.String(), code
}

// TestPasswordIsNotShown gives a password in each way that there is to servers that take it and to such that do not, and
// looks for it in everything that is printed.
func TestPasswordIsNotShown(t *testing.T) {
	good, dir := guarded(t), t.TempDir()
	t.Setenv("ETCDSCOPE_CONFIG", filepath.Join(dir, "config.yaml"))
	t.Setenv("XDG_STATE_HOME", dir)
	write(t, filepath.Join(dir, "config.yaml"), "clusters:\n  prod: {endpoints: [\""+good+"\"]}\n")
	commands := [][]string{{"ls"}, {"ls", "/registry/configmaps/", "--rev", "1"}, {"get", "cm/a"}, {"get", "-A", "nosuchtype"}, {"log", "/registry/configmaps/default/a"}, {"log", "-A"},
		{"log", "-A", "--recall"}, {"diff", "cm/a"}, {"diff", "--from", "nosuch.db", "--to", "live"}, {"blame", "cm/a"}, {"trace", "cm/a"}, {"rescue", "cm/a"}, {"report"},
		{"snapshot", "save", filepath.Join(dir, "s.db"), "--force"}, {"gett"}, {"discover", "--root", dir}, {"ls", "--rev", "x"}, {"ls", "--no-such-flag"}}
	for i, way := range [][]string{
		{"--user", "root:" + canary}, {"--user=root:" + canary}, {"--user", "root", "--password", canary}, {"--user", "root:" + canary, "--password", "wrong"},
		{"--user", "nobody:" + canary}, {"--password", canary}, {"--user", "root:" + canary, "--cacert", "/no/ca.crt"},
	} {
		for _, to := range []string{good, "127.0.0.1:1"} {
			for _, c := range commands {
				if (to != good || i > 0) && c[0] != "ls" || to != good && i > 1 {
					continue
				}
				args := append(append([]string{"--endpoints", to}, way...), c...)
				text, _ := run(t, functions(), args...)
				shown(t, strings.Join(c, " ")+" of "+to, text)
			}
		}
	}
	t.Run("in an address", func(t *testing.T) {
		for _, user := range []string{"root:" + canary, url.UserPassword("root", canary).String(), "root:CANARY", "CANARY", "root%3ACANARY%40x"} {
			for _, scheme := range []string{"https://", "http://", "", "ftp://"} {
				addr := scheme + user + "@127.0.0.1:2379"
				lines := [][]string{{"ls", "--endpoints", addr}, {"ls", "--endpoints=" + good + "," + addr}, {"--endpoints", addr}}
				if scheme != "" && strings.Contains(user, ":") {
					lines = append(lines, []string{addr}, []string{"ls", "--from", addr}, []string{"diff", "--from=" + addr, "--to", "live"}, []string{"open", addr})
				}
				for _, l := range lines {
					if text, code := run(t, functions(), l...); code != 2 || strings.Count(text, "\n") != 1 || !strings.Contains(text, "carries a user or a password") {
						t.Errorf("exit %d: %s", code, text)
					} else {
						shown(t, strings.Join(l, " "), text)
					}
				}
			}
		}
	})
	t.Run("flags", func(t *testing.T) {
		for _, l := range []string{"-password=CANARY", "-user=root:CANARY", "-pCANARY", "--=CANARY", "-u root:CANARY", "--user", "--passwort=CANARY"} {
			text, _ := run(t, functions(), append([]string{"ls"}, strings.Fields(l)...)...)
			shown(t, l, text)
		}
	})
	t.Run("environment", func(t *testing.T) {
		t.Setenv("ETCDCTL_USER", "root:"+canary)
		for _, ep := range []string{good, "127.0.0.1:1", "https://root:CANARY@127.0.0.1:1"} {
			t.Setenv("ETCDCTL_ENDPOINTS", ep)
			text, code := run(t, functions(), "ls")
			shown(t, "ls with "+ep, text)
			if code == 0 != (ep == good) || strings.Contains(text, "ps shows") {
				t.Errorf("%s: exit %d: %s", ep, code, text)
			}
		}
	})
	t.Run("settings", func(t *testing.T) {
		write(t, filepath.Join(dir, "config.yaml"), "clusters:\n  prod: {endpoints: [\"https://root:CANARY@host\"]}\n")
		text, code := run(t, functions(), "ls", "--name", "prod")
		if shown(t, "settings", text); code != 2 || !strings.Contains(text, "cluster prod carries a user or a password") {
			t.Errorf("exit %d: %s", code, text)
		}
	})
	t.Run("hint", func(t *testing.T) {
		write(t, filepath.Join(dir, "config.yaml"), "")
		text, code := run(t, functions(), "ls", "--endpoints", good, "--user", "root:"+canary)
		if code != 0 || strings.Count(text, "ps shows") != 1 {
			t.Errorf("exit %d: %s", code, text)
		}
	})
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

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

// TestSudoLine: sudo gets the names of the variables that say how etcd is reached, and none of their values.
func TestSudoLine(t *testing.T) {
	t.Parallel()
	got := sudoLine("sudo", "/bin/etcdscope", []string{"--root", "/x"}, []string{"HOME=/h", "ETCDCTL_USER=root:" + canary, "ETCDCTL_PASSWORD=" + canary, "ETCDCTL_CERT=", "ETCDCTL_A,HOME=1", "ETCDSCOPE_CONFIG=/c"})
	if want := []string{"sudo", "--preserve-env=ETCDCTL_PASSWORD,ETCDCTL_USER,ETCDSCOPE_CONFIG", "/bin/etcdscope", "--root", "/x"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	shown(t, "sudo", strings.Join(got, " "))
	if got := sudoLine("sudo", "/bin/etcdscope", nil, []string{"HOME=/h"}); !slices.Equal(got, []string{"sudo", "/bin/etcdscope"}) {
		t.Errorf("without any: %q", got)
	}
}

// limited is an etcd with a few objects, of which podman may read the pods, keyman one key, and nobody nothing.
func limited(t *testing.T) string {
	s := etcdtest.New(t, func(c *embed.Config) { c.BcryptCost = 4 })
	w, ctx := s.Writer(), etcdtest.Within(t, time.Minute)
	put := func(key, kind, ns, name string) func() error {
		value := fmt.Sprintf(`{"apiVersion":"v1","kind":%q,"metadata":{"name":%q,"namespace":%q,"uid":%q}}`, kind, name, ns, name)
		return func() error { _, err := w.Put(ctx, key, value); return err }
	}
	grant := func(user, from, to string) func() error {
		return func() error {
			if _, err := w.RoleAdd(ctx, user); err != nil {
				return err
			}
			if from != "" {
				if _, err := w.RoleGrantPermission(ctx, user, from, to, clientv3.PermissionType(clientv3.PermRead)); err != nil {
					return err
				}
			}
			if _, err := w.UserAdd(ctx, user, "pw"); err != nil {
				return err
			}
			_, err := w.UserGrantRole(ctx, user, user)
			return err
		}
	}
	for _, step := range []func() error{
		put("/registry/namespaces/kube-system", "Namespace", "", "kube-system"), put("/registry/namespaces/demo", "Namespace", "", "demo"),
		put("/registry/pods/demo/web", "Pod", "demo", "web"), put("/registry/pods/demo/db", "Pod", "demo", "db"), put("/registry/pods/demo/db", "Pod", "demo", "db"),
		put("/registry/secrets/demo/key", "Secret", "demo", "key"),
		grant("root", "", ""), grant("podman", "/registry/pods/", "/registry/pods0"), grant("keyman", "/registry/pods/demo/web", ""), grant("nobody", "", ""),
		func() error { _, err := clientv3.NewAuth(w).AuthEnable(ctx); return err },
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	return s.URL
}

// TestCommandsOfALimitedUser: who may read some keys only gets these from every command, with a note that says so, and an
// error only for what he asks for and may not read.
func TestCommandsOfALimitedUser(t *testing.T) {
	url, dir := limited(t), t.TempDir()
	write(t, filepath.Join(dir, "config.yaml"), "")
	t.Setenv("ETCDSCOPE_CONFIG", filepath.Join(dir, "config.yaml"))
	t.Setenv("ETCDCTL_PASSWORD", "pw")
	for _, c := range []struct {
		user, line string
		code       int
		says       string
	}{
		{"podman", "ls", 0, "/registry/"},
		{"podman", "ls /registry/", 0, "2  /registry/pods/"},
		{"podman", "ls /registry/pods/", 0, "2  /registry/pods/demo/"},
		{"podman", "ls --prefix /registry", 0, "/registry/"},
		{"podman", "ls --prefix /registry/pods", 0, "/registry/"},
		{"podman", "ls -n demo", 0, "/registry/pods/demo/web"},
		{"podman", "get pods -A", 0, "web"},
		{"podman", "get pods -n demo", 0, "db"},
		{"podman", "get pods -A --prefix /registry", 0, "web"},
		{"podman", "get po/web -n demo -o yaml", 0, "kind: Pod"},
		{"podman", "get /registry/pods/demo/web", 0, "kind: Pod"},
		{"podman", "log po/db -n demo", 0, "pods/db -n demo"},
		{"podman", "diff po/db -n demo", 0, ""},
		{"podman", "blame po/web -n demo", 0, "kind: Pod"},
		{"podman", "report", 0, ""},
		{"keyman", "ls", 0, "/registry/"},
		{"keyman", "get po/web -n demo", 0, "kind: Pod"},
		{"keyman", "get pods -A", 0, "web"},
		{"podman", "get secrets -A", 3, `user "podman" may not read this`},
		{"podman", "ls /registry/secrets/", 3, `user "podman" may not read this`},
		{"keyman", "get po/db -n demo", 3, `user "keyman" may not read this`},
	} {
		text, code := run(t, functions(), append(strings.Fields(c.line), "--endpoints", url, "--user", c.user)...)
		if code != c.code || !strings.Contains(text, c.says) || !strings.Contains(text, "may read only") || code == 0 && strings.Contains(text, "may not read") {
			t.Errorf("%s: %s: exit %d:\n%s", c.user, c.line, code, text)
		}
		if strings.Contains(text, "Secret") || strings.Contains(text, "demo/key") {
			t.Errorf("%s: %s: it shows what may not be read:\n%s", c.user, c.line, text)
		}
	}
	if text, code := run(t, functions(), "ls", "--endpoints", url, "--user", "nobody"); code != 3 || !strings.Contains(text, "may read nothing") {
		t.Errorf("nobody: exit %d: %s", code, text)
	}
}
