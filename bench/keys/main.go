// Command keys measures how long a key takes from the terminal to the screen of sosh's prompt: quiet,
// with a paste of 5,000 lines in the line, beside 50 chatty peers, and beside one that floods. It
// imports nothing of this module. Its argument is the program.
package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/creack/pty"
)

// keys are typed in turn. Nothing else that is shown has these letters.
const keys = "QZXJVWYK"

// patience is how long a key may take.
const patience = 30 * time.Second

// A prompt is sosh in a terminal.
type prompt struct {
	cmd   *exec.Cmd
	tty   *os.File
	mu    sync.Mutex
	shown []byte // since the last key
	came  chan struct{}
}

func start(program string) (*prompt, error) {
	home, err := os.MkdirTemp("", "keys")
	if err != nil {
		return nil, err
	}
	p := &prompt{cmd: exec.Command(program), came: make(chan struct{}, 1)}
	p.cmd.Env = []string{"HOME=" + home, "TERM=xterm-256color", "PATH=" + os.Getenv("PATH")}
	if p.tty, err = pty.StartWithSize(p.cmd, &pty.Winsize{Cols: 100, Rows: 30}); err != nil {
		return nil, err
	}
	go func() {
		b := make([]byte, 64<<10)
		for {
			n, err := p.tty.Read(b)
			if err != nil {
				return
			}
			p.mu.Lock()
			p.shown = append(p.shown, b[:n]...)
			p.mu.Unlock()
			select {
			case p.came <- struct{}{}:
			default:
			}
		}
	}()
	return p, p.wait("sosh>")
}

// press types text, after which only what is shown from now on counts.
func (p *prompt) press(text string) {
	p.mu.Lock()
	p.shown = p.shown[:0]
	p.mu.Unlock()
	io.WriteString(p.tty, text)
}

// wait waits until text is shown.
func (p *prompt) wait(text string) error {
	late := time.After(patience)
	for {
		p.mu.Lock()
		found := bytes.Contains(p.shown, []byte(text))
		p.mu.Unlock()
		if found {
			return nil
		}
		select {
		case <-p.came:
		case <-late:
			return fmt.Errorf("%q was not shown within %v", text, patience)
		}
	}
}

// run enters a line.
func (p *prompt) run(line string) error {
	p.press(line + "\r")
	return p.wait("sosh>")
}

// measure types n keys, each of which it takes back, and prints how long they took.
func (p *prompt) measure(name string, n int) error {
	var took []time.Duration
	for i := range n {
		key := keys[i%len(keys) : i%len(keys)+1]
		time.Sleep(20 * time.Millisecond)
		began := time.Now()
		p.press(key)
		if err := p.wait(key); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		took = append(took, time.Since(began))
		p.press("\x7f")
	}
	slices.Sort(took)
	fmt.Printf("%-28s %8.2f %8.2f %8.2f\n", name, ms(took[n/2]), ms(took[n*99/100]), ms(took[n-1]))
	return nil
}

func ms(d time.Duration) float64 { return d.Seconds() * 1000 }

// peers accepts connections of count handles, and lets send write to each.
func (p *prompt) peers(count int, send func(c net.Conn)) error {
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	for i := range count {
		if err := p.run(fmt.Sprintf("dial %s p%d", ln.Addr(), i)); err != nil {
			return err
		}
		c, err := ln.Accept()
		if err != nil {
			return err
		}
		go send(c)
	}
	return nil
}

// status reads a number from a file of /proc.
func (p *prompt) status(file, field string) float64 {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/%s", p.cmd.Process.Pid, file))
	if field != "" {
		_, rest, _ := strings.Cut(string(b), field)
		n, _ := strconv.ParseFloat(strings.Fields(rest + " 0")[0], 64)
		return n
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	f := strings.Fields(rest + strings.Repeat(" 0", 20))
	user, _ := strconv.ParseFloat(f[11], 64)
	system, _ := strconv.ParseFloat(f[12], 64)
	return (user + system) * 10 // in ms
}

func (p *prompt) stop() {
	fmt.Printf("%-28s %8.0f MiB\n", "  memory at most", p.status("status", "VmHWM:")/1024)
	p.cmd.Process.Kill()
	p.cmd.Wait()
	p.tty.Close()
}

func bench(program string) error {
	fmt.Printf("%-28s %8s %8s %8s\n", "ms from key to screen", "median", "99 %", "worst")
	p, err := start(program)
	if err != nil {
		return err
	}
	before := p.status("stat", "")
	time.Sleep(3 * time.Second)
	fmt.Printf("%-28s %8.0f ms of processor time in 3 s\n", "idle", p.status("stat", "")-before)
	if err := p.measure("quiet", 200); err != nil {
		return err
	}
	p.press("\x1b[200~" + strings.Repeat("print('one of many lines')\n", 5000) + "\x1b[201~end")
	if err := p.wait("end"); err != nil {
		return err
	}
	if err := p.measure("a paste of 5,000 lines", 50); err != nil {
		return err
	}
	p.stop()

	if p, err = start(program); err != nil {
		return err
	}
	if err := p.peers(50, func(c net.Conn) {
		for {
			time.Sleep(50 * time.Millisecond)
			if _, err := io.WriteString(c, "some text of a peer\n"); err != nil {
				return
			}
		}
	}); err != nil {
		return err
	}
	if err := p.measure("50 peers, 20 messages a s", 200); err != nil {
		return err
	}
	p.stop()

	if p, err = start(program); err != nil {
		return err
	}
	piece := bytes.Repeat([]byte("a line of the flood\n"), 64<<10/20)
	if err := p.peers(1, func(c net.Conn) {
		for {
			if _, err := c.Write(piece); err != nil {
				return
			}
		}
	}); err != nil {
		return err
	}
	if err := p.measure("a flood of 64 KiB pieces", 200); err != nil {
		return err
	}
	p.stop()
	return nil
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: keys PROGRAM")
		os.Exit(2)
	}
	if err := bench(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "keys:", err)
		os.Exit(1)
	}
}
