package script

import (
	"bytes"
	"slices"
	"sync"

	"sosh/internal/recording"
	"sosh/internal/recording/recorder"
	"sosh/internal/show"
)

// recordings are the recordings of a machine that have not ended. It may be used concurrently.
type recordings struct {
	mu   sync.Mutex
	list []*recorder.Recording
}

// add adds a recording.
func (r *recordings) add(rec *recorder.Recording) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, rec)
}

// all returns the recordings.
func (r *recordings) all() []*recorder.Recording {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.list)
}

// end ends recordings, and forgets them. It may wait for their files.
func (r *recordings) end(list []*recorder.Recording) {
	r.mu.Lock()
	r.list = slices.DeleteFunc(r.list, func(rec *recorder.Recording) bool { return slices.Contains(list, rec) })
	r.mu.Unlock()
	for _, rec := range list {
		rec.Close()
	}
}

// text says where the recordings go, and how much they are.
func (r *recordings) text() (text show.Trusted) {
	for _, rec := range r.all() {
		text += statusText(rec) + "\n"
	}
	if text == "" {
		return "no recording\n"
	}
	return text
}

// statusText describes a recording, in a line.
func statusText(r *recorder.Recording) show.Trusted {
	st := r.Status()
	text := show.Sprintf("%s: %s, %s", show.Name(st.Path), show.Count(st.Events, "event"), show.Size(st.Bytes))
	if st.Lost > 0 {
		text += show.Sprintf("; %s lost", show.Count(st.Lost, "event"))
	}
	if st.Err != nil {
		text += show.Sprintf("; ended: %s", st.Err)
	}
	return text
}

// wrote records what a program has written.
func (m *Machine) wrote(name string, p []byte) {
	list := m.recordings.all()
	if len(list) == 0 && m.cfg.Record == nil {
		return
	}
	ev := recording.Event{Type: recording.Output, Handle: name, Data: bytes.Clone(p), Out: true}
	if m.cfg.Record != nil {
		m.cfg.Record(ev)
	}
	for _, r := range list {
		r.Add(ev)
	}
}
