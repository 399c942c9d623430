// What the inventory page's steps do in the tab. A grid is what its ids say: `<grid>_DXMainTable`,
// `<grid>_DXDataRow<n>`; classes change with the theme. grid_script.py passes in what a page of this portal is known by.
(known) => {
  const MAIN = "_DXMainTable", ROW = "_DXDataRow";
  const UNSEEN = /[\u00ad\u200b-\u200f\u2060\ufeff]/g;
  const LONGEST = 1000; // characters of a cell
  const byId = (id) => document.getElementById(id);
  const all = (selector, within) => [...(within || document).querySelectorAll(selector)];
  const hidden = (element) => getComputedStyle(element).display === "none";
  const escaped = (words) => words.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

  // Text as it is written, not as CSS shows it, with what stands in fields and without what is not shown.
  const SILENT = /^(SCRIPT|STYLE|TEMPLATE|NOSCRIPT)$/, TYPED = /^(text|search|number|tel|)$/;
  const words = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.data.slice(0, LONGEST * 2);
    if (node.nodeType !== Node.ELEMENT_NODE || SILENT.test(node.tagName)) return "";
    if (node.tagName === "BR") return " ";
    const display = getComputedStyle(node).display;
    if (display === "none") return "";
    if (node.tagName === "INPUT") return TYPED.test(node.type) ? ` ${node.value} ` : "";
    if (node.tagName === "TEXTAREA") return ` ${node.value} `;
    if (node.tagName === "SELECT") return [...node.selectedOptions].map((option) => ` ${option.text} `).join("");
    const inside = [...node.childNodes].map(words).join("");
    return /^(inline|contents)/.test(display) ? inside : ` ${inside} `;
  };
  const tidy = (written) => written.replace(UNSEEN, "").replace(/\s+/g, " ").trim().slice(0, LONGEST);
  const text = (element) => tidy([...element.childNodes].map(words).join(""));

  // Which grid: the usual one if it is on the page, else the one that has a column of references and Bookout links.
  const tableOf = (name) => byId(name + MAIN) || all(`tr[id^="${name + ROW}"]`)[0]?.closest("table");
  const names = () => [...new Set([
    ...all(`[id$="${MAIN}"]`).map((table) => table.id.slice(0, -MAIN.length)),
    ...all(`tr[id*="${ROW}"]`).map((row) => row.id.split(ROW)[0]),
  ])].filter(tableOf);
  // A form for later is hidden on a signed-in page.
  const loginStands = () => all(known.login).some((it) => !all(known.logout).length || it.checkVisibility());
  const indexOf = (name, row) => {
    const found = new RegExp(`^${escaped(name + ROW)}(\\d+)(?:_\\d+)?$`).exec(row.id);
    return found ? Number(found[1]) : null;
  };
  const rowsOf = (name) => [...tableOf(name).rows].filter((row) => indexOf(name, row) !== null);
  const isUsual = (id) => id === known.usual || id.endsWith("_" + known.usual);
  const weigh = (name) => {
    const table = tableOf(name), headers = headerRows(name).flatMap((row) => [...row.cells].map(text));
    const references = headers.some((header) => known.references.includes(header.toLowerCase()));
    const inner = names().some((other) => other !== name && tableOf(other).contains(table));
    return [references, !!linkIn(rowsOf(name), table), !inner, table.checkVisibility(), rowsOf(name).length];
  };
  const heavier = (one, other) => {
    const at = one.findIndex((weight, n) => weight !== other[n]);
    return at < 0 ? 0 : Number(other[at]) - Number(one[at]);
  };
  const pick = () => {
    const usual = names().find((name) => name === known.usual) || names().find(isUsual);
    if (usual) return usual;
    // Its element may be there before its rows are, while other grids stand there already.
    const element = byId(known.usual);
    const found = names().filter((name) => !element || element.contains(tableOf(name)));
    if (found.length < 2) return found[0] || "";
    const weighed = found.map((name) => [name, weigh(name)]).sort((one, other) => heavier(one[1], other[1]));
    return heavier(weighed[0][1], weighed[1][1]) ? weighed[0][0] : "";
  };

  // The client object: from the collection of client controls, as `window.<name>` may be the element or nothing.
  const isClient = (it) => !!it && typeof it.GetPageCount === "function" && typeof it.GotoPage === "function";
  const belongs = (it, name) => it.name === name || it.GetMainElement?.()?.id === name;
  const collection = () =>
    window.ASPxClientControl?.GetControlCollection?.() || window.ASPx?.GetControlCollection?.();
  const collected = () => {
    const found = [];
    collection()?.ForEachControl?.((control) => { found.push(control); });
    return found;
  };
  const controls = () => {
    const found = collected();
    for (const key of Object.keys(window)) if (isClient(window[key])) found.push(window[key]);
    return [...new Set(found)].filter(isClient);
  };
  const client = (name) => {
    const direct = [collection()?.GetByName?.(name), collection()?.Get?.(name), window[name]].find(isClient);
    if (direct) return direct;
    const others = controls();
    return others.find((it) => belongs(it, name)) || (others.length === 1 && names().length === 1 ? others[0] : null);
  };

  // Cells by the columns that they stand in: with spans, over several rows, with cells that belong to no column.
  const EXTRA = /(^|\s)dxgv(HEC|AIC)/;
  const layout = (rows, keep) => {
    const grid = rows.map(() => []);
    rows.forEach((row, at) => {
      let column = 0;
      for (const cell of [...row.cells].filter(keep)) {
        while (grid[at][column]) column++;
        const width = Math.min(cell.colSpan, 1000), height = Math.min(cell.rowSpan || 1, rows.length - at);
        for (let down = 0; down < height; down++)
          for (let right = 0; right < width; right++) grid[at + down][column + right] ||= cell;
        column += width;
      }
    });
    return grid;
  };
  const HEADER_CELL = (name) => `th, [class*="dxgvHeader"], [id^="${name}_col"]`;
  const headerRows = (name) => {
    const table = tableOf(name);
    for (const rows of [byId(name + "_DXHeaderTable"), table].filter(Boolean).map((it) => [...it.rows])) {
      const told = rows.filter((row) => row.id.startsWith(name + "_DXHeadersRow"));
      const looks = rows.filter((row) => indexOf(name, row) === null
        && [...row.cells].some((cell) => cell.matches(HEADER_CELL(name))));
      if (told.length || looks.length) return told.length ? told : looks;
    }
    return [];
  };
  const widest = (rows) => Math.max(0, ...rows.map((row) => row.length));

  const linkIn = (rows, table) => rows.flatMap((row) => all(known.bookout, row))
    .find((link) => link.closest(`[id$="${MAIN}"]`) === (table.id.endsWith(MAIN) ? table : null));
  // What an adaptive grid has moved out of a row stands below it: the link, and values beside their captions.
  const below = (name, index) => ["_DXADRow", "_DXPRow", "_DXDRow"].map((kind) => byId(name + kind + index)).filter(Boolean);
  const moved = (name, index) => {
    const values = {};
    const row = byId(name + "_DXADRow" + index);
    for (const line of row ? all("tr", row) : []) {
      const cells = [...line.cells].map(text);
      for (let n = 0; n + 1 < cells.length; n += 2) values[cells[n].replace(/\s*:$/, "").toLowerCase()] = cells[n + 1];
    }
    return values;
  };
  const vehicles = (name) => {
    const found = new Map();
    for (const row of rowsOf(name)) {
      const index = indexOf(name, row);
      found.set(index, [...(found.get(index) || []), row]);
    }
    return found;
  };

  const columns = (name, keep) => {
    const head = layout(headerRows(name), keep), rows = [...tableOf(name).rows], body = layout(rows, keep);
    const lines = [...vehicles(name)].map(([index, own]) => [index, own.map((row) => body[rows.indexOf(row)])]);
    const width = widest(head);
    const consistent = lines.every(([, own]) => own.every((line, at) => line.every(
      (cell, column) => !head.length || hidden(cell) === hidden(head[head.length - own.length + at]?.[column] || cell))));
    return { head, lines, fits: lines.every(([, own]) => widest(own) === width), consistent };
  };
  const aligned = (name) => {
    const own = (cell) => !EXTRA.test(cell.className);
    const every = columns(name, own), shown = columns(name, (cell) => own(cell) && !hidden(cell));
    if (every.fits && every.consistent) return every;
    return shown.fits ? shown : every;
  };
  const rows = (name) => {
    if (!name) return { headers: [], rows: [] };
    const { head, lines } = aligned(name), width = widest(head), table = tableOf(name);
    const deep = Math.max(1, ...lines.map(([, own]) => own.length));
    const headers = head.slice(-deep).flatMap((line) => Array.from({ length: width }, (_, n) => (line[n] ? text(line[n]) : "")));
    return { headers, rows: lines.map(([index, own]) => {
      const distinct = [...new Set(own.flat())];
      const filled = distinct.filter((cell) => text(cell) || all(known.bookout, cell).length);
      // Cells behind the last column that hold nothing belong to none.
      const cut = (line) => (line.slice(width).every((cell) => !text(cell)) ? line.slice(0, width) : line);
      const padded = (line) => [...line, ...Array(Math.max(0, own.length > 1 ? width - line.length : 0))];
      const cells = own.flatMap((line) => padded(width ? cut(line) : line)).map((cell) => (cell ? text(cell) : ""));
      const aside = moved(name, index);
      headers.forEach((header, n) => { if (cells[n] === "") cells[n] = aside[header.toLowerCase()] || ""; });
      const link = linkIn([...vehicles(name).get(index), ...below(name, index)], table);
      const written = (link && link.getAttribute("href")) || "";
      const real = written && !/^\s*(#|javascript:)/i.test(written);
      const wide = filled.length === 1 && filled[0].colSpan > 1 ? text(filled[0]) : "";
      return { index, cells, wide, id: link ? link.id : "", href: real ? link.href : "" };
    }) };
  };

  // Rows of the grid that are no vehicles of which one knows: where they say something, a vehicle may be missed.
  const AROUND = /_DX(HeadersRow|FilterRow|GroupRow|GroupRowExp|EmptyRow|FooterRow|GFooterRow|PRow|DRow|ADRow|EditingRow|EditingErrorRow|TitleRow|BatchEditRow)/;
  const strange = (name) => [...tableOf(name).rows].filter((row) => indexOf(name, row) === null && !AROUND.test(row.id)
    && /DataRow|FocusedRow|SelectedRow/.test(row.className) && !/EmptyDataRow/.test(row.className) && text(row)).length;

  // The pager's words without its buttons and numbers.
  const pagers = (name) => {
    const told = [byId(name + "_DXPagerBottom"), byId(name + "_DXPagerTop")].filter(Boolean);
    return told.length ? told : all("[class*='pager' i]", byId(name) || undefined)
      .filter((it) => byId(name) && it.closest(`[id="${name}"]`) && !it.closest(`[id$="${MAIN}"]`));
  };
  const summary = (name) => {
    for (const pager of pagers(name)) {
      const own = pager.querySelector("[class*='dxp-summary']");
      if (own) return text(own);
      const copy = pager.cloneNode(true);
      all("a, button, li, input, select, [class*='dxp-num'], [class*='dxp-button'], [class*='dxp-ellip']", copy)
        .forEach((it) => it.remove());
      if (tidy(copy.textContent)) return tidy(copy.textContent);
    }
    return "";
  };
  const numbers = (name) => pagers(name).flatMap((it) => all("[class*='dxp-num'], a, li", it))
    .map((it) => Number((/^\D*(\d+)\D*$/.exec(it.textContent) || [])[1] || 0));

  const state = () => {
    const name = pick(), grid = name ? client(name) : null;
    const own = name ? [...tableOf(name).rows] : [];
    const grouping = (row) => new RegExp(`^${escaped(name)}_DXGroupRow(Exp)?(\\d+)$`).exec(row.id);
    const groups = own.map(grouping).filter(Boolean);
    return {
      grid: name,
      grids: names(),
      rows: name ? vehicles(name).size : 0,
      strange: name ? strange(name) : 0,
      empty: own.some((row) => row.id === name + "_DXEmptyRow" || /EmptyDataRow/.test(row.className)),
      client: !!grid,
      busy: !!grid?.InCallback?.(),
      endless: !!(grid?.useEndlessPaging || grid?.endlessPagingHelper),
      pages: grid ? grid.GetPageCount() : 0,
      index: grid ? grid.GetPageIndex() : 0,
      numbers: name ? Math.max(0, ...numbers(name)) : 0,
      summary: name ? summary(name) : "",
      groups: groups.map((found) => Number(found[2])),
      collapsed: groups.filter((found) => !found[1]).length,
      login: loginStands(),
    };
  };
  const read = () => { const now = state(); return { ...now, ...rows(now.grid) }; };

  // Do something with the client object once no callback is under way, and tell what came of it within a time.
  const holdsLogin = (words) => {
    const page = new DOMParser().parseFromString(/</.test(words) ? words : "", "text/html");
    return !!page.querySelector(known.login) && !page.querySelector(known.logout);
  };
  const act = (wanted, begin, milliseconds, quiet) => new Promise((resolve) => {
    let begun = null, ended = false, grid = null;
    const failed = (sender, event) => {
      const message = String((event && event.message) || "no message");
      done({ kind: holdsLogin(message) ? "login" : "error", message: message.slice(0, 300) });
    };
    const heard = () => { ended = true; look(); };
    const listen = (it) => {
      if (it === grid) return;
      unlisten();
      grid = it;
      grid?.EndCallback?.AddHandler(heard);
      grid?.CallbackError?.AddHandler(failed);
    };
    const unlisten = () => {
      grid?.EndCallback?.RemoveHandler(heard);
      grid?.CallbackError?.RemoveHandler(failed);
    };
    const done = (outcome) => {
      clearInterval(timer);
      clearTimeout(limit);
      unlisten();
      resolve(outcome);
    };
    const look = () => {
      if (loginStands()) return done({ kind: "login", message: "" });
      const name = pick();
      listen(name ? client(name) : null);
      if (!grid || grid.InCallback?.()) return undefined;
      if (wanted(grid, ended)) return done({ kind: "there", page: read() });
      if (begun === null && begin) {
        begun = Date.now();
        ended = false;
        begin(grid);
      } else if (begun !== null && ended) {
        done({ kind: "elsewhere", page: read() });
      } else if (Date.now() - (begun ?? started) > quiet && !ended) {
        done({ kind: "nothing", page: read() });
      }
      return undefined;
    };
    const started = Date.now();
    const timer = setInterval(look, 20);
    const limit = setTimeout(() => done({ kind: grid ? "busy" : "absent" }), milliseconds);
    look();
  });
  const at = (index) => (grid) => grid.GetPageIndex() === index || (grid.GetPageIndex() === -1 && index === 0);
  const turn = ([index, ask, milliseconds, quiet]) =>
    act(at(index), ask ? (grid) => grid.GotoPage(index) : null, milliseconds, quiet);
  // Endless paging appends rows to those that are there: by the client's NextPage, or by scrolling to the end.
  const more = ([rows, milliseconds, quiet]) => act(
    (grid) => vehicles(pick()).size > rows,
    (grid) => {
      grid.NextPage();
      if (grid.InCallback?.()) return;
      const last = rowsOf(pick()).pop();
      last?.scrollIntoView({ block: "end" });
      for (let box = last?.parentElement; box; box = box.parentElement) box.scrollTop = box.scrollHeight;
    }, milliseconds, quiet);
  const never = () => false;
  const call = ([method, given, milliseconds, quiet]) => act(never,
    (grid) => { if (typeof grid[method] === "function") grid[method](...given); }, milliseconds, quiet);
  const press = ([selector, milliseconds, quiet]) => act(never,
    () => all(selector).filter((it) => it.checkVisibility())[0]?.click(), milliseconds, quiet);

  // What shows that a filter is on: links that take it off, boxes with a text, pictures of a column's own filter.
  const prompted = (box) => /NullText/.test(box.className) || box.closest("[class*='NullText']");
  const filters = ([sign]) => {
    const name = pick(), found = [];
    const note = (selector, elements, value) => elements.forEach((it) => found.push({ selector, value: value(it) }));
    const shown = (it) => it.checkVisibility();
    note(sign.clear, all(sign.clear).filter(shown), text);
    note(sign.column, all(sign.column, byId(name) || undefined).filter(shown), () => "");
    for (const box of all(sign.boxes.map((selector) => selector.replaceAll("<grid>", name)).join()))
      if (tidy(box.value) && !prompted(box)) found.push({ selector: "#" + box.id, value: tidy(box.value), box: box.id });
    return found;
  };
  // Empty a box as a person does; where that asks for nothing the text comes back, as it still holds.
  const empty = ([id, apply, milliseconds, quiet]) => {
    const box = byId(id), before = box.value;
    return act(never, () => {
      box.focus();
      box.value = "";
      for (const kind of ["input", "change"]) box.dispatchEvent(new Event(kind, { bubbles: true }));
      for (const kind of ["keydown", "keypress", "keyup"])
        box.dispatchEvent(new KeyboardEvent(kind, { key: "Enter", code: "Enter", keyCode: 13, which: 13, bubbles: true }));
      if (apply && typeof window[apply[0]] === "function" && !client(pick()).InCallback?.()) window[apply[0]](apply[1]);
    }, milliseconds, quiet).then((outcome) => {
      if (outcome.kind === "nothing" && byId(id)) byId(id).value = before;
      return outcome;
    });
  };
  // What the client object really has, and how one comes by it.
  const api = () => {
    const name = pick(), grid = name ? client(name) : null, members = new Set();
    for (let it = grid; it && it !== Object.prototype; it = Object.getPrototypeOf(it))
      Object.getOwnPropertyNames(it).forEach((member) => members.add(member));
    const told = (member) => { try { return grid[member]; } catch { return undefined; } };
    const sorted = (fits) => [...members].filter((member) => member !== "constructor" && fits(told(member))).sort();
    return {
      grid: name,
      inWindow: isClient(window[name]) ? "the client object" : window[name] ? "something else" : "nothing",
      inCollection: !!grid && [collection()?.GetByName?.(name), collection()?.Get?.(name), ...collected()].includes(grid),
      ownName: grid ? String(grid.name ?? "") : "",
      methods: sorted((it) => typeof it === "function"),
      events: sorted((it) => typeof it?.AddHandler === "function"),
      endless: !!(grid?.useEndlessPaging || grid?.endlessPagingHelper),
      globals: Object.keys(window).filter((key) => /^(ASPx|DevExpress|dx|jQuery$)/.test(key)).sort().slice(0, 50),
    };
  };
  const groupings = () => all(`[id^="${pick()}_groupcol"]`).map((it) => Number(/\d+$/.exec(it.id)?.[0] ?? -1));

  return { state, read, turn, more, call, press, filters, empty, groupings, api };
}
