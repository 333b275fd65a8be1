// Package arrivals decides what a prompt shows of the events of its handles, and when: which
// handles are muted, which data matches a pattern, which lines are held back, and the colour of
// each name. It knows no terminal, and imports nothing of the shell.
package arrivals
