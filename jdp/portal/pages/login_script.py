"""What the login's pages are asked in the tab: what stands there, how to log out, and how to tick and fill in."""

from __future__ import annotations

# A box may be drawn by its label, or by what stands around it, and be hidden itself.
STATE = """([form, licence, logout]) => {
    const shown = (node) => !!node && node.checkVisibility();
    const find = (selector) => document.querySelector(selector);
    const box = find(licence), around = box && box.parentElement;
    const drawn = box ? [box, ...(box.labels || []), ...(around.matches("form, body") ? [] : [around])] : [];
    return {
        ready: performance.getEntriesByType("navigation")[0]?.domContentLoadedEventStart > 0,
        form: shown(find(form)), hidden: !!find(form) && !find(logout),
        licence: drawn.some(shown), logout: !!find(logout),
        before: !!window.__jdpBefore,
        changed: !!window.__jdpBefore && window.__jdpBefore !== document.body.innerText,
        text: document.body ? document.body.innerText : "",
    };
}"""

LOGOUT_WAY = """(selector) => {
    const control = document.querySelector(selector);
    const link = control.closest("a[href]");
    if (link && !/^(#|javascript:)/i.test(link.getAttribute("href"))) return {method: "GET", url: link.href, body: ""};
    const form = control.form || control.closest("form");
    if (!form) return null;
    const fields = new FormData(form);
    if (control.name) fields.append(control.name, control.value || "");
    const body = new URLSearchParams(fields).toString();
    return {method: (form.method || "get").toUpperCase(), url: form.action || location.href, body};
}"""

TICK = """(box) => {
    const label = (box.labels || [])[0];
    if (label) label.click();
    if (!box.checked) box.click();
}"""

FILL = """(field, text) => {
    field.value = text;
    for (const type of ["input", "change"]) field.dispatchEvent(new Event(type, {bubbles: true}));
}"""
