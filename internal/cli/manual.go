package cli

import (
	"os"

	"sosh/netcat"
	"sosh/repl"
)

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
