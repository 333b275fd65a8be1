package netcat

// openbsdScreen is what --help tells of OpenBSD's dialect.
const openbsdScreen = `sosh nc [FLAG...] HOST PORT...      connect
sosh nc -l [FLAG...] [ADDRESS] PORT  wait for a connection

Standard input goes to the network, and what comes from there to standard
output, until the network ends. These are the flags of OpenBSD's netcat.

Where to: a port is a number, a service, or a range (20-25). -4 and -6 choose
the family, -n resolves no names. -u sends datagrams; -U takes a path or @name
in place of host and port, with -u for unix datagrams. -Z, DCCP, is refused.

Listening: -l waits for one client, -k for one after the other.
--port-file FILE gets the port, which may be 0 for any.

From where: -s ADDRESS and -p PORT are the local end.

Scanning: -z connects and hangs up, -v says what is open; -r takes the ports
at random, --parallel N (128) at once.

Input: -d reads none, -C ends lines by CRLF, -i SECONDS waits between lines and
ports. At its end -N sends a FIN, and -q SECONDS leaves that much later.

Leaving: -w SECONDS is for connecting, and for being idle; -W N leaves after N
packets. --reconnect connects again whenever that fails or ends.

Proxies: -x HOST[:PORT] goes through one, of type -X 4, 5 or connect; -P USER
asks for the password.

Seeing: -v says what happens, --dump shows both directions in hex on stderr.

The socket: -I and -O BYTES are its buffers, -T KEYWORD the type of service
(ef, af11, lowdelay, 0xb8), -M and -m TTL the hops to send with and to demand,
-b allows broadcast, -D sets SO_DEBUG. -S and -V are refused, as by nc.

Others: -t answers telnet negotiation; -F passes the connected socket to
standard output, a unix socket. -h lists the flags one a line.

  nc -l 8000 >copy          nc -N host 8000 <file     nc -zv host 1-1024

A long flag of ncat's, such as --ssl, makes this ncat: see sosh ncat --help.
Status: 0 if there was a connection, 1 otherwise.        Manual: sosh-nc(1)
`

// ncatScreen is what --help tells of ncat's dialect.
const ncatScreen = `sosh ncat [FLAG...] HOST [PORT]        connect; port 31337 if none is given
sosh ncat -l [FLAG...] [ADDRESS] [PORT]  wait for a connection

Standard input goes to the network, and what comes from there to standard
output, until the network ends. These are the flags of nmap's Ncat.
A time is in seconds, or has a unit: 500ms, 2s, 1m, 1h.

Where to: -4 and -6 choose the family, -n (--nodns) resolves no names.
-u (--udp) sends datagrams; -U (--unixsock) takes a path in place of host and
port, and --vsock a CID in place of the host. --sctp is refused. -g HOP,... and
-G POINTER route by way of hops. -s (--source) ADDRESS and -p (--source-port)
PORT are the local end.

Serving: -l (--listen), and -k (--keep-open) for more than one client, up to
-m (--max-conns) N, 100. --allow HOST,... and --allowfile FILE let only these
in, --deny and --denyfile keep those out. --broker passes what each says to
all others, --chat names who says it. --port-file FILE gets the port.

Programs: -e (--exec) COMMAND, -c (--sh-exec) COMMAND for the shell, or
--lua-exec FILE runs for each connection, and reads and writes it.

Input: -C (--crlf) ends lines by CRLF, -d (--delay) TIME waits between reads
and writes. Its end is sent as a FIN, but for --no-shutdown, and -q TIME leaves
that much later. --send-only leaves at its end, --recv-only reads none.

Leaving: -w (--wait) TIME is for connecting, -i (--idle-timeout) TIME for being
idle. --reconnect connects again whenever that fails or ends. -z only says
whether there is a connection, --parallel N being tried at once.

Proxies: --proxy HOST[:PORT], again for a chain, of --proxy-type http, socks4,
socks4a or socks5, with --proxy-auth USER:PASS; --proxy-dns says who resolves:
local, remote, both or none. With -l, --proxy-type is the proxy to be.

TLS: --ssl, with -u DTLS. --ssl-cert and --ssl-key FILE are what to show,
--ssl-verify checks the peer against --ssl-trustfile FILE or the system's,
--ssl-servername NAME, --ssl-alpn LIST and --ssl-ciphers LIST what to ask for.

Seeing: -v (--verbose) says what happens. -o (--output) FILE logs the session,
-x (--hex-dump) FILE in hex, --append-output to what is there; --dump shows it
on stderr. -t (--telnet) refuses what telnet negotiates, and takes its commands
out. --nsock-engine NAME is taken and has no effect. --version; -h lists the
flags one a line, --help is this.

Status: 0, 1 for the network's failures, 2 for others.  Manual: sosh-ncat(1)
`
