package repl

import "io"

func WriteManual(w io.Writer, form string) error { return nil }
