package repl

import (
	"sosh/internal/show"
	"sosh/script"
)

// The headings under which help lists the commands of the shell.
const (
	groupLook  = "looking"
	groupShell = "the shell"
	groupJobs  = "jobs"
)

// commands are the commands of the shell, in the order of the manual: verbs
// that belong to the prompt and are no functions of Lua.
func (s *Shell) commands() []*script.Verb {
	optional := func(name string, t script.Type) script.Param {
		return script.Param{Name: name, Type: t, Optional: true}
	}
	line := script.Param{Name: "command", Type: script.LineType}
	var views []string
	for _, v := range show.Views() {
		views = append(views, string(v))
	}
	list := []*script.Verb{
		{
			Name: "help", Group: groupLook, Run: s.runHelp,
			Params:  []script.Param{optional("topic", script.StringType)},
			Summary: "what there is, or about one thing",
			Help:    "The topic is a verb, a command, or one of: words, lua, library, tests, options, kinds, tls, addresses, events, views, keys.",
			Example: []string{"help", "help connect", "help options"},
		},
		{
			Name: "apropos", Group: groupLook, Run: s.runApropos,
			Params:  []script.Param{{Name: "word", Type: script.StringType}},
			Summary: "find what mentions a word",
			Help:    "Looks in the names, summaries and help of verbs and commands, and in the socket options.",
			Example: []string{"apropos datagram"},
		},
		{
			Name: "ls", Group: groupLook, Run: s.runLs,
			Summary: "list the handles",
			Help:    "One line each: name, kind, state, local and remote address, bytes in and out, and what is unread in the inbox.",
			Example: []string{"ls"},
		},
		{
			Name: "view", Group: groupLook, Run: s.runView,
			Params:  []script.Param{{Name: "h", Type: script.HandleType, Optional: true}, {Name: "how", Type: script.ChoiceType, Values: views, Optional: true}},
			Summary: "how what arrives on a handle is shown",
			Help:    "auto shows the first 4096 bytes of an event, as JSON if they parse, as text if they are mostly printable, else as a hexdump; full shows all bytes that way. none shows nothing, and a full inbox then makes the sender wait. set view sets the view of all other handles.",
			Example: []string{"view c hex", "view"},
		},
		{
			Name: "show", Group: groupLook, Run: s.runShow,
			Params:  []script.Param{{Name: "h", Type: script.HandleType}, {Name: "bytes", Type: script.IntType, Optional: true}},
			Summary: "print received bytes that were not shown",
			Help:    "Only the first 4096 bytes of an event are shown, and only the size of a flood. show prints the rest from the inbox, by default 65536 bytes, and leaves it there.",
			Example: []string{"show c"},
		},
		{
			Name: "attach", Group: groupLook, Run: s.runAttach,
			Params:  []script.Param{{Name: "h", Type: script.HandleType, Of: script.Peered}},
			Summary: "give the keyboard to one connection, as nc would",
			Help:    "Each line is sent with the handle's eol; what comes is shown. Ctrl-], Ctrl-C and the peer's end come back. What other handles receive waits meanwhile.",
			Example: []string{"attach c"},
		},
		{
			Name: "set", Group: groupShell, Run: s.runSet,
			Params:  []script.Param{optional("setting", script.StringType), optional("value", script.StringType)},
			Summary: "the settings of the shell",
			Help:    "time none|clock|delta, view auto|text|hex|json|full|none, color on|off, timeout SECONDS, unread BYTES, peers N. Without a value it shows one setting, without a name all.",
			Example: []string{"set time delta", "set"},
		},
		{
			Name: "alias", Group: groupShell, Run: s.runAlias, Raw: true,
			Params:  []script.Param{{Name: "name words", Type: script.LineType, Optional: true}},
			Summary: "name a command of your own",
			Help:    "What is typed after the name is added to its words. alias NAME shows one, alias all of them. A command's own name can't be taken.",
			Example: []string{`alias ping send c "PING\r\n"`, "alias"},
		},
		{
			Name: "unalias", Group: groupShell, Run: s.runUnalias,
			Params:  []script.Param{{Name: "name", Type: script.StringType}},
			Summary: "forget an alias",
			Example: []string{"unalias ping"},
		},
		{
			Name: "history", Group: groupShell, Run: s.runHistory,
			Params:  []script.Param{optional("count", script.IntType)},
			Summary: "the lines typed so far",
			Help:    "Up, Down and Ctrl-R find the last 1000 of them, too. A line that starts with a blank is not kept.",
			Example: []string{"history 20"},
		},
		{
			Name: "source", Group: groupShell, Run: s.runSource,
			Params:  []script.Param{{Name: "file", Type: script.FileType}},
			Summary: "run the lines of a file as if they were typed",
			Help:    "Words and Lua, as at the prompt; the first error ends it and names its line.",
			Example: []string{"source session.sosh"},
		},
		{
			Name: "run", Group: groupShell, Run: s.runRun,
			Params:  []script.Param{{Name: "file", Type: script.FileType}},
			Summary: "run a file of Lua in this shell",
			Help:    "Its globals and the handles it makes stay. sosh run FILE runs one by itself.",
			Example: []string{"run client.lua"},
		},
		{
			Name: "save", Group: groupShell, Run: s.runSave,
			Params:  []script.Param{{Name: "file", Type: script.FileType}},
			Summary: "write this session's commands to a file",
			Help:    "Those that went well, one a line, for source and sosh FILE. An existing file is not overwritten.",
			Example: []string{"save session.sosh"},
		},
		{
			Name: "log", Group: groupShell, Run: s.runLog,
			Params:  []script.Param{{Name: "file", Type: script.FileType, Optional: true}},
			Summary: "write every event to a file",
			Help:    "One line each, with its time, appended; bytes as a literal. log off ends it, log says where it goes.",
			Example: []string{"log session.log", "log off"},
		},
		{
			Name: "!", Group: groupShell, Run: s.runSystem, Raw: true,
			Params:  []script.Param{line},
			Summary: "run a command of the system",
			Help:    "The rest of the line goes to $SHELL, or sh, as it stands.",
			Example: []string{"!ss -tn"},
		},
		{
			Name: "tour", Group: groupShell, Run: s.runTour,
			Summary: "the life of a socket, step by step",
			Help:    "Runs real sockets on loopback, in a shell of its own; this session is not touched.",
			Example: []string{"tour"},
		},
		{
			Name: "exit", Group: groupShell, Run: s.runExit,
			Params:  []script.Param{optional("status", script.IntType)},
			Summary: "leave",
			Help:    "With a status if given, else 0. Ctrl-D on an empty line is the same. Open handles are closed.",
			Example: []string{"exit 1"},
		},
		{
			Name: "time", Group: groupJobs, Run: s.runTime, Raw: true,
			Params:  []script.Param{line},
			Summary: "run a command and tell how long it took",
			Example: []string{"time recv c"},
		},
		{
			Name: "every", Group: groupJobs, Run: s.runEvery, Raw: true,
			Params:  []script.Param{{Name: "seconds command", Type: script.LineType}},
			Summary: "run a command again and again, beside the prompt",
			Help:    "The first run is at once. Seconds have fractions, or a unit: 500ms, 2m. The job ends with kill, with the first error, and with the shell.",
			Example: []string{`every 2s send c "ping\n"`},
		},
		{
			Name: "jobs", Group: groupJobs, Run: s.runJobs,
			Summary: "list the jobs",
			Example: []string{"jobs"},
		},
		{
			Name: "kill", Group: groupJobs, Run: s.runKill,
			Params:  []script.Param{{Name: "job", Type: script.IntType}},
			Summary: "end a job",
			Example: []string{"kill 1"},
		},
	}
	for _, v := range list {
		v.Command = true
	}
	return list
}
