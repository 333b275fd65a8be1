// Which rows and lanes the ladder has: of one test or all, of some lanes or all.

const rowHeight = 36, lineHeight = 17, shownLines = 12;

// A view has what the ladder shows: rows, lanes (each an endpoint), and columns (one lane each, or
// several that are folded into one). at has the row of an event, by its number, or -1.
function makeView(rec, test, only) {
  const view = {rec, test, rows: [], lanes: new Map(), columns: [], at: new Int32Array(rec.lastID + 1).fill(-1), order: []};
  const events = test ? test.events : rec.events;
  let before = null;
  for (const ev of events) {
    if (ev.hidden || ev.type === "secret" || (ev.type === "testended" && (ev.said || !ev.error))) continue;
    if (ev.type === "testbegan" && (test || rec.tests.length === 1)) continue; // the heading has it
    const row = rowOf(view, ev);
    const one = row.from ?? row.at, two = row.to;
    if (only && one && !only.has(one.key) && !(two && only.has(two.key))) continue;
    if (before !== null && ev.t - before >= gapOf(rec)) view.rows.push({kind: "gap", ev: null, span: ev.t - before, h: 30});
    row.delta = before === null ? 0 : ev.t - before;
    before = ev.t;
    if (one) join(view, one, ev, view.rows.length);
    if (two) join(view, two, ev, view.rows.length);
    arrange(view, row);
    view.at[ev.id] = view.rows.length;
    if (ev.twin) view.at[ev.twin.id] = view.rows.length;
    view.rows.push(row);
  }
  endLanes(view);
  view.origin = test ? test.began : 0;
  return view;
}

// measureRows sums up the heights, where so many characters fit beside the time.
function measureRows(view, room) {
  let y = 0;
  view.tops = new Float64Array(view.rows.length + 1);
  view.rows.forEach((row, i) => {
    view.tops[i] = y;
    if (row.kind === "failure") row.h = 16 + lineHeight * wrapped(clean(row.ev.error, true), room);
    y += row.h;
  });
  view.tops[view.rows.length] = y;
  view.height = y;
}

function wrapped(text, room) {
  let n = 0;
  for (const l of text.replace(/\n+$/, "").split("\n")) n += Math.max(1, Math.ceil([...l].length / room));
  return Math.min(n, shownLines);
}

// gapOf is the silence that gets a row of its own.
function gapOf(rec) {
  if (rec.gap === undefined) {
    const all = rec.events, span = all.length ? all[all.length - 1].t - all[0].t : 0;
    rec.gap = Math.max(150e6, span / 50);
  }
  return rec.gap;
}

function lines(text, most) {
  let n = 1;
  for (let i = text.indexOf("\n"); i >= 0 && i < text.length - 1; i = text.indexOf("\n", i + 1)) n++;
  return Math.min(n, most);
}

// rowOf says what kind of row an event gets, and between which lanes.
function rowOf(view, ev) {
  const row = {kind: "mark", ev, h: rowHeight, from: null, to: null, at: null, tone: "", answer: false, delta: 0};
  const own = ev.H && laneOfHandle(view, ev.H), other = ev.H && laneOfOther(view, ev);
  const arrow = (from, to, kind) => {
    if (!from || !to || from === to) { row.at = from ?? to; return; }
    Object.assign(row, {kind, from, to});
  };
  // A listener has no lane of its own where it accepted somebody; its rows say its name.
  const across = ev.H && handleAcross(view, ev);
  row.via = (ev.H?.child ? ev.H : across?.child ? across : undefined)?.name ?? "";
  switch (ev.type) {
    case "sent": arrow(own, other, "message"); break;
    case "data": arrow(other, own, "message"); break;
    case "connected": arrow(own, other, "signal"); break;
    case "accepted": ev.mark ? row.at = own : arrow(other, own, "signal"); break;
    case "halfclose": arrow(own, other, "signal"); break;
    case "eof": arrow(other, own, "signal"); break;
    case "closed": ev.mark ? row.at = own : arrow(own, other, "signal"); break;
    case "reset": ev.text === "here" ? arrow(own, other, "signal") : arrow(other, own, "signal"); row.tone = "bad"; break;
    case "icmp": arrow(other, own, "signal"); row.tone = "warn"; break;
    case "error":
      row.tone = isTimeout(ev) ? "warn" : "bad";
      if (ev.op === "connect" && other) arrow(own, other, "signal"); else row.at = own;
      break;
    case "tls":
      ev.H?.listener || ev.tls?.server ? arrow(other, own, "band") : arrow(own, other, "band");
      row.tone = ev.error ? "bad" : "secure";
      break;
    case "output":
      Object.assign(row, {kind: "output", at: laneOfProgram(view, ev)});
      row.h = 14 + lineHeight * lines(ev.text ?? atob(ev.base64 ?? ""), 6);
      break;
    case "check": case "testended":
      Object.assign(row, {kind: "failure", tone: "bad"});
      break;
    case "testbegan": row.kind = "began"; break;
    case "gap":
      ev.out ? arrow(own, other, "signal") : arrow(other, own, "signal");
      row.tone = "warn";
      break;
    case "note": case "lost": row.kind = "note"; row.tone = ev.type === "lost" ? "warn" : ""; break;
    default: row.at = own;
  }
  return row;
}

function isTimeout(ev) { return /time[d-]? ?out|deadline/i.test(ev.error ?? ""); }

function lane(view, key, make) {
  let l = view.lanes.get(key);
  if (!l) {
    l = {key, view, column: null, talks: new Map(), count: 0, bytes: 0, sub: "", first: -1, last: -1, placed: false, ...make()};
    view.lanes.set(key, l);
  }
  return l;
}

// laneOfHandle: a listener is drawn with the first connection that it accepted.
function laneOfHandle(view, h) {
  if (h.lane?.view === view) return h.lane;
  const at = h.child ?? h;
  const l = lane(view, at.key, () => ({name: at.name, ours: true, handle: at, kind: at.kind, parent: at.parent}));
  l.sub = at.local || at.kind;
  return h.lane = l;
}

// handleAcross is the other end, or the listener there, if that is a handle.
function handleAcross(view, ev) {
  return ev.other ?? (ev.H.datagram ? undefined : ev.H.pair ?? view.rec.listeners.get(ev.addr));
}

function laneOfOther(view, ev) {
  const other = handleAcross(view, ev);
  if (other) return laneOfHandle(view, other);
  const addr = ev.addr;
  if (!addr) return null;
  const h = ev.H;
  if (h.peerLane?.view === view && h.peerLane.name === addr) return h.peerLane;
  return h.peerLane = lane(view, "@" + addr, () => ({name: addr, ours: false, kind: h.kind}));
}

// laneOfProgram: a program whose address is known is the peer at that address.
function laneOfProgram(view, ev) {
  if (ev.local) {
    const l = lane(view, "@" + ev.local, () => ({name: ev.local, ours: false, kind: "program"}));
    l.sub = ev.handle;
    return l;
  }
  return lane(view, "!" + ev.handle, () => ({name: ev.handle ?? "program", sub: "output", ours: false, kind: "program", program: true}));
}

function join(view, l, ev, i) {
  if (l.first < 0) { l.first = i; l.appeared = view.rows.length; }
  l.last = i;
  l.count++;
  if (isMessage(ev)) l.bytes += sizeOf(ev);
}

// arrange orders the lanes: who begins stands left of the other, the second that talks to the same
// one right of it.
function arrange(view, row) {
  const {from, to, at} = row;
  if (at && !at.placed) put(view, at, view.order.length);
  if (!from || !to) return;
  // Who begins a conversation has one colour, who answers the other.
  let first = from.talks.get(to);
  if (!first) {
    first = from;
    from.talks.set(to, from);
    to.talks.set(from, from);
  }
  row.answer = first !== from;
  if (from.placed && to.placed) return;
  if (to.placed) {
    const at = view.order.lastIndexOf(to), last = view.order.slice(at + 1).every((l) => l.program);
    put(view, from, last && to.talks.size === 2 ? at + 1 : at);
  }
  else {
    if (!from.placed) put(view, from, view.order.length);
    put(view, to, view.order.length);
  }
}

function put(view, l, index) {
  l.placed = true;
  view.order.splice(index, 0, l);
}

// endLanes says where each lane's line begins and ends: a handle's from its making to its closing.
function endLanes(view) {
  view.rows.forEach((row, i) => {
    const h = row.ev?.H;
    if (!h || !h.closed) return;
    const l = view.lanes.get((h.child ?? h).key);
    if (l && (row.ev === h.closed || row.ev.twin === h.closed) && l.last === i) l.closed = i;
  });
  // Programs stand last.
  view.order.sort((a, b) => (a.program ? 1 : 0) - (b.program ? 1 : 0));
}

// fold puts the lanes into columns, of which room says how many are readable. Where there are too
// many, lanes that have the same listener, or the same peers, share one column. open has the keys of
// the groups that somebody unfolded.
function fold(view, room, open, narrow) {
  // Where there is no room, what programs print goes across the lanes.
  const order = narrow ? view.order.filter((l) => !l.program) : view.order;
  for (const l of view.order) l.column = null;
  let groups, folded;
  for (const coarse of [false, true]) {
    groups = new Map();
    folded = new Set();
    for (const l of order) {
      l.group = groupOf(l, coarse);
      if (!l.group) continue;
      const g = groups.get(l.group) ?? {key: l.group, lanes: [], needed: false};
      g.lanes.push(l);
      groups.set(l.group, g);
    }
    let n = order.length;
    for (const g of [...groups.values()].sort((a, b) => b.lanes.length - a.lanes.length)) {
      if (n <= room || g.lanes.length < 3) break;
      g.needed = true;
      n -= g.lanes.length - 1;
      if (!open.has(g.key)) folded.add(g.key);
    }
    if (n <= room) break;
  }
  const byKey = new Map();
  view.columns = [];
  for (const l of order) {
    const key = l.group;
    let c = folded.has(key) ? byKey.get(key) : undefined;
    if (!c) {
      c = {lanes: [], group: folded.has(key) ? key : null, index: view.columns.length};
      view.columns.push(c);
      byKey.set(key, c);
    }
    c.lanes.push(l);
    l.column = c;
    l.foldKey = groups.get(key)?.needed ? key : null;
  }
  for (const c of view.columns) {
    c.first = c.lanes.reduce((n, l) => Math.min(n, l.first), Infinity);
    c.closed = c.lanes.length === 1 ? c.lanes[0].closed : undefined;
    Object.assign(c, headOf(c));
  }
}

// groupOf names what lanes have in common that may share a column. Where that is not enough, coarse
// are the names of handles but for their numbers, and all peers.
function groupOf(l, coarse) {
  if (l.program) return null;
  if (coarse) return l.ours ? "all " + l.name.replace(/[\d.]+$/, "") : "all";
  if (l.ours && l.parent) return "of " + l.parent;
  const whom = new Set();
  for (const p of l.talks.keys()) whom.add(p.ours ? p.parent || p.name : p.name);
  if (whom.size !== 1) return null;
  return (l.ours ? "to " : "peers of ") + [...whom][0];
}

function headOf(c) {
  const l = c.lanes[0];
  if (!c.group) return {name: l.name, sub: l.sub || "", ours: l.ours, kind: l.kind};
  const n = c.lanes.length, whom = c.group.replace(/^(of|to|peers of|all) ?/, "");
  if (!l.ours) return {name: plural(n, "peer"), sub: whom ? "of " + whom : "", ours: false, kind: l.kind};
  const name = c.group.startsWith("of ") ? whom + ".*" : l.name.replace(/[\d.]+$/, "") + "*";
  return {name, sub: plural(n, "handle") + (c.group.startsWith("to ") ? " to " + whom : ""), ours: true, kind: l.kind};
}
