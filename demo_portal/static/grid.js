"use strict";
/* The client side of the grid: its object, its callbacks, and the events that scripts may listen to. */
function ClientEvent() { this.handlers = []; }
ClientEvent.prototype = {
  AddHandler: function (handler) { this.handlers.push(handler); },
  RemoveHandler: function (handler) {
    this.handlers = this.handlers.filter(function (known) { return known !== handler; });
  },
  ClearHandlers: function () { this.handlers = []; },
  FireEvent: function (sender, args) {
    this.handlers.slice().forEach(function (handler) { handler(sender, args); });
  }
};

function GridView(name, callbackUrl) {
  this.name = name;
  this.url = callbackUrl;
  this.element = document.getElementById(name);
  this.page = Number(this.element.dataset.page);
  this.pages = Number(this.element.dataset.pages);
  this.filter = this.element.dataset.filter;
  this.expanded = this.element.dataset.expanded;
  this.busy = false;
  this.Init = new ClientEvent();
  this.BeginCallback = new ClientEvent();
  this.EndCallback = new ClientEvent();
  this.CallbackError = new ClientEvent();
}

GridView.prototype = {
  GetPageCount: function () { return this.pages; },
  GetPageIndex: function () { return this.page; },
  GetVisibleRowsOnPage: function () { return this.element.querySelectorAll("tr[id*='_DXDataRow']").length; },
  GetMainElement: function () { return this.element; },
  InCallback: function () { return this.busy; },
  GotoPage: function (index) { this.Send("GOTOPAGE", String(index)); },
  NextPage: function () { if (this.page + 1 < this.pages) { this.Send("NEXTPAGE", ""); } },
  PrevPage: function () { if (this.page > 0) { this.Send("PREVPAGE", ""); } },
  PerformCallback: function (argument) { this.Send("CUSTOM", argument === undefined ? "" : String(argument)); },
  Refresh: function () { this.Send("REFRESH", ""); },
  ApplyFilter: function (text) { this.Send("FILTER", text); },
  ClearFilter: function () {
    var input = document.getElementById("StockNumberInput");
    if (!this.busy && input) { input.value = ""; }
    this.Send("CLEARFILTER", "");
  },
  ShowFilterControl: function () { document.getElementById("StockNumberInput").focus(); },

  Send: function (command, argument) {
    if (this.busy) { return; }
    this.busy = true;
    this.Panel("LP", "block");
    this.Panel("EP", "none");
    this.BeginCallback.FireEvent(this, { command: command });
    var grid = this, request = new XMLHttpRequest();
    var body = new URLSearchParams({ command: command, argument: argument, page: this.page, filter: this.filter, expanded: this.expanded });
    request.open("POST", this.url);
    addVerification(
      function (name, value) { body.set(name, value); },
      function (name, value) { request.setRequestHeader(name, value); }
    );
    request.onload = function () { grid.Answered(request, command); };
    request.onerror = function () { grid.Failed("The server did not answer."); };
    request.send(body);
  },

  Answered: function (request, command) {
    var answer = null;
    try { answer = request.status === 200 ? JSON.parse(request.responseText) : null; } catch (error) { answer = null; }
    if (answer === null) {
      this.Failed("The callback failed with status " + request.status + ".");
      return;
    }
    this.Put(answer, command);
    this.page = answer.pageIndex;
    this.pages = answer.pageCount;
    this.filter = answer.filter;
    this.expanded = answer.expanded;
    this.busy = false;
    this.Panel("LP", "none");
    this.EndCallback.FireEvent(this, { command: command });
  },

  Put: function (answer) {
    document.getElementById(this.name + "_DXRows").innerHTML = answer.rows;
    document.getElementById(this.name + "_DXFooter").innerHTML = answer.footer;
  },

  Failed: function (message) {
    this.busy = false;
    this.Panel("LP", "none");
    var args = { message: message, handled: false };
    this.CallbackError.FireEvent(this, args);
    if (!args.handled) {
      document.getElementById(this.name + "_EP").textContent = message;
      this.Panel("EP", "block");
    }
  },

  Panel: function (suffix, display) { document.getElementById(this.name + "_" + suffix).style.display = display; }
};

/* Give the page's anti-forgery value, if it has one, to what sets a field or a header, as the page says. */
function addVerification(setField, setHeader) {
  var meta = document.querySelector("meta[name='request-verification']");
  if (!meta) { return; }
  if (meta.dataset.header) { setHeader(meta.dataset.header, meta.content); }
  else { setField("__RequestVerificationToken", meta.content); }
}
