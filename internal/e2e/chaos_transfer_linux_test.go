package e2e

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// chaosRelay is a relay in Lua that writes its port to a file; tls says whether
// it takes TLS off one side and puts it on the other.
const chaosRelay = `
local target, file = arg[1], arg[2]
local r = relay("127.0.0.1:0", target)
local _, _, port = getsockname(r)
write_file(file .. ".new", tostring(port))
os.rename(file .. ".new", file)
wait(r, "closed", {timeout = 1000})
`

// transfer sends a stream both ways between two netcats of ours.
func (c *chaos) transfer() error {
	kind := []string{"4", "4", "6", "unix", "tls", "tls"}[c.IntN(6)]
	listener, client := c.dialect(), c.dialect()
	if kind == "tls" {
		listener, client = "ncat", "ncat"
	}
	host := "127.0.0.1"
	if kind == "6" {
		host = "::1"
	}

	// the listener
	args := []string{listener, "-l"}
	args = append(args, c.tuning(listener, kind)...)
	switch kind {
	case "unix":
		args = append(args, "-U", c.path("sock"))
	case "tls":
		args = append(args, "--ssl", host, "0", "--port-file", "port")
	default:
		args = append(args, host, "0", "--port-file", "port")
	}
	server, err := c.start(args...)
	if err != nil {
		return err
	}
	ends := []*chaosProgram{server}
	port := ""
	if kind == "unix" {
		err = c.bound(server, c.path("sock"))
	} else {
		port, err = c.port(server, "port")
	}
	if err != nil {
		return err
	}

	c.listener = [2]string{"tcp", net.JoinHostPort(host, port)}
	if kind == "unix" {
		c.listener = [2]string{"unix", c.path("sock")}
	}

	// proxies and relays between them
	if kind != "unix" && kind != "6" && c.IntN(3) == 0 {
		if port, err = c.relay(net.JoinHostPort(host, port)); err != nil {
			return err
		}
	}
	args = []string{client}
	args = append(args, c.tuning(client, kind)...)
	if kind != "unix" {
		proxies, err := c.proxies(client, kind)
		if err != nil {
			return err
		}
		args = append(args, proxies...)
	}
	between := slices.Clone(c.all[1:])

	// the client
	switch kind {
	case "unix":
		args = append(args, "-U", c.path("sock"))
	case "tls":
		args = append(args, "--ssl", host, port)
	default:
		args = append(args, host, port)
	}
	dialer, err := c.start(args...)
	if err != nil {
		return err
	}
	ends = append(ends, dialer)

	// ncat exits when the connection ends, so the side whose input ends first would
	// cut the other off: each keeps its input open until it has all of the other's.
	up, down := c.payload(), c.payload()
	upArrived, downArrived := make(chan struct{}), make(chan struct{})
	hold := func(d string, arrived chan struct{}) chan struct{} {
		if listener == "ncat" || client == "ncat" || len(between) > 0 {
			return arrived
		}
		return nil
	}
	var group sync.WaitGroup
	for _, f := range []func(){
		c.feeder(dialer, up, hold(listener, downArrived)),
		c.feeder(server, down, hold(client, upArrived)),
		c.drainer(server, len(up), upArrived),
		c.drainer(dialer, len(down), downArrived),
	} {
		group.Go(f)
	}
	calm := c.disturb(append(slices.Clone(ends), between...)...)
	var failed error
	for _, p := range ends {
		if err := c.wait(p); err != nil && failed == nil {
			failed = err
		}
	}
	calm()
	if failed != nil {
		return failed
	}
	group.Wait()
	return c.evaluate(kind, server, dialer, between, up, down)
}

// evaluate compares what arrived with what was sent.
func (c *chaos) evaluate(kind string, server, dialer *chaosProgram, between []*chaosProgram, up, down []byte) error {
	killed := slices.ContainsFunc(c.all, func(p *chaosProgram) bool { return p.killed })
	if err := compare("the listener", server.got, up, killed); err != nil {
		return err
	}
	if err := compare("the client", dialer.got, down, killed); err != nil {
		return err
	}
	for _, e := range []struct {
		p     *chaosProgram
		whole bool
	}{{server, len(server.got) == len(up)}, {dialer, len(dialer.got) == len(down)}} {
		status := e.p.cmd.ProcessState.ExitCode()
		switch {
		case e.p.killed:
		case !killed && status != 0:
			return fmt.Errorf("%s: status %d", e.p.cmd, status)
		case killed && kind == "tls" && status == 0 && !e.whole:
			return fmt.Errorf("%s: status 0 with a part of the data", e.p.cmd)
		}
	}
	for _, p := range c.all {
		if text := p.stderr.String(); strings.Contains(text, "goroutine ") || strings.Contains(text, "panic") || strings.Contains(text, "DATA RACE") {
			return fmt.Errorf("%s crashed", p.cmd)
		}
	}
	return nil
}

// dialect chooses between the two.
func (c *chaos) dialect() string { return []string{"nc", "ncat"}[c.IntN(2)] }

// tuning returns flags that change how a netcat sends: small buffers, and for nc
// -N, without which no side would end.
func (c *chaos) tuning(dialect, kind string) []string {
	if dialect != "nc" {
		return nil
	}
	args := []string{"-N"}
	if kind != "unix" && c.IntN(2) == 0 {
		// With a receive buffer of less than 16 KiB, a segment each 200 ms is all that the
		// kernel's TCP may send on the loopback interface.
		args = append(args, "-I", strconv.Itoa(16384<<c.IntN(4)), "-O", strconv.Itoa(1024<<c.IntN(6)))
	}
	return args
}

// proxies starts up to two proxies, one for nc, and returns the flags that go
// through them.
func (c *chaos) proxies(dialect, kind string) ([]string, error) {
	if kind == "6" {
		return nil, nil
	}
	n := c.IntN(3)
	if dialect == "nc" {
		n = min(n, 1)
	}
	var args []string
	for i := range n {
		proxy := []string{"http", "socks4", "socks5"}[c.IntN(3)]
		file := fmt.Sprintf("proxy%d", i)
		p, err := c.start("ncat", "-lk", "--proxy-type", proxy, "127.0.0.1", "0", "--port-file", file)
		if err != nil {
			return nil, err
		}
		port, err := c.port(p, file)
		if err != nil {
			return nil, err
		}
		if dialect == "nc" {
			x := map[string]string{"http": "connect", "socks4": "4", "socks5": "5"}[proxy]
			args = append(args, "-X", x, "-x", "127.0.0.1:"+port)
		} else {
			args = append(args, "--proxy", proxy+"://127.0.0.1:"+port)
		}
	}
	return args, nil
}

// relay starts a relay of Lua before a target and returns its port.
func (c *chaos) relay(target string) (string, error) {
	if err := os.WriteFile(c.path("relay.lua"), []byte(chaosRelay), 0o600); err != nil {
		return "", err
	}
	p, err := c.start("run", "relay.lua", target, "relayport")
	if err != nil {
		return "", err
	}
	return c.port(p, "relayport")
}

// path returns the path of a file in the trial's directory.
func (c *chaos) path(name string) string { return filepath.Join(c.dir, name) }

// bound waits until a listener has bound its unix socket and listens on it.
func (c *chaos) bound(p *chaosProgram, path string) error {
	for {
		table, err := os.ReadFile("/proc/net/unix")
		if err != nil {
			return err
		}
		// RefCount Protocol Flags: 00010000 means that the socket listens
		for line := range bytes.Lines(table) {
			if f := bytes.Fields(line); len(f) == 8 && string(f[3]) == "00010000" && string(f[7]) == path {
				return nil
			}
		}
		select {
		case <-p.ended:
			return fmt.Errorf("%s ended before it listened", p.cmd)
		case <-c.ctx.Done():
			return fmt.Errorf("%s does not listen", p.cmd)
		case <-time.After(2 * time.Millisecond):
		}
	}
}

func (c *chaos) feeder(p *chaosProgram, data []byte, hold <-chan struct{}) func() {
	how := c.pacing(len(data))
	return func() { p.feed(data, how, hold) }
}

func (c *chaos) drainer(p *chaosProgram, want int, enough chan<- struct{}) func() {
	how := c.pacing(want)
	return func() { p.drain(how, want, enough) }
}

// datagrams sends datagrams to an echo server, one at a time so that none is lost,
// and compares each answer.
func (c *chaos) datagrams() error {
	secure := []string{"--ssl"}
	if c.IntN(2) == 0 {
		secure = nil
	}
	server, err := c.start(append([]string{"ncat", "-luk", "-e", "/bin/cat", "127.0.0.1", "0", "--port-file", "port"}, secure...)...)
	if err != nil {
		return err
	}
	port, err := c.port(server, "port")
	if err != nil {
		return err
	}
	const clients = 3
	errs := make(chan error, clients)
	var programs []*chaosProgram
	for range clients {
		p, err := c.start(append([]string{"ncat", "-u", "127.0.0.1", port}, secure...)...)
		if err != nil {
			return err
		}
		programs = append(programs, p)
		r := rand.New(rand.NewPCG(c.Uint64(), 0))
		close(p.read)
		go func() {
			defer p.stdin.Close()
			for i := range 5 + r.IntN(30) {
				question := make([]byte, 1+r.IntN(4000))
				for k := range question {
					question[k] = byte(r.Uint32())
				}
				if _, err := p.stdin.Write(question); err != nil {
					errs <- fmt.Errorf("question %d: %w", i, err)
					return
				}
				answer := make([]byte, len(question))
				if _, err := io.ReadFull(p.stdout, answer); err != nil {
					errs <- fmt.Errorf("answer %d: %w", i, err)
					return
				}
				if err := compare(fmt.Sprintf("question %d", i), answer, question, false); err != nil {
					errs <- err
					return
				}
			}
			errs <- nil
		}()
	}
	calm := c.disturb(append(programs, server)...)
	defer func() {
		calm()
		for _, p := range programs {
			p.stdout.Close()
		}
	}()
	for range clients {
		select {
		case err := <-errs:
			if err != nil {
				return err
			}
		case <-c.ctx.Done():
			return fmt.Errorf("not every question was answered in %s", chaosPatience)
		}
	}
	return nil
}

// crowd starts more clients than a listener has descriptors for. Each must get its
// answer in the end.
func (c *chaos) crowd() error {
	server, err := c.start("ncat", "-lkv", "-m", "1000", "-e", "/bin/cat", "127.0.0.1", "0", "--port-file", "port")
	if err != nil {
		return err
	}
	port, err := c.port(server, "port")
	if err != nil {
		return err
	}
	few := unix.Rlimit{Cur: uint64(24 + c.IntN(40)), Max: 1024}
	if err := unix.Prlimit(server.cmd.Process.Pid, unix.RLIMIT_NOFILE, &few, nil); err != nil {
		return err
	}
	const clients = 60
	errs := make(chan error, clients)
	for i := range clients {
		text := bytes.Repeat([]byte{byte(i)}, 1+c.IntN(100_000))
		go func() {
			errs <- func() error {
				conn, err := net.DialTimeout("tcp4", "127.0.0.1:"+port, chaosPatience)
				if err != nil {
					return err
				}
				defer conn.Close()
				until, _ := c.ctx.Deadline()
				conn.SetDeadline(until)
				go func() {
					conn.Write(text)
					conn.(*net.TCPConn).CloseWrite()
				}()
				got, err := io.ReadAll(conn)
				if err != nil {
					return err
				}
				return compare(fmt.Sprintf("client %d", i), got, text, false)
			}()
		}()
	}
	for range clients {
		if err := <-errs; err != nil {
			return err
		}
	}
	if n := server.stderr.Len(); n > 30_000 {
		return fmt.Errorf("%s wrote %d bytes of messages", server.cmd, n)
	}
	return nil
}
