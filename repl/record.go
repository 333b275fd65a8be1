package repl

import (
	"sync"

	"sosh/internal/recording/forms"
	"sosh/internal/recording/recorder"
	"sosh/internal/show"
	"sosh/script"
)

// record is the recording that the shell is making. Its methods may be used concurrently.
type record struct {
	mu  sync.Mutex
	now *recorder.Recording // nil: none
}

// begin makes rec the recording, after the end of the one before.
func (r *record) begin(rec *recorder.Recording) {
	r.mu.Lock()
	old := r.now
	r.now = rec
	r.mu.Unlock()
	old.Close()
}

func (r *record) end() { r.begin(nil) }

func (r *record) current() *recorder.Recording {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

// runRecord begins, ends or shows the recording.
func (s *Shell) runRecord(c *script.Call) error {
	switch {
	case !c.Has(0):
		s.showRecording()
		return nil
	case c.String(0) == "off":
		if s.record.current() == nil {
			s.out.notify("no recording")
			return nil
		}
		rec := s.record.current()
		s.record.end()
		st := rec.Status()
		s.out.notify(show.Sprintf("%s: %s, %s", show.Name(st.Path), show.Count(st.Events, "event"), show.Size(st.Bytes)))
		return nil
	}
	if err := forms.Check(c.String(0)); err != nil {
		return &script.ArgumentError{Index: 0, Err: err}
	}
	rec, err := recorder.Create(c.String(0), recorder.Options{Warn: func(text string) {
		s.out.notify(s.out.paint(colourWarn, show.Sprintf("warning: %s", text)))
	}})
	if err != nil {
		return err
	}
	rec.Watch(s.table)
	s.record.begin(rec)
	return nil
}

// showRecording prints where the recording goes, and how much it is.
func (s *Shell) showRecording() {
	rec := s.record.current()
	if rec == nil {
		s.out.notify("no recording")
		return
	}
	st := rec.Status()
	text := show.Sprintf("%s: %s, %s", show.Name(st.Path), show.Count(st.Events, "event"), show.Size(st.Bytes))
	if st.Lost > 0 {
		text += show.Sprintf("; %s lost", show.Count(st.Lost, "event"))
	}
	if st.Err != nil {
		text += show.Sprintf("; ended: %s", st.Err)
	}
	s.out.print(text + "\n")
}
