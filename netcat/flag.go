package netcat

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// A flag is one row of a dialect's table: what the command line takes, the
// help screen and the manual page say, and completion offers.
type flag struct {
	letter string   // "" if there is only the long name
	long   string   // "" if there is only the letter
	arg    string   // what the argument is called, "" for a switch
	doc    string   // in a few words, as on the help screen
	note   string   // what sosh does differently from nc or ncat, and why
	values []string // of the argument, where there are few
	hidden bool     // on no help screen: a hook for tests
	once   bool     // a second one is refused
	empty  bool     // an empty argument means something, or is refused by set
	set    func(o *options, value string) error
}

// names are the flag as it is typed: by its letter, by its long name, or either.
func (f *flag) names() (list []string) {
	if f.letter != "" {
		list = append(list, "-"+f.letter)
	}
	if f.long != "" {
		list = append(list, "--"+f.long)
	}
	return list
}

// A usageError is a command line that the dialect does not know, before it has
// words for it.
type usageError struct {
	unknown string // the flag, "-x" or "--long"
	noArg   string // a flag whose argument is missing
	tooMany string // a switch with an argument
	err     error  // anything else
}

func (e *usageError) Error() string {
	switch {
	case e.unknown != "":
		return "unknown flag " + e.unknown
	case e.tooMany != "":
		return "switch " + e.tooMany + " takes no argument"
	case e.noArg != "":
		return "flag " + e.noArg + " wants an argument"
	}
	return e.err.Error()
}

func (e *usageError) Unwrap() error { return e.err }

// words are an error in the words of the genuine netcat, which has capitals and
// points of its own.
type words string

func (w words) Error() string { return string(w) }

// flagValue makes a row of the table a value of package pflag.
type flagValue struct {
	flag
	o     *options
	given bool
}

func (v *flagValue) String() string { return "" }
func (v *flagValue) Type() string   { return v.arg }

func (v *flagValue) Set(s string) error {
	if v.given && v.once {
		return words("You can't specify more than one --" + v.long + ".")
	}
	v.given = true
	if v.arg == "" && s != "true" {
		return &usageError{tooMany: "--" + v.long}
	}
	if err := v.set(v.o, s); err != nil {
		return err
	}
	if s == "" && v.arg != "" && !v.empty {
		// The likely cause is a variable of a script that is not set.
		names := v.names()
		return words(fmt.Sprintf("Empty argument for %s (expected %s).", names[len(names)-1], v.arg))
	}
	return nil
}

// parseFlags reads args by a table into o and returns the operands, which may
// stand between the flags as getopt(3) of the GNU library has it. With abbrev
// a long name may be cut short where that is not ambiguous.
func parseFlags(table []flag, abbrev bool, o *options, args []string) ([]string, error) {
	set := pflag.NewFlagSet("", pflag.ContinueOnError)
	set.Usage = func() {}
	set.SortFlags = false
	for _, f := range table {
		long := f.long
		if long == "" {
			long = "\x00" + f.letter // a name that nobody can type
		}
		p := set.VarPF(&flagValue{flag: f, o: o}, long, f.letter, f.doc)
		if f.arg == "" {
			p.NoOptDefVal = "true"
		}
	}
	if abbrev {
		set.SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
			return pflag.NormalizedName(fullName(table, name))
		})
	}
	err := set.Parse(keepEquals(table, args))
	if err == nil {
		return set.Args(), nil
	}
	var unknown *pflag.NotExistError
	var noArg *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown):
		return nil, &usageError{unknown: dashed(unknown.GetSpecifiedName(), unknown.GetSpecifiedShortnames() != "")}
	case errors.As(err, &noArg):
		return nil, &usageError{noArg: dashed(noArg.GetSpecifiedName(), noArg.GetSpecifiedShortnames() != "")}
	case errors.As(err, &invalid):
		err = invalid.Unwrap()
		var own *usageError
		if errors.As(err, &own) {
			return nil, own
		}
	}
	return nil, &usageError{err: err}
}

// keepEquals doubles the = that follows a letter: it is part of the argument to
// getopt(3), so that -w=1 is refused as a time of "=1", while pflag leaves it out.
// After a switch it is a letter that no flag has.
func keepEquals(table []flag, args []string) []string {
	takesArg := func(name string, long bool) (takes, known bool) {
		for _, f := range table {
			if long && f.long == name || !long && f.letter == name {
				return f.arg != "", true
			}
		}
		return false, false
	}
	kept := slices.Clone(args)
	for i := 0; i < len(kept) && kept[i] != "--"; i++ {
		word := kept[i]
		if name, long := strings.CutPrefix(word, "--"); long {
			if takes, _ := takesArg(fullName(table, name), true); takes {
				i++ // which is its argument
			}
			continue
		}
		for j := 1; word[:min(1, len(word))] == "-" && j < len(word); j++ {
			takes, known := takesArg(word[j:j+1], false)
			rest := word[j+1:]
			switch {
			case takes && rest == "":
				i++
			case takes && rest[0] == '=':
				kept[i] = word[:j+1] + "=" + rest
			case known && !takes && strings.HasPrefix(rest, "="):
				kept[i] = word[:j+1]
				kept = slices.Insert(kept, i+1, "-"+rest)
				known = false
			}
			if takes || !known {
				break
			}
		}
	}
	return kept
}

func dashed(name string, short bool) string {
	if short {
		return "-" + name
	}
	return "--" + name
}

// fullName returns the long name that name begins, or name where there is none
// or it may be several. As with getopt_long(3), flags without a letter that agree
// on an argument are not several: the first of them it is.
func fullName(table []flag, name string) string {
	var first *flag
	for i := range table {
		f := &table[i]
		switch {
		case f.long == name:
			return name
		case f.long == "" || f.hidden || !strings.HasPrefix(f.long, name):
		case first == nil:
			first = f
		case first.letter+f.letter != "" || (first.arg == "") != (f.arg == ""):
			return name
		}
	}
	if first == nil {
		return name
	}
	return first.long
}

// beyond are the flags that no other netcat has. They mean the same in both
// dialects, and are long so that no letter of theirs is taken.
var beyond = []flag{
	{long: "parallel", arg: "n", note: "Only in sosh.", doc: "With -z, try this many ports at once (default 128)", set: func(o *options, v string) error {
		n, err := number(v, 1, 65535)
		if err != nil {
			return fmt.Errorf("--parallel %q: %w", v, err)
		}
		o.parallel = n
		return nil
	}},
	{long: "reconnect", note: "Only in sosh. It stops at the end of standard input, if that is read; with -z, once a port is open.", doc: "Connect again whenever the connection fails or ends", set: on(func(o *options) *bool { return &o.reconnect })},
	{long: "port-file", arg: "file", note: "Only in sosh.", doc: "Write the listening port to a file", set: text(func(o *options) *string { return &o.portFile })},
	{long: "dump", note: "Only in sosh.", doc: "Show both directions as a hexdump on stderr", set: on(func(o *options) *bool { return &o.dump })},
}

// on is the setter of a switch.
func on(field func(*options) *bool) func(*options, string) error {
	return func(o *options, _ string) error { *field(o) = true; return nil }
}

// text is the setter of a flag whose argument is taken as it is.
func text(field func(*options) *string) func(*options, string) error {
	return func(o *options, v string) error { *field(o) = v; return nil }
}

// helpScreen is the setter of --help.
func helpScreen(o *options, _ string) error {
	o.help, o.screen = true, true
	return nil
}

// count is the setter of a switch that may be given more than once.
func count(o *options, _ string) error { o.verbose++; return nil }

// beginning are the long flags that begin as a name does.
func beginning(table []flag, name string) (list []string) {
	for _, f := range table {
		if f.long != "" && !f.hidden && strings.HasPrefix("--"+f.long, name) {
			list = append(list, "--"+f.long)
		}
	}
	return list
}

// asGiven is a long flag with the value that was given to it.
func asGiven(args []string, name string) string {
	for _, a := range args {
		if strings.HasPrefix(a, name+"=") {
			return a
		}
	}
	return name
}
