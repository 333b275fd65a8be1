package repl

// The texts of the manual that belong to no verb, command or topic.

const (
	aboutText = "sosh is a shell for sockets. Its verbs are the calls of the BSD socket interface, typed one at a time: each makes its system call when it is run, and shows the result. " +
		"The same verbs are functions in Lua, for programs and tests."
	verbsText = "Each verb is spelled in words, as at the prompt, and in Lua. Words in brackets may be left out. H is a handle: the name of a socket. " +
		"A verb whose first argument is a handle is a method of handles too: c:send(\"x\") is send(c, \"x\"). A verb that fails raises an error."
	commandsText = "These belong to the shell, and are not functions in Lua."
)

// synopsis are the ways to start sosh.
var synopsis = []string{
	"sosh",
	"sosh -c WORDS",
	"sosh FILE [ARG...]",
	"sosh run FILE [ARG...]",
	"sosh test [FLAG...] [PATH...]",
	"sosh types [DIR]",
	"sosh nc [FLAG...] [HOST] [PORT]",
	"sosh ncat [FLAG...] [HOST] [PORT]",
	"sosh tour",
	"sosh help [TOPIC]",
	"sosh completion bash|zsh|fish",
	"sosh --version",
}

// uses says what each does.
var uses = []item{
	{"sosh", "A prompt, if standard input and output are a terminal. What arrives on a socket is shown above the line being typed. Without a terminal, words are read from standard input."},
	{"sosh -c WORDS", "Runs words, with ; or a newline between commands, and leaves. Received bytes go to standard output as they are, and messages to standard error."},
	{"sosh FILE [ARG...]", "Runs a file: words if its name ends in .sosh, else Lua. A first line that begins with #! is skipped."},
	{"sosh run FILE [ARG...]", "Runs a program in Lua; its arguments are the table arg. If FILE is -, it is read from standard input. No receiver runs unless the program asks for one, by watch, wait or on."},
	{"sosh tour", "Plays the life of a socket on loopback, step by step."},
	{"sosh help [TOPIC]", "Tells about a verb, a command, a socket option or a topic, such as words, lua, options, kinds, addresses or keys."},
	{"sosh completion SHELL", "Writes a script that completes the command line of sosh, for bash, zsh or fish."},
}

// manualEnd are the last sections.
var manualEnd = []section{
	{"Netcat", []block{
		{text: "What differs from nc(1):"},
		{items: netcatItems},
	}},
	{"Environment", []block{{items: []item{
		{"SOSH_PATH", "Directories, with colons between, in which require looks for NAME.lua and NAME/init.lua, after the directory of the script."},
		{"XDG_CONFIG_HOME", "Where sosh/init.lua is; $HOME/.config if not set."},
		{"XDG_STATE_HOME", "Where sosh/history is; $HOME/.local/state if not set."},
		{"NO_COLOR", "If it is set and not empty, nothing is in colour."},
		{"SHELL", "What runs the commands of !."},
	}}}},
	{"Files", []block{{items: []item{
		{"$XDG_CONFIG_HOME/sosh/init.lua", "Lua that runs before the first prompt."},
		{"$XDG_STATE_HOME/sosh/history", "The lines that were typed, readable by their owner only. A line that begins with a blank is not kept."},
	}}}},
	{"Exit status", []block{{items: []item{
		{"0", "All went well, or a prompt was left. exit and os.exit give another status."},
		{"1", "A command or a script failed."},
		{"2", "The command line was wrong, or FILE does not exist."},
		{"130", "Ctrl-C ended it."},
	}}}},
	{"Examples", []block{
		{text: "Ask a web server by hand:"},
		{lines: []string{`sosh -c 'dial 127.0.0.1:80 c; send c "GET / HTTP/1.0\r\n\r\n"; recvall c'`}},
		{text: "Listen, take one client, and keep what it sends:"},
		{lines: []string{"sosh -c 'socket tcp srv; bind srv 127.0.0.1:7000; listen srv; accept srv c; recvall c' >file"}},
		{text: "The same question once a second, at the prompt:"},
		{lines: []string{"sosh> dial 127.0.0.1:6379 c", `sosh> every 1s send c "PING\r\n"`}},
		{text: "An echo server, as a program in Lua:"},
		{lines: []string{
			"#!/usr/bin/env sosh",
			`serve("127.0.0.1:7000", function(c)`,
			"  while true do",
			"    local data = recv(c)",
			"    if not data then break end",
			"    send(c, data)",
			"  end",
			"end)",
		}},
	}},
	{"See also", []block{{text: "nc(1), socket(2), ip(7), socket(7), tcp(7), udp(7), unix(7), ss(8)"}}},
}

// netcatItems are the differences from nc.
var netcatItems = []item{
	{"One call at a time", "nc creates, binds and connects a socket in one step. Here each is a command, and options can be set between any two."},
	{"Many sockets", "nc has one connection, sosh any number: a client, a server and their peers in one session."},
	{"Bytes as typed", "send adds no newline; sendline does. Quotes, escapes and hex= say exactly what goes out."},
	{"Two ends", "nc leaves when its input or its peer ends. Here shutdown and close are commands, and the end of the peer's stream is shown as an event."},
	{"Datagrams", "One UDP socket talks to many peers, without connect. Each datagram is shown by itself, with its sender and whether it was truncated."},
	{"Errors", "Each says which call failed, on which socket and address, and with which errno. nc prints none without -v."},
	{"Terminals", "Received bytes are escaped on a terminal. A pipe or a file gets them as they are."},
}
