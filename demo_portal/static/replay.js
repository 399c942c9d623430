"use strict";
/* Brings a captured page to life: what the portal's own scripts did for the crawl, and nothing else. */
(function (told) {
  var BOOKOUT = "a[id^='bookOutButton_']", REPORTS = "button.reportButton:not(.requiresVehicle)";
  function go(address) { window.location.href = address; }
  function real(link) { return link && link.getAttribute("href") && !/^\s*(#|javascript:)/i.test(link.getAttribute("href")); }

  /* The page's own handlers do not run: their scripts are not there. */
  function alone(event) { event.stopImmediatePropagation(); }
  window.addEventListener("submit", function (event) {
    if (event.target.dataset.replay) { return; }
    alone(event);
    event.preventDefault();
  }, true);
  window.addEventListener("change", function (event) {
    alone(event);
    if (event.target.id === "agreementCheckBox" && event.target.checked) { go(told.base + "__replay/accept"); }
  }, true);
  window.addEventListener("click", function (event) {
    var at = event.target;
    if (at.closest("[data-replay]")) { return; }
    alone(event);
    if (at.closest("input[type=checkbox], input[type=radio], label")) { return; }
    event.preventDefault();
    var link = at.closest("a"), button = at.closest("button, input[type=submit], a, [role=button]");
    if (at.closest("#loginButton")) { go(told.base + "__replay/in"); }
    else if (at.closest("#btnLogout")) { go(told.base + "__replay/out"); }
    else if (at.closest(BOOKOUT)) { open(at.closest(BOOKOUT)); }
    else if (at.closest(REPORTS)) { showDialog(); }
    else if (button && /Create PDF/.test(button.textContent + (button.value || ""))) { ask(); }
    else if (at.closest("[onclick*='ClearFilter']")) { clearFilter(); }
    else if (real(link)) { go(link.href); }
  }, true);

  function open(link) {
    if (real(link)) { go(link.href); } else { go(told.base + "__replay/open/" + encodeURIComponent(link.id.split("bookOutButton_")[1])); }
  }

  function showDialog() {
    if (!told.dialog) { return; }
    fetch(told.dialog).then(function (answer) { return answer.text(); }).then(function (html) {
      document.body.innerHTML = new DOMParser().parseFromString(html, "text/html").body.innerHTML;
    });
  }

  /* Ask as the portal's page asked: its calls, then the address or the form. */
  function ask() {
    if (!told.report) { return; }
    var before = told.report.calls.reduce(function (earlier, call) {
      return earlier.then(function () {
        return fetch(call.address, { method: call.method, headers: call.headers, body: call.body || undefined });
      });
    }, Promise.resolve());
    before.then(function () {
      var request = told.report.request;
      if (request.method === "GET") { window.open(request.address); return; }
      var form = document.createElement("form");
      form.method = "post";
      form.action = request.address;
      form.target = "_blank";
      form.dataset.replay = "yes";
      new URLSearchParams(request.body).forEach(function (value, name) {
        var field = document.createElement("input");
        field.type = "hidden";
        field.name = name;
        field.value = value;
        form.append(field);
      });
      document.body.append(form);
      form.submit();
    });
  }

  /* The grid: a client object with those members that the portal's own has, over the pages that were captured. */
  var grid = told.grid;
  if (!grid) { return; }
  var index = told.page, busy = false, client = null;

  function Happening() { this.list = []; }
  Happening.prototype = {
    AddHandler: function (handler) { this.list.push(handler); },
    RemoveHandler: function (handler) { this.list = this.list.filter(function (each) { return each !== handler; }); },
    ClearHandlers: function () { this.list = []; },
    Fire: function () { this.list.slice().forEach(function (handler) { handler(client, {}); }); }
  };
  function root(page) {
    var table = page.querySelector("[id='" + grid.name + "_DXMainTable'], tr[id^='" + grid.name + "_DXDataRow']");
    return page.getElementById(grid.name) || (table && table.closest("table").parentElement);
  }
  function begin(wanted) {
    if (busy) { return; }
    if (grid.mode === "load") { go(window.location.pathname + "?__page=" + wanted); return; }
    busy = true;
    client.BeginCallback && client.BeginCallback.Fire();
    fetch(told.base + "__replay/page/" + wanted).then(function (answer) { return answer.text(); }).then(function (html) {
      root(document).innerHTML = root(new DOMParser().parseFromString(html, "text/html")).innerHTML;
      index = wanted;
      settle();
      busy = false;
      client.EndCallback && client.EndCallback.Fire();
    });
  }
  function clearFilter() {
    told.cleared = true;
    settle();
    if (client && grid.mode !== "load") { begin(0); }
  }

  /* There are as many pages and rows as were captured: the pager says so. */
  function settle() {
    if (told.cleared) {
      document.querySelectorAll("[onclick*='ClearFilter']").forEach(function (link) { link.remove(); });
      var box = document.getElementById("StockNumberInput");
      if (box) { box.value = ""; }
    }
    document.querySelectorAll("[id^='" + grid.name + "_DXPager'], .dxp-summary").forEach(function (pager) {
      var texts = document.createTreeWalker(pager, NodeFilter.SHOW_TEXT), text;
      while ((text = texts.nextNode())) {
        if (!text.data.trim() || text.parentElement.closest("[class*='dxp-num']")) { continue; }
        text.data = text.data.replace(/\d+(?:[.,'\u00a0\u202f ]\d{3})*/g, function (written) {
          var number = Number(written.replace(/\D/g, ""));
          return number === grid.total ? String(told.rows) : number === grid.pages ? String(told.pages) : written;
        });
      }
      pager.querySelectorAll("[class*='dxp-num']").forEach(function (it) {
        if (Number(it.textContent.replace(/\D/g, "")) > told.pages) { it.remove(); }
      });
    });
  }

  var ways = {
    GetPageCount: function () { return told.pages; },
    GetPageIndex: function () { return index; },
    InCallback: function () { return busy; },
    GotoPage: function (wanted) { if (grid.mode !== "endless" && wanted >= 0 && wanted < told.pages) { begin(wanted); } },
    NextPage: function () { if (index + 1 < told.pages) { begin(index + 1); } },
    PrevPage: function () { if (index > 0) { begin(index - 1); } },
    ClearFilter: clearFilter,
    PerformCallback: function () { begin(index); },
    Refresh: function () { begin(index); },
    GetMainElement: function () { return document.getElementById(grid.name); }
  };
  if (grid.methods.length) {
    client = { name: grid.ownName };
    grid.methods.forEach(function (name) { client[name] = ways[name] || function () {}; });
    grid.events.forEach(function (name) { client[name] = new Happening(); });
    if (grid.endless) { client.useEndlessPaging = true; }
    if (grid.inWindow === "the client object") { window[grid.name] = client; }
    else if (!grid.inCollection) { window.replayedGrid = client; }
    if (grid.inCollection) {
      window.ASPxClientControl = { GetControlCollection: function () {
        function byName(name) { return name === grid.ownName || name === grid.name ? client : null; }
        return { GetByName: byName, Get: byName, ForEachControl: function (take) { take(client); } };
      } };
    }
  }
  settle();
})(window.__replay);
