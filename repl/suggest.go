package repl

// history returns the lines that were entered, the oldest first.
func (s *Shell) history() []string {
	if s.con == nil {
		return nil
	}
	return s.con.History()
}
