package print

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
)

// Passwords are never printed: not where they stand in an address, which is refused, and not where the command line
// cannot be read.

// passwordHint is said once where a password was given on the command line.
const passwordHint = "ps shows everyone a password that is given as a flag; set ETCDCTL_PASSWORD instead"

// checkArgs refuses addresses with a user or a password in them before anything else looks at the command line.
func checkArgs(args []string) error {
	for i, arg := range args {
		name, value, isFlag := strings.Cut(arg, "=")
		if !isFlag || !strings.HasPrefix(arg, "-") {
			name, value = "", arg
			if i > 0 {
				name = args[i-1]
			}
		}
		list := strings.TrimLeft(name, "-") == "endpoints" && strings.HasPrefix(name, "-")
		if !list && (strings.HasPrefix(value, "-") || !carriesPassword(value)) {
			continue
		}
		from := "the command line"
		if list {
			from = "--endpoints"
		}
		if err := checkAddresses(strings.Split(value, ","), from); err != nil {
			return err
		}
	}
	return nil
}

// carriesPassword reports whether a text is a URL with a password.
func carriesPassword(s string) bool {
	scheme, rest, ok := strings.Cut(s, "://")
	user, _, at := strings.Cut(rest, "@")
	return ok && at && strings.Contains(user, ":") && !strings.ContainsAny(scheme, "/ ")
}

// checkAddresses refuses addresses that carry a user or a password.
func checkAddresses(addresses []string, from string) error {
	for _, a := range addresses {
		if err := etcdsource.CheckAddress(a, from); err != nil {
			return usage("%s", err)
		}
	}
	return nil
}

// checkLive refuses the addresses of a cluster that is to be opened, those of the environment too.
func checkLive(o *OpenOptions) error {
	if o.Path != "" || o.Demo {
		return nil
	}
	if len(o.Live.Endpoints) > 0 {
		return checkAddresses(o.Live.Endpoints, "--endpoints")
	}
	return checkAddresses(strings.Split(os.Getenv(endpointsEnv), ","), endpointsEnv)
}

// byCommandLine reports whether a password was given on the command line.
func (l *Live) byCommandLine() bool { return l.Password != "" || strings.Contains(l.User, ":") }

// hint warns, once a run, of a password on the command line.
func (a *app) hint() {
	if a.flags.live.byCommandLine() && !a.hinted {
		a.hinted = true
		a.warn("%s", passwordHint)
	}
}

// secret are the flags whose values are not repeated in errors.
var secret = []string{"endpoints", "user", "password"}

// flagError is why the flags cannot be read, without what may be a password: -password=x is taken for -p -a -s ….
func flagError(cmd *cobra.Command, err error) error {
	why := clean.Error(err)
	var unknown *pflag.NotExistError
	var value *pflag.InvalidValueError
	var required *pflag.ValueRequiredError
	var syntax *pflag.InvalidSyntaxError
	switch {
	case errors.As(err, &unknown):
		if all := unknown.GetSpecifiedShortnames(); len(all) > 1 {
			why = fmt.Sprintf("unknown shorthand flag: %q", unknown.GetSpecifiedName()[:1])
			if word, _, _ := strings.Cut(all, "="); slices.Contains(secret, word) {
				why += "; write --" + word
			}
		}
		if do := noFlagOf(unknown.GetSpecifiedName()); do != "" {
			return usage("read the flags: %s%s", why, do)
		}
	case errors.As(err, &value) && slices.Contains(secret, value.GetFlag().Name):
		why = fmt.Sprintf("what was given to --%s cannot be read (%s)", value.GetFlag().Name, clean.Error(value.Unwrap()))
	case errors.As(err, &value) && value.GetFlag().Name == "watch":
		return usage("read the flags: -w watches here and takes no value; give -o json, or yaml, raw, hex, fields")
	case errors.As(err, &required) && required.GetFlag().Name == "prefix":
		return usage("read --prefix: %s", notPrefix)
	case errors.As(err, &syntax):
		why = "bad flag syntax"
	}
	return usage("read the flags: %s; see %s --help", why, cmd.CommandPath())
}
