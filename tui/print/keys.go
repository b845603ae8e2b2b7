package print

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/etcdscope/etcdscope/keymap"
)

// keysTopic is the help on keys: cobra shows a command that does nothing as a topic.
func keysTopic() *cobra.Command {
	var b strings.Builder
	b.WriteString("What keys do on the screen, with the names of their actions for the settings:\n\n  keys:\n    search: [/, f]\n\n")
	for _, g := range keymap.Groups() {
		b.WriteString(g.Title + "\n")
		for _, k := range g.Bindings {
			where := ""
			if k.Scope != keymap.Global {
				where = " (" + string(k.Scope) + ")"
			}
			fmt.Fprintf(&b, "  %-18s %-18s %s%s\n", k.Action, strings.Join(k.Keys, ", "), k.Help, where)
		}
		b.WriteString("\n")
	}
	return &cobra.Command{Use: "keys", Short: "What keys do on the screen, and how to change them", Long: strings.TrimSpace(b.String())}
}
