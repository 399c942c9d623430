// A page as it stands: its elements with a mark in place of each text and value, and these beside, each with its kind.
// Nothing is changed until `disguise` writes other texts over those that are seen; `reveal` takes that back.
(known) => {
  const HIDDEN = "data-jdp-hidden", SEEN = "__jdpSeen";
  const CODE = /^(text\/javascript|application\/javascript|module|)$/i;
  const SECRET = /token|csrf|xsrf|forgery|verif|viewstate|eventvalidation|nonce|secret|session/i;
  const NAMES = new Set(("id class name for type role rel form target method enctype accept-charset lang dir tabindex "
    + "colspan rowspan headers scope charset width height http-equiv autocomplete media checked selected disabled "
    + "readonly required multiple maxlength size align valign border cellspacing cellpadding").split(" "));
  const ADDRESSES = new Set(("href src action formaction data poster cite background longdesc manifest ping srcset "
    + "imagesrcset xlink:href").split(" "));
  const CONTROLS = "button, input[type=button], input[type=submit], input[type=reset], label, legend, dt, th, summary";
  // Where a site says who is signed in.
  const ACCOUNT = ["user", "account", "profile", "person"]
    .flatMap((word) => [`[class*=${word} i]:not(form):not(body)`, `[id*=${word} i]:not(form):not(body)`]).join();
  const within = (element, selector) => !!element && !!element.closest(selector);

  const strings = [], seen = [];
  const mark = (number, start = 0, end = "") => `\ue000${number}:${start}:${end}\ue001`;
  const put = (kind, value) => mark(strings.push([kind, String(value)]) - 1);

  // A word may go on in the next element, as where a part of it is highlighted: its pieces are one string.
  let last = null;
  const length = (text) => [...text].length;
  const piece = (live, kind) => {
    const text = live.data;
    if (last && /[\p{L}\p{N}]$/u.test(strings[last][1]) && /^[\p{L}\p{N}]/u.test(text)) strings[last][1] += text;
    else last = strings.push([kind, text]) - 1;
    const end = length(strings[last][1]), start = end - length(text);
    seen.push([live, "data", text, last, start, end]);
    return mark(last, start, end);
  };

  const kindOf = (element) => {
    if (within(element, known.pager)) return "pager";
    if (within(element, known.row)) return "cell";
    if (within(element, known.header)) return "header";
    if (within(element, CONTROLS) && !within(element, ACCOUNT)) return "label";
    return within(element, "dd, output") ? "value" : "text";
  };
  const often = new Map();
  for (const it of document.querySelectorAll("[title], [alt]"))
    for (const name of ["title", "alt"]) {
      const key = it.tagName + it.getAttribute(name);
      often.set(key, (often.get(key) || 0) + 1);
    }
  const rows = Math.max(2, document.querySelectorAll(known.row).length); // what all of them say is nobody's
  const scripts = (type) => (/json/i.test(type) ? "json" : CODE.test(type) ? "code" : "");

  const attribute = (element, name, value) => {
    if (name.startsWith("on")) return put("code", value);
    if (NAMES.has(name) || (/^aria-/.test(name) && !/label|desc|text/.test(name))) return put("name", value);
    if (name === "style") return put("style", value);
    if (ADDRESSES.has(name)) return put("address", value);
    if (name === "srcdoc" || name === "integrity" || name === "nonce") return "";
    if (name === "value") return null; // as it stands, below
    const meta = element.tagName === "META" && (element.name || element.getAttribute("http-equiv") || "");
    if (name === "content" && meta !== false)
      return SECRET.test(meta) ? put("value", value) : put(/^(viewport|content-type)$/i.test(meta) ? "name" : "text", value);
    if (/^(title|alt)$/.test(name) && often.get(element.tagName + value) >= rows) return put("label", value);
    if (/^data-.*(user|owner|dealer|customer|mail|phone|person|firm|company)/.test(name)) return put("value", value);
    if (/^\s*[[{]/.test(value)) return put("json", value);
    if (/^\s*(https?:|\/)/i.test(value)) return put("address", value);
    return put(SECRET.test(name) ? "value" : "hint", value);
  };

  // What a field holds now: the site may have written it there since.
  const field = (live, twin) => {
    const type = (live.type || "").toLowerCase(), said = /^(button|submit|reset)$/.test(type);
    if (type === "password") {
      seen.push([live, "value", live.value, strings.length]);
      const black = put("black", "***");
      return twin.setAttribute("value", live.value ? black : "");
    }
    if (/^(checkbox|radio)$/.test(type)) {
      twin.toggleAttribute("checked", live.checked);
      if (live.hasAttribute("value")) twin.setAttribute("value", put("hint", live.value));
      return undefined;
    }
    if (!live.value) return twin.removeAttribute("value");
    if (!said && type !== "hidden") seen.push([live, "value", live.value, strings.length]);
    return twin.setAttribute("value", put(said ? "label" : "value", live.value));
  };

  const walk = (live, twin) => {
    if (live.nodeType === Node.COMMENT_NODE) { twin.data = ` a comment of ${live.data.length} characters `; return; }
    if (live.nodeType === Node.TEXT_NODE) {
      if (!live.data.trim()) return;
      const parent = live.parentElement, tag = parent ? parent.tagName : "";
      if (tag === "SCRIPT") { const kind = scripts(parent.type); twin.data = kind ? put(kind, live.data) : ""; return; }
      if (tag === "STYLE") { twin.data = put("style", live.data); return; }
      if (tag === "NOSCRIPT") { twin.data = ""; return; }
      twin.data = tag === "TEXTAREA" ? put("value", live.data) : piece(live, kindOf(parent));
      return;
    }
    if (live.nodeType !== Node.ELEMENT_NODE) return;
    const inline = /^(inline|contents)$/.test(getComputedStyle(live).display) && live.tagName !== "BR";
    if (!inline) last = null;
    for (const { name, value } of [...live.attributes]) {
      if (!/^[a-z][a-z0-9:_.-]*$/i.test(name)) { twin.removeAttribute(name); continue; }
      const made = attribute(live, name.toLowerCase(), value);
      if (made !== null) twin.setAttribute(name, made);
      else twin.setAttribute(name, put("hint", value));
      if (/^(placeholder|title|alt|label)$/.test(name)) seen.push([live, "attribute:" + name, value, strings.length - 1]);
    }
    if (live.tagName === "INPUT") field(live, twin);
    if (live.tagName === "TEXTAREA" && live.value) {
      seen.push([live, "value", live.value, strings.length]);
      twin.textContent = put("value", live.value);
      return;
    }
    if (live.tagName === "OPTION") twin.toggleAttribute("selected", live.selected);
    if (live.tagName === "TEMPLATE") { twin.content.replaceChildren(); return; }
    if (live.matches("body *") && !/^(SCRIPT|STYLE|LINK|META|TEMPLATE|NOSCRIPT|OPTION)$/.test(live.tagName)) {
      const style = getComputedStyle(live), above = live.parentElement && getComputedStyle(live.parentElement);
      if (style.display === "none") twin.setAttribute(HIDDEN, "display");
      else if (style.visibility !== "visible" && above.visibility === "visible") twin.setAttribute(HIDDEN, "visibility");
    }
    const inside = [...twin.childNodes];
    [...live.childNodes].forEach((child, number) => walk(child, inside[number]));
    if (!inline) last = null;
  };

  const look = () => {
    const inert = document.implementation.createHTMLDocument("");
    const copy = inert.importNode(document.documentElement, true);
    walk(document.documentElement, copy);
    window[SEEN] = seen;
    const places = seen.map(([, , , number, start = 0, end = null]) => [number, start, end]);
    return { html: "<!DOCTYPE html>\n" + copy.outerHTML, strings, seen: places };
  };

  // Pictures may show anything, also what only their outline tells.
  const COVER = "img, picture, svg, svg *, canvas, video, iframe, object, embed, input[type=image], [data-jdp-cover]"
    + " { visibility: hidden !important; }"
    + " *::before, *::after { content: none !important; }"
    + " *, *::before, *::after { background-image: none !important; list-style-image: none !important; animation: none !important; transition: none !important; }";
  const write = (node, what, value) => {
    if (what.startsWith("attribute:")) node.setAttribute(what.slice(10), value);
    else node[what] = value;
  };
  const disguise = (texts) => {
    const cover = document.createElement("style");
    cover.id = "__jdpCover";
    cover.textContent = COVER;
    document.documentElement.append(cover);
    window[SEEN].forEach(([node, what], number) => write(node, what, texts[number]));
    for (const it of document.querySelectorAll("*"))
      if (it.shadowRoot || (it.tagName.includes("-") && !it.childNodes.length)) it.setAttribute("data-jdp-cover", "");
  };
  const reveal = () => {
    document.getElementById("__jdpCover")?.remove();
    window[SEEN].forEach(([node, what, value]) => write(node, what, value));
    delete window[SEEN];
    for (const it of document.querySelectorAll("[data-jdp-cover]")) it.removeAttribute("data-jdp-cover");
  };
  return { look, disguise, reveal };
}
