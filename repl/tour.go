package repl

import "sosh/script"

func (s *Shell) runTour(*script.Call) error { return nil }

func Tour() int { return 0 }
