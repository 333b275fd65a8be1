// The panel below the ladder: one event whole; its bytes as text, hexdump and JSON.

const firstShown = 64 << 10; // bytes that are shown before somebody asks for all
const detail = {scope: "message", all: false, row: null};

const scopes = [["message", "message"], ["turn", "turn"], ["stream", "one direction"], ["talk", "conversation"]];

function openDetail() {
  if (ladder.selected < 0) step(1);
  if (ladder.selected < 0) return;
  $("detail").hidden = false;
  document.body.classList.add("detail-open");
  showDetail();
  layoutSoon();
  reveal(ladder.selected);
}

function closeDetail() {
  $("detail").hidden = true;
  document.body.classList.remove("detail-open");
  detail.row = null;
  layoutSoon();
  $("scroll").focus();
}

function showDetail() {
  const row = ladder.view.rows[ladder.selected];
  if (!row?.ev) return;
  if (row !== detail.row) detail.all = false;
  detail.row = row;
  const ev = row.ev, head = $("detail-head"), body = $("detail-body");
  const title = el("h2");
  if (row.from) title.append(endOf(row.from), " → ", endOf(row.to));
  else if (row.at) title.append(endOf(row.at));
  else title.append(clean(ev.test || { check: "check failed", testended: "test failed", lost: "events lost", note: "note" }[ev.type] || ev.type));
  head.replaceChildren(el("span", "number", ev.id ? "#" + ev.id : ""), title, el("span", "facts", clean(facts(row).join("  ·  "))));
  if (isMessage(ev)) {
    body.className = "bytes";
    head.append(scopeButtons(row));
    showBytes(body, segmentsOf(row));
  } else if (ev.type === "output") {
    body.className = "bytes";
    showBytes(body, [{row, bin: binaryOf(ev)}]);
  } else {
    body.className = "words";
    body.replaceChildren(...about(row));
  }
  const close = el("button", "close", "Close");
  close.append(" ", el("kbd", "", "Esc"));
  close.onclick = closeDetail;
  head.append(close);
  body.scrollTop = 0;
}

function endOf(l) { return el("b", l.ours ? "ours" : "theirs", clean(l.name)); }

function facts(row) {
  const ev = row.ev, list = [];
  if (isMessage(ev)) list.push(formatSize(sizeOf(ev)));
  else if (ev.type !== "output") list.push(words(row));
  else list.push(ev.out ? "stdout" : "stderr", formatSize(sizeOf(ev)));
  if (ev.cut) list.push("the datagram was longer");
  if (ev.whole) list.push("the page has only the first " + formatSize(ev.size));
  if (ev.fault) list.push("fault: " + ev.fault);
  list.push("at " + formatSpan(ev.t - ladder.view.origin), clockOf(ev.t));
  if (row.delta) list.push("+" + formatSpan(row.delta));
  if (ev.arrived !== undefined && ev.arrived !== ev.t) list.push((ev.type === "connected" ? "accepted after " : "received after ") + formatSpan(ev.arrived - ev.t));
  return list;
}

function scopeButtons(row) {
  const box = el("span", "scopes");
  for (const [key, name] of scopes) {
    const b = el("button", key === detail.scope ? "on" : "", name);
    b.setAttribute("aria-pressed", key === detail.scope);
    b.onclick = () => { detail.scope = key; detail.all = false; showDetail(); };
    box.append(b);
  }
  return box;
}

// talksOf indexes the messages of the view: by conversation, in order.
function talksOf(view) {
  if (view.talks) return view.talks;
  view.talks = new Map();
  for (const row of view.rows) {
    if (!row.ev || !isMessage(row.ev)) continue;
    const key = talkKey(row);
    const list = view.talks.get(key) ?? [];
    list.push(row);
    view.talks.set(key, list);
  }
  return view.talks;
}

function talkKey(row) { return [(row.from ?? row.at).key, (row.to ?? row.at).key].sort().join("\n"); }

// segmentsOf gives the messages that are read as one, by the scope that is chosen.
function segmentsOf(row) {
  const same = (r) => r.from === row.from;
  let list = [row];
  if (detail.scope !== "message") {
    const talk = talksOf(ladder.view).get(talkKey(row));
    const at = talk.indexOf(row);
    if (detail.scope === "turn") {
      let a = at, b = at;
      while (a > 0 && same(talk[a - 1])) a--;
      while (b < talk.length - 1 && same(talk[b + 1])) b++;
      list = talk.slice(a, b + 1);
    } else list = detail.scope === "stream" ? talk.filter(same) : talk;
  }
  return list.map((r) => ({row: r, bin: binaryOf(r.ev)}));
}

// showBytes draws segments side by side as text, hexdump and, where they are JSON, that.
function showBytes(body, segments) {
  const total = segments.reduce((n, s) => n + s.bin.length, 0);
  let room = detail.all ? Infinity : firstShown;
  const shown = [];
  for (const s of segments) {
    if (room <= 0) break;
    shown.push({...s, bin: s.bin.slice(0, room)});
    room -= s.bin.length;
  }
  const turns = new Set(shown.map((s) => s.row.from)).size > 1;
  const text = el("pre", "text"), hex = el("pre", "hex");
  const at = new Map();
  for (const s of shown) {
    const from = s.row.from, offset = at.get(from) ?? 0;
    const side = turns ? (from === shown[0].row.from ? "first" : "second") : "";
    const a = el("span", side), b = el("span", side);
    textInto(a, s.bin);
    hexInto(b, s.bin, offset, innerWidth < 760 ? 8 : 16);
    if (turns && !s.bin.endsWith("\n")) a.append("\n");
    at.set(from, offset + s.bin.length);
    text.append(a);
    hex.append(b);
  }
  if (total === 0) text.append(el("i", "esc", "no bytes"));
  const columns = [column("Text", text), column("Hex", hex)];
  const values = turns || total > 4 << 20 ? null : jsonText(segments.map((s) => s.bin).join(""));
  if (values) {
    const pre = el("pre", "json");
    for (const v of values.slice(0, 500)) jsonInto(pre, v.length > firstShown && !detail.all ? v.slice(0, firstShown) : v);
    columns.push(column("JSON", pre));
  }
  body.replaceChildren(...columns);
  if (total > firstShown && !detail.all) {
    const more = el("button", "more", `The first ${formatSize(firstShown)} of ${formatSize(total)}. Show all`);
    more.onclick = () => { detail.all = true; showDetail(); };
    body.append(more);
  }
}

function column(name, content) {
  const box = el("section");
  content.tabIndex = 0;
  content.setAttribute("aria-label", name);
  box.append(el("h3", "", name), content);
  return box;
}

// about lists what else is known of an event that has no bytes.
function about(row) {
  const ev = row.ev, nodes = [], list = el("dl");
  const add = (name, value) => { if (value) list.append(el("dt", "", name), el("dd", "", clean(value))); };
  if (isFailure(ev) || ev.error?.includes("\n")) nodes.push(el("pre", "error", clean(ev.error, true, 1 << 17)));
  else add("error", ev.error);
  add("call", ev.op);
  add("handle", ev.handle);
  add("kind", ev.kind || ev.H?.kind);
  add("listener", ev.parent);
  add("local", ev.local || ev.H?.local);
  add("peer", ev.peer || ev.H?.peer);
  add("text", ev.text);
  const t = ev.tls, twin = ev.twin?.tls;
  if (t) {
    add("version", t.version);
    add("cipher", t.cipher);
    add("ALPN", t.alpn);
    add("server name", t.name || twin?.name);
    add("certificate of the peer", t.peer || twin?.peer);
    add("role", t.server ? "server" : "client");
  }
  if (ev.test) add("test", ev.test);
  nodes.push(list);
  if (ev.wire?.length) {
    const pre = el("pre", "wire");
    for (const w of ev.wire) pre.append(`${w.out ? "→" : "←"} ${formatSize(sizeOf(w)).padStart(8)}  ${recordsOf(w)}\n`);
    nodes.push(column("Handshake, as it was sent", pre));
  }
  return nodes;
}

const handshakes = {1: "ClientHello", 2: "ServerHello", 4: "NewSessionTicket", 8: "EncryptedExtensions", 11: "Certificate", 12: "ServerKeyExchange",
  13: "CertificateRequest", 14: "ServerHelloDone", 15: "CertificateVerify", 16: "ClientKeyExchange", 20: "Finished"};

// recordsOf names the records of TLS in a piece of ciphertext that begins with one.
function recordsOf(w) {
  const bin = binaryOf(w), names = [], at = (i) => bin.charCodeAt(i);
  for (let i = 0; i + 5 <= bin.length && names.length < 12;) {
    const type = at(i), n = at(i + 3) * 256 + at(i + 4);
    if (type < 20 || type > 24 || at(i + 1) !== 3) return names.join(", ");
    names.push(type === 22 ? handshakes[at(i + 5)] ?? "handshake, encrypted" : {20: "ChangeCipherSpec", 21: "alert", 23: "encrypted"}[type] ?? "record");
    i += 5 + n;
  }
  return names.join(", ");
}
