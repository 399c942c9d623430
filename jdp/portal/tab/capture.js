// Records what a page would open in a new tab or save as a file, and opens nothing: the report is then fetched once, by
// us. Runs in every frame before the page's own scripts; all frames of a tab record into the top one's list.
// An empty window is a frame that nobody sees: whatever a page does with it works, and capture.py holds back what it loads.
(() => {
  let top = window;
  try { if (window.top.document) top = window.top; } catch { /* another origin: keep to this frame */ }
  if (window.__jdpCapturing) return;
  Object.defineProperty(window, "__jdpCapturing", { value: true });
  top.__jdpAsked = top.__jdpAsked || [];
  top.__jdpWindows = top.__jdpWindows || {};
  const STAND_IN = "__jdpWindow";

  const record = (url, method = "GET", body = "", type = "") => {
    top.__jdpAsked.push({ url: new URL(url, document.baseURI).href, method, body, type });
  };
  const loads = (url) => /^https?:$/.test(new URL(url, document.baseURI).protocol);

  const hasFrame = (name, from = top) => {
    try {
      return from.name === name || [...Array(from.length).keys()].some((number) => hasFrame(name, from[number]));
    } catch { return false; /* another origin */ }
  };
  const stays = (target) => !target || /^_(self|top|parent)$/i.test(target) || hasFrame(target);

  // In a closed shadow: the page's own search for frames and elements does not meet it.
  const standIn = () => {
    const host = document.createElement("jdp-window"), frame = document.createElement("iframe");
    frame.name = STAND_IN;
    frame.style = "position: fixed; left: -20000px; width: 1280px; height: 720px; pointer-events: none";
    host.attachShadow({ mode: "closed" }).append(frame);
    document.documentElement.append(host);
    frame.contentWindow.opener = window;
    return frame.contentWindow;
  };
  const windowOf = (name) => {
    if (!name || /^_blank$/i.test(name)) return standIn();
    const known = top.__jdpWindows[name];
    return known && !known.closed ? known : (top.__jdpWindows[name] = standIn());
  };

  const open = window.open;
  window.open = function (url, target = "", features = "") {
    if (target && stays(target)) return open.call(window, url, target, features);
    const opened = windowOf(String(target || ""));
    if (url && loads(url)) record(url);
    else if (url && String(url) !== "about:blank") opened.location = url;
    return /\bno(opener|referrer)\b/i.test(features) ? null : opened;
  };
  window.print = () => {};

  // Attributes, because a field may be named "action" or "method".
  const written = (form, submitter, name) => (submitter && submitter.getAttribute("form" + name)) || form.getAttribute(name) || "";
  const take = (form, submitter) => {
    const method = (written(form, submitter, "method") || "get").toUpperCase();
    const url = new URL(written(form, submitter, "action") || form.ownerDocument.URL, form.ownerDocument.baseURI);
    const data = new FormData(form, submitter || null), fields = new URLSearchParams(data).toString();
    if (method === "GET") {
      url.search = fields;
      record(url);
    } else if (/^multipart/i.test(written(form, submitter, "enctype"))) {
      const sent = new Response(data);
      sent.text().then((body) => record(url, method, body, sent.headers.get("Content-Type")));
    } else {
      record(url, method, fields);
    }
  };
  const base = (node) => (node.ownerDocument.querySelector("base[target]") || { target: "" }).target;
  const targetOf = (form, submitter) => written(form, submitter, "target") || base(form);

  const submit = HTMLFormElement.prototype.submit;
  HTMLFormElement.prototype.submit = function () {
    return stays(targetOf(this)) ? submit.call(this) : take(this);
  };

  // A link of HTML or of a drawing; one with `download` saves a file.
  const isLink = (node) => /^(a|area)$/i.test(node.localName || "") && node.hasAttribute("href");
  const leaves = (link) => link.hasAttribute("download") || !stays(link.getAttribute("target") || base(link));
  const follow = (link) => {
    const url = link.href.baseVal ?? link.href;
    if (loads(url)) record(url);
    else if (!link.hasAttribute("download")) window.open(url);
  };

  const acts = {
    submit(event) {
      if (event.defaultPrevented || stays(targetOf(event.target, event.submitter))) return;
      event.preventDefault();
      take(event.target, event.submitter);
    },
    click(event) {
      const link = event.composedPath().find(isLink);
      if (!link || event.defaultPrevented || !leaves(link)) return;
      event.preventDefault();
      follow(link);
    },
  };
  const act = (event) => acts[event.type](event);
  // When one of the page's own listeners lets nobody else listen.
  const insist = (event) => {
    for (const name of ["stopPropagation", "stopImmediatePropagation"]) {
      event[name] = () => { Event.prototype[name].call(event); act(event); };
    }
  };
  const listen = (root = window) => {
    for (const type in acts) {
      root.addEventListener(type, insist, true);
      root.addEventListener(type, act);
    }
  };
  listen();
  const attachShadow = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (how) { // what happens inside is not all told outside
    const root = attachShadow.call(this, how);
    listen(root);
    return root;
  };

  // A document that is opened anew loses its window's listeners.
  const openDocument = Document.prototype.open;
  Document.prototype.open = function (...how) {
    if (how.length > 2) return window.open(...how);
    const opened = openDocument.apply(this, how);
    listen();
    return opened;
  };
  if (window.name === STAND_IN) {
    for (const name of ["write", "writeln"]) {
      const write = Document.prototype[name];
      Document.prototype[name] = function (...text) {
        if (this.readyState !== "loading") this.open(); // as it would by itself, but past the function above
        write.apply(this, text);
      };
    }
  }

  // A link that was never put into the page: its click reaches no listener of the window.
  const loose = (node) => isLink(node) && !node.isConnected && leaves(node);
  const click = HTMLElement.prototype.click;
  HTMLElement.prototype.click = function () {
    return loose(this) ? follow(this) : click.call(this);
  };
  const dispatch = EventTarget.prototype.dispatchEvent;
  EventTarget.prototype.dispatchEvent = function (event) {
    if (event.type !== "click" || !loose(this)) return dispatch.call(this, event);
    follow(this);
    return true;
  };

  // A browser without a PDF viewer asks for nothing here.
  Object.defineProperty(Navigator.prototype, "pdfViewerEnabled", { get: () => true });
  const shown = (node) => node.matches("embed[src], object[data]") && record(node.getAttribute("src") || node.getAttribute("data"));
  new MutationObserver((changes) => {
    for (const { type, target, addedNodes } of changes) {
      const nodes = type === "attributes" ? [target] : [...addedNodes].filter((node) => node.nodeType === Node.ELEMENT_NODE);
      nodes.flatMap((node) => [node, ...node.querySelectorAll("embed, object")]).forEach(shown);
    }
  }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["src", "data"] });

  // What a page's policy keeps out of frames, it would let into a window.
  document.addEventListener("securitypolicyviolation", (event) => {
    if (/^(frame|child)-src$/.test(event.effectiveDirective)) record(event.blockedURI);
  });
})();
