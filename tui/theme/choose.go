package theme

import (
	"strings"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

// Terminal is what is known of the terminal before anything is written to it.
type Terminal struct {
	// Refuse says why no full-screen program can run here, "" when one can.
	Refuse  string
	Console bool // the Linux console: no alternate screen, sixteen colours, its own font
	SSH     bool
	ASCII   bool // line drawing would not be one column wide
	// Sync says to wrap frames in synchronized output unasked: over SSH nobody asks, and terminals that do not know it
	// ignore it. ETCDSCOPE_SYNC=0 turns it off.
	Sync bool
	// NoColor and ForceColor are what the user asked for through the environment.
	NoColor, ForceColor bool
}

// Look reads the environment, in the form of os.Environ. tty reports whether input and output are a terminal.
func Look(environ []string, tty bool) Terminal {
	env := map[string]string{}
	for _, e := range environ {
		k, v, _ := strings.Cut(e, "=")
		env[k] = v
	}
	t := Terminal{
		Console:    strings.HasPrefix(env["TERM"], "linux"),
		SSH:        env["SSH_CONNECTION"] != "" || env["SSH_TTY"] != "",
		NoColor:    env["NO_COLOR"] != "", // any value, as no-color.org says; the libraries parse it as a boolean
		ForceColor: env["CLICOLOR_FORCE"] != "" && env["CLICOLOR_FORCE"] != "0" || env["FORCE_COLOR"] != "" && env["FORCE_COLOR"] != "0",
	}
	switch {
	case !tty:
		t.Refuse = "standard input and output are not a terminal"
	case env["TERM"] == "" || env["TERM"] == "dumb":
		t.Refuse = "TERM is " + map[bool]string{true: "not set", false: "dumb"}[env["TERM"] == ""]
	}
	old := func(term string) bool { return strings.HasPrefix(env["TERM"], term) }
	t.Sync = t.SSH && !old("linux") && !old("screen") && !old("vt") && env["ETCDSCOPE_SYNC"] != "0"
	locale := env["LC_ALL"]
	if locale == "" {
		locale = env["LC_CTYPE"]
	}
	if locale == "" {
		locale = env["LANG"]
	}
	l := strings.ToLower(locale)
	utf8 := strings.Contains(l, "utf-8") || strings.Contains(l, "utf8")
	t.ASCII = !utf8 && !t.Console && locale != "" || ansi.StringWidth("─") != 1
	return t
}

// Choose returns the theme for a terminal; name and ascii are the user's wishes, "" and false for none.
func Choose(t Terminal, name string, ascii bool) (*Theme, error) {
	if name == "" {
		switch {
		case t.NoColor && !t.ForceColor:
			name = "mono"
		case t.Console:
			name = "console"
		default:
			name = "dark"
		}
	}
	th, err := Named(name)
	if err != nil {
		return nil, err
	}
	if t.Console {
		th.Glyphs = Console
	}
	if ascii || t.ASCII {
		th.Glyphs = ASCII
	}
	return th, nil
}

// Profile returns the colours to force on the terminal; ok is false when its own answer should decide.
func (t Terminal) Profile() (p colorprofile.Profile, ok bool) {
	if t.NoColor && !t.ForceColor {
		return colorprofile.ASCII, true
	}
	return 0, false
}
