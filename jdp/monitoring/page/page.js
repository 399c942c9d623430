
"use strict";
(() => {
  const [REFERENCE, VEHICLE, VIN, STATUS, MARK, WAY, SECONDS, TRIES, BYTES, REASON, REPORT, EVIDENCE] = Array(12).keys();
  const ROWS = 100;
  const TONES = {stored: "good", failed: "bad", gone: "bad", unproven: "doubtful", "not done yet": "doubtful"};
  const find = (selector) => document.querySelector(selector);
  const data = JSON.parse(find("#data").textContent);
  const body = find("#list tbody");
  const search = find("#search"), status = find("#status");
  let shown = data, column = null, descending = false, first = 0, texts = null;

  function element(name, text, className) {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  }

  function link(name, href, className) {
    const made = element("a", name, className);
    made.href = href;
    made.target = "_blank";
    made.rel = "noopener noreferrer";
    return made;
  }

  function cell(className, ...parts) {
    const made = element("td", undefined, className);
    made.append(...parts);
    return made;
  }

  function statusCell(row) {
    const parts = [element("span", row[STATUS], "chip is-" + (TONES[row[STATUS]] || "plain"))];
    if (row[MARK]) parts.push(" ", element("span", row[MARK], "chip"));
    if (row[REASON]) parts.push(element("small", row[REASON]));
    if (row[EVIDENCE].length) {
      const files = element("small");
      row[EVIDENCE].forEach(([name, href], number) => files.append(number ? " \u00b7 " : "", link(name, href)));
      parts.push(files);
    }
    return cell("", ...parts);
  }

  function line(row) {
    const made = element("tr");
    const reference = row[REPORT] ? link(row[REFERENCE], row[REPORT], "ref") : element("span", row[REFERENCE], "ref");
    made.append(
      cell("", reference),
      cell("", row[VEHICLE], element("small", row[VIN])),
      statusCell(row),
      cell("some", row[WAY]),
      cell("number", row[SECONDS] ? row[SECONDS].toFixed(1) : ""),
      cell("number some", row[TRIES] || ""),
      cell("number some", row[BYTES] ? Math.round(row[BYTES] / 1000).toLocaleString("en") : ""),
    );
    return made;
  }

  function draw() {
    const last = Math.min(first + ROWS, shown.length);
    body.replaceChildren(...shown.slice(first, last).map(line));
    const all = data.length.toLocaleString("en"), some = shown.length.toLocaleString("en");
    find("#count").textContent = shown.length === data.length ? `${all} vehicles` : `${some} of ${all} vehicles`;
    find("#where").textContent = shown.length ? `${(first + 1).toLocaleString("en")} to ${last.toLocaleString("en")}` : "none";
    find(".pager").hidden = shown.length <= ROWS;
    find("#back").disabled = first === 0;
    find("#on").disabled = last === shown.length;
  }

  function choose() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean), wanted = status.value;
    if (words.length && !texts) {
      texts = new Map(data.map((row) => [row, [REFERENCE, VEHICLE, VIN, STATUS, MARK, REASON].map((at) => row[at]).join("\n").toLowerCase()]));
    }
    shown = data.filter((row) => (!wanted || row[STATUS] === wanted || row[MARK] === wanted)
      && words.every((word) => texts.get(row).includes(word)));
    if (column !== null) {
      const way = descending ? -1 : 1;
      shown.sort((one, other) => one[column] < other[column] ? -way : one[column] > other[column] ? way : 0);
    }
    first = 0;
    draw();
  }

  const kinds = new Map();
  for (const row of data) for (const kind of [row[STATUS], row[MARK]]) if (kind) kinds.set(kind, (kinds.get(kind) || 0) + 1);
  for (const [kind, count] of kinds) {
    const option = element("option", `${kind} (${count.toLocaleString("en")})`);
    option.value = kind;
    status.append(option);
  }
  search.addEventListener("input", choose);
  status.addEventListener("change", choose);
  for (const button of document.querySelectorAll("[data-column]")) {
    button.addEventListener("click", () => {
      const chosen = Number(button.dataset.column);
      descending = column === chosen ? !descending : chosen >= SECONDS;
      column = chosen;
      for (const head of document.querySelectorAll("#list th")) head.ariaSort = "none";
      button.parentElement.ariaSort = descending ? "descending" : "ascending";
      choose();
    });
  }
  for (const anchor of document.querySelectorAll("[data-status]")) {
    anchor.addEventListener("click", () => { status.value = anchor.dataset.status; choose(); });
  }
  find("#back").addEventListener("click", () => { first -= ROWS; draw(); });
  find("#on").addEventListener("click", () => { first += ROWS; draw(); find("#vehicles").scrollIntoView(); });
  find(".tools").hidden = find("#list").hidden = false;
  draw();

  // While the run is at work the page is written anew each minute. One that says nothing for long was cut off.
  const written = Number(document.body.dataset.written);
  if (written && Date.now() / 1000 - written > 240) {
    find("#cut-off").hidden = find("#cut-off-command").hidden = false;
  } else if (written) {
    const untouched = () => !search.value && !status.value && first === 0 && column === null;
    setInterval(() => { if (untouched()) location.reload(); }, 30000);
  }
})();
