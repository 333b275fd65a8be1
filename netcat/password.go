package netcat

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// A passphrase is the proxy's password. The user is asked for it once in a run; other
// connections that need it meanwhile, as in a parallel scan, wait for the answer.
type passphrase struct {
	once sync.Once
	text string
	err  error
}

// get returns the password; the first call gets it from ask. It may be called concurrently.
func (p *passphrase) get(prompt string, ask func(prompt string) (string, error)) (string, error) {
	p.once.Do(func() { p.text, p.err = ask(prompt) })
	return p.text, p.err
}

// askPassword asks the user for the password, without echo. A signal that ends the process
// meanwhile restores the terminal.
func (n *netcat) askPassword(prompt string) (string, error) {
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return "", err
	}
	defer tty.Close()
	fd := int(tty.Fd())
	old, err := unix.IoctlGetTermios(fd, termiosRequest)
	if err != nil {
		return "", err
	}
	quiet := *old
	quiet.Lflag &^= unix.ECHO
	restore := sync.OnceFunc(func() { unix.IoctlSetTermios(fd, termiosSet, old) })
	defer restore()
	n.atEnd(restore)
	if err := unix.IoctlSetTermios(fd, termiosSet, &quiet); err != nil {
		return "", err
	}
	fmt.Fprint(tty, prompt)
	line, err := bufio.NewReader(tty).ReadString('\n')
	fmt.Fprintln(tty)
	return strings.TrimRight(line, "\r\n"), err
}
