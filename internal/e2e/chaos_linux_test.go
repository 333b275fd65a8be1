package e2e

import (
	"bytes"
	"context"
	"crypto/sha256"
	"flag"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

var (
	chaosTime   = flag.Duration("chaos", 0, "how long TestChaos makes random transfers")
	chaosSeed   = flag.Uint64("chaos.seed", 0, "the first seed of TestChaos; 0 chooses one")
	chaosTrials = flag.Int("chaos.trials", math.MaxInt, "how many seeds TestChaos tries at most")
)

// chaosPatience is the time limit of one transfer; on a quiet machine it takes
// seconds.
const chaosPatience = 60 * time.Second

// TestChaos makes random transfers through the built program, with everything
// that a seed chooses: the dialects, the kind of socket, proxies and relays on the
// way, the pieces and pauses of standard input, slow readers, small buffers,
// programs that are stopped for a moment, and programs that are killed. Each byte
// must arrive on both sides; where a program was killed, what arrived must be
// the beginning of what was sent, and the others must end.
//
//	go test ./internal/e2e -run TestChaos -chaos 2m                       # as ci/chaos.sh
//	go test ./internal/e2e -run TestChaos -chaos 1h -chaos.seed 7 -chaos.trials 1
func TestChaos(t *testing.T) {
	if *chaosTime == 0 {
		t.Skip("runs with -chaos DURATION")
	}
	first := *chaosSeed
	if first == 0 {
		first = rand.Uint64N(1 << 32)
	}
	t.Logf("chaos: seeds from %d", first)
	until := time.Now().Add(*chaosTime)
	var mu sync.Mutex
	next, kinds := 0, make(map[string]int)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for time.Now().Before(until) && !t.Failed() {
				mu.Lock()
				seed, more := first+uint64(next), next < *chaosTrials
				next++
				mu.Unlock()
				if !more {
					return
				}
				kind, err := chaosTrial(t, seed)
				mu.Lock()
				kinds[kind]++
				mu.Unlock()
				if err != nil {
					t.Errorf("%s: %v\nagain: go test ./internal/e2e -run TestChaos -chaos 1h -chaos.seed %d -chaos.trials 1", kind, err, seed)
				}
			}
		})
	}
	group.Wait()
	t.Logf("chaos: %d trials from seed %d: %v", next, first, kinds)
}

// A chaos is one trial.
type chaos struct {
	*rand.Rand
	ctx  context.Context
	dir  string
	mu   sync.Mutex
	all  []*chaosProgram // all that were started, for the report of a failure
	kill bool            // a program is killed meanwhile

	listener [2]string // of a transfer: its network and address
}

// chaosTrial runs the trial of a seed, and returns its name.
func chaosTrial(t *testing.T, seed uint64) (kind string, err error) {
	dir, err := os.MkdirTemp("", "chaos")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	ctx, cancel := context.WithTimeout(context.Background(), chaosPatience)
	defer cancel()
	c := &chaos{Rand: rand.New(rand.NewPCG(seed, 0)), ctx: ctx, dir: dir}
	defer c.end()
	kinds := []struct {
		name   string
		weight int
		run    func() error
	}{
		{"transfer", 12, c.transfer},
		{"killed", 4, func() error { c.kill = true; return c.transfer() }},
		{"datagrams", 4, c.datagrams},
		{"crowd", 1, c.crowd},
	}
	total := 0
	for _, k := range kinds {
		total += k.weight
	}
	n := c.IntN(total)
	for _, k := range kinds {
		if n -= k.weight; n < 0 {
			err = k.run()
			if err != nil {
				err = fmt.Errorf("%w\n%s", err, c.report())
			}
			return k.name, err
		}
	}
	panic("no kind")
}

// end ends all programs of the trial.
func (c *chaos) end() {
	for _, p := range c.all {
		syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
		<-p.ended
		p.stdin.Close()
		p.stdout.Close()
	}
}

// report has the command lines of the trial and what they wrote to stderr.
func (c *chaos) report() string {
	var b strings.Builder
	for _, p := range c.all {
		fmt.Fprintf(&b, "%s: %s\n", p.cmd, p.state())
		if text := p.stderr.String(); text != "" {
			fmt.Fprintf(&b, "  stderr: %q\n", text[max(0, len(text)-6000):])
		}
	}
	return b.String()
}

// A chaosProgram is one that runs with pipes.
type chaosProgram struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout io.ReadCloser
	stderr bytes.Buffer
	killed bool
	ended  chan struct{}
	got    []byte // all of stdout, once read is closed
	read   chan struct{}
}

func (p *chaosProgram) state() string {
	select {
	case <-p.ended:
		return p.cmd.ProcessState.String()
	default:
		return "still runs"
	}
}

// start starts sosh with arguments in the directory of the trial.
func (c *chaos) start(args ...string) (*chaosProgram, error) {
	p := &chaosProgram{cmd: exec.Command("sosh", args...), ended: make(chan struct{}), read: make(chan struct{})}
	p.cmd.Dir = c.dir
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p.cmd.Stderr = &p.stderr
	in, out, err := pipes(p.cmd)
	if err != nil {
		return nil, err
	}
	p.stdin, p.stdout = in, out
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	p.cmd.Stdin.(*os.File).Close()
	p.cmd.Stdout.(*os.File).Close()
	go func() {
		p.cmd.Wait()
		close(p.ended)
	}()
	c.mu.Lock()
	c.all = append(c.all, p)
	c.mu.Unlock()
	return p, nil
}

// pipes makes the standard streams of a program; Wait does not close them.
func pipes(cmd *exec.Cmd) (in, out *os.File, err error) {
	childIn, in, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	out, childOut, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	cmd.Stdin, cmd.Stdout = childIn, childOut
	return in, out, nil
}

// port waits for the file that a listener writes its port to.
func (c *chaos) port(p *chaosProgram, file string) (string, error) {
	for {
		if b, err := os.ReadFile(c.path(file)); err == nil && len(b) > 0 {
			return strings.TrimSpace(string(b)), nil
		}
		select {
		case <-p.ended:
			return "", fmt.Errorf("%s ended before it listened", p.cmd)
		case <-c.ctx.Done():
			return "", fmt.Errorf("%s does not listen", p.cmd)
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// payload returns from none to a few MiB of data, small sizes as often as large
// ones.
func (c *chaos) payload() []byte {
	if c.IntN(8) == 0 {
		return nil
	}
	b := make([]byte, int(math.Exp2(c.Float64()*22)))
	rand.NewChaCha8(sha256.Sum256([]byte(fmt.Sprint(c.Uint64())))).Read(b)
	return b
}

// A pacing is how a stream is written or read: in pieces of up to size, with a
// pause before one of so many.
type pacing struct {
	*rand.Rand
	size, every int
	pause       time.Duration
}

// pacing chooses one whose pauses take half a second in all.
func (c *chaos) pacing(total int) pacing {
	p := pacing{Rand: rand.New(rand.NewPCG(c.Uint64(), 0)), size: 1 + int(math.Exp2(c.Float64()*17))}
	p.size = max(p.size, total/2000) // so that a transfer in pieces of one byte ends in time
	if c.IntN(2) == 0 {
		p.every = 1 + total/p.size/(1+c.IntN(20))
		p.pause = time.Duration(c.IntN(50)) * time.Millisecond
	}
	return p
}

func (p pacing) wait() {
	if p.every > 0 && p.IntN(p.every) == 0 {
		time.Sleep(p.pause)
	}
}

// feed writes data to the program in pieces, and then ends its input; if hold is
// not nil, it waits until that is closed.
func (p *chaosProgram) feed(data []byte, how pacing, hold <-chan struct{}) {
	defer p.stdin.Close()
	for len(data) > 0 {
		how.wait()
		n := min(1+how.IntN(how.size), len(data))
		if _, err := p.stdin.Write(data[:n]); err != nil {
			return
		}
		data = data[n:]
	}
	if hold != nil {
		select {
		case <-hold:
		case <-p.ended:
		}
	}
}

// drain reads all that the program writes, and closes enough once that is want
// bytes.
func (p *chaosProgram) drain(how pacing, want int, enough chan<- struct{}) {
	defer close(p.read)
	defer p.stdout.Close()
	told := false
	for b := make([]byte, how.size); ; {
		if len(p.got) >= want && !told {
			told = true
			close(enough)
		}
		how.wait()
		n, err := p.stdout.Read(b)
		p.got = append(p.got, b[:n]...)
		if err != nil {
			if !told {
				close(enough)
			}
			return
		}
	}
}

// wait waits until the program has ended, and its output too.
func (c *chaos) wait(p *chaosProgram) error {
	for _, done := range []chan struct{}{p.ended, p.read} {
		select {
		case <-done:
		case <-c.ctx.Done():
			return fmt.Errorf("%s does not end", p.cmd)
		}
	}
	return nil
}

// disturb stops programs for a moment, and kills one if the trial says so, until
// the function that it returns is called.
func (c *chaos) disturb(programs ...*chaosProgram) (stop func()) {
	r := rand.New(rand.NewPCG(c.Uint64(), 0))
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		c.signal(r, done, programs)
	}()
	return func() {
		close(done)
		<-stopped
	}
}

// signal is the goroutine of disturb.
func (c *chaos) signal(r *rand.Rand, done <-chan struct{}, programs []*chaosProgram) {
	for i := range 6 {
		select {
		case <-done:
			return
		case <-time.After(time.Duration(r.IntN(200)) * time.Millisecond):
		}
		p := programs[r.IntN(len(programs))]
		if c.kill && i >= 1 {
			c.mu.Lock()
			p.killed = true
			c.mu.Unlock()
			unix.Kill(p.cmd.Process.Pid, unix.SIGKILL)
			// A listener that has had no client yet still waits for one.
			<-p.ended
			if conn, err := net.Dial(c.listener[0], c.listener[1]); err == nil {
				conn.Close()
			}
			return
		}
		unix.Kill(p.cmd.Process.Pid, unix.SIGSTOP)
		time.Sleep(time.Duration(r.IntN(200)) * time.Millisecond)
		unix.Kill(p.cmd.Process.Pid, unix.SIGCONT)
	}
}

// compare says where the data that arrived differs from what was sent. With prefix
// it may be shorter.
func compare(who string, got, want []byte, prefix bool) error {
	if bytes.Equal(got, want) || prefix && bytes.HasPrefix(want, got) {
		return nil
	}
	at := 0
	for at < min(len(got), len(want)) && got[at] == want[at] {
		at++
	}
	return fmt.Errorf("%s got %d bytes (sha256 %.8x), want %d (%.8x); the first difference is at %d",
		who, len(got), sha256.Sum256(got), len(want), sha256.Sum256(want), at)
}
