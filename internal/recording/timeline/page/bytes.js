// The bytes of events, and how they are shown. What a peer sent reaches the page only as the text
// of text nodes, and what would change the text around it is written as an escape.

const encoder = new TextEncoder();

// el makes an element; text is its text, never markup.
function el(tag, cls, text) {
  const e = document.createElement(tag);
  if (cls) e.className = cls;
  if (text !== undefined) e.textContent = text;
  return e;
}

// sizeOf is how many bytes the event had; the page may have fewer.
function sizeOf(ev) { return ev.whole ?? ev.size ?? 0; }

// binaryOf gives the bytes as a string with a character for each byte.
function binaryOf(ev) {
  if (ev.base64 !== undefined) return atob(ev.base64);
  const text = ev.text ?? "";
  return /^[\x00-\x7f]*$/.test(text) ? text : binaryFrom(encoder.encode(text));
}

function binaryFrom(bytes) {
  let s = "";
  for (let i = 0; i < bytes.length; i += 8192) s += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return s;
}

// unsafe are the characters that have no shape or change the direction or shape of others.
const unsafe = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\ufffc]/u;

const named = {"\n": "\\n", "\r": "\\r", "\t": "\\t"};

function escapeChar(c) {
  if (named[c]) return named[c];
  const n = c.codePointAt(0);
  return n < 0x80 ? "\\x" + n.toString(16).padStart(2, "0") : n < 0x10000 ? "\\u" + n.toString(16).padStart(4, "0") : "\\u{" + n.toString(16) + "}";
}

// tokens calls plain for runs of text that can be shown as they are, and escape for each
// character or byte that cannot, with what to write for it and the character itself.
function tokens(bin, plain, escape) {
  let run = "";
  const flush = () => { if (run) plain(run); run = ""; };
  for (let i = 0; i < bin.length;) {
    const c = bin.charCodeAt(i);
    if (c >= 0x20 && c < 0x7f) { run += bin[i++]; continue; }
    const char = c < 0x80 ? bin[i] : sequence(bin, i);
    if (char !== "" && !unsafe.test(char)) { run += char; i += utf8Length(char); continue; }
    flush();
    if (char === "") escape("\\x" + c.toString(16).padStart(2, "0"), bin[i++]);
    else { escape(escapeChar(char), char); i += utf8Length(char); }
  }
  flush();
}

function utf8Length(char) {
  const n = char.codePointAt(0);
  return n < 0x80 ? 1 : n < 0x800 ? 2 : n < 0x10000 ? 3 : 4;
}

const decoder = new TextDecoder("utf-8", {fatal: true, ignoreBOM: true});

// sequence decodes the character of UTF-8 at i, or gives "" where there is none.
function sequence(bin, i) {
  const c = bin.charCodeAt(i);
  const n = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
  try {
    return decoder.decode(Uint8Array.from(bin.slice(i, i + n), (x) => x.charCodeAt(0)));
  } catch { return ""; }
}

// oneLine gives the beginning of bytes as one line of text, of at most n characters.
function oneLine(bin, n) {
  let s = "";
  tokens(bin.slice(0, n * 4), (run) => s += run, (esc) => s += esc);
  return s.length > n ? s.slice(0, n - 1) + "…" : bin.length > n * 4 ? s + "…" : s;
}

// clean writes foreign words, such as names and errors, with escapes; newlines stay if lines is
// true. What is longer than most is cut, since a label of a megabyte would hold up the page.
function clean(text, lines, most = 2000) {
  text = String(text ?? "");
  let s = "";
  for (const c of text.slice(0, most)) s += (lines && c === "\n") || !unsafe.test(c) ? c : escapeChar(c);
  return text.length > most ? s + "…" : s;
}

// textInto writes bytes as text: escapes are dim, and a line of the data ends a line.
function textInto(parent, bin) {
  tokens(bin, (run) => parent.append(run), (esc, char) => {
    parent.append(el("i", "esc", esc));
    if (char === "\n") parent.append("\n");
  });
}

// hexInto writes a hexdump of so many bytes a line, whose offsets begin at offset.
function hexInto(parent, bin, offset, width) {
  let s = "";
  for (let i = 0; i < bin.length; i += width) {
    let hex = "", text = "";
    for (let j = i; j < i + width; j++) {
      if (j === i + 8) hex += " ";
      if (j >= bin.length) { hex += "   "; continue; }
      const c = bin.charCodeAt(j);
      hex += c.toString(16).padStart(2, "0") + " ";
      text += c >= 0x20 && c < 0x7f ? bin[j] : ".";
    }
    s += (offset + i).toString(16).padStart(6, "0") + "  " + hex + " " + text + "\n";
  }
  parent.append(s);
}

// jsonText finds JSON in bytes: the whole, the body below a head as HTTP has it, or one value a
// line. It gives the values as text, or null.
function jsonText(bin) {
  let text;
  try { text = decoder.decode(Uint8Array.from(bin, (x) => x.charCodeAt(0))); } catch { return null; }
  const body = text.search(/\r?\n\r?\n/);
  for (const t of body < 0 ? [text] : [text, text.slice(body)]) {
    if (isJSON(t)) return [t.trim()];
  }
  const lines = text.split("\n").filter((l) => l.trim() !== "");
  return lines.length > 1 && lines.length < 10000 && lines.every(isJSON) ? lines : null;
}

function isJSON(text) {
  if (!/^\s*[[{]/.test(text)) return false;
  try { JSON.parse(text); return true; } catch { return false; }
}

// jsonInto writes JSON with line breaks. The tokens stay as they are, so that no digit of a long
// number and no key that is there twice is lost.
function jsonInto(parent, text) {
  const pattern = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;
  const found = text.match(pattern) ?? [];
  let depth = 0;
  const breakLine = () => parent.append("\n" + "  ".repeat(Math.min(depth, 40)));
  found.forEach((tok, i) => {
    const next = found[i + 1];
    switch (tok) {
      case "{": case "[":
        parent.append(tok);
        if (next !== "}" && next !== "]") { depth++; breakLine(); }
        break;
      case "}": case "]":
        if (found[i - 1] !== "{" && found[i - 1] !== "[") { depth--; breakLine(); }
        parent.append(tok);
        break;
      case ",": parent.append(","); breakLine(); break;
      case ":": parent.append(": "); break;
      default: parent.append(el("span", tok[0] !== '"' ? "num" : next === ":" ? "key" : "str", clean(tok)));
    }
  });
  parent.append("\n");
}

// plural writes a number with its noun.
function plural(n, one, many) { return n.toLocaleString("en") + " " + (n === 1 ? one : many ?? one + "s"); }

function formatSize(n) {
  if (n < 10000) return n.toLocaleString("en") + " B";
  return n < 10240000 ? (n / 1024).toFixed(1) + " KiB" : (n / 1048576).toFixed(1) + " MiB";
}

// formatSpan writes nanoseconds with the unit that keeps three digits or more.
function formatSpan(ns) {
  const a = Math.abs(ns);
  if (a < 1e6) return (ns / 1e3).toFixed(a < 1e4 ? 1 : 0) + " µs";
  if (a < 1e9) return (ns / 1e6).toFixed(a < 1e7 ? 2 : 1) + " ms";
  return a < 3600e9 ? (ns / 1e9).toFixed(a < 1e10 ? 3 : 1) + " s" : (ns / 3600e9).toFixed(2) + " h";
}
