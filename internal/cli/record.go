package cli

import (
	"os"

	"sosh/internal/recording/forms"
	"sosh/internal/recording/recorder"
	"sosh/internal/show"
	"sosh/repl"

	"github.com/spf13/cobra"
)

// recordFlag adds --record to a command.
func recordFlag(c *cobra.Command, path *string) {
	c.Flags().StringVar(path, "record", "", "record the events of sockets in a `FILE`; its extension selects the format (sosh help recordings)")
}

// startRecording starts the recording of --record; rec is nil without the flag. If the file can't
// be created, it reports the error and returns the exit status. err means wrong usage.
func startRecording(path string) (rec *recorder.Recording, status int, err error) {
	if path == "" {
		return nil, 0, nil
	}
	if err := forms.Check(path); err != nil {
		return nil, 0, err
	}
	rec, err = createRecording(path)
	if err != nil {
		show.Fprintf(os.Stderr, "sosh: --record: %s\n", show.Trusted(show.Block(show.ErrorText(err))))
		return nil, repl.StatusFailure, nil
	}
	if path == forms.Stdout {
		os.Stdout = os.Stderr // so that what the program prints does not mix with the capture
	}
	return rec, 0, nil
}

// createRecording starts a recording that prints its warnings to stderr.
func createRecording(path string) (*recorder.Recording, error) {
	return recorder.Create(path, recorder.Options{Warn: func(text string) {
		show.Fprintf(os.Stderr, "sosh: %s\n", show.Trusted(show.Block(text)))
	}})
}
