package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"sosh/script"
	"sosh/script/annotate"
	"sosh/script/luasocket"
	"sosh/script/suite"

	"github.com/spf13/cobra"
)

// annotationsFile is where sosh types writes the annotations.
const annotationsFile = "sosh.meta.lua"

// modulesDir has the annotations of the modules of LuaSocket. None of its files is found by
// require.
const modulesDir = "sosh.meta"

func writeModules(dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	for name, text := range luasocket.Types() {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			return err
		}
	}
	return nil
}

// typesCommand is sosh types.
func typesCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "types [DIR]",
		Short: "write annotations of sosh's Lua for editors",
		Long: `Write annotations for the Lua Language Server, with which editors complete and
check Lua: ` + annotationsFile + `, the directory ` + modulesDir + ` for the modules of LuaSocket, and
.luarc.json unless that file exists. They are written to DIR, by default the
current directory; if DIR does not exist, it is made.`,
		Args: cobra.MaximumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveFilterDirs
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := "."
			if len(args) > 0 {
				dir = args[0]
			}
			if err := os.MkdirAll(dir, 0o777); err != nil {
				return err
			}
			file := filepath.Join(dir, annotationsFile)
			if err := os.WriteFile(file, []byte(annotate.Lua(append(script.Verbs(), suite.Verbs()...))), 0o666); err != nil {
				return err
			}
			fmt.Println("wrote", file)
			if err := writeModules(filepath.Join(dir, modulesDir)); err != nil {
				return err
			}
			fmt.Println("wrote", filepath.Join(dir, modulesDir))
			file = filepath.Join(dir, ".luarc.json")
			f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
			if errors.Is(err, fs.ErrExist) {
				fmt.Println(file, "exists and is not changed")
				return nil
			} else if err != nil {
				return err
			}
			_, err = f.WriteString(annotate.EditorConfig)
			if err = errors.Join(err, f.Close()); err == nil {
				fmt.Println("wrote", file)
			}
			return err
		},
	}
}
