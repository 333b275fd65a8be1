package script

import (
	"fmt"
	"strings"

	"sosh/internal/luadoc"
	"sosh/internal/recording/forms"
	"sosh/internal/recording/recorder"
	"sosh/internal/show"
	"sosh/sockets"
)

// recordVerbs are the rows of recordings.
func recordVerbs() []*Verb {
	return []*Verb{
		{
			Name: "record", Group: groupEvents, Run: runRecord,
			Params: []Param{optional("file", FileType), {Name: "h", Type: HandleType, Optional: true}},
			Rest:   true,
			Options: []Param{
				{Name: "plaintext", Type: BoolType, Doc: "in a capture, write the decrypted data instead of TLS"},
			},
			Summary: "record the events of handles in a file",
			Help: "The file's extension selects the format; help recordings lists the formats. An existing file is overwritten. If handles are given, only those and the connections they accept are recorded. " +
				"record off ends all recordings; record without arguments lists them with their sizes. A recording that a test starts ends with the test.",
			Example: []string{"record session.jsonl", "record c.pcapng c", "record off", `r = record("c.jsonl"); r:close()`},
			Returns: []luadoc.Result{{Type: "recording", Doc: ", with the method close"}},
			Note:    "record() and record(\"off\") return nothing",
		},
		{
			Name: "recording:close", LuaOnly: true, Group: groupEvents, Run: runRecordingClose,
			Params:  []Param{{Name: "recording", Type: ObjectType, Object: "recording"}},
			Summary: "end a recording and write its remaining events",
			Example: []string{`r = record("c.jsonl"); r:close()`},
		},
	}
}

func runRecord(c *Call) error {
	switch {
	case !c.Has(0):
		c.Show(c.Machine.recordings.text())
		return nil
	case c.String(0) == "off" && !c.Has(1):
		list := c.Machine.recordings.all()
		if len(list) == 0 {
			c.Notify("no recording")
			return nil
		}
		c.Machine.Block(func() { c.Machine.recordings.end(list) })
		var lines []string
		for _, r := range list {
			lines = append(lines, string(statusText(r)))
		}
		c.Notify("%s", show.Trusted(strings.Join(lines, "\n")))
		return nil
	}
	path := c.String(0)
	if path == forms.Stdout {
		return &ArgumentError{Index: 0, Err: fmt.Errorf("standard output is used by the shell and the program (expected a file, or --record - on the command line)")}
	}
	if err := forms.Check(path); err != nil {
		return &ArgumentError{Index: 0, Err: err}
	}
	var handles []*sockets.Handle
	if c.Has(1) {
		handles = append(handles, c.Handle(1))
	}
	for _, v := range c.rest {
		a, err := c.Machine.convert(c.Verb.Name, &c.Verb.Params[1], v)
		if err != nil {
			return err
		}
		handles = append(handles, a.handle)
	}
	m := c.Machine
	for _, r := range m.recordings.all() {
		if r.Same(path) {
			return fmt.Errorf("a recording to %s is already running (record off ends it)", show.Name(path))
		}
	}
	r, err := recorder.Create(path, recorder.Options{
		Handles: handles, Form: forms.Options{Plaintext: c.OptionBool("plaintext")},
		Warn: func(text string) { m.print("warning: %s", text) },
	})
	if err != nil {
		return err
	}
	r.Watch(m.cfg.Table)
	m.recordings.add(r)
	if sc := m.current.scope; sc != nil {
		sc.recordings = append(sc.recordings, r)
	}
	c.Give(m.NewObject("recording", r))
	what := "all handles"
	if len(handles) > 0 {
		var names []string
		for _, h := range handles {
			names = append(names, h.Name())
		}
		what = strings.Join(names, ", ")
	}
	c.Notify("recording %s in %s; record off ends it", what, show.Name(path))
	return nil
}

func runRecordingClose(c *Call) error {
	r := c.Object(0).(*recorder.Recording)
	c.Machine.Block(func() { c.Machine.recordings.end([]*recorder.Recording{r}) })
	return nil
}
