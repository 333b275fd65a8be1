// Search in what was said, and the choice of lanes.

const finder = {list: [], mode: "text", timer: 0};

// needleOf gives the bytes to look for, or null where the words of hex are none.
function needleOf(query, mode) {
  if (mode === "text") return lower(binaryFrom(encoder.encode(query)));
  const hex = query.replace(/0x|[\s:,]/gi, "");
  if (!/^([0-9a-f]{2})+$/i.test(hex)) return null;
  return hex.match(/../g).map((h) => String.fromCharCode(parseInt(h, 16))).join("");
}

// lower makes small letters of those of ASCII only, so that bytes stay what they are.
function lower(s) { return s.replace(/[A-Z]+/g, (x) => x.toLowerCase()); }

// search finds the rows that have the query. What crosses pieces of a stream is found where it ends.
function search() {
  clearTimeout(finder.timer);
  const query = $("query").value, out = $("found");
  const rows = ladder.view.rows, needle = query === "" ? null : needleOf(query, finder.mode);
  finder.list = [];
  if (needle) {
    const tails = new Map(), text = finder.mode === "text";
    rows.forEach((row, i) => {
      const ev = row.ev;
      if (!ev) return;
      let hay = "";
      if (isMessage(ev) || ev.type === "output") {
        hay = binaryOf(ev);
        if (isMessage(ev) && !ev.H.datagram && row.from) {
          const key = row.from.key + "\n" + row.to.key, tail = tails.get(key) ?? "";
          hay = tail + hay;
          tails.set(key, needle.length > 1 ? hay.slice(1 - needle.length) : "");
        }
      } else if (text) hay = binaryFrom(encoder.encode(`${words(row)} ${ev.error ?? ""} ${ev.text ?? ""} ${ev.test ?? ""}`));
      if ((text ? lower(hay) : hay).includes(needle)) finder.list.push(i);
    });
  }
  ladder.matches = new Set(finder.list);
  $("query").classList.toggle("wrong", query !== "" && needle === null);
  out.textContent = query === "" ? "" : needle === null ? "bytes as 0d0a" : finder.list.length ? finder.list.length.toLocaleString("en") + " found" : "none";
  clearRows();
  draw();
  drawOverview();
}

function searchSoon() {
  clearTimeout(finder.timer);
  finder.timer = setTimeout(search, 120);
}

// nextMatch goes to the next row that was found, and says which it is.
function nextMatch(direction) {
  if (finder.list.length === 0) return;
  next(direction, (ev, i) => ladder.matches.has(i));
  const at = finder.list.indexOf(ladder.selected) + 1;
  $("found").textContent = `${at.toLocaleString("en")} of ${finder.list.length.toLocaleString("en")}`;
}

function switchMode() {
  finder.mode = finder.mode === "text" ? "hex" : "text";
  $("mode").textContent = finder.mode;
  $("query").placeholder = finder.mode === "text" ? "Search text" : "Search bytes: 0d 0a";
  search();
}

// The panel of lanes: each with a box to tick.

function showLanes() {
  const panel = $("lanes-panel");
  panel.hidden = !panel.hidden;
  if (panel.hidden) return $("scroll").focus();
  closePanels(panel);
  fillLanes();
  $("lanes-query").value = "";
  $("lanes-query").focus();
}

function fillLanes() {
  const all = [...app.whole.lanes.values()].sort((a, b) => (b.ours ? 1 : 0) - (a.ours ? 1 : 0) || b.count - a.count);
  const wanted = $("lanes-query").value.toLowerCase();
  const nodes = [];
  for (const l of all) {
    const name = clean(l.name), sub = clean(l.sub);
    if (wanted && !(name + " " + sub).toLowerCase().includes(wanted)) continue;
    if (nodes.length >= 300) { nodes.push(el("p", "", "more lanes: type a part of the name")); break; }
    const row = el("label", l.ours ? "ours" : "theirs"), box = el("input");
    box.type = "checkbox";
    box.checked = !ladder.only || ladder.only.has(l.key);
    box.onchange = () => {
      const keys = ladder.only ?? new Set(all.map((x) => x.key));
      if (box.checked) keys.add(l.key); else keys.delete(l.key);
      filterLanes(keys.size >= all.length ? null : keys);
    };
    const one = el("button", "", "only");
    one.onclick = (e) => { e.preventDefault(); soloLane(l); fillLanes(); };
    row.append(box, el("b", "", name), el("small", "", sub), el("span", "", plural(l.count, "event") + (l.bytes ? ", " + formatSize(l.bytes) : "")), one);
    nodes.push(row);
  }
  $("lanes-list").replaceChildren(...nodes);
}

// filterLanes shows what touches the lanes with these keys; null means all.
function filterLanes(keys) {
  ladder.only = keys;
  remake();
}

function soloLane(l) {
  const alone = ladder.only?.size === 1 && ladder.only.has(l.key);
  filterLanes(alone ? null : new Set([l.key]));
}
