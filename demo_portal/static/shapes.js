"use strict";
/* What the grid's client object does in another shape; the server does the rest. */
function shapeGrid(grid, has) {
  var send = grid.Send, put = grid.Put;
  function turns(command, argument) { return command === "GOTOPAGE" ? Number(argument) : command === "NEXTPAGE" ? grid.page + 1 : 0; }
  function rows() { return document.getElementById(grid.name + "_DXRows"); }

  if (has("all")) {
    grid.GetPageIndex = function () { return -1; };
    grid.GetPageCount = function () { return 1; };
  }
  if (has("endless") || has("endless-told")) {
    grid.useEndlessPaging = true;
    grid.GotoPage = function () {};
    if (has("endless-told")) { grid.GetPageCount = function () { return 1; }; grid.GetPageIndex = function () { return 0; }; }
    grid.Put = function (answer, command) {
      if (command !== "NEXTPAGE") { put.call(grid, answer, command); return; }
      rows().insertAdjacentHTML("beforeend", answer.rows);
    };
    window.addEventListener("scroll", function () {
      if (window.innerHeight + window.scrollY > document.body.scrollHeight - 40) { grid.NextPage(); }
    });
  }
  if (has("postback")) {
    grid.Send = function (command, argument) {
      var query = { command: command, argument: argument, page: grid.page, filter: grid.filter, expanded: grid.expanded };
      window.location.search = new URLSearchParams(query);
    };
  }
  grid.Send = (function (ask) {
    return function (command, argument) {
      var page = turns(command, argument);
      if (page && has("dropped")) { return; }
      if (page && has("swallow")) { grid.busy = true; grid.BeginCallback.FireEvent(grid, { command: command }); return; }
      ask.call(grid, command, argument);
    };
  })(has("postback") ? grid.Send : send);

  var answered = grid.Answered;
  grid.Answered = function (request, command) {
    if (has("alert") && turns(command, "1") && command !== "REFRESH") {
      grid.busy = false;
      window.alert("Server error 4711. Please contact support.");
      return;
    }
    if (request.getResponseHeader("X-Login") === "inside") {
      grid.element.rows[0].cells[0].innerHTML = request.responseText;
      grid.busy = false;
      grid.EndCallback.FireEvent(grid, { command: command });
      return;
    }
    if (request.getResponseHeader("X-Login") === "error") { grid.Failed(request.responseText); return; }
    answered.call(grid, request, command);
  };

  /* The boxes that show a filter are drawn anew with the rows. */
  var boxes = document.querySelectorAll("[id*='_DXFREditorcol'], #" + grid.name + "_DXSE_I");
  var fill = grid.Put;
  grid.Put = function (answer, command) {
    fill.call(grid, answer, command);
    boxes.forEach(function (box) { box.value = answer.filter; });
  };
  boxes.forEach(function (box) {
    box.addEventListener("keydown", function (event) {
      if (event.key === "Enter") { grid.Send(box.id.endsWith("_DXSE_I") ? "SEARCH" : "FILTER", box.value); }
    });
  });
  grid.ApplySearchPanelFilter = function (text) { grid.Send("SEARCH", text); };
  grid.ExpandAll = function () { grid.Send("EXPANDALL", ""); };
  grid.CollapseAll = function () { grid.Send("COLLAPSEALL", ""); };
}

/* Another grid's client object, which is none of anybody's business. */
function otherGrid(name) {
  var grid = { name: name, InCallback: function () { return false; } };
  ["Init", "BeginCallback", "EndCallback", "CallbackError"].forEach(function (event) { grid[event] = new ClientEvent(); });
  grid.GetPageCount = function () { return 1; };
  grid.GetPageIndex = function () { return 0; };
  grid.GotoPage = grid.NextPage = grid.PrevPage = grid.ClearFilter = function () {};
  grid.GetMainElement = function () { return document.getElementById(name); };
  return grid;
}
