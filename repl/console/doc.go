// Package console owns the terminal: it reads keys, draws the line that is edited and the menu of
// completions, and shows what others print without disturbing the line.
//
// The keys are those of package lineedit, and the entries those of package history. Besides these,
// it imports readline and internal/show: no sockets and no Lua. It does not know the words of the
// shell; the functions in a [Config] do.
//
// Goroutines, while a line is edited: one reads the keyboard; another, the editing goroutine, handles
// the keys, calls the functions of the Config, and draws. Only the editing goroutine writes to the
// terminal. Between two lines the callers of [Console.Print] write, and nothing reads. A further
// goroutine waits for a change of the terminal's size until [Console.Close].
package console
