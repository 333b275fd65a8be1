package netcat

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/pflag"
)

// A flag is one row of a dialect's table. The command line, the help screen, the manual
// page and completion use it.
type flag struct {
	letter string   // "" if there is only the long name
	long   string   // "" if there is only the letter
	arg    string   // name of the argument, "" for a switch
	doc    string   // in a few words, as on the help screen
	note   string   // what sosh does differently from nc or ncat, and why
	values []string // possible arguments, if there are few
	hidden bool     // not in the help: a hook for tests
	once   bool     // may be given only once
	empty  bool     // an empty argument has a meaning, or set refuses it
	set    func(o *options, value string) error
}

// names returns the forms in which the flag is typed: its letter, its long name, or both.
func (f *flag) names() (list []string) {
	if f.letter != "" {
		list = append(list, "-"+f.letter)
	}
	if f.long != "" {
		list = append(list, "--"+f.long)
	}
	return list
}

// A usageError is a wrong command line, before the dialect has made a message of it.
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

// words is an error with the exact message of the original netcat, with its capitals and
// periods.
type words string

func (w words) Error() string { return string(w) }

// flagValue adapts a row of the table to package pflag.
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
		// The likely cause is an unset variable in a script.
		names := v.names()
		return words(fmt.Sprintf("Empty argument for %s (expected %s).", names[len(names)-1], v.arg))
	}
	return nil
}

// parseFlags parses args with a table into o, and returns the operands, which may come
// between flags, as in GNU getopt(3). With abbrev, a long name may be abbreviated if that is
// not ambiguous.
func parseFlags(table []flag, abbrev bool, o *options, args []string) ([]string, error) {
	set := pflag.NewFlagSet("", pflag.ContinueOnError)
	set.Usage = func() {}
	set.SortFlags = false
	for _, f := range table {
		long := f.long
		if long == "" {
			long = "\x00" + f.letter // a name that can't be typed
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

// keepEquals doubles an = after a letter. In getopt(3), the = is part of the argument, so
// -w=1 is refused as a time of "=1"; pflag would remove it. After a switch, the = is an
// unknown letter.
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

// fullName returns the long name that begins with name. It returns name itself if no long
// name begins so, or several do. As in getopt_long(3), flags without a letter that agree on having an
// argument are not ambiguous: the first one is meant.
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

// beyond are the flags that no other netcat has. They mean the same in both dialects. They
// are long, so that they use up no letter.
var beyond = sync.OnceValue(func() []flag {
	return []flag{
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
		{long: "record", arg: "file", note: "Only in sosh. The bytes are then copied, not moved by the kernel. sosh help recordings lists the formats.", doc: "Record the events of the sockets in a file, whose extension selects the format", set: text(func(o *options) *string { return &o.record })},
	}
})

// on returns the setter of a switch.
func on(field func(*options) *bool) func(*options, string) error {
	return func(o *options, _ string) error { *field(o) = true; return nil }
}

// text returns the setter of a flag whose argument is stored unchanged.
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

// beginning returns the long flags that begin with a name.
func beginning(table []flag, name string) (list []string) {
	for _, f := range table {
		if f.long != "" && !f.hidden && strings.HasPrefix("--"+f.long, name) {
			list = append(list, "--"+f.long)
		}
	}
	return list
}

// asGiven returns a long flag with its value, as given.
func asGiven(args []string, name string) string {
	for _, a := range args {
		if strings.HasPrefix(a, name+"=") {
			return a
		}
	}
	return name
}
