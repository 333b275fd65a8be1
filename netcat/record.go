package netcat

import (
	"sosh/internal/recording/forms"
	"sosh/internal/recording/recorder"
)

// record begins the recording of --record, which ends with the run.
func (n *netcat) record() error {
	o := n.opt
	if o.record == "" {
		return nil
	}
	err := forms.Check(o.record)
	switch {
	case err != nil:
		return n.dialect.wrong("--record: %v.", err)
	case o.record == forms.Stdout && !o.scan && !o.runsCommand() && (!o.listen || o.proxyType == ""):
		return n.dialect.wrong("--record - writes to standard output, as the received data does (expected a file or a FIFO).")
	}
	rec, err := recorder.Create(o.record, recorder.Options{Warn: func(text string) { n.say("%s: %s", n.dialect.prefix, text) }})
	if err != nil {
		return n.dialect.unreadable(o.record, err)
	}
	rec.Watch(n.table)
	n.atEnd(rec.Close)
	return nil
}
