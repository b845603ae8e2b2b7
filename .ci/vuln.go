// Command vuln is the two ends of .ci/vuln: it lays the reports of golang.org/x/vulndb out as the database that
// govulncheck reads (db REPORTS OUT), so that the check needs nothing but the module proxy, and it judges what
// govulncheck found (judge, on standard input).
package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"time"
)

type entry struct {
	ID       string    `json:"id"`
	Modified time.Time `json:"modified"`
	Affected []struct {
		Package struct {
			Name string `json:"name"`
		} `json:"package"`
	} `json:"affected"`
}

type vuln struct {
	ID       string    `json:"id"`
	Modified time.Time `json:"modified"`
}

type module struct {
	Path  string `json:"path"`
	Vulns []vuln `json:"vulns"`
}

func main() {
	var err error
	switch {
	case len(os.Args) == 4 && os.Args[1] == "db":
		err = database(os.Args[2], os.Args[3])
	case len(os.Args) == 2 && os.Args[1] == "judge":
		err = judge(os.Stdin)
	default:
		err = errors.New("vuln.go db REPORTS OUT | vuln.go judge")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// finding is what govulncheck says of one vulnerability that can be reached.
type finding struct {
	OSV   string `json:"osv"`
	Fixed string `json:"fixed_version"`
	Trace []struct {
		Module   string `json:"module"`
		Version  string `json:"version"`
		Function string `json:"function"`
	} `json:"trace"`
}

// judge reads govulncheck's findings and fails on those whose code is called, unless they are the Go release's own.
func judge(r io.Reader) error {
	called, level, modules := map[string]finding{}, "", 0
	for d := json.NewDecoder(r); ; {
		var m struct {
			Config struct {
				Level string `json:"scan_level"`
			} `json:"config"`
			SBOM struct {
				Modules []any `json:"modules"`
			} `json:"SBOM"`
			Finding *finding `json:"finding"`
		}
		if err := d.Decode(&m); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return err
		}
		level, modules = cmp.Or(level, m.Config.Level), modules+len(m.SBOM.Modules)
		if f := m.Finding; f != nil && len(f.Trace) > 0 && f.Trace[0].Function != "" {
			called[f.OSV] = *f
		}
	}
	if level != "symbol" || modules < 2 {
		return fmt.Errorf("NOT CHECKED: govulncheck looked at %d modules, at the level %q", modules, level)
	}
	bad := 0
	for _, id := range slices.Sorted(maps.Keys(called)) {
		f := called[id]
		fmt.Printf("%s: %s %s, fixed in %s\n", id, f.Trace[0].Module, f.Trace[0].Version, f.Fixed)
		if f.Trace[0].Module != "stdlib" {
			bad++
		}
	}
	if bad > 0 {
		return fmt.Errorf("%d vulnerabilities of modules can be reached", bad)
	}
	fmt.Printf("no vulnerability of a module can be reached; %d of this Go release can: build releases with the one that ends them\n", len(called))
	return nil
}

// database writes what govulncheck reads: an index of modules, and the reports.
func database(in, out string) error {
	files, err := filepath.Glob(filepath.Join(in, "*.json"))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("no reports in %s: %v", in, err)
	}
	for _, d := range []string{"index", "ID"} {
		if err := os.MkdirAll(filepath.Join(out, d), 0o755); err != nil {
			return err
		}
	}
	modules, newest := map[string]map[string]vuln{}, time.Time{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			return err
		}
		var e entry
		if err := json.Unmarshal(b, &e); err != nil {
			return fmt.Errorf("%s: %w", f, err)
		}
		for _, a := range e.Affected {
			if modules[a.Package.Name] == nil {
				modules[a.Package.Name] = map[string]vuln{}
			}
			modules[a.Package.Name][e.ID] = vuln{e.ID, e.Modified}
		}
		if e.Modified.After(newest) {
			newest = e.Modified
		}
		if err := os.WriteFile(filepath.Join(out, "ID", filepath.Base(f)), b, 0o644); err != nil {
			return err
		}
	}
	return index(out, modules, newest)
}

func index(out string, modules map[string]map[string]vuln, newest time.Time) error {
	var list []module
	for path, vulns := range modules {
		m := module{Path: path}
		for _, v := range vulns {
			m.Vulns = append(m.Vulns, v)
		}
		sort.Slice(m.Vulns, func(i, j int) bool { return m.Vulns[i].ID < m.Vulns[j].ID })
		list = append(list, m)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Path < list[j].Path })
	for name, v := range map[string]any{"modules": list, "db": map[string]time.Time{"modified": newest}} {
		b, err := json.Marshal(v)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(out, "index", name+".json"), b, 0o644); err != nil {
			return err
		}
	}
	return nil
}
