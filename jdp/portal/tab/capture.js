// Records what a page would open in a new tab, and opens nothing: the report is then fetched once, by us.
// Runs in every frame before the page's own scripts; all frames of a tab record into the top one's list.
(() => {
  let top = window;
  try { if (window.top.document) top = window.top; } catch { /* another origin: keep to this frame */ }
  if (window.__jdpCapturing) return;
  Object.defineProperty(window, "__jdpCapturing", { value: true });
  top.__jdpAsked = top.__jdpAsked || [];

  const record = (url, method = "GET", body = "") => {
    top.__jdpAsked.push({ url: new URL(url, document.baseURI).href, method, body });
  };
  const stays = (target) => !target || /^_(self|top|parent)$/i.test(target);

  // A page may open an empty window first and give it an address later.
  const standIn = () => {
    const location = {
      assign: (url) => record(url),
      replace: (url) => record(url),
      reload: () => {},
      get href() { return "about:blank"; },
      set href(url) { record(url); },
      toString: () => "about:blank",
    };
    const nothing = () => {};
    const page = {
      open: nothing, write: nothing, writeln: nothing, close: nothing, title: "",
      get location() { return location; },
      set location(url) { record(url); },
    };
    return {
      get location() { return location; },
      set location(url) { record(url); },
      document: page, closed: false, opener: window, name: "",
      close: nothing, focus: nothing, blur: nothing, print: nothing, postMessage: nothing,
      addEventListener: nothing, removeEventListener: nothing,
    };
  };

  const open = window.open;
  window.open = function (url, target, features) {
    if (target && stays(target)) return open.call(window, url, target, features);
    if (url && String(url) !== "about:blank") record(url);
    return standIn();
  };

  const take = (form, submitter) => {
    // Attributes, because a field may be named "action" or "method".
    const written = (name) => (submitter && submitter.getAttribute("form" + name)) || form.getAttribute(name);
    const method = (written("method") || "get").toUpperCase();
    const url = new URL(written("action") || location.href, document.baseURI);
    const fields = new URLSearchParams(new FormData(form, submitter || null));
    if (method === "GET") url.search = fields.toString();
    record(url.href, method, method === "GET" ? "" : fields.toString());
  };
  const base = () => (document.querySelector("base[target]") || { target: "" }).target;

  const submit = HTMLFormElement.prototype.submit;
  HTMLFormElement.prototype.submit = function () {
    return stays(this.getAttribute("target") || base()) ? submit.call(this) : take(this);
  };
  // After the page's own listeners, or when one of them lets nobody else listen.
  const last = (type, act) => {
    window.addEventListener(type, (event) => {
      for (const name of ["stopPropagation", "stopImmediatePropagation"]) {
        event[name] = () => { Event.prototype[name].call(event); act(event); };
      }
    }, true);
    window.addEventListener(type, act);
  };

  last("submit", (event) => {
    const form = event.target, submitter = event.submitter;
    const target = (submitter && submitter.getAttribute("formtarget")) || form.getAttribute("target") || base();
    if (event.defaultPrevented || stays(target)) return;
    event.preventDefault();
    take(form, submitter);
  });

  last("click", (event) => {
    const link = event.composedPath().find((node) => node instanceof HTMLAnchorElement && node.href);
    if (!link || event.defaultPrevented || stays(link.target || base())) return;
    event.preventDefault();
    record(link.href);
  });
  // A link that was never put into the page: its click reaches no listener of the window.
  const loose = (node) => node instanceof HTMLAnchorElement && node.href && !node.isConnected && !stays(node.target || base());
  const click = HTMLElement.prototype.click;
  HTMLElement.prototype.click = function () {
    return loose(this) ? record(this.href) : click.call(this);
  };
  const dispatch = EventTarget.prototype.dispatchEvent;
  EventTarget.prototype.dispatchEvent = function (event) {
    if (event.type !== "click" || !loose(this)) return dispatch.call(this, event);
    record(this.href);
    return true;
  };
})();
