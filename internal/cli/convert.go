package cli

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"syscall"

	"sosh/internal/recording/forms"
	"sosh/internal/show"
	"sosh/repl"

	"github.com/spf13/cobra"
)

// convertCommand is sosh convert.
func convertCommand(status *int) *cobra.Command {
	var o forms.Options
	var masks []string
	c := &cobra.Command{
		Use:   "convert [FLAG...] IN... OUT",
		Short: "convert recordings to another format",
		Long: `Read recordings and write them as one file, in the format of its extension.
IN is a .jsonl recording, or a capture (pcap or pcapng, also compressed by gzip
if it expands to at most 4 GiB) of any program; - is
standard input. OUT is one of:

` + formsTable() + `
A test is made from the first IN; what differs in the others becomes a pattern.
OUT is overwritten and has mode 0600; - writes a capture to standard output.
sosh help recordings explains recordings.`,

		DisableFlagsInUseLine: true,
		Args:                  cobra.MinimumNArgs(2),
		RunE: func(_ *cobra.Command, args []string) (err error) {
			last := len(args) - 1
			if err := forms.Check(args[last]); err != nil {
				return err
			}
			if o.Mask, err = parseMasks(masks); err != nil {
				return err
			}
			n, err := forms.Convert(args[:last], args[last], o)
			if args[last] == "-" && errors.Is(err, syscall.EPIPE) { // nobody reads the capture any more
				*status = repl.StatusNoReader
				return nil
			}
			if err == nil && n == 0 {
				err = errors.New("the input has no events (of a capture: no TCP and no UDP)")
			}
			if err != nil {
				show.Fprintf(os.Stderr, "sosh convert: %s\n", show.Trusted(show.Block(show.ErrorText(err))))
				*status = repl.StatusFailure
			}
			if n > 0 {
				show.Fprintf(os.Stderr, "%s written to %s\n", show.Count(n, "event"), show.Name(args[last]))
			}
			return nil
		},
	}
	c.Flags().BoolVar(&o.Plaintext, "plaintext", false, "in a capture, write the decrypted data instead of TLS")
	c.Flags().StringArrayVar(&masks, "mask", nil, "in a test, replace received data that matches `REGEX` by a pattern; may be repeated")
	return c
}

// parseMasks compiles the expressions of --mask.
func parseMasks(list []string) (masks []*regexp.Regexp, err error) {
	for _, text := range list {
		re, err := regexp.Compile(text)
		if err != nil {
			return nil, fmt.Errorf("--mask: %w", err)
		}
		masks = append(masks, re)
	}
	return masks, nil
}

// formsTable lists the formats of recordings for the help text.
func formsTable() string {
	var text string
	for _, row := range forms.Table() {
		text += fmt.Sprintf("  %-11s %s\n", row[0], row[1])
	}
	return text
}
