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

  var kind = create.dataset.kind, show = showReport[kind];

  function reportOf(token) { return create.dataset.report + "?token=" + encodeURIComponent(token); }

  function call() {
    var fields = { reportType: "Bookout" }, headers = new Headers();
    var meta = document.querySelector("meta[name='request-verification']");
    if (create.dataset.vehicle) { fields.vehicleId = create.dataset.vehicle; }
    if (meta && meta.dataset.header) { headers.set(meta.dataset.header, meta.content); }
    else if (meta) { fields.__RequestVerificationToken = meta.content; }
    if (create.dataset.format !== "json") {
      return { method: "POST", headers: headers, body: new URLSearchParams(fields) };
    }
    headers.set("Content-Type", "application/json");
    return { method: "POST", headers: headers, body: JSON.stringify(fields) };
  }

  function tokenAddress() {
    return fetch(create.dataset.prepare, call())
      .then(function (answer) { return answer.json(); })
      .then(function (answer) { return reportOf(answer.token); });
  }

  var ways = {
    id: function () {
      show(create.dataset.report + "?vehicleId=" + create.dataset.vehicle + "&reportType=Bookout&inline=true");
    },
    session: function () { show(create.dataset.report); },
    form: function () {
      var form = document.getElementById("reportForm");
      if (kind === "open") { form.submit(); } else { showReport.post(form); }
    },
    token: function () {
      if (create.dataset.token) {
        show(reportOf(create.dataset.token));
      } else if (create.dataset.open === "before") {
        var tab = window.open("");
        tokenAddress().then(function (address) { tab.location = address; });
      } else {
        tokenAddress().then(show);
      }
    }
  };

  create.addEventListener("click", function () {
    if (create.dataset.asks === "confirm" && !window.confirm("This report counts towards your plan. Continue?")) { return; }
    ways[create.dataset.way]();
    modal.style.display = "none";
  });
})();
