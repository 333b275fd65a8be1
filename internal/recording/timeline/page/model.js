// What the events mean: handles, which two are the ends of one conversation, and tests.

// load reads the events in the page. A line that was cut off by a crash is counted, no more.
function load() {
  const rec = {program: "", start: "", title: "", events: [], listeners: new Map(), ended: false, broken: 0};
  const known = new Map(); // the last event of each handle that has its names
  let id = 0, aside = false, whole;
  for (const block of document.querySelectorAll('script[type="application/json"]')) {
    const text = block.textContent;
    for (let from = 0, to; from < text.length; from = to + 1) {
      to = text.indexOf("\n", from);
      if (to < 0) to = text.length;
      const line = text.slice(from, to);
      if (line === "") continue;
      let v;
      try { v = JSON.parse(line); } catch { rec.broken++; continue; }
      if (v.type === undefined) { // not an event, but how to read on
        if (v.recording) Object.assign(rec, {program: v.program, start: v.start, title: v.title ?? ""});
        id += v.skip ?? 0;
        aside ||= v.aside ?? false;
        whole = v.size ?? whole;
        rec.ended ||= v.end ?? false;
        continue;
      }
      if (v.number) {
        const before = v.handle === undefined && known.get(v.number);
        if (before) {
          v.handle = before.handle;
          v.kind = before.kind;
          v.local = before.local;
          v.peer = before.peer;
        } else known.set(v.number, v);
      }
      v.id = aside ? 0 : ++id;
      if (whole) v.whole = whole;
      aside = false;
      whole = undefined;
      rec.events.push(v);
    }
  }
  rec.lastID = id;
  understand(rec);
  return rec;
}

// isProblem: the network or the other side did what nobody wants, unless a test asks for it.
function isProblem(ev) {
  return ev.type === "error" || ev.type === "reset" || ev.type === "icmp" || (ev.type === "tls" && !!ev.error);
}

// isFailure: a check or a test failed.
function isFailure(ev) { return ev.type === "check" || (ev.type === "testended" && !!ev.error && !ev.said); }

function isMessage(ev) { return ev.type === "sent" || ev.type === "data"; }

// understand gives each event its handle (ev.H), the other end (ev.other, a handle, or ev.addr), and
// hides events that another one shows already.
function understand(rec) {
  const m = {
    rec, handles: new Map(), byName: new Map(), tests: [], running: new Set(), byTest: new Map(),
    ends: new Map(), queues: new Map(), bound: new Map(), later: new Map(), said: new Map(), wires: new Map(), last: null,
  };
  for (const ev of rec.events) {
    if (ev.local && datagram.test(ev.kind) && !m.later.has(ev.local)) m.later.set(ev.local, ev);
  }
  for (const ev of rec.events) {
    if (ev.type === "output") { joinOutput(m, ev); inTest(m, ev); if (!ev.hidden) m.last = ev; continue; }
    if (ev.handle !== undefined) {
      ev.H = handleOf(m, ev);
      understandHandle(m, ev);
    }
    inTest(m, ev);
    if (!ev.hidden) m.last = ev;
  }
  for (const h of m.handles.values()) {
    if (h.made && h.count > 1) h.made.hidden = true;
    const l = h.parent && m.byName.get(h.parent);
    if (l && l !== h) l.child ??= h; // the listener is drawn in the lane of its first child
  }
  // Where all tests are of one file, its name is said once.
  const file = /^(.*?_test\.lua): /.exec(m.tests[0]?.name ?? "")?.[0];
  if (file && m.tests.every((t) => t.name.startsWith(file))) {
    for (const t of m.tests) t.name = t.name.slice(file.length);
    rec.file = file.slice(0, -2);
  }
  rec.handles = m.handles;
  rec.tests = m.tests;
}

const datagram = /^(udp|dtls|unixgram)/;

// joinOutput: a program may write one line in several pieces.
function joinOutput(m, ev) {
  const key = (ev.handle ?? "") + " " + !!ev.out, before = m.said.get(key);
  m.said.set(key, ev);
  if (before?.text === undefined || ev.text === undefined || before.text.endsWith("\n")) return;
  if (m.last !== before && ev.text.trim() !== "") return; // something happened in between
  before.text += ev.text;
  before.size += ev.size;
  ev.hidden = true;
  m.said.set(key, before);
}

function handleOf(m, ev) {
  const key = ev.number || "h" + ev.handle;
  let h = m.handles.get(key);
  if (!h) {
    h = {key: "h" + key, name: ev.handle, kind: ev.kind ?? "", parent: ev.parent ?? "", local: "", peer: "", count: 0,
      datagram: false, sent: 0, received: 0, unread: []};
    m.handles.set(key, h);
    m.byName.set(ev.handle, h);
  }
  h.count++;
  if (ev.kind && (ev.kind !== h.kind || h.count === 1)) {
    h.kind = ev.kind;
    h.datagram = datagram.test(h.kind);
  }
  if (ev.parent) h.parent = ev.parent;
  if (ev.local && ev.local !== h.local) {
    h.local = ev.local;
    m.bound.set(ev.local, h);
    const port = wildcard(ev.local);
    if (port) m.bound.set(port, h);
  }
  return h;
}

// wildcard gives the key of an address that takes what is sent to any address of the machine.
function wildcard(addr) {
  const at = /^(?:0\.0\.0\.0|\[::\]|\*|)(:\d+)$/.exec(addr);
  return at && "*" + at[1];
}

// atAddress is the handle that has a local address, now or, if its making was not recorded, later.
function atAddress(m, addr) {
  const h = m.bound.get(addr) ?? m.bound.get("*" + (/:\d+$/.exec(addr)?.[0] ?? ""));
  if (h) return h;
  const ev = m.later.get(addr);
  return ev && handleOf(m, ev);
}

// otherEnd sets who the event's arrow comes from or goes to.
function otherEnd(m, ev) {
  const h = ev.H;
  ev.addr = ev.peer || h.peer;
  ev.other = h.pair ?? (h.listener && ev.peer ? m.bound.get(ev.peer) : undefined);
  if (!ev.other && h.datagram && ev.addr) {
    ev.other = m.ends.get(ev.addr + " " + h.local) ?? atAddress(m, ev.addr);
  }
}

// pairUp finds the other end of a connection among the handles, whichever was told first.
function pairUp(m, ev) {
  const h = ev.H;
  h.peer = ev.peer || h.peer;
  m.ends.set(h.local + " " + h.peer, h);
  let p = h.local || h.peer ? m.ends.get(h.peer + " " + h.local) : undefined;
  if (!p && h.kind.startsWith("unix") && (!h.local || !h.peer)) {
    // Clients without an address are accepted in the order in which they connected.
    const path = h.local || h.peer, mine = ev.type + " " + path;
    const theirs = (ev.type === "connected" ? "accepted " : "connected ") + path;
    p = m.queues.get(theirs)?.shift();
    if (!p) m.queues.set(mine, [...(m.queues.get(mine) ?? []), h]);
  }
  if (!p || p === h || p.pair) return;
  h.pair = p;
  p.pair = h;
  const there = ev.type === "accepted" ? p.connectedEvent : p.acceptedEvent;
  if (!there) return;
  there.other = h;
  if (ev.type === "accepted") {
    there.arrived = ev.t;
    there.twin = ev;
    if (m.last === there) ev.hidden = true;
    else ev.mark = true; // it waited in the queue: a mark of its own
  } else {
    ev.arrived = there.t;
    there.hidden = true;
  }
}

function understandHandle(m, ev) {
  const h = ev.H;
  switch (ev.type) {
    case "made": h.made = ev; break;
    case "bound": h.boundEvent = ev; break;
    case "listening":
      h.listener = true;
      m.rec.listeners.set(h.local, h);
      if (h.boundEvent) h.boundEvent.hidden = true;
      break;
    case "connected": case "accepted":
      h[ev.type + "Event"] = ev;
      if (h.boundEvent) h.boundEvent.hidden = true;
      pairUp(m, ev);
      if (ev.type === "accepted") {
        h.parent ||= /^(.+)\.\d+$/.exec(h.name)?.[1] ?? "";
      }
      break;
    case "sent": sent(m, ev); break;
    case "data": received(m, ev); break;
    case "wire": {
      // The first may be told of the listener, before there is a handle.
      const key = ev.local + " " + ev.peer, list = m.wires.get(key) ?? [];
      if (list.length < 200) list.push(ev);
      m.wires.set(key, list);
      ev.hidden = true;
      break;
    }
    case "error":
      if (h.secured?.error && h.secured.error === ev.error) ev.hidden = true; // the handshake's line has it
      break;
    case "tls":
      ev.wire = m.wires.get(ev.local + " " + ev.peer);
      m.wires.delete(ev.local + " " + ev.peer);
      h.secured = ev;
      if (!ev.error && h.pair?.secured && !h.pair.secured.error) { ev.hidden = true; h.pair.secured.twin = ev; }
      break;
    case "halfclose": h.fin = ev; break;
    case "eof":
      if (h.pair?.fin) { h.pair.fin.arrived = ev.t; ev.hidden = true; }
      h.ended = true;
      break;
    case "reset":
      if (ev.text === "here") h.aborted = ev;
      else if (h.pair?.aborted) { h.pair.aborted.arrived = ev.t; ev.hidden = true; }
      h.gone = true;
      break;
    case "closed":
      // It says something to the peer only if the stream was not ended before.
      if (h.fin || h.gone || h.datagram || h.listener || !h.peer || h.pair?.ended) ev.mark = true;
      else h.fin = ev;
      if (h.aborted && m.last === h.aborted) ev.hidden = true;
      h.closed = ev;
      m.bound.get(h.local) === h && m.bound.delete(h.local);
      break;
  }
  if (ev.peer && !h.peer && !h.datagram && !h.listener) h.peer = ev.peer;
  if (!isMessage(ev)) otherEnd(m, ev);
}

// sent: what is sent to a handle of ours is an arrow, and what that receives is its head.
function sent(m, ev) {
  const h = ev.H, n = sizeOf(ev);
  otherEnd(m, ev);
  if (ev.fault && ev.fault !== "duplicate" && ev.fault !== "late" && ev.fault !== "corrupt" && ev.fault !== "held back") return;
  h.sent += n;
  ev.end = h.sent;
  if (ev.other || !h.datagram) { // the other end of a stream may be told later
    h.unread.push(ev);
    if (ev.fault === "duplicate") h.unread.push(ev);
  }
}

// kin: the other end was not known when it was sent, but for the listener or another of its peers.
function kin(a, b) {
  return a === b || (!!a && !!b && (a.name === b.parent || a.parent === b.name || (a.parent !== "" && a.parent === b.parent)));
}

function received(m, ev) {
  const h = ev.H, n = sizeOf(ev);
  otherEnd(m, ev);
  h.received += n;
  const from = ev.other;
  if (!from) return;
  if (h.datagram) {
    const same = (s) => s.text === ev.text && s.base64 === ev.base64 && kin(s.other, h);
    const at = from.unread.slice(0, 256).findIndex(same);
    if (at < 0) return;
    const s = from.unread.splice(at, 1)[0];
    if (s.arrived !== undefined) return; // the second of a duplicate
    Object.assign(s, {arrived: ev.t, other: h, twin: ev});
    ev.hidden = true;
    return;
  }
  if (from.sent < h.received) return; // what was sent is not in the recording
  ev.hidden = true;
  while (from.unread.length && from.unread[0].end <= h.received) {
    Object.assign(from.unread.shift(), {arrived: ev.t, twin: ev});
  }
}

// inTest finds the test of an event: the one it names, the only one that runs, or that of its handle.
function inTest(m, ev) {
  if (ev.type === "testbegan") {
    const t = {name: ev.test ?? "", events: [], began: ev.t, status: "running", error: "", index: m.tests.length};
    m.tests.push(t);
    m.byTest.set(t.name, t);
    m.running.add(t);
  }
  const t = m.byTest.get(ev.test) ?? (m.running.size === 1 ? [...m.running][0] : ev.H?.test);
  if (!t) return;
  if (ev.H) ev.H.test ??= t;
  ev.in = t;
  t.events.push(ev);
  if (ev.type === "check") t.checks = [...(t.checks ?? []), ev.error];
  if (ev.type === "testended") {
    t.ended = ev.t;
    t.error = ev.error ?? "";
    t.status = t.error || t.checks ? "failed" : /^skip/.test(ev.text ?? "") ? "skipped" : "passed";
    ev.said = !!t.checks; // why it failed is told already
    m.running.delete(t);
  }
}
