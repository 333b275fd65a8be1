package netcat

import (
	"fmt"
	"io"
)

// writeFlags writes the flags of a table, one a line.
func writeFlags(w io.Writer, table []flag) {
	for _, f := range table {
		if f.hidden {
			continue
		}
		name := "    "
		if f.letter != "" {
			name = "-" + f.letter
			if f.long != "" {
				name += ", "
			}
		}
		if f.long != "" {
			name += "--" + f.long
		}
		if f.arg != "" {
			name += " " + f.arg
		}
		fmt.Fprintf(w, "  %-26s %s\n", name, f.doc)
	}
}
