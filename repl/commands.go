package repl

import (
	"slices"

	"strings"

	"sosh/script"
	"sosh/script/decoders"
)

// The headings under which help lists the commands of the shell.
const (
	groupLook  = "looking"
	groupShell = "the shell"
	groupJobs  = "jobs"
)

// commands are the commands of the shell, in the order of the manual: verbs of the
// prompt that are not functions of Lua.
func (s *Shell) commands() []*script.Verb {
	optional := func(name string, t script.Type) script.Param {
		return script.Param{Name: name, Type: t, Optional: true}
	}
	line := script.Param{Name: "command", Type: script.LineType}
	list := []*script.Verb{
		{
			Name: "help", Group: groupLook, Run: s.runHelp,
			Params:  []script.Param{optional("topic", script.StringType)},
			Summary: "list the commands, or explain one topic",
			Help:    "? is a short form. TOPIC is a verb, a command, a socket option, a library function, all (a line about each verb and command), or one of: " + strings.Join(topicNames(), ", ") + ".",
			Example: []string{"help", "help connect", "help options"},
		},
		{
			Name: "apropos", Group: groupLook, Run: s.runApropos,
			Params:  []script.Param{{Name: "word", Type: script.DataType}},
			Summary: "search the help for words",
			Help:    "Searches the help texts of verbs with their options, commands, topics, library functions and socket options, for what mentions all the words.",
			Example: []string{"apropos datagram", "apropos half close"},
		},
		{
			Name: "ls", Group: groupLook, Run: s.runLs,
			Summary: "list the handles",
			Help:    "Each line shows name, kind, state, local and remote address, bytes received and sent, and what is unread in the inbox: bytes for a stream, messages for datagrams. For a listener, it is the number of waiting connections.",
			Example: []string{"ls"},
		},
		{
			Name: "view", Group: groupLook, Run: s.runView,
			Params:  []script.Param{{Name: "h", Type: script.HandleType, Optional: true}, {Name: "how", Type: script.ChoiceType, Values: viewNames(), Open: true, Optional: true}},
			Summary: "set how received data is shown",
			Help:    "auto shows an event in one row where it fits; otherwise up to 4096 bytes as JSON if they parse, as text if they are mostly printable, and up to 16 rows (set dump) of a hexdump of other data. json also indents each line that is JSON. full shows all of an event. none shows nothing; when the inbox is full, the sender then waits (flow control). The view of a listener applies to its clients. Without a handle, view sets the view of all handles that have none of their own. A codec shows messages in place of bytes; help decoders lists the codecs. A codec can also be a Lua file of your own: view c ./my.lua.",
			Example: []string{"view c hex", "view c resp", "view hex", "view"},
		},
		{
			Name: "decoders", Group: groupLook, Run: s.runDecoders,
			Params:  []script.Param{{Name: "codec", Type: script.ChoiceType, Values: decoders.Names(), Optional: true}},
			Summary: "list the codecs, or print the source of one",
			Help:    "A codec is a Lua file that view and scripts use. help decoders says how.",
			Example: []string{"decoders", "decoders resp"},
		},
		{
			Name: "show", Group: groupLook, Run: s.runShow,
			Params:  []script.Param{{Name: "h", Type: script.HandleType}, {Name: "bytes", Type: script.IntType, Optional: true}},
			Summary: "print received bytes that were not shown",
			Help:    "An event shows at most 4096 bytes, or 16 rows of a hexdump, and when data floods in, only its size. show prints the rest, by default 65536 bytes, and leaves it in the inbox.",
			Example: []string{"show c"},
		},
		{
			Name: "attach", Group: groupLook, Run: s.runAttach,
			Params:  []script.Param{{Name: "h", Type: script.HandleType, HandleFilter: script.Peered}},
			Summary: "connect the keyboard to one handle, as nc does",
			Help:    "Each line you type or paste is sent with the handle's eol, and received data is shown. Ctrl-], Ctrl-C or the end of the peer's stream returns to the prompt; Ctrl-D also ends the stream, with shutdown(2). On return, the events of other handles are shown, and how much data they have received; that data stays unread.",
			Example: []string{"attach c"},
		},
		{
			Name: "set", Group: groupShell, Run: s.runSet,
			Params:  []script.Param{optional("setting", script.StringType), optional("value", script.StringType)},
			Summary: "show or change the settings of the shell",
			Help:    "The settings are time clock|delta|off, dump ROWS (of a hexdump), view auto|text|hex|json|full|none, color on|off, editing emacs|vi, timeout SECONDS, unread BYTES, peers N and memory BYTES. Without a value, set shows the setting; without a name, it shows all.",
			Example: []string{"set time delta", "set"},
		},
		{
			Name: "alias", Group: groupShell, Run: s.runAlias, Raw: true,
			Params:  []script.Param{{Name: "name words", Type: script.LineType, Optional: true}},
			Summary: "define a name for a command",
			Help:    "Arguments typed after the alias are appended to its words. alias NAME shows one alias, alias shows all. The name of a verb or a command can't be used.",
			Example: []string{`alias ping send c "PING\r\n"`, "alias"},
		},
		{
			Name: "unalias", Group: groupShell, Run: s.runUnalias,
			Params:  []script.Param{{Name: "name", Type: script.StringType}},
			Summary: "remove an alias",
			Example: []string{"unalias ping"},
		},
		{
			Name: "history", Group: groupShell, Run: s.runHistory,
			Params:  []script.Param{optional("count", script.IntType)},
			Summary: "list the lines typed so far",
			Help:    "The lines of other sessions, earlier ones and those that run now, come before the lines of this one. The last 50,000 are kept. Up recalls lines that begin with what was typed, and Ctrl-R searches all lines; help keys lists all keys. A line that starts with a blank is not kept, and passwords are masked in the file.",
			Example: []string{"history 20"},
		},
		{
			Name: "source", Group: groupShell, Run: s.runSource,
			Params:  []script.Param{{Name: "file", Type: script.FileType}},
			Summary: "run the lines of a file as if they were typed",
			Help:    "The file contains words and Lua, as at the prompt. source stops at the first error, which names the line. The file $XDG_CONFIG_HOME/sosh/init.sosh, or ~/.config/sosh/init.sosh, runs in this way before the first prompt, after init.lua: put aliases and settings there. Put dial commands last, since an error ends the file.",
			Example: []string{"source session.sosh"},
		},
		{
			Name: "run", Group: groupShell, Run: s.runRun,
			Params:  []script.Param{{Name: "file", Type: script.FileType}},
			Summary: "run a Lua file in this shell",
			Help:    "The globals and the handles of the file remain. sosh run FILE runs a program outside the shell.",
			Example: []string{"run client.lua"},
		},
		{
			Name: "save", Group: groupShell, Run: s.runSave,
			Params:  []script.Param{{Name: "file", Type: script.FileType}},
			Options: []script.Param{{Name: "plaintext", Type: script.BoolType, Doc: "in a capture, write the decrypted data instead of TLS"}},
			Summary: "write the commands or events of this session to a file",
			Help:    "The file's extension selects what is written. The extension of a recording (help recordings) writes the events so far; the shell keeps the latest 16 MiB of them, and set memory changes this limit. Any other file gets the commands that succeeded, one per line, for source and sosh FILE. An existing file is not overwritten.",
			Example: []string{"save session.sosh", "set memory 16M; save session.jsonl"},
		},
		{
			Name: "log", Group: groupShell, Run: s.runLog,
			Params:  []script.Param{{Name: "file", Type: script.FileType, Optional: true}},
			Summary: "write every event to a file",
			Help:    "Each event is appended as one line with its time; bytes are escaped. log off stops logging, and log shows the name of the file.",
			Example: []string{"log session.log", "log off"},
		},
		{
			Name: "!", Group: groupShell, Run: s.runSystem, Raw: true,
			Params:  []script.Param{line},
			Summary: "run a system command",
			Help:    "The rest of the line is passed unchanged to $SHELL, or to sh if it is not set.",
			Example: []string{"!ss -tn"},
		},
		{
			Name: "tour", Group: groupShell, Run: s.runTour,
			Summary: "show the life of a socket, step by step",
			Help:    "The tour uses real sockets on loopback, in its own shell. This session does not change.",
			Example: []string{"tour"},
		},
		{
			Name: "exit", Group: groupShell, Run: s.runExit,
			Params:  []script.Param{optional("status", script.IntType)},
			Summary: "leave the shell",
			Help:    "The default exit status is 0. Ctrl-D on an empty line does the same, but asks first if connections are live. Open handles are closed.",
			Example: []string{"exit 1"},
		},
		{
			Name: "quit", Group: groupShell, Run: s.runExit,
			Params:  []script.Param{optional("status", script.IntType)},
			Summary: "leave the shell, as exit does",
			Example: []string{"quit"},
		},
		{
			Name: "clear", Group: groupShell, Run: s.runClear,
			Summary: "clear the screen",
			Help:    "Ctrl-L does the same and keeps the line that is being typed. Where stdout is not a terminal, clear does nothing.",
			Example: []string{"clear"},
		},
		{
			Name: "time", Group: groupJobs, Run: s.runTime, Raw: true,
			Params:  []script.Param{line},
			Summary: "run a command and show how long it took",
			Example: []string{"time recv c"},
		},
		{
			Name: "every", Group: groupJobs, Run: s.runEvery, Raw: true,
			Params:  []script.Param{{Name: "seconds command", Type: script.LineType}},
			Summary: "run a command repeatedly in the background",
			Help:    "The first run is immediate. The interval is in seconds, such as 0.5, or has a unit: 500ms, 2m. The job continues after an error, which is reported if it differs from the error of the previous run. until=ok ends the job at the first success, until=fail at the first error, count=N after N runs. These options go before the command; if the command is words, not Lua, they can also follow it. kill ends a job too. jobs shows how the last run ended.",
			Example: []string{`every 2s send c "ping\n"`, "every 1s dial 127.0.0.1:8080 c until=ok"},
		},
		{
			Name: "jobs", Group: groupJobs, Run: s.runJobs,
			Summary: "list the jobs",
			Help:    "A row shows the interval, how many runs there were, how many of them failed, and how the last one ended.",
			Example: []string{"jobs"},
		},
		{
			Name: "kill", Group: groupJobs, Run: s.runKill,
			Params:  []script.Param{{Name: "job", Type: script.IntType}},
			Summary: "end a job",
			Example: []string{"kill 1"},
		},
	}
	// The commands about events follow those that show received data.
	at := 1 + slices.IndexFunc(list, func(v *script.Verb) bool { return v.Name == "show" })
	list = slices.Insert(list, at, s.arrivalCommands()...)
	for _, v := range list {
		v.Command = true
	}
	return list
}
