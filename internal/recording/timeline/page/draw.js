// One row of the ladder as elements.

const svgSpace = "http://www.w3.org/2000/svg";
let charWidth = 7.3; // of the labels' font, in pixels; measured once the page is there

function drawRow(view, i) {
  const row = view.rows[i], ev = row.ev;
  if (row.kind === "gap") {
    const e = el("div", "row gap");
    e.style.height = row.h + "px";
    e.append(el("span", "pause", formatSpan(row.span) + (ladder.narrow ? "" : " later")));
    return e;
  }
  const e = el("div", `row ${row.kind} ${row.tone} type-${/^[a-z]+$/.test(ev.type) ? ev.type : "other"}`);
  e.style.height = row.h + "px";
  e.id = ev.id ? "row" + ev.id : "aside" + i;
  e.dataset.i = i;
  e.setAttribute("role", "option");
  e.setAttribute("aria-selected", i === ladder.selected ? "true" : "false");
  e.setAttribute("aria-posinset", i + 1);
  e.setAttribute("aria-setsize", view.rows.length);
  if (i === ladder.selected) e.classList.add("selected");
  if (ladder.matches.has(i)) e.classList.add("match");
  const time = el("time", "", formatTime(row));
  e.append(time);
  switch (row.kind) {
    case "message": case "signal": case "band": drawArrow(e, row); break;
    case "output": drawOutput(e, row); break;
    case "failure": drawFull(e, row, clean(ev.error, true)); break;
    case "began": drawFull(e, row, clean(ev.test)); break;
    case "note": drawFull(e, row, ev.type === "lost" ? plural(ev.n ?? 0, "event") + " not recorded" : clean(ev.text)); break;
    default: drawMark(e, row);
  }
  return e;
}

function formatTime(row) {
  const ev = row.ev;
  switch (ladder.time) {
    case "delta": return row.delta ? "+" + formatSpan(row.delta) : "0";
    case "clock": return clockOf(ev.t);
    default: {
      const ms = (ev.t - ladder.view.origin) / 1e6;
      return ladder.narrow ? ms.toFixed(ms < 1000 ? 1 : 0) + " ms" : ms.toFixed(3) + " ms";
    }
  }
}

// clockOf is the time of day with as many digits as there is room for.
function clockOf(t) {
  const m = /\.(\d+)/.exec(ladder.view.rec.start);
  const ns = Number(((m ? m[1] : "") + "000000000").slice(0, 9)) + t;
  const whole = Date.parse(ladder.view.rec.start.replace(/\.\d+/, "")) + Math.floor(ns / 1e9) * 1000;
  if (Number.isNaN(whole)) return "";
  const d = new Date(whole), two = (n) => String(n).padStart(2, "0");
  const part = String(Math.floor((ns % 1e9) / 1e3)).padStart(6, "0");
  return `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}.${ladder.narrow ? part.slice(0, 1) : part.slice(0, 6)}`;
}

// words says what happened, for labels and for readers of the screen.
function words(row) {
  const ev = row.ev;
  switch (ev.type) {
    case "connected": return ev.twin?.hidden ? "connect, accepted" : "connect";
    case "accepted": return "accept";
    case "halfclose": return "half-close";
    case "eof": return "end of stream";
    case "closed": return ev.mark ? "closed" : "close";
    case "reset": return ev.text === "here" ? "reset, sent here" : "reset by the peer";
    case "icmp": return "ICMP" + (ev.error ? ": " + ev.error : "");
    case "error": return (ev.op ? ev.op + ": " : "") + (ev.error ?? "error");
    case "listening": return "listening on " + (ev.local ?? ev.H?.local ?? "");
    case "bound": return "bound to " + (ev.local ?? "");
    case "made": return ev.kind + " socket";
    case "tls": return tlsWords(ev);
    case "wire": return "ciphertext";
    case "gap": return formatSize(ev.n ?? 0) + " not captured";
    default: return ev.type + (ev.text ? ": " + ev.text : "") + (ev.error ? ": " + ev.error : "");
  }
}

function tlsWords(ev) {
  const name = /dtls/.test(ev.H?.kind ?? "") ? "DTLS" : "TLS";
  if (ev.error) return name + " handshake failed: " + ev.error;
  const t = ev.tls ?? {};
  const of = [t.version || name, t.cipher, t.alpn && "ALPN " + t.alpn, t.peer || ev.twin?.tls?.peer || t.name];
  return of.filter(Boolean).join("  ·  ");
}

function svg(name, attributes) {
  const e = document.createElementNS(svgSpace, name);
  for (const k in attributes) e.setAttribute(k, attributes[k]);
  return e;
}

function drawArrow(e, row) {
  const ev = row.ev, x1 = row.from.column.x, x2 = row.to.column.x;
  const left = Math.min(x1, x2), span = Math.abs(x2 - x1), right = x2 > x1;
  e.classList.add(right ? "right" : "left", row.answer ? "answer" : "asks");
  if (span === 0) { // both ends are in one folded column
    e.classList.add("loop");
    return drawMarkAt(e, row, row.from.column);
  }
  const pic = svg("svg", {class: "arrow", width: span, height: 14, viewBox: `0 0 ${span} 14`, "aria-hidden": "true"});
  pic.style.left = left + "px";
  const a = right ? 1 : span - 1, b = right ? span - 2 : 2, d = right ? -1 : 1;
  const broken = ev.fault === "dropped" || (ev.type === "error" && ev.op === "connect");
  const stop = broken ? a + (b - a) * 0.72 : b + 6 * d;
  if (row.kind === "band") {
    pic.append(svg("path", {class: "shaft", d: `M1 4H${span - 1}M1 10H${span - 1}`}));
  } else {
    pic.append(svg("path", {class: "shaft", d: `M${a} 7H${stop}`}));
    if (broken) pic.append(svg("path", {class: "cross", d: `M${stop - 5} 2l10 10m0-10l-10 10`}));
    else if (row.kind === "message") pic.append(svg("path", {class: "tip", d: `M${b} 7l${8 * d}-5v10z`}));
    else pic.append(svg("path", {class: "open", d: `M${b + 7 * d} 2L${b} 7l${7 * d} 5`}));
    if (ev.type === "halfclose" || ev.type === "eof" || ev.type === "closed") {
      pic.append(svg("path", {class: "bar", d: `M${a} 2v10`}));
    }
    pic.append(svg("circle", {class: "dot", cx: a, cy: 7, r: 2.5}));
  }
  e.append(pic);
  const label = el("div", "label");
  fillLabel(label, row, right);
  placeLabel(label, left, span, labelLength(label));
  e.append(label);
  describe(e, row);
}

// fillLabel: whose it is in a folded column, the first bytes or what happened, the size, a fault.
function fillLabel(label, row, right) {
  const ev = row.ev;
  const whose = [row.from, row.to].filter((l) => l.column.group).map((l) => clean(l.name)).join(right ? " → " : " ← ");
  if (whose || row.via) label.append(el("span", "who", whose || clean(row.via)));
  if (row.kind === "message") {
    const n = ladder.narrow ? 64 : 160;
    const bin = (ev.text !== undefined && ev.text.length > n * 4 ? binaryOf({text: ev.text.slice(0, n * 4)}) : binaryOf(ev));
    label.append(bin === "" ? el("span", "size", "empty") : el("code", "", oneLine(bin, n)));
    label.append(el("span", "size", formatSize(sizeOf(ev)) + (ev.cut ? " cut" : "")));
    if (ev.fault) label.append(el("span", "fault", clean(ev.fault)));
  } else {
    label.append(el("span", "what", clean(words(row))));
  }
}

function labelLength(label) {
  let n = 0;
  for (const part of label.children) n += part.textContent.length + 2;
  return n * charWidth;
}

// placeLabel puts a label above its arrow: in the middle where it fits, else over what is free.
function placeLabel(label, left, span, length) {
  const total = Math.max(ladder.seen, left + span), room = span - 20;
  if (length <= room) {
    label.style.left = left + 8 + "px";
    label.style.width = span - 16 + "px";
    label.classList.add("middle");
  } else {
    const x = Math.max(ladder.gutter + 4, Math.min(left + 10, total - Math.min(length, 420)));
    label.style.left = x + "px";
    label.style.maxWidth = total - x + "px";
  }
}

function drawMark(e, row) {
  const c = row.at?.column;
  if (!c) return drawFull(e, row, clean(words(row)));
  drawMarkAt(e, row, c);
}

function drawMarkAt(e, row, c) {
  const ev = row.ev, pic = svg("svg", {class: "sign", width: 18, height: 18, viewBox: "-9 -9 18 18", "aria-hidden": "true"});
  pic.style.left = c.x + "px";
  const shape = signs[ev.type === "error" && isTimeout(ev) ? "timeout" : ev.type] ?? "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0";
  pic.append(svg("path", {d: shape}));
  const label = el("div", "label beside");
  if (isMessage(ev) || row.from) fillLabel(label, {...row, kind: isMessage(ev) ? "message" : "signal", from: row.from ?? row.at, to: row.to ?? row.at}, true);
  else {
    if (c.group) label.append(el("span", "who", clean(row.at.name)));
    else if (ev.H && ev.H.name !== c.name) label.append(el("span", "who", clean(ev.H.name)));
    label.append(el("span", "what", clean(words(row))));
  }
  const length = labelLength(label) + 12, total = Math.max(ladder.seen, c.x);
  const right = total - c.x - 14, left = c.x - ladder.gutter - 14;
  if (length <= right || right >= left) {
    label.style.left = c.x + 14 + "px";
    label.style.maxWidth = right + "px";
  } else {
    label.style.left = c.x - 14 - Math.min(left, length) + "px";
    label.style.width = Math.min(left, length) + "px";
    label.classList.add("before");
  }
  e.append(pic, label);
  describe(e, row);
}

// signs are the marks on a lane, as paths around 0,0.
const signs = {
  listening: "M-5-5h10v10h-10z",
  bound: "M0-5l5 5l-5 5l-5-5z",
  made: "M0-5l5 5l-5 5l-5-5z",
  accepted: "M-5 0l4 4l6-8l-1.500-1.500l-4.700 6.300l-2.500-2.500z",
  closed: "M-5-2h10v4h-10z",
  error: "M-5-3.500l1.500-1.500l3.500 3.500l3.500-3.500l1.500 1.500l-3.500 3.500l3.500 3.500l-1.500 1.500l-3.500-3.500l-3.500 3.500l-1.500-1.500l3.500-3.500z",
  timeout: "M-5-6h10v1.500l-4 4.500l4 4.500v1.500h-10v-1.500l4-4.500l-4-4.500z",
};

function drawOutput(e, row) {
  const ev = row.ev, c = row.at?.column;
  const box = el("pre", "said" + (ev.out ? "" : " stderr"));
  const bin = binaryOf(ev.text !== undefined ? {text: ev.text.slice(0, 4000)} : ev).slice(0, 4000);
  const text = bin.replace(/\r?\n$/, "");
  const longest = Math.max(...text.split("\n", 6).map((l) => l.length));
  const most = Math.max(ladder.seen, c?.x ?? 0) - ladder.gutter - 8;
  const width = Math.min(most, Math.max(longest * charWidth + 26, 120));
  const x = c ? c.x - width / 2 : ladder.gutter + 4;
  box.style.left = Math.max(ladder.gutter + 4, Math.min(x, Math.max(ladder.seen, c?.x ?? 0) - width)) + "px";
  if (!c) box.prepend(el("b", "", clean(row.ev.handle) + ": "));
  box.style.width = width + "px";
  box.style.height = row.h - 6 + "px";
  outputInto(box, text);
  e.append(box);
  describe(e, row);
}

// outputInto is textInto without the signs for the ends of lines.
function outputInto(parent, bin) {
  tokens(bin, (run) => parent.append(run), (esc, char) => {
    if (char === "\n" || char === "\t") parent.append(char);
    else if (char !== "\r") parent.append(el("i", "esc", esc));
  });
}

function drawFull(e, row, text) {
  const label = el("div", "full", text);
  label.style.left = ladder.gutter + "px";
  label.style.maxWidth = ladder.seen - ladder.gutter + "px";
  e.append(label);
  describe(e, row);
}

function describe(e, row) {
  const ev = row.ev, ends = row.from ? `${row.from.name} to ${row.to.name}: ` : row.at ? row.at.name + ": " : "";
  const what = isMessage(ev) ? formatSize(sizeOf(ev)) + " " + oneLine(binaryOf(ev).slice(0, 400), 60) : words(row);
  e.setAttribute("aria-label", clean(ends + what));
}
