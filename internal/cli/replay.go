package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"sosh/internal/recording/forms"
	"sosh/internal/recording/replay"
	"sosh/internal/show"
	"sosh/internal/signals"
	"sosh/repl"
	"sosh/script"

	"github.com/spf13/cobra"
)

// A replayRun is one invocation of sosh replay: its flags as typed.
type replayRun struct {
	options          replay.Options
	masks            []string
	serve            string
	serving          bool
	timeout          string
	speed            float64
	portFile, record string
	verify           bool
}

// replayCommand is sosh replay.
func replayCommand(status *int) *cobra.Command {
	r := new(replayRun)
	c := &cobra.Command{
		Use:   "replay [FLAG...] FILE [ADDRESS]",
		Short: "play the client or the server of a recording",
		Long: `Play one side of a recording against a real peer, and compare what the peer
sends with the recording. FILE is a .jsonl recording or a capture (pcap or
pcapng).

Without --serve, play the clients: connect to ADDRESS (default: the recorded
address), send the same data in the same order, and compare the server's
answers. With --serve, play the server for clients that connect. Each recorded
connection is played once, in order; connections that overlapped are played at
the same time.

The first divergence is shown, with its place and the difference; the events
of a recording are counted from 1, as the lines of a .jsonl file below its
header. Data that
--mask matches may differ; if this side sends a masked value back later, it
sends the received value instead of the recorded one. The recorded address of
the server in the data is replaced by the current one.

The exit status is 0 if the peer did what it did in the recording, 1 if not, and
2 for wrong usage.`,
		Example: `  sosh replay session.jsonl 127.0.0.1:8080
  sosh replay --mask 'Date: .*' --serve 127.0.0.1:0 session.jsonl`,

		DisableFlagsInUseLine: true,
		Args:                  cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			r.serving = cmd.Flags().Changed("serve")
			if err = r.parse(args); err == nil {
				*status, err = r.run(args)
			}
			return err
		},
	}
	f := c.Flags()
	f.StringVar(&r.serve, "serve", "", "play the server at `ADDRESS`; port 0 means any free port, which is shown")
	f.StringArrayVar(&r.masks, "mask", nil, "ignore differences in what `REGEX` matches; may be repeated")
	f.Float64Var(&r.speed, "speed", 0, "keep the recorded pauses, divided by `N`; default: as fast as the peer answers")
	f.StringVar(&r.timeout, "timeout", "10", "time limit for each answer of the peer, in `SECONDS`; 0 for none. --serve waits without limit for a client to connect")
	f.BoolVar(&r.options.KeepGoing, "keep-going", false, "continue after a divergence, and show all of them")
	f.StringVar(&r.options.Only, "only", "", "play only the connections to this recorded server `ADDRESS`")
	f.StringVar(&r.portFile, "port-file", "", "write the port of --serve to a `FILE`")
	f.BoolVar(&r.verify, "verify", true, "verify the certificate of a TLS server")
	f.StringVar(&r.options.TLS.Trust, "trust", "", "`FILE` with the CA certificates to trust, in PEM")
	f.StringVar(&r.options.TLS.Cert, "cert", "", "`FILE` with the certificate and the key of this side, in PEM")
	recordFlag(c, &r.record)
	return c
}

// parse checks the flags and sets the options from them.
func (r *replayRun) parse(args []string) (err error) {
	o := &r.options
	if o.Mask, err = parseMasks(r.masks); err != nil {
		return err
	}
	s, ok := script.ParseSeconds(r.timeout)
	if !ok || s < 0 {
		return fmt.Errorf("--timeout %q (expected seconds, such as 0.5 or 500ms)", r.timeout)
	}
	if o.Timeout = time.Duration(s * float64(time.Second)); s == 0 {
		o.Timeout = -1
	}
	switch {
	case r.speed != 0 && !(r.speed >= 0.001 && r.speed <= 1e6):
		return fmt.Errorf("--speed %v (expected 0, or 0.001 to 1000000)", r.speed)
	case r.serving && len(args) == 2:
		return errors.New("--serve and an address to connect to were both given (expected one of them)")
	case r.portFile != "" && !r.serving:
		return errors.New("--port-file needs --serve")
	}
	o.Speed, o.TLS.NoVerify = r.speed, !r.verify
	return nil
}

// run plays the recording and returns the exit status. err means wrong usage.
func (r *replayRun) run(args []string) (status int, err error) {
	fail := func(err error) (int, error) {
		show.Fprintf(os.Stderr, "sosh replay: %s\n", show.Trusted(show.Block(show.ErrorText(err))))
		return repl.StatusFailure, nil
	}
	in, err := forms.Open(args[0])
	if errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}
	if err != nil {
		return fail(err)
	}
	defer in.Close()
	events, err := forms.All(in)
	if err != nil {
		return fail(err)
	}
	rec, status, err := startRecording(r.record)
	if status != 0 || err != nil {
		return status, err
	}
	defer rec.Close()
	divergences := 0
	r.options.Diverged = func(d *replay.Divergence) {
		divergences++
		show.Fprintf(os.Stdout, "%s\n", show.Trusted(show.Block(d.Error())))
	}
	p, err := replay.New(nil, events, r.options)
	if err != nil {
		return fail(err)
	}
	defer p.Close()
	rec.Watch(p.Table())
	address := r.serve
	if len(args) == 2 {
		address = args[1]
	}
	ctx, code, stop := signals.Context(func() {})
	defer stop()
	err = p.Run(ctx, address, r.serving, r.listening)
	var d *replay.Divergence
	switch {
	case ctx.Err() != nil && context.Cause(ctx) != nil:
		return code(), nil
	case err != nil && !errors.As(err, &d):
		if hint := replay.Hint(err); hint != "" {
			err = fmt.Errorf("%w\nhint: %s", err, hint)
		}
		return fail(err)
	}
	st := p.Stats()
	if divergences > 0 {
		return repl.StatusFailure, nil
	}
	fmt.Printf("%s as recorded: %s sent, %s received\n", show.Count(st.Connections, "connection"), show.Count(int(st.Sent), "byte"), show.Count(int(st.Received), "byte"))
	return 0, nil
}

// listening reports the address of the server, and writes the port file.
func (r *replayRun) listening(address string, port int) error {
	show.Fprintf(os.Stderr, "serving on %s\n", address)
	if r.portFile == "" {
		return nil
	}
	// The file appears with its content, so that a program can wait for it.
	tmp := r.portFile + "." + strings.ToLower(rand.Text())
	err := os.WriteFile(tmp, fmt.Appendf(nil, "%d\n", port), 0o666)
	if err == nil {
		err = os.Rename(tmp, r.portFile)
	}
	if err != nil {
		os.Remove(tmp)
		return fmt.Errorf("--port-file: %w", err)
	}
	return nil
}
