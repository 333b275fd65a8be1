package cli

import (
	"fmt"
	"os"

	"sosh/netcat"
	"sosh/repl"

	"github.com/spf13/cobra"
)

// helpCommand is sosh help, for the commands of root and all that the shell's own
// help explains.
func helpCommand(root *cobra.Command, status *int) *cobra.Command {
	return &cobra.Command{
		Use:   "help [TOPIC]",
		Short: "explain a command, a verb, a socket option, or a topic",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				root.InitDefaultHelpFlag()
				if err := root.Help(); err != nil {
					return err
				}
				// The prompt's own help lists the verbs by group.
				fmt.Println()
				*status = repl.Words("help all", "", nil, nil)
				return nil
			}
			c, _, err := root.Find(args)
			switch {
			case err != nil || c == root:
				*status = repl.Help(args[0])
			case c.DisableFlagParsing: // a netcat, which has a help screen of its own
				c.Run(c, []string{"--help"})
			default:
				err := c.Help()
				if err == nil && repl.AlsoVerb(c.Name()) {
					fmt.Printf("\n%s is also a word of the shell and of Lua: sosh -c 'help %[1]s' explains it.\n", c.Name())
				}
				return err
			}
			return nil
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return repl.HelpTopics(), cobra.ShellCompDirectiveNoFileComp
		},
	}
}

// manualCommand is sosh manual, which go generate runs.
func manualCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "manual man|markdown|table|files",
		Short:  "write the manual, from the table of verbs",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE:   func(_ *cobra.Command, args []string) error { return writeManual(args[0]) },
	}
}

// writeManual writes the manual in a form. The form "files" writes every document
// that is made from tables, each to its file.
func writeManual(form string) error {
	if err := repl.WriteManual(os.Stdout, form); err != nil || form != "files" {
		return err
	}
	for _, p := range netcat.Pages() {
		if err := os.WriteFile(p.File, []byte(p.Text), 0o666); err != nil {
			return err
		}
	}
	return nil
}
