package script

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"sosh/internal/child"
	"sosh/internal/show"
	"sosh/script/lua51"
	"sosh/sockets"

	lua "github.com/yuin/gopher-lua"
)

// execWords returns the program and its arguments, and reads options from the same table.
func (c *Call) execWords() ([]string, error) {
	list := append([]lua.LValue{c.args[0].value}, c.rest...)
	table, ok := list[0].(*lua.LTable)
	if ok && len(list) == 1 {
		opts := c.Machine.l.NewTable()
		list = nil
		n := table.Len()
		for k, v := range lua51.Each(table) {
			if i, ok := k.(lua.LNumber); !ok || i < 1 || int(i) > n {
				lua51.Set(opts, k, v)
			}
		}
		for i := 1; i <= n; i++ {
			list = append(list, table.RawGetInt(i))
		}
		if err := c.bindOptions(opts); err != nil {
			return nil, err
		}
	} else if last, ok := list[len(list)-1].(*lua.LTable); ok && len(list) > 1 && c.opts == nil {
		if err := c.bindOptions(last); err != nil {
			return nil, err
		}
		list = list[:len(list)-1]
	}
	if len(list) == 0 {
		return nil, &ArgumentError{Index: 0, Err: errors.New("the program is missing (expected its name)"), Hint: "usage: " + c.usage()}
	}
	var words []string
	for i, v := range list {
		if v.Type() != lua.LTString && v.Type() != lua.LTNumber {
			return nil, &ArgumentError{Index: i, Err: fmt.Errorf("bad argument of type %s (expected strings, and a table of options last)", v.Type()), Hint: "usage: " + c.usage()}
		}
		word := lua.LVAsString(v)
		if strings.ContainsRune(word, 0) {
			return nil, &ArgumentError{Index: i, Err: fmt.Errorf("bad argument %s (expected no NUL, which ends an argument)", show.Literal([]byte(show.Truncate(word, 40))))}
		}
		words = append(words, word)
	}
	return words, nil
}

// execEnv returns the environment of a program: that of sosh, changed by env=.
func (c *Call) execEnv() ([]string, error) {
	bad := func(what string) error {
		return &ArgumentError{Index: -1, Key: "env", Err: fmt.Errorf("bad %s (expected {NAME=\"VALUE\"}, or a list of NAME=VALUE)", what)}
	}
	env := os.Environ()
	a, ok := c.opts["env"]
	if !ok {
		return env, nil
	}
	table, ok := a.value.(*lua.LTable)
	if !ok {
		return nil, bad("env of type " + a.value.Type().String())
	}
	var err error
	for k, v := range lua51.Each(table) {
		name, named := k.(lua.LString)
		text := lua.LVAsString(v)
		switch {
		case named && v == lua.LFalse:
			env = withoutVariable(env, string(name))
			continue
		case named && (v.Type() == lua.LTString || v.Type() == lua.LTNumber) && name != "" && !strings.Contains(string(name), "="):
			text = string(name) + "=" + text
		case named || v.Type() != lua.LTString || strings.Index(text, "=") < 1:
			err = bad(show.Literal([]byte(show.Truncate(lua.LVAsString(lua51.ToString(c.Machine.l, v)), 40))))
			continue
		}
		if strings.ContainsRune(text, 0) {
			err = bad(show.Literal([]byte(show.Truncate(text, 40))))
		}
		env = append(env, text)
	}
	return env, err
}

func withoutVariable(env []string, name string) []string {
	var left []string
	for _, v := range env {
		if !strings.HasPrefix(v, name+"=") {
			left = append(left, v)
		}
	}
	return left
}

// runExec starts a program.
func runExec(c *Call) error {
	words, err := c.execWords()
	if err != nil {
		return err
	}
	env, err := c.execEnv()
	if err != nil {
		return err
	}
	p := &process{name: filepath.Base(words[0]), wrote: c.Machine.wrote}
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Stdout, cmd.Stderr = p, p
	cmd.Dir, _ = c.Option("dir")
	cmd.Env = env
	cmd.WaitDelay = time.Second // limits the wait for children that keep the output open
	how := child.Options{Group: true, Orphan: syscall.SIGKILL, Strays: true, OnEnd: p.closeInput}
	switch input := c.opts["input"].value.(type) {
	case nil:
	case lua.LString:
		cmd.Stdin = strings.NewReader(string(input))
	case lua.LBool:
		how.Input = bool(input)
	default:
		return &ArgumentError{Index: -1, Key: "input", Err: fmt.Errorf("bad input of type %s (expected a string, or true for what send sends)", input.Type())}
	}
	if err := p.start(cmd, how); err != nil {
		return startError(words[0], cmd.Dir, err)
	}
	c.Machine.keep(p)
	if err := c.awaitReady(p); err != nil {
		c.Machine.Block(p.end)
		return err
	}
	c.Give(c.Machine.NewObject("process", p))
	return nil
}

// startError returns the error of a program that did not start.
func startError(path, dir string, err error) error {
	e := &sockets.Error{Op: "exec", Err: err}
	var missing *exec.Error
	var failed *os.PathError
	switch {
	case errors.As(err, &missing):
		e.Err = fmt.Errorf("%s: %w", show.Name(path), missing.Err)
		if words := strings.Fields(path); len(words) > 1 {
			for i, w := range words {
				words[i] = show.Literal([]byte(w))
			}
			e.Hint = "pass the program and each argument as a separate string: exec(" + strings.Join(words, ", ") + ")"
		}
	case errors.As(err, &failed):
		e.Err = fmt.Errorf("%s: %w", show.Name(path), failed.Err)
		if _, there := os.Stat(path); there == nil && errors.Is(failed.Err, syscall.ENOENT) {
			e.Hint = "the file exists, but not the program named in its first line"
		}
	}
	if dir == "" {
		return e
	}
	if st, derr := os.Stat(dir); derr != nil {
		e.Err, e.Hint = fmt.Errorf("dir %s: %w", dir, errors.Unwrap(derr)), ""
	} else if !st.IsDir() {
		e.Err, e.Hint = fmt.Errorf("dir %s: %w", dir, syscall.ENOTDIR), ""
	}
	return e
}

// start starts the process. Its input is closed when it ends.
func (p *process) start(cmd *exec.Cmd, how child.Options) (err error) {
	p.mu.Lock() // the goroutine that waits for the end acquires it too
	defer p.mu.Unlock()
	if p.Child, err = child.Start(cmd, how); err == nil {
		p.input = p.In
	}
	return err
}

// closeInput closes the standard input of the process, if that is ours.
func (p *process) closeInput() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.input != nil {
		p.input.Close()
		p.input = nil
	}
}

var errNoInput = errors.New("its standard input is closed")

func runProcessSend(c *Call) error {
	p := c.Object(0).(*process)
	p.mu.Lock()
	input := p.input
	p.mu.Unlock()
	if input == nil {
		return &sockets.Error{Op: "send", Err: fmt.Errorf("%s: %w", p.name, errNoInput), Hint: "exec(..., {input=true}) leaves it open for send"}
	}
	began := time.Now()
	n := 0
	err := c.Wait(func(ctx context.Context) error {
		stop := context.AfterFunc(ctx, func() { input.SetWriteDeadline(time.Unix(1, 0)) })
		defer func() {
			if !stop() {
				input.SetWriteDeadline(time.Time{})
			}
		}()
		var err error
		n, err = input.Write([]byte(c.String(1)))
		switch {
		case err != nil && ctx.Err() != nil:
			return sockets.ContextCause(ctx, began)
		case errors.Is(err, os.ErrClosed):
			return errNoInput
		}
		return err
	})
	if err != nil {
		var failed *os.PathError
		if errors.As(err, &failed) {
			err = failed.Err
		}
		return &sockets.Error{Op: "send", Err: fmt.Errorf("%s: %w", p.name, err), Sent: n, Size: len(c.String(1))}
	}
	c.Give(lua.LNumber(n))
	return nil
}

func runProcessClose(c *Call) error {
	c.Object(0).(*process).closeInput()
	return nil
}
