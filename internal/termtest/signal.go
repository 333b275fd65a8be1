package termtest

import (
	"os"
	"os/signal"
	"syscall"
)

// CatchIgnored catches the signals of a terminal that the parent of the tests ignores, as
// nohup does: the programs that the tests start then begin with the default action.
func CatchIgnored() {
	for _, sig := range []os.Signal{syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT} {
		if signal.Ignored(sig) {
			signal.Notify(make(chan os.Signal, 1), sig)
		}
	}
}
