"use strict";
var clientGrid = new GridView("vehicleGridView", "/ValuesOnline/vehicle/GridCallback");
if (clientGrid.element.dataset.collection) {
  /* As newer versions do: window.vehicleGridView is the element then. */
  window.ASPxClientControl = { GetControlCollection: function () {
    return {
      GetByName: function (name) { return name === clientGrid.name ? clientGrid : null; },
      ForEachControl: function (take) { take(clientGrid); }
    };
  } };
} else {
  window.vehicleGridView = clientGrid;
}

function vehicleGridViewFilterChanged(column) {
  clientGrid.ApplyFilter(document.getElementById(column + "Input").value);
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
  var menu = document.getElementById("primaryMenu");

  /* Without the style sheet the submenus stay hidden, and what is hidden cannot be clicked. */
  function isShown(element) { return getComputedStyle(element).visibility === "visible"; }

  menu.addEventListener("click", function (event) {
    var item = event.target.closest("li.dxm-item");
    if (!item || !isShown(item)) { return; }
    if (item.dataset.export) {
      window.location.href = item.dataset.export + "&filter=" + encodeURIComponent(clientGrid.filter);
      return;
    }
    item.classList.add("dxm-open");
  });

  document.addEventListener("click", function (event) {
    if (!menu.contains(event.target)) {
      menu.querySelectorAll(".dxm-open").forEach(function (item) { item.classList.remove("dxm-open"); });
    }
  });

  clientGrid.Init.FireEvent(clientGrid, {});
  if (clientGrid.element.dataset.later) {
    setTimeout(function () { clientGrid.Refresh(); }, 50);
  }
})();
