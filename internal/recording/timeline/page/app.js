// The page as a whole: heading, tests, keys, links, print.

const app = {rec: null, test: null, whole: null, layoutPending: false};

// keys has the keys, what the line at the foot says of them, and what the list says.
const keys = [
  ["j k ↓ ↑", "move", "next, previous event"], ["Enter", "open", "text, hexdump and JSON of the event"], ["s", "join", "read one message, a turn, a direction, both"],
  ["/", "search", "search"], ["n N", "matches", "next, previous match"], ["x", "hex", "search text or bytes"], ["f F", "failures", "next, previous failure"],
  ["t", "time", "time since the start, since the event before, time of day"], ["h", "lanes", "choose lanes"], ["o", "only", "only the lane of this event; again for all"],
  ["[ ]", "tests", "previous, next test"], ["g G", "ends", "first, last event"], ["Esc", "back", "close, show all"], ["?", "keys", "this list"],
];

function layoutSoon() {
  if (app.layoutPending || ladder.printing) return;
  app.layoutPending = true;
  requestAnimationFrame(() => {
    app.layoutPending = false;
    if (ladder.printing) return;
    layout();
    if (ladder.selected >= 0 && !$("detail").hidden) reveal(ladder.selected);
  });
}

// remake builds the rows anew, for another test or other lanes.
function remake() {
  app.whole = makeView(app.rec, app.test, null);
  showView(ladder.only ? makeView(app.rec, app.test, ladder.only) : app.whole);
  $("filter").classList.toggle("on", !!ladder.only);
  $("filter").firstChild.textContent = ladder.only ? plural(ladder.only.size, "lane") + " " : "Lanes ";
  summarize();
  if ($("query").value) search();
  else ladder.matches = new Set();
}

function summarize() {
  const rec = app.rec, rows = ladder.view.rows;
  let messages = 0, bytes = 0, failures = 0, problems = 0, last = 0, first = -1;
  for (const {ev} of rows) {
    if (!ev) continue;
    if (first < 0) first = ev.t;
    last = ev.t;
    if (isMessage(ev)) { messages++; bytes += sizeOf(ev); }
    if (isFailure(ev)) failures++;
    else if (isProblem(ev)) problems++;
  }
  const parts = [plural(messages, "message"), formatSize(bytes), rows.length ? formatSpan(last - first) : ""];
  const when = new Date(rec.start);
  if (!Number.isNaN(when.getTime()) && when.getTime() > 0) parts.push(when.toLocaleString(undefined, {dateStyle: "medium", timeStyle: "medium"}));
  if (rec.title) parts.push(rec.program);
  $("summary").replaceChildren(clean(parts.filter(Boolean).join("  ·  ")));
  if (!rec.ended) $("summary").append(el("em", "", "the recording was not closed: this is what was written until then"));
  const b = $("failure");
  b.hidden = failures + problems === 0;
  b.className = failures ? "bad" : "warn";
  b.firstChild.textContent = failures ? plural(failures, "failure") + " " : plural(problems, "error") + " ";
  app.wanted = failures ? isFailure : isProblem;
}

// Tests: a list beside the ladder, failed ones first.

function showTests() {
  const tests = app.rec.tests, nav = $("tests");
  if (tests.length < 2) return;
  nav.hidden = false;
  document.body.classList.add("has-tests");
  const rank = {failed: 0, running: 1, passed: 2, skipped: 3};
  app.order = [...tests].sort((a, b) => rank[a.status] - rank[b.status] || a.index - b.index);
  const count = {};
  for (const t of tests) count[t.status] = (count[t.status] ?? 0) + 1;
  const head = el("p", "counts");
  for (const s of ["failed", "running", "passed", "skipped"]) if (count[s]) head.append(el("span", s, count[s] + " " + s));
  nav.append(head, testButton(null, "the whole run", ""));
  for (const t of app.order) nav.append(testButton(t, clean(t.name), t.status));
}

function testButton(t, name, status) {
  const b = el("button", "test " + status);
  b.append(el("i", "dot"), el("span", "", name));
  if (t?.ended !== undefined) b.append(el("small", "", formatSpan(t.ended - t.began)));
  b.title = name;
  b.onclick = () => openTest(t);
  if (t) t.button = b; else app.allButton = b;
  return b;
}

function openTest(t) {
  app.test = t;
  ladder.only = null;
  for (const b of $("tests").querySelectorAll(".test")) b.removeAttribute("aria-current");
  const b = t ? t.button : app.allButton;
  b?.setAttribute("aria-current", "true");
  b?.scrollIntoView({block: "nearest"});
  $("title").textContent = clean(t ? t.name : app.title);
  ladder.selected = -1;
  remake();
  $("scroll").scrollTop = 0;
}

function stepTest(n) {
  if (!app.order) return;
  const i = app.order.indexOf(app.test) + n;
  openTest(i < 0 ? null : app.order[Math.min(i, app.order.length - 1)]);
}

// followHash opens the event that the address names, in the test that has it.
function followHash() {
  const m = /^#e(\d+)$/.exec(location.hash);
  if (!m) return false;
  const id = Number(m[1]);
  if (!(ladder.view.at[id] >= 0)) {
    const ev = app.rec.events.find((e) => e.id === id);
    if (!ev) return false;
    ladder.only = null;
    if (app.rec.tests.length > 1) openTest(ev.in ?? null); else remake();
  }
  const i = ladder.view.at[id];
  if (!(i >= 0)) return false;
  select(i);
  openDetail();
  return true;
}

const times = ["start", "delta", "clock"];

function switchTime() {
  ladder.time = times[(times.indexOf(ladder.time) + 1) % times.length];
  $("time").firstChild.textContent = {start: "Time ", delta: "Delta ", clock: "Clock "}[ladder.time];
  clearRows();
  drawHeads();
  draw();
}

function toggleHelp() {
  const panel = $("help-panel");
  panel.hidden = !panel.hidden;
  if (!panel.hidden) closePanels(panel);
}

function closePanels(but) {
  for (const p of document.querySelectorAll(".panel")) if (p !== but) p.hidden = true;
}

function escape() {
  const open = [...document.querySelectorAll(".panel")].some((p) => !p.hidden);
  if (open) { closePanels(); $("scroll").focus(); }
  else if (document.activeElement === $("query")) { $("query").value = ""; search(); $("scroll").focus(); }
  else if (!$("detail").hidden) closeDetail();
  else if ($("query").value) { $("query").value = ""; search(); }
  else if (ladder.only) filterLanes(null);
}

function onlyThisLane() {
  const row = ladder.view.rows[ladder.selected];
  const l = row && (row.from?.ours ? row.from : row.to ?? row.at);
  if (ladder.only) filterLanes(null);
  else if (l) soloLane(l);
}

function nextScope() {
  if ($("detail").hidden) return openDetail();
  const i = scopes.findIndex(([key]) => key === detail.scope);
  detail.scope = scopes[(i + 1) % scopes.length][0];
  showDetail();
}

const actions = {
  j: () => step(1), ArrowDown: () => step(1), k: () => step(-1), ArrowUp: () => step(-1), PageDown: () => step(15), PageUp: () => step(-15),
  g: () => select(ladder.view.rows.findIndex((r) => r.ev)), Home: () => select(ladder.view.rows.findIndex((r) => r.ev)),
  G: () => select(ladder.view.rows.length - 1), End: () => select(ladder.view.rows.length - 1),
  Enter: openDetail, "/": () => { $("query").focus(); $("query").select(); }, n: () => nextMatch(1), N: () => nextMatch(-1), x: switchMode,
  f: () => next(1, app.wanted), F: () => next(-1, app.wanted), s: nextScope, t: switchTime, h: showLanes, o: onlyThisLane,
  "[": () => stepTest(-1), "]": () => stepTest(1), "?": toggleHelp, Escape: escape,
};

function onKey(e) {
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  const in_ = e.target;
  if (in_.tagName === "INPUT" && e.key !== "Escape") {
    if (in_ === $("query") && e.key === "Enter") { search(); nextMatch(e.shiftKey ? -1 : 1); e.preventDefault(); }
    return;
  }
  if (in_.tagName === "BUTTON" && (e.key === "Enter" || e.key === " ")) return;
  if (in_.tagName === "PRE" && /^(Arrow|Page|Home|End)/.test(e.key)) return; // scrolls the text
  const action = actions[e.key];
  if (!action) return;
  e.preventDefault();
  action();
}

// print draws every row, up to a number that a printer can be asked for.
const printed = 3000;

function beforePrint() {
  // A page has this width, in pixels; a ladder that is wider is made smaller.
  const paper = 700;
  $("scroll").style.width = paper + "px";
  layout();
  $("stage").style.zoom = Math.min(1, paper / ladder.width);
  ladder.printing = true;
  const view = ladder.view, n = Math.min(view.rows.length, printed), all = document.createDocumentFragment();
  clearRows();
  for (let i = 0; i < n; i++) {
    const e = drawRow(view, i);
    e.style.top = view.tops[i] + "px";
    ladder.drawn.set(i, e);
    all.append(e);
  }
  $("rows").append(all);
  $("rows").style.height = view.tops[n] + "px";
  drawLines(0, Math.max(0, n - 1), 0);
  $("cut").textContent = n < view.rows.length ? `The first ${n.toLocaleString("en")} of ${view.rows.length.toLocaleString("en")} rows.` : "";
}

function afterPrint() {
  ladder.printing = false;
  $("scroll").style.width = $("stage").style.zoom = "";
  layout();
}

function measure() {
  const probe = el("code", "", "0".repeat(100)), box = el("div", "label");
  box.append(probe);
  $("rows").append(box);
  charWidth = probe.getBoundingClientRect().width / 100 || charWidth;
  box.remove();
}

function dragDetail(e) {
  const panel = $("detail"), start = e.clientY, height = panel.offsetHeight;
  const move = (m) => { panel.style.height = Math.max(90, Math.min(innerHeight - 160, height + start - m.clientY)) + "px"; };
  e.target.setPointerCapture(e.pointerId);
  e.target.onpointermove = move;
  e.target.onpointerup = () => { e.target.onpointermove = null; layout(); };
}

function start() {
  const rec = app.rec = load();
  app.title = rec.title && rec.file ? `${rec.title}: ${rec.file}` : rec.title || rec.program || "recording";
  document.title = clean(app.title);
  $("title").textContent = clean(rec.tests.length === 1 ? rec.tests[0].name : app.title);
  for (const [key, short, long] of keys) {
    const item = (tag, what) => { const e = el(tag, "key"); e.append(...key.split(" ").map((k) => el("kbd", "", k)), " " + what); return e; };
    $("keys").append(item("span", short));
    $("help-list").append(item("li", long));
  }
  measure();
  showTests();
  openTest(rec.tests.length > 1 ? (app.order[0].status === "failed" ? app.order[0] : null) : null);
  if (rec.tests.length === 1) $("title").textContent = clean(rec.tests[0].name);
  $("scroll").addEventListener("scroll", drawSoon, {passive: true});
  $("rows").addEventListener("click", (e) => {
    const row = e.target.closest("[data-i]");
    if (!row || String(getSelection()) !== "") return;
    select(Number(row.dataset.i), false);
    openDetail();
  });
  $("strip").addEventListener("pointerdown", (e) => {
    const box = $("strip").getBoundingClientRect(), scroll = $("scroll");
    const go = (m) => { scroll.scrollTop = (m.clientY - box.top) / box.height * scroll.scrollHeight - scroll.clientHeight / 2; };
    go(e);
    $("strip").setPointerCapture(e.pointerId);
    $("strip").onpointermove = go;
    $("strip").onpointerup = () => { $("strip").onpointermove = null; };
  });
  $("query").addEventListener("input", searchSoon);
  $("lanes-query").addEventListener("input", fillLanes);
  $("lanes-all").onclick = () => { filterLanes(null); fillLanes(); };
  const buttons = {mode: switchMode, failure: actions.f, time: switchTime, filter: showLanes, help: toggleHelp};
  for (const id in buttons) $(id).onclick = buttons[id];
  $("grip").addEventListener("pointerdown", dragDetail);
  document.addEventListener("keydown", onKey);
  new ResizeObserver(layoutSoon).observe($("scroll"));
  addEventListener("hashchange", followHash);
  addEventListener("beforeprint", beforePrint);
  addEventListener("afterprint", afterPrint);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawOverview());
  if (!followHash()) $("scroll").focus({preventScroll: true});
  document.body.dataset.ready = "true"; // for tests
}

addEventListener("DOMContentLoaded", start);
