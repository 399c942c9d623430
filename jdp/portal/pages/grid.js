// Functions that the inventory page's steps call in the tab; grid.py holds the selectors and passes them in.
(() => {
  // The client object is taken to be vehicleGridView; a row's id names it in any case (PORTAL.md).
  const client = () => {
    const row = document.querySelector("tr.dxgvDataRow[id*='_DXDataRow']");
    return window.vehicleGridView || (row && window[row.id.split("_DXDataRow")[0]]) || null;
  };
  const text = (cell) => cell.innerText.replace(/\u00a0/g, " ").trim().slice(0, 1000);

  const state = ([row, summary, number]) => {
    const grid = client();
    const words = document.querySelector(summary)?.textContent || "";
    const total = /\((\d[\d.,\s]*)[^\d)]*\)/.exec(words);
    const told = Number((/\sof\s+(\d+)/i.exec(words) || [])[1] || 1);
    return {
      rows: document.querySelectorAll(row).length,
      client: !!grid,
      busy: !!(grid && grid.InCallback && grid.InCallback()),
      pages: grid ? grid.GetPageCount() : Math.max(told, document.querySelectorAll(number).length),
      index: grid ? grid.GetPageIndex() : 0,
      total: total ? Number(total[1].replace(/\D/g, "")) : null,
    };
  };

  const goToPage = ([index, milliseconds]) => new Promise((resolve, reject) => {
    const grid = client();
    const done = (error) => {
      grid.EndCallback.RemoveHandler(ended);
      grid.CallbackError.RemoveHandler(failed);
      clearTimeout(timer);
      error ? reject(new Error(error)) : resolve(grid.GetPageIndex());
    };
    const ended = () => done("");
    const failed = (sender, event) => done("CallbackError: " + ((event && event.message) || "no message"));
    const timer = setTimeout(() => done("no answer to the callback"), milliseconds);
    grid.EndCallback.AddHandler(ended);
    grid.CallbackError.AddHandler(failed);
    grid.GotoPage(index);
  });

  const rows = ([row, header, bookout]) => {
    const first = document.querySelector(row);
    const grid = first && first.closest("table");
    return {
      headers: grid ? [...grid.querySelectorAll(header)].map(text) : [],
      rows: [...document.querySelectorAll(row)].map((tr) => {
        const link = tr.querySelector(bookout);
        const written = (link && link.getAttribute("href")) || "";
        const real = written && !/^(#|javascript:)/i.test(written);
        return { cells: [...tr.children].map(text), id: link ? link.id : "", href: real ? link.href : "" };
      }),
    };
  };

  return { state, goToPage, rows };
})()
