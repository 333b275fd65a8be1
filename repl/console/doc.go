// Package console owns the terminal: it reads the keys, edits the line, keeps the history, completes,
// and shows what others print without disturbing the line that is edited.
//
// The package imports readline, internal/show and the standard library: no sockets, no Lua, and none
// of the words of the shell, which gives its knowledge of them as functions in a [Config].
//
// Goroutines, while a line is edited: one reads the keyboard; another, the editing goroutine, handles
// the keys, calls the functions of the Config, and draws. Only the editing goroutine writes to the
// terminal. Between two lines the callers of [Console.Print] write, and nothing reads. A further
// goroutine waits for a change of the terminal's size until [Console.Close].
package console
