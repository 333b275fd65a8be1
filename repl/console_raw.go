package repl

import "errors"

var errPeerEnded = errors.New("the peer ended")
var errEscape = errors.New("escape")

func (c *console) Interrupt(error)          {}
func (c *console) ReadRaw() (string, error) { return c.Readline("") }
