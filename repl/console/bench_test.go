package console

import (
	"os"
	"strings"
	"testing"

	"sosh/repl/lineedit"
)

// BenchmarkKey is the work of one key and its echo, in a short line and behind a paste of 5,000 lines.
func BenchmarkKey(b *testing.B) {
	for _, text := range []string{"send c hello", strings.Repeat("print('one of many lines')\n", 5000)} {
		name := "short"
		if len(text) > paintMax {
			name = "5000-lines"
		}
		b.Run(name, func(b *testing.B) {
			null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
			if err != nil {
				b.Fatal(err)
			}
			defer null.Close()
			c := &Console{cfg: Config{Out: null, More: "  .. "}, prompt: "sosh> "}
			c.screen.out = null
			c.editor = lineedit.New(lineedit.Config{})
			c.editor.Insert(text)
			for b.Loop() {
				c.editor.Key("x")
				c.redraw()
				c.editor.Key("Backspace")
				c.redraw()
			}
		})
	}
}
