package cli

import (
	"fmt"
	"os"
	"regexp"

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
		Short: "write recordings in another form",
		Long: `Read recordings and write them as one file, in the form of its extension.
IN is a file that --record has made as .jsonl, or a capture (pcap or pcapng) of
any program; - is standard input. OUT is one of:

` + formsTable() + `
A test is made from the first IN; what differs in the others becomes a pattern.
OUT is overwritten, with mode 0600; - is a capture on standard output. sosh help recordings explains
recordings.`,

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
			if err != nil {
				show.Fprintf(os.Stderr, "sosh convert: %s\n", show.Trusted(show.Block(err.Error())))
				*status = repl.StatusFailure
			}
			if err == nil || n > 0 {
				show.Fprintf(os.Stderr, "%s written to %s\n", show.Count(n, "event"), show.Name(args[last]))
			}
			return nil
		},
	}
	c.Flags().BoolVar(&o.Plaintext, "plaintext", false, "write what TLS carried into a capture, as if there were no TLS")
	c.Flags().StringArrayVar(&masks, "mask", nil, "in a test, make a pattern of what a `REGEX` matches in received data; may be repeated")
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

// formsTable lists the forms of recordings, for help.
func formsTable() string {
	var text string
	for _, row := range forms.Table() {
		text += fmt.Sprintf("  %-11s %s\n", row[0], row[1])
	}
	return text
}
