package script

import (
	"context"
	"errors"
	"sync/atomic"

	lua "github.com/yuin/gopher-lua"
)

// stopContext makes Lua that does not block end with a context. Its Done is
// nil until then, which costs an instruction of Lua far less than a channel.
type stopContext struct {
	context.Context
	ended atomic.Bool
}

var ended = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

func (s *stopContext) Done() <-chan struct{} {
	if s.ended.Load() {
		return ended
	}
	return nil
}

func (s *stopContext) Err() error {
	if s.ended.Load() {
		return errors.New("cancelled")
	}
	return nil
}

// stoppable makes L end when ctx does, until the function that it returns is
// called.
func stoppable(ctx context.Context, L *lua.LState) func() {
	s := &stopContext{Context: context.Background()}
	L.SetContext(s)
	stop := context.AfterFunc(ctx, func() { s.ended.Store(true) })
	return func() { stop() }
}
