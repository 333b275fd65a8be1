package repl

// The topics about protocols, for those who have not programmed with sockets before.

var tcpTopic = topic{name: "tcp", summary: "TCP for beginners", prose: `
TCP carries a stream of bytes in each direction between two programs. It keeps the order of the bytes, and sends again what was lost. A server listens on an address, and clients connect to it:
  serve 127.0.0.1:0 srv
  dial ${srv:getsockname()} c
  send c "hello\n"
  recvline srv.1
A stream has no messages: what one send has sent can arrive in several pieces, or joined with the next. So each protocol says where a message ends: at the end of a line (recvline), at a delimiter (recvuntil), after a number of bytes (recvexact), at the end of the stream (recvall). In Lua, frames does the same for every message.
The two directions end separately. shutdown c write ends ours: the peer reads the end of the stream, and can still answer. close ends both. A peer that closes with unread data, or crashes, resets the connection: ECONNRESET. Writing to a peer that has closed gives EPIPE.
When connect fails, "connection refused" means that the host answers but nothing listens on that port. A timeout means that nothing answers: a firewall drops the packets, the host is down, or the listener's queue is full. ports shows what listens on this machine, and who ADDRESS shows which process has a connection.
The side that closes first keeps the address for a minute, in the state TIME_WAIT. A listener with reuseaddr, which serve sets, can take the port again at once.
info c shows the round-trip time, retransmissions and queues. help tls is about encryption.
`}

var udpTopic = topic{name: "udp", summary: "UDP for beginners", prose: `
UDP sends datagrams: each send is one datagram, and each recv returns one, whole. A datagram can be lost, arrive twice, or arrive after a later one, and nobody reports it. There are no connections: any socket can send to any other, and an answer goes to the address that the datagram came from:
  serve udp://127.0.0.1:0 srv
  dial udp://${srv:getsockname()} c
  send c hello
  recv srv.1
  send srv.1 "hello to you"
  recv c timeout=1
dial and connect send nothing: they only store the peer's address, and succeed even if nobody is there. serve makes a handle for each new sender. Without them, use sendto and recvfrom:
  socket udp u
  sendto u 127.0.0.1:9999 hello
  recvfrom u timeout=1
A stream of datagrams has no end, so shutdown tells the peer nothing. Wait for an answer with timeout=, and send again if none comes. If nobody has the port, the peer's host may return an error; see help icmp.
A datagram carries at most 65507 bytes over IPv4. Over Ethernet, one of more than 1472 bytes travels in fragments, and is lost if any of them is. recv shows if a datagram was truncated by its limit.
setopt u broadcast 1 permits broadcast addresses, and setopt u join 239.1.2.3 joins a multicast group. faulty u drop=0.1 loses datagrams on purpose.
`}

var icmpTopic = topic{name: "icmp", summary: "errors that the network returns", prose: `
Hosts and routers return ICMP messages when they can't deliver a packet. The kernel turns them into errors of the socket that sent it. sosh has no ping: that needs another kind of socket.
port unreachable: no UDP socket has the port. A connected UDP handle has the event icmp, and its next send or recv fails with ECONNREFUSED. A handle that is not connected gets the event only with setopt u recverr on (Linux).
  dial udp://127.0.0.1:1 u
  send u hello
  recv u timeout=1
A closed TCP port is not reported by ICMP, but by a reset: connect fails with ECONNREFUSED.
host or network unreachable: EHOSTUNREACH and ENETUNREACH. They also come from this machine, if it has no route to the address or the address does not answer on the link; the hint says which.
packet too big: a datagram that must not be fragmented is larger than a link on the way. The kernel remembers the size, which info shows as pmtu for TCP, and send fails with EMSGSIZE.
Many firewalls drop packets without an answer. Then nothing comes back, and connect times out.
`}
