package cli

import (
	"path/filepath"
	"strings"

	"sosh/netcat"
	"sosh/script"

	"github.com/spf13/cobra"
)

// asNetcat runs netcat if the program's name or its first argument is that of a
// netcat. It is called before anything of the shell is set up.
func asNetcat(argv []string) (status int, ok bool) {
	for i, name := range argv[:min(2, len(argv))] {
		if d, ok := netcat.DialectOf(name); ok && (i == 0 || filepath.Base(name) == name) {
			netcat.CheckLua = checkLua
			return netcat.Main(d, name, argv[i+1:]), true
		}
	}
	return 0, false
}

// checkLua returns the error of a Lua script that does not compile.
func checkLua(path string) error {
	_, err := script.LoadProgram(path)
	return err
}

// netcatCommand is sosh nc or sosh ncat, for help and completion; otherwise asNetcat
// has run it before.
func netcatCommand(status *int, d netcat.Dialect, name, short string) *cobra.Command {
	return &cobra.Command{
		Use:                name + " [FLAG...] [HOST] [PORT]",
		Short:              short,
		DisableFlagParsing: true,
		Run:                func(_ *cobra.Command, args []string) { *status = netcat.Main(d, name, args) },
		ValidArgsFunction: func(_ *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
			before := ""
			if len(args) > 0 {
				before = args[len(args)-1]
			}
			if values := netcat.Values(d, before, word); values != nil {
				return values, cobra.ShellCompDirectiveNoFileComp
			}
			if !strings.HasPrefix(word, "-") {
				return nil, cobra.ShellCompDirectiveDefault
			}
			var list []string
			names, docs := netcat.Flags(d)
			for i := range names {
				list = append(list, names[i]+"\t"+docs[i])
			}
			return list, cobra.ShellCompDirectiveNoFileComp
		},
	}
}
