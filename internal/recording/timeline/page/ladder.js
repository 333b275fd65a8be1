// The ladder: where columns and rows stand, and drawing only those that can be seen.

const $ = (id) => document.getElementById(id);
const tallest = 8e6; // of an element, in pixels, that every browser scrolls rightly

const ladder = {
  view: null, open: new Set(), only: null, selected: -1, marks: new Map(), drawn: new Map(), time: "start",
  width: 0, gutter: 0, spacing: 0, scale: 1, pending: false, matches: new Set(),
};

// show takes a view and draws it from the top, or at the row that was selected before.
function showView(view) {
  const before = ladder.view?.rows[ladder.selected]?.ev;
  ladder.view = view;
  ladder.selected = -1;
  layout();
  if (before && view.at[before.id] >= 0) select(view.at[before.id], false);
  $("empty").hidden = view.rows.length > 0;
}

function layout() {
  const view = ladder.view, wide = $("scroll").clientWidth;
  if (!view) return;
  ladder.narrow = wide < 600;
  ladder.gutter = ladder.narrow ? 64 : 108;
  const least = ladder.narrow ? 104 : 168;
  const area = Math.max(200, wide - ladder.gutter - (ladder.narrow ? 4 : 20));
  ladder.seen = wide - 12;
  fold(view, Math.max(3, Math.floor(area / least)), ladder.open, ladder.narrow);
  const n = Math.max(1, view.columns.length);
  ladder.spacing = Math.max(least, Math.min(area / n, 620));
  ladder.width = Math.max(wide, ladder.gutter + n * ladder.spacing);
  view.columns.forEach((c, i) => c.x = Math.round(ladder.gutter + (i + 0.5) * ladder.spacing));
  measureRows(view, Math.max(10, Math.floor((wide - ladder.gutter - 34) / charWidth)));
  ladder.scale = Math.max(1, view.height / tallest);
  const rows = $("rows");
  rows.style.height = view.height / ladder.scale + 80 + "px";
  rows.style.width = $("lanes").style.width = ladder.width + "px";
  drawHeads();
  clearRows();
  draw();
  drawOverview();
}

function clearRows() {
  for (const e of ladder.drawn.values()) e.remove();
  ladder.drawn.clear();
}

// rowAt is the row at a height, found by halving.
function rowAt(y) {
  const tops = ladder.view.tops;
  let lo = 0, hi = ladder.view.rows.length - 1;
  while (lo < hi) {
    const mid = (lo + hi + 1) >> 1;
    if (tops[mid] <= y) lo = mid; else hi = mid - 1;
  }
  return lo;
}

function drawSoon() {
  if (ladder.pending) return;
  ladder.pending = true;
  requestAnimationFrame(() => { ladder.pending = false; draw(); });
}

// draw makes the rows that can be seen, with some above and below, and removes the others. Where
// the page is taller than a browser allows, the scroll bar runs faster than the rows.
function draw() {
  const view = ladder.view, scroll = $("scroll");
  if (!view || ladder.printing) return;
  const height = scroll.clientHeight || 600;
  const top = scroll.scrollTop, y = top * ladder.scale;
  const from = Math.max(0, rowAt(y - 300)), to = Math.min(view.rows.length - 1, rowAt(y + height + 300));
  for (const [i, e] of ladder.drawn) {
    if (i < from || i > to) { e.remove(); ladder.drawn.delete(i); }
  }
  const fresh = document.createDocumentFragment();
  for (let i = from; i <= to && view.rows.length; i++) {
    let e = ladder.drawn.get(i);
    if (!e) {
      e = drawRow(view, i);
      ladder.drawn.set(i, e);
      fresh.append(e);
    }
    e.style.top = (ladder.scale === 1 ? view.tops[i] : top + view.tops[i] - y) + "px";
  }
  $("rows").append(fresh);
  drawLines(from, to, top - y);
  drawPosition();
}

// drawLines draws the lines of the lanes beside the rows from to to.
function drawLines(from, to, shift) {
  const view = ladder.view, box = $("lines");
  const tops = view.tops, nodes = [];
  const line = (c, a, b, cls) => {
    const y1 = Math.max(a, tops[from]), y2 = Math.min(b, tops[to + 1] ?? view.height);
    if (y2 <= y1) return;
    const e = el("div", "line " + cls);
    e.style.left = c.x + "px";
    e.style.top = y1 + shift + "px";
    e.style.height = y2 - y1 + "px";
    nodes.push(e);
  };
  for (const c of view.columns) {
    const a = tops[c.first] ?? 0, mid = (i) => tops[i] + view.rows[i].h / 2 + 7;
    const b = c.closed !== undefined ? mid(c.closed) : view.height + 40;
    line(c, 0, a, "idle");
    line(c, a, b, c.ours ? "ours" : "theirs");
    if (c.closed !== undefined) line(c, b, view.height + 40, "over");
  }
  box.replaceChildren(...nodes);
}

function drawHeads() {
  const nodes = ladder.view.columns.map((c) => {
    const b = el("button", "head " + (c.ours ? "ours" : "theirs") + (c.group ? " folded" : ""));
    b.style.left = c.x + "px";
    b.style.width = Math.min(ladder.spacing - (ladder.narrow ? 8 : 16), 230) + "px";
    const room = Math.floor((parseFloat(b.style.width) - 18) / charWidth);
    b.append(el("b", "", shorten(clean(c.name), ladder.narrow ? room : room - 1)));
    b.append(el("small", "", shorten(clean(c.sub), ladder.narrow ? room + 2 : room + 4)));
    const l = c.lanes[0];
    b.title = c.group ? "show these lanes each by itself" : l.foldKey ? "fold this lane with its like" : "show only this lane and its peers";
    b.onclick = () => {
      if (c.lanes.length > 200) return showLanes(); // too many to stand side by side
      if (c.group) ladder.open.add(c.group);
      else if (l.foldKey) ladder.open.delete(l.foldKey);
      else return soloLane(l);
      layout();
    };
    return b;
  });
  $("lanes").replaceChildren(el("span", "corner", ladder.time === "clock" ? "clock" : ladder.time === "delta" ? "delta" : "time"), ...nodes);
}

// shorten leaves out the beginning of a name that is too long; of an address it keeps the port.
function shorten(name, n) {
  if (name.length <= n) return name;
  return "…" + (/:\d+$/.exec(name)?.[0] ?? name.slice(1 - n));
}

// select makes a row the current one, and scrolls to it if it is not seen.
function select(i, move = true) {
  const view = ladder.view;
  if (i < 0 || i >= view.rows.length) return;
  const old = ladder.drawn.get(ladder.selected);
  old?.classList.remove("selected");
  old?.setAttribute("aria-selected", "false");
  ladder.selected = i;
  if (move) reveal(i);
  draw();
  const e = ladder.drawn.get(i);
  e?.classList.add("selected");
  e?.setAttribute("aria-selected", "true");
  $("scroll").setAttribute("aria-activedescendant", e ? e.id : "");
  const ev = view.rows[i].ev;
  if (ev?.id) history.replaceState(null, "", "#e" + ev.id);
  if (!$("detail").hidden) showDetail();
  drawOverview();
}

// reveal scrolls so that a row is in view, in the middle if it was outside.
function reveal(i) {
  const scroll = $("scroll"), view = ladder.view;
  const headsHeight = $("lanes").offsetHeight, room = scroll.clientHeight - headsHeight;
  const y = view.tops[i], h = view.rows[i].h, top = scroll.scrollTop * ladder.scale;
  const margin = Math.min(60, room / 4);
  if (y >= top + margin && y + h <= top + room - margin) return;
  const near = Math.abs(y - top) < room * 1.5;
  const want = !near ? y - room / 2 : y < top + margin ? y - margin : y + h - room + margin;
  scroll.scrollTop = Math.max(0, want) / ladder.scale;
  const c = view.rows[i].from?.column ?? view.rows[i].at?.column;
  if (c && (c.x < scroll.scrollLeft + ladder.gutter || c.x > scroll.scrollLeft + scroll.clientWidth)) {
    scroll.scrollLeft = Math.max(0, c.x - scroll.clientWidth / 2);
  }
}

// step moves the selection by n rows that are events.
function step(n) {
  const rows = ladder.view.rows;
  let i = ladder.selected;
  if (i < 0) i = n > 0 ? rowAt($("scroll").scrollTop * ladder.scale) - 1 : rows.length;
  const one = Math.sign(n);
  let left = Math.abs(n), at = -1;
  for (i += one; i >= 0 && i < rows.length && left > 0; i += one) {
    if (rows[i].ev) { at = i; left--; }
  }
  if (at >= 0) select(at);
}

// next finds a row after the selected one, and goes on from the other end.
function next(direction, wanted) {
  const rows = ladder.view.rows, n = rows.length;
  const start = ladder.selected < 0 ? (direction > 0 ? -1 : n) : ladder.selected;
  for (let k = 1; k <= n; k++) {
    const i = (((start + direction * k) % n) + n) % n;
    if (rows[i].ev && wanted(rows[i].ev, i)) { select(i); return true; }
  }
  return false;
}

// drawOverview draws the whole recording as a narrow strip: how much was said where, failures, matches.
function drawOverview() {
  const canvas = $("overview"), view = ladder.view;
  const w = canvas.clientWidth, h = canvas.clientHeight;
  if (!w || !h || !view) return;
  const ratio = devicePixelRatio || 1;
  canvas.width = w * ratio;
  canvas.height = h * ratio;
  const g = canvas.getContext("2d"), style = getComputedStyle(document.documentElement);
  const color = (name) => style.getPropertyValue(name).trim();
  g.scale(ratio, ratio);
  if (view.map === undefined) view.map = density(view, 600);
  g.fillStyle = color("--strip");
  const most = Math.max(1, ...view.map);
  view.map.forEach((n, i) => {
    if (n) g.fillRect(w - 2 - (w - 4) * Math.sqrt(n / most), i * h / 600, (w - 4) * Math.sqrt(n / most), h / 600 + 0.3);
  });
  const tick = (i, c, size) => { g.fillStyle = c; g.fillRect(0, view.tops[i] / (view.height || 1) * h - size / 2, w, size); };
  for (const i of ladder.matches) tick(i, color("--match-strong"), 2);
  for (const i of view.bad) tick(i, color("--red"), 3);
  if (ladder.selected >= 0) tick(ladder.selected, color("--ink"), 2);
}

// density adds up the bytes of messages in n equal parts of the height, and collects failures.
function density(view, n) {
  const map = new Array(n).fill(0);
  view.bad = [];
  view.rows.forEach((row, i) => {
    if (!row.ev) return;
    if (isMessage(row.ev)) map[Math.min(n - 1, Math.floor(view.tops[i] / view.height * n))] += sizeOf(row.ev) + 20;
    if (isFailure(row.ev) && view.bad.length < 2000) view.bad.push(i);
  });
  return map;
}

function drawPosition() {
  const scroll = $("scroll"), total = scroll.scrollHeight || 1, e = $("position");
  const fits = scroll.clientHeight * 2 >= total;
  e.style.top = scroll.scrollTop / total * 100 + "%";
  e.style.height = Math.max(1, scroll.clientHeight / total * 100) + "%";
  $("strip").hidden = fits;
}
