package repl

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"sosh/internal/show"
	"sosh/repl/console"
	"sosh/script"
)

// A job runs a command again and again on a goroutine of its own.
type job struct {
	id      int
	every   time.Duration
	command string
	cancel  context.CancelFunc
	done    chan struct{} // closed when it has ended
	until   string        // "ok" or "fail": the outcome that ends it; "" for none
	count   int           // the runs after which it ends, 0 for any number

	// under the lock of jobs
	runs    int
	failed  int          // of the runs
	failure show.Trusted // the error of the last run, "" if it had none
	failing int          // the runs that have failed since the last one that did not
}

type jobs struct {
	mu   sync.Mutex
	list []*job
	last int
	wg   sync.WaitGroup
}

// find returns the job of that number, or nil.
func (j *jobs) find(id int) *job {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, b := range j.list {
		if b.id == id {
			return b
		}
	}
	return nil
}

func (j *jobs) remove(b *job) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.list = slices.DeleteFunc(j.list, func(x *job) bool { return x == b })
}

// candidates returns the jobs, for completion.
func (j *jobs) candidates() []console.Candidate {
	j.mu.Lock()
	defer j.mu.Unlock()
	var found []console.Candidate
	for _, b := range j.list {
		id := fmt.Sprint(b.id)
		found = append(found, console.Candidate{Text: id, Name: id, Note: b.command})
	}
	return found
}

// count returns how many jobs there are.
func (j *jobs) count() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.list)
}

// killAll ends every job and waits until they have ended.
func (j *jobs) killAll() {
	j.mu.Lock()
	for _, b := range j.list {
		b.cancel()
	}
	j.mu.Unlock()
	j.wg.Wait()
}

func (s *Shell) runEvery(c *script.Call) error {
	b, err := s.parseEvery(c.String(0))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	b.cancel, b.done = cancel, make(chan struct{})
	s.jobs.mu.Lock()
	s.jobs.last++
	b.id = s.jobs.last
	s.jobs.list = append(s.jobs.list, b)
	s.jobs.mu.Unlock()
	s.out.notify(show.Sprintf("job %d: every %s %s", b.id, b.every, printable(b.command)))
	s.jobs.wg.Go(func() {
		defer close(b.done)
		defer func() {
			if s.jobs.remove(b); s.con != nil {
				s.con.Refresh() // the row that counts the jobs
			}
		}()
		defer cancel()
		s.repeat(context.WithValue(ctx, jobKey{}, b), b)
	})
	return nil
}

// parseEvery parses what follows every: SECONDS [until=ok|fail] [count=N] COMMAND. The options may
// also be the last words of a command of words.
func (s *Shell) parseEvery(text string) (*job, error) {
	w, command, err := firstWord(text)
	if err != nil {
		return nil, err
	}
	interval, _ := w.text()
	sec, ok := script.ParseSeconds(interval)
	if !ok || sec <= 0 {
		return nil, fmt.Errorf("bad interval %s (expected seconds, such as 0.5 or 500ms)", show.Quote([]byte(interval)))
	}
	b := &job{every: time.Duration(sec * float64(time.Second))}
	for {
		first, rest, _ := strings.Cut(command, " ")
		if taken, err := b.option(first); err != nil {
			return nil, err
		} else if !taken {
			break
		}
		command = strings.TrimLeft(rest, blanks)
	}
	for s.isCommand(identifier(command)) {
		i := strings.LastIndexByte(command, ' ')
		if taken, err := b.option(command[i+1:]); err != nil {
			return nil, err
		} else if !taken || i < 0 {
			break
		}
		command = strings.TrimRight(command[:i], blanks)
	}
	if b.command = command; command == "" {
		return nil, errors.New("the command is missing (expected every SECONDS COMMAND)")
	}
	return b, nil
}

// option takes a word, if it is until= or count=.
func (b *job) option(word string) (taken bool, err error) {
	key, value, ok := strings.Cut(word, "=")
	if !ok {
		return false, nil
	}
	switch key {
	case "until":
		if value != "ok" && value != "fail" {
			return true, fmt.Errorf("bad until %s (expected ok or fail)", show.Quote([]byte(value)))
		}
		b.until = value
	case "count":
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 {
			return true, fmt.Errorf("bad count %s (expected 1 or more)", show.Quote([]byte(value)))
		}
		b.count = n
	default:
		return false, nil
	}
	return true, nil
}

// repeat runs a job, at least once, until it is killed or has done what was wanted.
func (s *Shell) repeat(ctx context.Context, b *job) {
	tick := time.NewTicker(b.every)
	defer tick.Stop()
	for {
		err := nested(ctx, func(ctx context.Context) error { return s.exec(ctx, b.command, "") })
		if s.left.Err() != nil {
			if s.con != nil {
				s.con.Close() // ends the prompt without a key
			}
			return
		}
		if ctx.Err() != nil {
			return
		}
		if text, ended := s.outcome(b, err); text != "" {
			colour := colourDim
			if err != nil {
				colour = colourError
			}
			s.out.notify(s.out.paint(colour, text))
			if ended {
				return
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// outcome notes how a run has ended, and returns what to print about it: an error that differs from
// that of the previous run, the first success after errors, or why the job has ended.
func (s *Shell) outcome(b *job, err error) (text show.Trusted, ended bool) {
	s.jobs.mu.Lock()
	defer s.jobs.mu.Unlock()
	before, failing := b.failure, b.failing
	b.runs++
	if b.failure, b.failing = "", 0; err != nil {
		b.failed++
		b.failure, b.failing = errorText(err), failing+1
	}
	why := show.Trusted("")
	if err != nil {
		why = ": " + b.failure
	}
	switch {
	case err == nil && b.until == "ok":
		return show.Sprintf("job %d ended: run %d succeeded", b.id, b.runs), true
	case err != nil && b.until == "fail":
		return show.Sprintf("job %d ended: run %d failed", b.id, b.runs) + why, true
	case b.runs == b.count:
		return show.Sprintf("job %d ended after %s, %d failed", b.id, show.Count(b.runs, "run"), b.failed) + why, true
	case err != nil && b.failure != before:
		return show.Sprintf("job %d", b.id) + why, false
	case err == nil && failing > 0:
		return show.Sprintf("job %d: ok after %s", b.id, show.Count(failing, "failure")), false
	}
	return "", false
}

// jobKey is the context's key for the job that runs a statement.
type jobKey struct{}

// label names the job that prints text in a context: before its one row, or above several. Outside a
// prompt, text is unchanged: it may be for another program.
func (s *Shell) label(ctx context.Context, text show.Trusted) show.Trusted {
	b, _ := ctx.Value(jobKey{}).(*job)
	switch {
	case b == nil || s.con == nil || text == "":
		return text
	case strings.Contains(strings.TrimSuffix(string(text), "\n"), "\n"):
		return show.Sprintf("job %d:\n", b.id) + text
	}
	return show.Sprintf("job %d: ", b.id) + text
}

func (s *Shell) runJobs(*script.Call) error {
	s.jobs.mu.Lock()
	var rows [][]string
	for _, b := range s.jobs.list {
		last := "running"
		switch {
		case b.failure != "":
			last = show.Truncate("failed: "+string(b.failure), 40)
		case b.runs > 0:
			last = "ok"
		}
		rows = append(rows, []string{fmt.Sprint(b.id), b.every.String(), fmt.Sprint(b.runs), fmt.Sprint(b.failed), last, printable(b.command)})
	}
	s.jobs.mu.Unlock()
	if len(rows) == 0 {
		s.out.notify("no jobs")
		return nil
	}
	s.out.print(show.Table([]string{"job", "every", "runs", "failed", "last", "command"}, rows, s.out.columns()))
	return nil
}

// runKill ends a job and the run that is under way: what that did is shown before
// the answer. A job that kills itself does not wait for its own end.
func (s *Shell) runKill(c *script.Call) error {
	id := c.Int(0, 0)
	b := s.jobs.find(id)
	if b == nil {
		return fmt.Errorf("no job %d", id)
	}
	b.cancel()
	select {
	case <-b.done:
	case <-c.Context().Done():
	}
	s.jobs.mu.Lock()
	runs := b.runs
	s.jobs.mu.Unlock()
	s.jobs.remove(b)
	s.out.notify(show.Sprintf("job %d killed after %s", id, show.Count(runs, "run")))
	return nil
}
