package print

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// The help of a command has the flags of this command and those that say what is opened; help flags has all others.

// flagGroups are the flags that all commands share. Each is in one group.
var flagGroups = []struct{ title, names string }{
	{"Source", "from endpoints demo name prefix root etcd encryption-config kms audit-log reveal no-verify wal-dir max-unpack"},
	{"Connection", "cacert cert key user password insecure-skip-tls-verify dial-timeout command-timeout serializable read-rate"},
	{"Output", "output no-color log-file"},
	{"Look of the screen", "theme ascii no-mouse no-anim snapshots"},
}

// usageTemplate is cobra's, with the groups in the place of its global flags.
const usageTemplate = `Usage:{{if .Runnable}}
  {{.UseLine}}{{end}}{{if .HasAvailableSubCommands}}
  {{.CommandPath}} [command]{{end}}{{if gt (len .Aliases) 0}}

Aliases:
  {{.NameAndAliases}}{{end}}{{if .HasExample}}

{{examplesOf .}}{{end}}{{if .HasAvailableSubCommands}}

Available Commands:{{range .Commands}}{{if (or .IsAvailableCommand (eq .Name "help"))}}
  {{rpad .Name .NamePadding }} {{.Short}}{{end}}{{end}}{{end}}{{flagsOf .}}{{if .HasHelpSubCommands}}

Additional help topics:{{range .Commands}}{{if .IsAdditionalHelpTopicCommand}}
  {{rpad .CommandPath .CommandPathPadding}} {{.Short}}{{end}}{{end}}{{end}}{{if .HasAvailableSubCommands}}

Use "{{.CommandPath}} [command] --help" for more information about a command.{{end}}
`

func init() {
	cobra.AddTemplateFunc("flagsOf", flagsOf)
	cobra.AddTemplateFunc("examplesOf", examplesOf)
}

// examplesOf are the examples of a command, with how to make the file that they read.
func examplesOf(c *cobra.Command) string {
	head := "Examples:"
	if strings.Contains(c.Example, "backup.db") && !strings.Contains(c.Example, "save backup.db") {
		head = "Examples (" + c.Root().CommandPath() + " snapshot save backup.db --demo makes the file):"
	}
	return head + "\n" + c.Example
}

// completionExamples gives cobra's own command the examples that all others have.
func completionExamples(root *cobra.Command) {
	for _, c := range root.Commands() {
		if c.Name() == "completion" {
			line := "  " + root.CommandPath() + " completion "
			c.Example = line + "bash > etcdscope.bash    # then: source etcdscope.bash\n" + line + "zsh > _etcdscope\n" + line + "fish > etcdscope.fish"
		}
	}
}

// helpWidth is where lines of flags are broken.
const helpWidth = 110

// flagsOf is the part of a command's help that lists flags: its own, then those of the source.
func flagsOf(c *cobra.Command) string {
	var s strings.Builder
	add := func(title string, set *pflag.FlagSet) {
		if set.HasAvailableFlags() {
			s.WriteString("\n\n" + title + ":\n" + strings.TrimRight(set.FlagUsagesWrapped(helpWidth), "\n "))
		}
	}
	own := pflag.NewFlagSet("", pflag.ContinueOnError)
	c.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if c.HasParent() || !grouped(f.Name) {
			own.AddFlag(f)
		}
	})
	add("Flags", own)
	add(flagGroups[0].title, groupOf(c, flagGroups[0].names))
	if known, ok := c.Annotations["formats"]; ok {
		s.WriteString("\n\nOutput: -o " + strings.Join(strings.Fields(known), ", "))
	}
	s.WriteString("\n\nFlags of the connection, the output and the look of the screen: " + c.Root().Name() + " help flags")
	return s.String()
}

// grouped reports whether a flag is in a group.
func grouped(name string) bool {
	for _, g := range flagGroups {
		if contains(g.names, name) {
			return true
		}
	}
	return false
}

// groupOf returns the flags of some names, in the order of the names.
func groupOf(c *cobra.Command, names string) *pflag.FlagSet {
	set := pflag.NewFlagSet("", pflag.ContinueOnError)
	set.SortFlags = false
	for _, name := range strings.Fields(names) {
		if f := c.Root().PersistentFlags().Lookup(name); f != nil && c.LocalNonPersistentFlags().Lookup(name) == nil {
			set.AddFlag(f)
		}
	}
	return set
}

// flagsTopic is the help topic with the flags that all commands share.
func flagsTopic(root *cobra.Command) *cobra.Command {
	var s strings.Builder
	s.WriteString("These flags may be given to every command.")
	for _, g := range flagGroups {
		s.WriteString("\n\n" + g.title + ":\n" + strings.TrimRight(groupOf(root, g.names).FlagUsagesWrapped(helpWidth), "\n "))
	}
	return &cobra.Command{Use: "flags", Short: "The flags that every command takes", Long: s.String()}
}
