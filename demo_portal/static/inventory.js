"use strict";
var theGrid = null;

function vehicleGridViewFilterChanged(column) {
  theGrid.ApplyFilter(document.getElementById(column + "Input").value);
}

/* A bookout link without an address: the server is told first, then the page is opened. */
function bookOut(link) {
  var body = new URLSearchParams({ vehicleId: link.id.split("_")[1] }), headers = new Headers();
  addVerification(
    function (name, value) { body.set(name, value); },
    function (name, value) { headers.set(name, value); }
  );
  fetch("/ValuesOnline/vehicle/select", { method: "POST", headers: headers, body: body })
    .then(function (answer) { return answer.json(); })
    .then(function (answer) { window.location.href = answer.url; });
}

(function () {
  var menu = document.getElementById("primaryMenu"), element = document.getElementById("vehicleGridView");

  /* Without the style sheet the submenus stay hidden, and what is hidden cannot be clicked. */
  function isShown(element) { return getComputedStyle(element).visibility === "visible"; }

  menu.addEventListener("click", function (event) {
    var item = event.target.closest("li.dxm-item");
    if (!item || !isShown(item)) { return; }
    if (item.dataset.export) {
      window.location.href = item.dataset.export + "&filter=" + encodeURIComponent(theGrid.filter);
      return;
    }
    item.classList.add("dxm-open");
  });

  document.addEventListener("click", function (event) {
    if (!menu.contains(event.target)) {
      menu.querySelectorAll(".dxm-open").forEach(function (item) { item.classList.remove("dxm-open"); });
    }
  });

  function has(shape) { return (element.dataset.shapes || "").split(" ").indexOf(shape) >= 0; }

  function begin() {
    var grid = theGrid = new GridView("vehicleGridView", "/ValuesOnline/vehicle/GridCallback"), all = [grid];
    if (element.dataset.shapes) { shapeGrid(grid, has); }
    if (has("second-grid")) { all.push(otherGrid("lookupGrid"), otherGrid("recentGrid")); }
    all.slice(1).forEach(function (other) { window[other.name] = other; });
    if (has("other-client")) {
      window.ASPxClientControl = { GetControlCollection: function () {
        return { ForEachControl: function (tell) { all.forEach(tell); } };
      } };
    } else {
      window.vehicleGridView = grid;
    }
    grid.Init.FireEvent(grid, {});
    if (element.dataset.later) {
      setTimeout(function () { grid.Refresh(); }, 50);
    }
  }

  if (has("late-client")) { setTimeout(begin, 1500); } else { begin(); }
})();
