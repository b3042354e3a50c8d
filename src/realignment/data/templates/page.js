// A click on a heading sorts: descending, ascending, then the order of the report again.
for (const table of document.querySelectorAll("table.sortable")) {
  const bodies = [...table.tBodies].map((body) => [body, [...body.rows]]);
  const rows = bodies.flatMap(([, found]) => found).filter((row) => !row.classList.contains("section"));
  const heads = [...table.tHead.rows[0].cells];
  const key = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.v === undefined ? cell.textContent.trim() : Number(cell.dataset.v);
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
