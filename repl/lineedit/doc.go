// Package lineedit edits the line of a prompt: the keys of emacs and vi, undo, the kill ring, and
// recalling and searching the history. It also decodes the bytes that a terminal sends into keys.
//
// It does no I/O, starts no goroutine and looks at no clock. The caller
// feeds it bytes and keys, and shows what [Editor.Line] and [Editor.Search] return.
package lineedit
