"use strict";
(function () {
  var values = document.getElementById("vehicleValues"), modal = document.getElementById("reportModal");
  var report = document.querySelector("button.reportButton:not(.requiresVehicle)");
  var create = document.getElementById("createPdf");

  fetch(values.dataset.values)
    .then(function (answer) { return answer.json(); })
    .then(function (answer) {
      if (!answer.ready) { return; }
      values.innerHTML = answer.html;
      report.style.display = "";
    });

  report.addEventListener("click", function () { modal.style.display = ""; });
  document.getElementById("closeModal").addEventListener("click", function () { modal.style.display = "none"; });

  function tokenAddress() {
    var body = new URLSearchParams(), meta = document.querySelector("meta[name='request-verification']");
    body.set("reportType", "Bookout");
    if (create.dataset.vehicle) { body.set("vehicleId", create.dataset.vehicle); }
    if (meta) { body.set("__RequestVerificationToken", meta.content); }
    return fetch(create.dataset.prepare, { method: "POST", body: body })
      .then(function (answer) { return answer.json(); })
      .then(function (answer) { return create.dataset.report + "?token=" + encodeURIComponent(answer.token); });
  }

  var ways = {
    id: function () {
      window.open(create.dataset.report + "?vehicleId=" + create.dataset.vehicle + "&reportType=Bookout&inline=true");
    },
    session: function () { window.open(create.dataset.report); },
    form: function () { document.getElementById("reportForm").submit(); },
    token: function () {
      if (create.dataset.open === "before") {
        var tab = window.open("");
        tokenAddress().then(function (address) { tab.location = address; });
      } else {
        tokenAddress().then(function (address) { window.open(address); });
      }
    }
  };

  create.addEventListener("click", function () {
    ways[create.dataset.way]();
    modal.style.display = "none";
  });
})();
