"use strict";
// The ways in which Create PDF may show a report, by the name of --create-pdf.
var showReport = (function () {
  function open(address) { return window.open(address); }
  function empty() { return window.open("", "_blank"); }
  function add(node, page) { (page || document).body.appendChild(node); return node; }
  function made(page, name, values) { return Object.assign((page || document).createElement(name), values); }
  function script(text) { return "<script>" + text + "<\/script>"; }
  function shown(answer) { return answer.blob().then(function (file) { open(URL.createObjectURL(file)); }); }

  return {
    open: open,
    body: function (address) {
      var tab = empty();
      tab.document.body.innerHTML = "<p>Your report is being made.</p>";
      tab.location.href = address;
    },
    document: function (address) {
      var tab = empty();
      tab.document.open();
      tab.document.write("<title>Report</title><p>Please wait</p>");
      tab.document.close();
      tab.location.replace(address);
    },
    element: function (address) {
      var tab = empty();
      add(made(tab.document, "iframe", { src: address, width: "100%", height: "100%" }), tab.document);
    },
    form: function (address) {
      var tab = empty(), parts = address.split("?");
      var form = made(tab.document, "form", { action: parts[0] });
      new URLSearchParams(parts[1]).forEach(function (value, name) {
        form.appendChild(made(tab.document, "input", { type: "hidden", name: name, value: value }));
      });
      add(form, tab.document).submit();
    },
    script: function (address) { empty().document.write("<p>Wait</p>" + script("location.href = '" + address + "'")); },
    refresh: function (address) {
      var tab = empty();
      tab.document.write("<meta http-equiv='refresh' content='0; url=" + address + "'>");
      tab.document.close();
    },
    resize: function (address) {
      var tab = window.open("", "report", "width=300,height=200");
      tab.moveTo(0, 0);
      tab.resizeTo(screen.availWidth, screen.availHeight);
      tab.focus();
      tab.location = address;
    },
    self: function (address) { location.href = address; },
    iframe: function (address) { add(made(document, "iframe", { src: address, hidden: true })); },
    embed: function (address) { add(made(document, "embed", { src: address, type: "application/pdf" })); },
    download: function (address) { add(made(document, "a", { href: address, download: "report.pdf" })).click(); },
    blob: function (address) { fetch(address).then(shown); },
    "blob-before": function (address) {
      var tab = empty();
      fetch(address).then(function (answer) { return answer.blob(); })
        .then(function (file) { tab.location.href = URL.createObjectURL(file); });
    },
    xhr: function (address) {
      var call = new XMLHttpRequest();
      call.open("GET", address);
      call.responseType = "blob";
      call.onload = function () { open(URL.createObjectURL(call.response)); };
      call.send();
    },
    throws: function () { throw new Error("The report viewer is not set up"); },
    // The form of --report-link form
    post: function (form) { fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) }).then(shown); }
  };
})();
