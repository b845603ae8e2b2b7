package discover

import (
	"path/filepath"
	"strings"
)

// unitFlags reads the unit of systemd that starts etcd, an API server, k3s or k0s, and what it includes.
func unitFlags(f *finder, path string, text []byte) flags {
	texts := []string{string(text)}
	for _, p := range f.glob(path + ".d/*.conf") {
		if more, _ := f.settings(p); more != nil {
			texts = append(texts, string(more))
		}
	}
	out, env := flags{}, flags{}
	for _, t := range texts {
		for _, l := range unitLines(t) {
			switch name, value, _ := strings.Cut(l, "="); strings.TrimSpace(name) {
			case "Environment":
				envFlags(words(value), env)
			case "EnvironmentFile":
				for _, p := range f.glob(strings.TrimPrefix(strings.TrimSpace(value), "-")) {
					if more, _ := f.settings(p); more != nil {
						for k, v := range envFile(f, p, more) {
							env.set(k, v)
						}
					}
				}
			}
		}
		for _, args := range unitCommands([]byte(t)) {
			for k, v := range f.commandFlags(args) {
				out.set(k, v)
			}
		}
	}
	for k, v := range env {
		out.set(k, v)
	}
	return out
}

// commandFlags reads the command line of a program that is known; others say nothing.
func (f *finder) commandFlags(args []string) flags {
	switch filepath.Base(args[0]) {
	case "k3s", "rke2", "k0s":
		return passedOn(args[1:])
	case "etcd":
		fl := argFlags(args[1:])
		if text, _ := f.settings(fl["config-file"]); fl["config-file"] != "" && text != nil {
			return etcdFlags(f, fl["config-file"], text)
		}
		return fl
	case "kube-apiserver", "hyperkube":
		return argFlags(args[1:])
	}
	return nil
}

// unitCommands returns the command lines of a unit.
func unitCommands(text []byte) (out [][]string) {
	for _, l := range unitLines(string(text)) {
		if name, value, _ := strings.Cut(l, "="); strings.TrimSpace(name) == "ExecStart" {
			if args := words(strings.TrimLeft(strings.TrimSpace(value), "-@:+!")); len(args) > 0 {
				out = append(out, args)
			}
		}
	}
	return out
}

// unitLines returns the lines of a unit, those that go on joined.
func unitLines(text string) []string {
	return strings.Split(strings.ReplaceAll(strings.ReplaceAll(text, "\r", ""), "\\\n", " "), "\n")
}

// words splits a line at blanks that are not within quotes, and drops the quotes.
func words(line string) (out []string) {
	var word strings.Builder
	var quote rune
	began := false
	for _, r := range line {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '"' || r == '\''):
			quote, began = r, true
		case quote == 0 && (r == ' ' || r == '\t'):
			if began {
				out = append(out, word.String())
			}
			word.Reset()
			began = false
		default:
			word.WriteRune(r)
			began = true
		}
	}
	if began {
		out = append(out, word.String())
	}
	return out
}
