// Package cli is the command line: it decides which use of sosh is meant, reads the
// flags, and returns the exit status. It is the only package that imports cobra, and
// does not import sockets.
package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"sosh/internal/recording/recorder"
	"sosh/internal/show"
	"sosh/netcat"
	"sosh/repl"
	"sosh/script"
	"sosh/script/suite"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Main runs the program by its arguments, the first of which is the name that it
// was started by, and returns the exit status. Signals and the streams of the
// process are its own while it runs.
func Main(argv []string) int {
	recorder.Version = version
	if status, ok := asNetcat(argv); ok {
		return status
	}
	cmd, status := command()
	args := argv[min(1, len(argv)):]
	cmd.SetArgs(args)
	if len(args) > 0 && strings.HasPrefix(args[0], cobra.ShellCompRequestCmd) {
		plainUsage(cmd)
	}
	if err := cmd.Execute(); err != nil {
		show.Fprintf(os.Stderr, "sosh: %s\n", show.Trusted(show.Block(show.ErrorText(err))))
		var usage usageError
		var unknown unknownError
		switch {
		case errors.As(err, &unknown):
			show.Fprintf(os.Stderr, "hint: %s\n", unknown.hint(cmd))
		case !errors.As(err, &usage):
		case usage.command == cmd.Name():
			fmt.Fprintln(os.Stderr, "hint: sosh help lists the commands")
		default:
			show.Fprintf(os.Stderr, "hint: sosh %s --help lists its flags\n", usage.command)
		}
		return repl.StatusUsage
	}
	return *status
}

// A usageError is a flag that a command does not have, or a bad value of one.
type usageError struct {
	command string
	error
}

func (e usageError) Unwrap() error { return e.error }

// flagError makes an error of a flag readable: for a bad number, pflag has the text
// of the function that parses it.
func flagError(c *cobra.Command, err error) error {
	var bad *pflag.InvalidValueError
	if errors.As(err, &bad) && errors.Is(err, strconv.ErrSyntax) {
		err = fmt.Errorf("--%s %q (expected a number)", bad.GetFlag().Name, bad.GetValue())
	}
	return usageError{c.Name(), err}
}

// command returns the command line, and the variable that it sets to the exit
// status.
func command() (*cobra.Command, *int) {
	status := new(int)
	var words, record string
	var printVersion bool
	root := &cobra.Command{
		Use:   "sosh [FILE [ARG...]]",
		Short: "the socket shell",
		Long: `sosh is a shell for sockets: its verbs are the calls of the socket interface.

  sosh                      start a prompt
  sosh tour                 show the life of a socket, step by step
  sosh -c WORDS [ARG...]    run words and exit
  sosh FILE [ARG...]        run a file: words if it ends in .sosh, else Lua
  sosh run FILE [ARG...]    run a Lua program; - is standard input
  ... | sosh                run words from a pipe
  sosh test [PATH...]       run the tests of every *_test.lua
  sosh convert IN... OUT    write recordings in another form
  sosh replay FILE [ADDR]   play a recording as its client, or as its server
  sosh types [DIR]          write annotations of sosh's Lua for editors
  sosh nc, sosh ncat        work as netcat; a link of that name does the same
  sosh help NAME            explain a verb, a socket option, or a topic`,
		Args:              cobra.ArbitraryArgs,
		ValidArgsFunction: completeFiles,
		SilenceErrors:     true,
		SilenceUsage:      true,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if printVersion {
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "sosh %s\n", version())
				return err
			}
			if len(args) > 0 && !cmd.Flags().Changed("command") {
				if err := isFile(args[0]); err != nil {
					return err
				}
			}
			rec, code, err := startRecording(record)
			if rec == nil && record != "" {
				*status = code
				return err
			}
			switch {
			case cmd.Flags().Changed("command"):
				*status = repl.Words(words, "", args, rec)
			case len(args) > 0:
				*status = runProgram(args, rec)
			case repl.CanPrompt():
				*status = repl.Prompt(version(), rec)
			default:
				*status = runPipe(rec)
			}
			return nil
		},
	}
	root.SetFlagErrorFunc(flagError)
	root.Flags().SetInterspersed(false)
	// The version of cobra's own flag is printed by text/template, whose use of reflection makes the
	// linker keep every exported method.
	root.Flags().BoolVarP(&printVersion, "version", "v", false, "print the version")
	root.Flags().StringVarP(&words, "command", "c", "", "run `WORDS` and exit")
	recordFlag(root, &record)
	root.SetHelpCommand(helpCommand(root, status))
	root.AddCommand(runCommand(status), testCommand(status), convertCommand(status), replayCommand(status), typesCommand(), tourCommand(status), manualCommand(),
		netcatCommand(status, netcat.OpenBSD, "nc", "work as netcat, with the flags of OpenBSD's nc"),
		netcatCommand(status, netcat.Ncat, "ncat", "work as netcat, with the flags of nmap's ncat"))
	completeLinks(root)
	return root, status
}

// runCommand is sosh run.
func runCommand(status *int) *cobra.Command {
	var record string
	c := &cobra.Command{
		Use:   "run [FLAG...] FILE [ARG...]",
		Short: "run a Lua program; - is standard input",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			rec, code, err := startRecording(record)
			if *status = code; rec != nil || record == "" {
				*status = runProgram(args, rec)
			}
			return err
		},

		DisableFlagsInUseLine: true,

		ValidArgsFunction: completePrograms,
	}
	c.Flags().SetInterspersed(false)
	recordFlag(c, &record)
	return c
}

// tourCommand is sosh tour.
func tourCommand(status *int) *cobra.Command {
	return &cobra.Command{
		Use:   "tour",
		Short: "show the life of a socket, step by step, on loopback",
		Args:  cobra.NoArgs,
		Run:   func(*cobra.Command, []string) { *status = repl.Tour() },

		ValidArgsFunction: cobra.NoFileCompletions,
	}
}

// runPipe runs the words that come on standard input.
func runPipe(rec *recorder.Recording) (status int) {
	src, err := io.ReadAll(os.Stdin)
	if err != nil {
		show.Fprintf(os.Stderr, "sosh: %s\n", show.Trusted(show.Block(show.ErrorText(err))))
		return repl.StatusFailure
	}
	return repl.Words(string(src), "stdin", nil, rec)
}

// isFile returns an error if there is neither a file nor a command of that name.
func isFile(name string) error {
	if _, err := os.Stat(name); err != nil && !strings.ContainsAny(name, "/.") {
		return unknownError{name}
	}
	return nil
}

// An unknownError is a first argument that is neither a command nor a file.
type unknownError struct{ name string }

func (e unknownError) Error() string {
	return fmt.Sprintf("unknown command %s, and no file has that name", show.Quote([]byte(e.name)))
}

// hint says what name may have been meant for: a word of the shell, a topic of its help,
// or a name with a typing mistake. root is the command line.
func (e unknownError) hint(root *cobra.Command) string {
	const words = "a word of the shell: type it at the prompt, or run sosh -c '%s ...'"
	var commands []string
	for _, c := range root.Commands() {
		if !c.Hidden {
			commands = append(commands, c.Name())
		}
	}
	switch {
	case repl.IsWord(e.name):
		return fmt.Sprintf("%s is "+words, e.name, e.name)
	case slices.Contains(repl.HelpTopics(), e.name):
		return "sosh help " + e.name + " explains it"
	}
	if near := show.Nearest(e.name, commands); len(near) > 0 {
		return "did you mean " + strings.Join(near, " or ") + "?"
	}
	if near := show.Nearest(e.name, repl.HelpTopics()); len(near) > 0 && repl.IsWord(near[0]) {
		return fmt.Sprintf("did you mean %s? It is "+words, near[0], near[0])
	}
	return "sosh help lists the commands"
}

// runProgram runs a file, words or Lua, with its arguments, and ends the recording.
func runProgram(args []string, rec *recorder.Recording) int {
	if strings.HasSuffix(args[0], ".sosh") {
		return repl.WordsFile(args[0], args[1:], rec)
	}
	return script.RunFile(args[0], args[1:], rec, suite.Verbs()...)
}
