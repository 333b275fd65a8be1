//go:build !linux

package signals

import (
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// systemSignals are the deadly signals that only this system has.
func systemSignals() []syscall.Signal { return nil }

// exits are the channels of the signals that end the process at once.
var exits struct {
	sync.Mutex
	of map[syscall.Signal]chan os.Signal
}

// setDefault has a signal end the process with the status that a shell gives
// for it: there is no portable call for the default action.
func setDefault(sig syscall.Signal) {
	caught := make(chan os.Signal, 1)
	exits.Lock()
	defer exits.Unlock()
	if exits.of == nil {
		exits.of = make(map[syscall.Signal]chan os.Signal)
	}
	exits.of[sig] = caught
	signal.Notify(caught, sig)
	go func() {
		if _, ok := <-caught; ok {
			os.Exit(128 + int(sig))
		}
	}()
}

// setCaught undoes setDefault.
func setCaught(sig syscall.Signal) {
	exits.Lock()
	defer exits.Unlock()
	if caught := exits.of[sig]; caught != nil {
		signal.Stop(caught)
		close(caught)
		delete(exits.of, sig)
	}
}
