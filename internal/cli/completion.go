package cli

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"sosh/netcat"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// completeLinks lets the command completion take the name of a link, such as nc. It
// then writes the completion of that link instead of sosh's.
func completeLinks(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	completion, _, err := root.Find([]string{"completion"})
	if err != nil {
		return
	}
	for _, shell := range completion.Commands() {
		own := shell.RunE
		shell.Use = shell.Name() + " [nc|ncat|LINK]"
		shell.Args = cobra.MaximumNArgs(1)
		shell.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return []string{"nc", "ncat"}, cobra.ShellCompDirectiveNoFileComp
		}
		shell.RunE = func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return own(cmd, args)
			}
			return writeLinkCompletion(cmd.Root().OutOrStdout(), shell.Name(), args[0])
		}
	}
}

// writeLinkCompletion writes the completion of a link for a shell: the script that
// cobra makes for a program of that name, changed to call sosh for candidates.
func writeLinkCompletion(w io.Writer, shell, link string) error {
	d, ok := netcat.DialectOf(link)
	if !ok {
		return fmt.Errorf("no completion for %q (expected nc, netcat, nc.openbsd or ncat)", link)
	}
	program := &cobra.Command{Use: link}
	var b bytes.Buffer
	var err error
	caller := "${words[0]}"
	switch shell {
	case "bash":
		err = program.GenBashCompletionV2(&b, true)
	case "zsh":
		caller = "${words[1]}"
		err = program.GenZshCompletion(&b)
	case "fish":
		caller = "$args[1]"
		err = program.GenFishCompletion(&b, true)
	default:
		return fmt.Errorf("no completion of links for %s (expected bash, zsh or fish)", shell)
	}
	if err != nil {
		return err
	}
	name := map[netcat.Dialect]string{netcat.OpenBSD: "nc", netcat.Ncat: "ncat"}[d]
	_, err = io.WriteString(w, strings.ReplaceAll(b.String(), caller+" __complete", "sosh __complete "+name))
	return err
}

// plainUsage removes the backquotes that mark a flag's value for --help, since
// completion would show them.
func plainUsage(cmd *cobra.Command) {
	cmd.Flags().VisitAll(func(f *pflag.Flag) { f.Usage = strings.ReplaceAll(f.Usage, "`", "") })
	for _, c := range cmd.Commands() {
		plainUsage(c)
	}
}

// completePrograms completes the program to run, and after it any file.
func completePrograms(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return []string{"lua"}, cobra.ShellCompDirectiveFilterFileExt
	}
	return nil, cobra.ShellCompDirectiveDefault
}

// completeFiles completes any file.
func completeFiles(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveDefault
}
