package netcat

// openbsdScreen is the text of --help in OpenBSD's dialect.
const openbsdScreen = `sosh nc [FLAG...] HOST PORT...      connect
sosh nc -l [FLAG...] [ADDRESS] PORT  wait for a connection

Standard input is sent to the peer, and received data goes to standard output,
until the peer ends its side. The flags are those of OpenBSD's netcat.

Where to: a port is a number, a service, or a range (20-25). -4 and -6 choose
the family, -n resolves no names. -u uses UDP; -U takes a path or @name in place
of host and port, with -u for unix datagrams. -Z (DCCP) is refused.

Listening: -l waits for one client, -k for one after the other. Port 0 takes
any free port, and --port-file FILE writes it to a file.

Local address: -s ADDRESS and -p PORT.

Scanning: -z connects and closes at once, -v reports the open ports; -r takes
the ports in random order, --parallel N (128) many at once.

Input: -d reads none, -C ends lines with CRLF, -i SECONDS waits between lines
and ports. At the end of input, -N sends a FIN; -q SECONDS leaves that long
after it.

Time: -w SECONDS limits connecting, and being idle; -W N leaves after N packets.
--reconnect connects again whenever the connection fails or ends.

Proxies: -x HOST[:PORT] connects through one, of type -X 4, 5 or connect;
-P USER asks for the password.

Output: -v reports what happens, --dump shows both directions in hex on stderr,
--record FILE writes all that happens (sosh help recordings), copying the bytes.

The socket: -I and -O BYTES set its buffers, -T KEYWORD the type of service
(ef, af11, lowdelay, 0xb8), -M TTL the hop limit of sent packets, -m TTL the
minimum of received ones; -b allows broadcast, -D sets SO_DEBUG. -S and -V are
refused, as by nc.

Others: -t answers telnet negotiation; -F passes the connected socket over
standard output, a unix socket. -h lists the flags, one per line.

  nc -l 8000 >copy          nc -N host 8000 <file     nc -zv host 1-1024

A long flag of ncat, such as --ssl, selects ncat: see sosh ncat --help.
Status: 0 if there was a connection, 1 otherwise.        Manual: sosh-nc(1)
`

// ncatScreen is the text of --help in ncat's dialect.
const ncatScreen = `sosh ncat [FLAG...] HOST [PORT]        connect; port 31337 if none is given
sosh ncat -l [FLAG...] [ADDRESS] [PORT]  wait for a connection

Standard input is sent to the peer, and received data goes to standard output,
until the peer ends its side. The flags are those of nmap's Ncat.
A time is in seconds, or has a unit: 500ms, 2s, 1m, 1h.

Where to: -4 and -6 choose the family, -n (--nodns) resolves no names.
-u (--udp) uses UDP; -U (--unixsock) takes a path in place of host and port,
--vsock a CID in place of the host. --sctp is refused. -g HOP,... and
-G POINTER set a source route. -s (--source) ADDRESS and -p (--source-port) PORT
are the local address.

Serving: -l (--listen), and -k (--keep-open) for more than one client, up to
-m (--max-conns) N (100). --allow HOST,... and --allowfile FILE accept only
these hosts, --deny and --denyfile refuse hosts. --broker passes the data of
each client to all others, --chat adds who sent it. --port-file FILE gets the
port.

Programs: -e (--exec) COMMAND, -c (--sh-exec) COMMAND for the shell, or
--lua-exec FILE runs for each connection, and reads and writes it.

Input: -C (--crlf) ends lines with CRLF, -d (--delay) TIME waits between reads
and writes. The end of input is sent as a FIN unless --no-shutdown is given;
-q TIME leaves that long after it. --send-only leaves at the end of input,
--recv-only reads no input.

Time: -w (--wait) TIME limits connecting, -i (--idle-timeout) TIME being idle.
--reconnect connects again whenever the connection fails or ends. -z only
reports whether a port can be connected to, trying --parallel N at once.

Proxies: --proxy HOST[:PORT], repeated for a chain, with --proxy-type http,
socks4, socks4a or socks5, and --proxy-auth USER:PASS; --proxy-dns says where
names are resolved: local, remote, both or none. -l --proxy-type TYPE serves as
a proxy.

TLS: --ssl, with -u DTLS. --ssl-cert and --ssl-key FILE set our certificate,
--ssl-verify checks the peer against --ssl-trustfile FILE or the system's
authorities. --ssl-servername NAME, --ssl-alpn LIST and --ssl-ciphers LIST are
what to ask the peer for.

Output: -v (--verbose) reports what happens. -o (--output) FILE logs the
session, -x (--hex-dump) FILE in hex, --append-output adds to the files; --dump
shows it on stderr, --record FILE writes all that happens (sosh help
recordings), copying the bytes. -t (--telnet) refuses telnet options, and
removes the commands from the data. --nsock-engine NAME has no effect.
--version shows the version, -h lists the flags, one per line, --help shows
this text.

Status: 0, 1 for failures of the network, 2 for others.  Manual: sosh-ncat(1)
`
