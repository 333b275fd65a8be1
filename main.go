// Command sosh is the socket shell: sockets by hand at a prompt, and in Lua
// scripts. It is nc or ncat as well, by the name that it is started by.
//
// The command line is in internal/cli; CONTRIBUTING.md says where everything
// else is.
package main

//go:generate go run . manual files

import (
	"os"

	"sosh/internal/cli"
)

func main() {
	os.Exit(cli.Main(os.Args))
}
