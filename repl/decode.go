package repl

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"sosh/internal/show"
	"sosh/script"
	"sosh/script/decoders"
	"sosh/sockets"
)

// decoding is what view H CODEC has asked for. Its lock is taken on the goroutine
// that publishes an event.
type decoding struct {
	mu     sync.Mutex
	engine *decoders.Engine
	codecs map[string]*decoders.Codec // by the name of a handle
	conns  map[*sockets.Handle]*decoders.Conn
}

// set makes a codec show the messages of a handle; with name "", it ends that.
func (d *decoding) set(s *Shell, handle, name string) error {
	d.mu.Lock()
	if d.engine == nil {
		d.engine = decoders.New(s.out.luaStderr())
		d.codecs, d.conns = make(map[string]*decoders.Codec), make(map[*sockets.Handle]*decoders.Conn)
	}
	e := d.engine
	d.mu.Unlock()
	var c *decoders.Codec
	if name != "" {
		// Loading a file may take a while; events go on meanwhile.
		var err error
		if c, err = e.Codec(name); errors.Is(err, decoders.ErrUnknown) {
			var found error
			if c, found = s.machine.ViewCodec(e, name); c != nil || found != nil {
				err = found
			}
		}
		if err != nil {
			return err
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.forget(handle)
	delete(d.codecs, handle)
	if c != nil {
		d.codecs[handle] = c
	}
	return nil
}

// encode encodes a message for a handle that has a codec. If e is nil, it only reports
// whether it can.
func (d *decoding) encode(h *sockets.Handle, e *script.Encoding) (err error) {
	c := d.conn(h)
	switch {
	case c == nil:
		return fmt.Errorf("%s has no codec; view %s CODEC sets one (expected a string of bytes)", h.Name(), h.Name())
	case e == nil:
		return c.Codec().Encodes()
	}
	e.Bytes, err = c.Encode(e.Message)
	return err
}

// forget ends the connections that are decoded for the handle of that name, itself or
// its clients. The caller holds the lock.
func (d *decoding) forget(handle string) {
	for h, c := range d.conns {
		if h.Name() == handle || h.Parent() == handle {
			c.Close()
			delete(d.conns, h)
		}
	}
}

// name returns the codec of the handle of that name, or "".
func (d *decoding) name(handle string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if c := d.codecs[handle]; c != nil {
		return c.Name
	}
	return ""
}

// names returns the codecs by the names of their handles.
func (d *decoding) names() map[string]string {
	d.mu.Lock()
	defer d.mu.Unlock()
	names := make(map[string]string)
	for handle, c := range d.codecs {
		names[handle] = c.Name
	}
	return names
}

// conn returns the decoded connection of a handle, or nil. A listener's codec
// applies to its clients.
func (d *decoding) conn(h *sockets.Handle) *decoders.Conn {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.codecs) == 0 || h.Listening() {
		return nil
	}
	if c := d.conns[h]; c != nil {
		return c
	}
	c, parent := d.codecs[h.Name()], h.Parent()
	if c == nil {
		c = d.codecs[parent]
	}
	if c == nil {
		return nil
	}
	n := c.NewConn(parent != "", h.Kind().Datagram())
	d.conns[h] = n
	return n
}

// closed forgets a handle that was closed.
func (d *decoding) closed(h *sockets.Handle) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.codecs, h.Name())
	if c := d.conns[h]; c != nil {
		c.Close()
		delete(d.conns, h)
	}
}

// skip notes that data is not decoded, since it is not shown.
func (d *decoding) skip(ev sockets.Event) {
	if ev.Type != sockets.EventData && ev.Type != sockets.EventSent {
		return
	}
	if c := d.conn(ev.Handle); c != nil {
		c.Skip(direction(ev))
	}
}

// close ends the decoding.
func (d *decoding) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.engine != nil {
		d.engine.Close()
	}
}

func direction(ev sockets.Event) decoders.Direction {
	if ev.Type == sockets.EventSent {
		return decoders.Out
	}
	return decoders.In
}

// decodedText returns the text for an event of a handle that has a codec: a line for
// each message. n is how many bytes at the end of the event's data it shows. decoded
// is false if the handle has no codec, or there is nothing to decode.
func (s *Shell) decodedText(ev sockets.Event) (text show.Trusted, n int, decoded bool) {
	c := s.decoding.conn(ev.Handle)
	if c == nil {
		return "", 0, false
	}
	switch ev.Type {
	case sockets.EventData, sockets.EventSent:
		if text, n = s.messages(ev, c, c.Feed(direction(ev), ev.Data)); text == "" && ev.Type == sockets.EventData {
			ev.Handle.MarkReported(ev.End)
		}
		return text, n, true
	case sockets.EventEOF, sockets.EventReset, sockets.EventClosed:
		end := ev
		end.Type, end.Data = sockets.EventData, nil
		text, _ = s.messages(end, c, c.End(decoders.In))
		return text + s.eventText(ev), 0, true
	}
	return "", 0, false
}

// messages returns the text for a result of decoding.
func (s *Shell) messages(ev sockets.Event, c *decoders.Conn, r decoders.Result) (text show.Trusted, n int) {
	name, arrow, colour := ev.Handle.Name(), show.Trusted("<-"), colourIn
	if ev.Type == sockets.EventSent {
		arrow, colour = "->", colourOut
	}
	line := func(format show.Trusted, args ...any) {
		text += s.stamp(ev.Time) + s.out.paint(colour, show.Sprintf("%s %s ", name, arrow)+show.Sprintf(format, args...)) + "\n"
	}
	for _, m := range r.Messages {
		line("%s", m)
	}
	if r.More > 0 {
		line("%s more, not shown", show.Count(r.More, "message"))
	}
	if r.Waiting > 0 {
		line("%s, the beginning of a message", show.Count(r.Waiting, "byte"))
	}
	if len(r.Plain) == 0 {
		return text, 0
	}
	switch size := show.Count(len(r.Plain), "byte"); {
	case r.Err != nil:
		done := show.Trusted("")
		if r.Done {
			done = show.Sprintf("; the rest is shown as it is, view %s %s starts decoding again", name, c.Codec().Name)
		}
		line("%s, not %s: %s%s", size, c.Codec().Name, r.Err.Error(), done)
	default:
		line("%s", size)
	}
	if ev.Type == sockets.EventSent {
		return text, 0
	}
	p, more := r.Plain, show.Trusted("")
	if len(p) > maxBody {
		p = p[:show.WholeRunes(p[:maxBody])]
		more = show.Sprintf("  ... %s more; show %s prints them\n", show.Count(len(r.Plain)-len(p), "byte"), name)
	} else if len(ev.Data) >= len(r.Plain) {
		n = len(p)
	}
	return text + s.body(colourIn, s.settings.viewOf(name, ev.Handle.Parent()).Render(p, s.out.columns()-2)) + more, n
}

// runDecoders lists the codecs, or prints the source of one.
func (s *Shell) runDecoders(c *script.Call) error {
	if src, ok := decoders.Source(c.String(0)); ok {
		s.out.printForeign(src)
		return nil
	}
	s.out.print(show.Table([]string{"codec", "what"}, codecRows(), s.out.columns()))
	return nil
}

// viewNames returns the values of view: the ways to show bytes, and the codecs.
func viewNames() []string {
	var names []string
	for _, v := range show.Views() {
		names = append(names, string(v))
	}
	return slices.Concat(names, decoders.Names())
}

// tableData returns the arguments of words whose data is a table of Lua, such as
// send c {type = "ping"}, for a handle that has a codec; nil if they are no such
// words.
func (s *Shell) tableData(ctx context.Context, text, name string, v *script.Verb, st statement) ([]script.Arg, []int, error) {
	free := freeParam(v)
	if free < 1 || len(st.Words) <= free || text[st.Words[free].Col-1] != '{' {
		return nil, nil, nil
	}
	target, ok := st.Words[0].text()
	h, err := s.table.Get("", target)
	if !ok || err != nil || !s.machine.Encodes(h) {
		return nil, nil, nil
	}
	var args []script.Arg
	var cols []int
	for _, w := range st.Words[:free] {
		arg, err := s.value(ctx, w)
		if err != nil {
			return nil, nil, s.at(ctx, text, name, w.Col, true, err)
		}
		args, cols = append(args, arg), append(cols, w.Col)
	}
	from := st.Words[free].Col
	values, err := s.machine.Eval(ctx, "("+text[from-1:st.End-1]+")", "=data")
	if err != nil {
		return nil, nil, s.at(ctx, text, name, from, true, err)
	}
	return append(args, script.Arg{Value: values[0]}), append(cols, from), nil
}
