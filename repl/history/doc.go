// Package history keeps the lines typed at a prompt in a file that all sessions share. Each session reads
// what the others have added. Passwords are masked in the file.
//
// It knows no terminal, no sockets and no words of the shell.
package history
