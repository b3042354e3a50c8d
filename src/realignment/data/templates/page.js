// A click on a heading sorts: descending, ascending, then the order of the report again.
for (const table of document.querySelectorAll("table.sortable")) {
  const bodies = [...table.tBodies].map((body) => [body, [...body.rows]]);
  const rows = bodies.flatMap(([, found]) => found).filter((row) => !row.classList.contains("section"));
  const heads = [...table.tHead.rows[0].cells];
  const key = (row, column) => {
    const cell = row.cells[column];
    const text = cell.firstChild?.textContent.trim() ?? "";
    const number = parseFloat(text.replace("−", "-").replaceAll(",", ""));
    return Number.isNaN(number) ? text : number;
  };
  const before = (a, b) => {
    if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1; // missing cells last, whichever way
    return typeof a === "number" ? a - b : a.localeCompare(b);
  };
  heads.forEach((head, column) => {
    head.querySelector("button").addEventListener("click", () => {
      const next = { undefined: "descending", descending: "ascending" }[head.getAttribute("aria-sort") ?? undefined];
      heads.forEach((one) => one.removeAttribute("aria-sort"));
      table.classList.toggle("sorted", Boolean(next));
      if (!next) {
        bodies.forEach(([body, found]) => body.append(...found));
        return;
      }
      head.setAttribute("aria-sort", next);
      const sorted = [...rows].sort((one, other) => {
        const [a, b] = [key(one, column), key(other, column)];
        return typeof a !== typeof b || next === "ascending" ? before(a, b) : before(b, a);
      });
      bodies[0][0].append(...sorted);
    });
  });
}

// Rows that hold what is typed; a table of a few rows needs no search.
for (const table of document.querySelectorAll("table.sortable")) {
  const rows = [...table.tBodies].flatMap((body) => [...body.rows]).filter((row) => !row.classList.contains("section"));
  if (rows.length < 9) continue;
  const field = Object.assign(document.createElement("input"), { type: "search", placeholder: "Filter rows", className: "filter" });
  field.setAttribute("aria-label", `Filter rows of: ${table.caption.textContent}`);
  const said = document.createElement("output");
  field.addEventListener("input", () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      shown += row.hidden ? 0 : 1;
    }
    for (const body of table.tBodies) {
      const title = body.querySelector("tr.section");
      if (title) title.hidden = ![...body.rows].some((row) => row !== title && !row.hidden);
    }
    said.textContent = words.length ? `${shown} of ${rows.length} rows` : "";
  });
  const line = Object.assign(document.createElement("p"), { className: "search" });
  line.append(said, field);
  table.parentElement.previousElementSibling.append(line);
}

// A table leaves the page as it is shown: rows in their order, those that are filtered out left out, the section as a column.
const words = (cell) => [...cell.childNodes].filter((one) => (one.nodeName !== "BUTTON" || cell.closest("thead")) && one.className !== "mark").map((one) => one.textContent).join("").trim();
function shownRows(table) {
  const sections = [...table.tBodies].some((body) => body.querySelector("tr.section"));
  const lines = [...table.tBodies].flatMap((body) => [...body.rows]).filter((row) => !row.classList.contains("section") && !row.hidden);
  const head = [...table.tHead.rows[0].cells].map(words);
  const faults = lines.map((row) => [...row.cells].filter((cell) => cell.classList.contains("broken")).map((cell) => head[cell.cellIndex]).join("; "));
  const noted = faults.some(Boolean);
  const rows = lines.map((row, place) => [...(sections ? [row.dataset.section] : []), ...[...row.cells].map(words), ...(noted ? [faults[place]] : [])]);
  return [[...(sections ? ["Section"] : []), ...head, ...(noted ? ["Broken link under"] : [])], ...rows];
}
// As the files of the report have it: text that a spreadsheet would compute is marked as text, numbers stay numbers.
const plain = (text) => (/^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text);
const quotedCell = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const commas = (rows) => rows.map((row) => row.map((text) => quotedCell(plain(text))).join(",")).join("\n") + "\n";
const tabs = (rows) => rows.map((row) => row.map((text) => plain(text.replaceAll(/\s+/g, " "))).join("\t")).join("\n") + "\n";

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const field = Object.assign(document.createElement("textarea"), { value: text });
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
}

for (const table of document.querySelectorAll("table.sortable")) {
  for (const body of table.tBodies) {
    const title = body.querySelector("tr.section")?.textContent.trim() ?? "";
    for (const row of body.rows) row.dataset.section = title;
  }
  const tools = table.parentElement.previousElementSibling;
  const button = (text, title, act) => {
    const made = Object.assign(document.createElement("button"), { type: "button", textContent: text, title });
    made.setAttribute("aria-label", `${text}: ${table.caption.textContent}`);
    made.addEventListener("click", () => act(made));
    return made;
  };
  tools.append(
    button("Copy", "Copy the table as it is shown, for a spreadsheet", async (made) => {
      await copy(tabs(shownRows(table)));
      made.textContent = "Copied";
      setTimeout(() => (made.textContent = "Copy"), 1500);
    }),
    button("CSV", "Download the table as it is shown", () => {
      const address = URL.createObjectURL(new Blob([commas(shownRows(table))], { type: "text/csv;charset=utf-8" }));
      Object.assign(document.createElement("a"), { href: address, download: `${table.id.slice(2)}.csv` }).click();
      setTimeout(() => URL.revokeObjectURL(address), 1000);
    }),
  );
  if (tools.dataset.file) {
    const link = Object.assign(document.createElement("a"), { href: tools.dataset.file, textContent: "All digits", title: `The file ${tools.dataset.file} beside this page: full precision, with standard deviations and n in columns of their own` });
    tools.append(link);
  }
}

// A cell opens what is behind it: what each seed gave, its chain (chain.js), the languages, the searches that find the runs. A row's button
// opens all its cells, each of which leads to its own.
const runs = JSON.parse(document.getElementById("runs-data").textContent);
const dialog = document.getElementById("behind");
const element = (tag, text = "", more = {}) => Object.assign(document.createElement(tag), { textContent: text, ...more });

// Each value under the seed that gave it; a cell that lacks a seed shows a gap there. `lead` says what a row's name opens.
function seedsTable(cells, lead) {
  const table = element("table");
  const head = table.createTHead().insertRow();
  const usual = cells[0][1].closest("table").dataset.seeds.split(" ");
  const held = cells.map(([, cell]) => new Map(cell.dataset.s.split(" ").map((one, place) => (one.includes("=") ? one.split("=") : [usual[place], one]))));
  const seeds = [...new Set(held.flatMap((one) => [...one.keys()]))];
  for (const name of ["", "shown", ...seeds.map((seed) => `seed ${seed}`)]) head.append(element("th", name, { scope: "col" }));
  const body = table.createTBody();
  cells.forEach(([title, cell], place) => {
    const row = body.insertRow();
    const name = element("th", lead ? "" : title, { scope: "row" });
    if (lead) {
      const button = element("button", title, { type: "button", className: "lead-on", title: "What this cell stands on" });
      button.addEventListener("click", () => lead(cell));
      name.append(button);
    }
    row.append(name);
    for (const text of [cell.textContent, ...seeds.map((seed) => held[place].get(seed) ?? "")]) row.append(element("td", text, {}));
  });
  return table;
}

// The name of a cell as `realignment lineage` reads it; "" where its table has no names.
function address(table, row, cell, source) {
  const head = table.tHead.rows[0].cells[cell.cellIndex];
  const [whose, encoder] = source.split("/");
  if (whose !== "ours" || !head.dataset.n) return "";
  const first = row.cells[0].firstChild.textContent.trim();
  const parts = "across" in table.dataset ? [head.textContent.trim(), head.dataset.n, first] : [row.cells[1].textContent.trim(), head.dataset.n];
  return [encoder, ...parts].join("/");
}
const quoted = (text) => (/^[\w./-]+$/.test(text) ? text : `'${text}'`);

const compared = (store, ids) =>
  `${store.where}/#/compare-runs?runs=${encodeURIComponent(JSON.stringify(ids))}&experiments=${encodeURIComponent(JSON.stringify([store.experiment]))}&workflowType=machine_learning`;

function about(source, label, names) {
  const found = runs[source]?.rows[label];
  if (!found) return [];
  const parts = [];
  if (found.languages) parts.push(element("p", `Realigned on: ${found.languages}`));
  const links = element("p", "Its runs beside each other in MLflow (start ");
  links.append(element("code", "mlflow ui"), " first): ");
  for (const [task, ids] of Object.entries(found.runs)) links.append(element("a", task, { href: compared(runs[source], ids), target: "_blank", rel: "noopener" }), " ");
  if (Object.keys(found.runs).length) parts.push(links);
  if (found.means?.length > 1) {
    const means = element("p");
    means.append(element("a", "Its means over seeds beside those of fine-tuning only", { href: compared(runs[source], found.means), target: "_blank", rel: "noopener" }));
    parts.push(means);
  }
  if (names.length) parts.push(element("p", "Down to the bytes of its data:"), element("pre", names.map((name) => `realignment lineage ${quoted(name)}`).join("\n")));
  return parts;
}

let opener = null; // what takes the focus back
function open(table, row, cell) {
  const heads = [...table.tHead.rows[0].cells].map((head) => head.textContent.trim());
  const label = "across" in table.dataset ? null : row.cells[1].textContent.trim();
  const name = [...row.cells].filter((one) => !one.dataset.s && one.cellIndex < 2).map((one) => one.firstChild.textContent.trim()).join(" ");
  const cells = (cell ? [cell] : [...row.cells].filter((one) => one.dataset.s)).map((one) => [heads[one.cellIndex], one]);
  if (!cells.length) return;
  const subset = label ?? (cell ? heads[cell.cellIndex] : "");
  dialog.querySelector("h2").textContent = cell ? `${name}: ${heads[cell.cellIndex]}` : name;
  const source = table.dataset.opens;
  const names = cells.map(([, one]) => address(table, row, one, source)).filter(Boolean);
  const lead = cell ? null : (one) => { open(table, row, one); dialog.querySelector(".node")?.focus(); };
  const drawn = cell && names.length ? chainPicture(names[0], words(cell), runs[source]) : null;
  dialog.querySelector("div").replaceChildren(element("p", table.caption.textContent), seedsTable(cells, lead), ...(drawn ? [drawn] : []), ...about(source, subset, names));
  if (!dialog.open) {
    opener = cell ?? row.querySelector("button.more");
    dialog.showModal();
  }
  drawn?.dispatchEvent(new Event("shown"));
}
dialog.addEventListener("close", () => opener?.focus());

function settle(table, cell) {
  for (const one of table.querySelectorAll('td[tabindex="0"]')) one.tabIndex = -1;
  cell?.setAttribute("tabindex", "0");
  cell?.setAttribute("aria-haspopup", "dialog");
}
function neighbour(table, cell, key) {
  const row = cell.parentElement;
  const cells = [...row.cells].filter((one) => one.dataset.s);
  const rows = [...table.querySelectorAll("tbody tr:not(.section)")].filter((one) => !one.hidden && one.cells[cell.cellIndex]?.dataset.s);
  const near = (all, one, step) => all[all.indexOf(one) + step];
  const found = {
    ArrowRight: () => near(cells, cell, 1), ArrowLeft: () => near(cells, cell, -1),
    ArrowDown: () => near(rows, row, 1)?.cells[cell.cellIndex], ArrowUp: () => near(rows, row, -1)?.cells[cell.cellIndex],
  }[key]?.();
  if (!found) return false;
  settle(table, found);
  found.focus();
  return true;
}

for (const table of document.querySelectorAll("table[data-opens]")) {
  table.addEventListener("click", (event) => {
    const cell = event.target.closest("td[data-s]");
    if (!cell) return;
    settle(table, cell);
    open(table, cell.parentElement, cell);
  });
  // One cell of a table is a stop of the Tab key; arrow keys lead from cell to cell, Enter opens one.
  settle(table, table.querySelector("td[data-s]"));
  table.addEventListener("keydown", (event) => {
    const cell = event.target.closest("td[data-s]");
    if (!cell) return;
    if (event.key === "Enter" || event.key === " ") open(table, cell.parentElement, cell);
    else if (!neighbour(table, cell, event.key)) return;
    event.preventDefault();
  });
  for (const row of table.querySelectorAll("tbody tr:not(.section)")) {
    const button = element("button", "⋯", { type: "button", className: "more", title: "What is behind this row" });
    button.setAttribute("aria-label", `What is behind ${row.cells[0].textContent.trim()} ${row.cells[1].textContent.trim()}`);
    button.addEventListener("click", () => open(table, row, null));
    row.cells[0].append(" ", button);
  }
}
dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });

// On a narrow screen what was found comes first.
if (matchMedia("(max-width: 50rem)").matches) document.querySelector("details.facts")?.removeAttribute("open");
