package luasocket

import (
	"embed"
	"path"
)

//go:embed types/*.lua
var annotations embed.FS

// Types returns annotations of the modules for the Lua Language Server
// (luals.github.io/wiki/annotations), by the name of the file that is to have them.
func Types() map[string]string {
	files := make(map[string]string)
	entries, err := annotations.ReadDir("types")
	if err != nil {
		panic(err) // the files are part of the program
	}
	for _, e := range entries {
		text, err := annotations.ReadFile(path.Join("types", e.Name()))
		if err != nil {
			panic(err)
		}
		files[e.Name()] = string(text)
	}
	return files
}
