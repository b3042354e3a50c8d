// The chain of a cell as a picture: cell, evaluations, models, files, sources from left to right, on a narrow screen from top to bottom.
// What it is made of stands in `chain-data`, see lineage/page_chains.py and report/chains.py.
const tied = JSON.parse(document.getElementById("chain-data")?.textContent || "null");
const FOLD = 8; // runs of one kind that stand side by side before those of a row are folded into one
const TALL = 520; // pixels; a picture that is higher begins with its cell at the top
const LAYERS = ["Cell", "Evaluations", "Fine-tuned models", "Realigned encoders", "Base encoder", "Files", "Sources"];

// What is known of a link: null where it holds, else whether it is broken or not at hand, and why.
function linked(name) {
  const number = tied.links.of[name];
  return number === undefined ? null : { name, broken: tied.links.why[number][0] === "broken", why: tied.links.why[number][1] };
}
const known = (names) => names.map(linked).filter(Boolean);

// Runs, models and files of a cell, as numbers in `tied`; null where the page holds no chain of it.
function chainOf(name) {
  const gain = name.endsWith("/gain");
  const [encoder, label, ...column] = (gain ? name.slice(0, -"/gain".length) : name).split("/");
  const part = tied?.columns?.[[encoder, ...column].join("/")];
  if (part === undefined) return null;
  const [tasks, measured] = tied.parts[part];
  const rows = [...new Set([`${encoder}/${label}`, ...(gain ? [`${encoder}/none`] : [])])];
  const runs = rows.flatMap((row) => tasks.flatMap((task) => tied.rows[row]?.[task] ?? []));
  const models = [];
  for (let level = runs; level.length; ) {
    level = [...new Set(level.map((run) => tied.runs[run][2]).filter((above) => Number.isInteger(above) && !models.includes(above)))];
    models.push(...level);
  }
  const counts = new Set(measured);
  const read = (run) => {
    const [trained, tested] = tied.sets[tied.runs[run][3]];
    return [...trained, ...tested.filter((file) => counts.has(file))];
  };
  return { base: label === "aligned" ? "ceiling" : encoder, runs, models, read };
}

const plural = (count, what) => `${count.toLocaleString("en")} ${what}${count === 1 ? "" : "s"}`;
const few = (names, most = 4) => names.slice(0, most).join(", ") + (names.length > most ? ` and ${names.length - most} more` : "");
const verbOf = (run) => tied.runs[run][0].split(" ", 1)[0];

// Nodes by id: {id, layer, title, more: lines below it, about: [[label, text]], states, next: id -> state of the link, href, members: nodes folded}
function nodesOf(name, shown, place) {
  const chain = chainOf(name);
  const nodes = new Map();
  const put = (node) => nodes.set(node.id, { more: [], about: [], states: [], next: new Map(), members: [], ...node }).get(node.id);
  const link = (from, to, state = null) => from.next.set(to.id, state);
  const cell = put({ id: "cell", layer: 0, title: `${shown} points`, about: [["Cell", name], ["Number", `${shown} points`]] });
  for (const run of chain.runs) link(cell, runNode(put, run, place));
  for (const run of chain.models) runNode(put, run, place);
  for (const run of [...chain.runs, ...chain.models]) {
    const node = nodes.get(`run/${run}`);
    const [, key, above] = tied.runs[run];
    const parent = linked(`parent/${key}`);
    if (Number.isInteger(above)) link(node, nodes.get(`run/${above}`), parent);
    else if (above) link(node, put({ id: `lost/${above}`, layer: node.layer + 1, title: `model of run ${above}`, states: parent ? [parent] : [] }), parent);
    else if (above === "") link(node, baseNode(put, chain.base), linked(`read/${key}/encoder ${chain.base}`));
    for (const file of chain.read(run)) {
      const into = fileNode(nodes, put, link, file, node.verb === "evaluate" && tied.sets[tied.runs[run][3]][1].includes(file));
      link(node, into, linked(`read/${key}/${tied.files[file][0]}`));
    }
  }
  return nodes;
}

function runNode(put, run, place) {
  const [name, key, , , made] = tied.runs[run];
  const [id, model] = tied.places[run];
  const verb = verbOf(run);
  const layer = { evaluate: 1, finetune: 2, realign: 3 }[verb] ?? 3;
  const href = id && place ? `${place.where}/#/experiments/${place.experiment}/runs/${id}?workflowType=machine_learning` : "";
  const states = known([`run/${key}`, `made/${key}`, `scores/${key}`]);
  const about = [["Run", name], ["Key", `${key}…`], ["Run in MLflow", id || "not in the tracking store"], ["Registered model", model]];
  if (made) about.push([`sha256 of its ${verb === "evaluate" ? "predictions" : "weights"}`, `${made}…`]);
  return put({ id: `run/${run}`, layer, verb, title: name.slice(verb.length + 1), whole: name, about: about.filter(([, text]) => text), states, href });
}

function baseNode(put, label) {
  const [name, sha256] = tied.bases[label];
  return put({ id: `base/${label}`, layer: 4, title: label, more: [name], about: [["Base encoder", label], ["From", name], ["sha256", sha256]], states: known([`base/${label}`]) });
}

function fileNode(nodes, put, link, file, tested) {
  const [path, sha256, kept, refused, excluded, source, raws] = tied.files[file];
  const id = `file/${path}`;
  if (nodes.has(id)) return nodes.get(id);
  const folder = path.slice(0, path.lastIndexOf("/")), stem = path.slice(folder.length + 1).replace(/\.parquet$/, "");
  const what = tested ? "test file" : folder === "bitext" ? "bitext" : "training file";
  const about = [["File", path]];
  if (sha256) about.push(["sha256", sha256], ["Rows", `${kept.toLocaleString("en")} kept, ${refused.toLocaleString("en")} refused, ${excluded.toLocaleString("en")} left out by the checks`]);
  const node = put({ id, layer: 5, title: `${what} ${stem}`, name: stem, more: [folder], what, about, states: known([id]), group: `${what} in ${folder} ${source}` });
  if (source === undefined) return node;
  const [origin, revision, licence, checks] = tied.sources[source];
  const told = [["Source", origin || "unknown"], ["Revision", revision || "unknown"], ["Licence", licence || "unknown"], ["Checks", checks || "none"]];
  const from = nodes.get(`source/${source}`) ?? put({ id: `source/${source}`, layer: 6, title: origin || "unknown source", more: told.slice(1).map(([label, text]) => (label === "Checks" ? checks || "no checks" : `${label.toLowerCase()} ${text}`)), about: told });
  link(node, from);
  for (const one of raws) {
    const [raw, digest, bytes, rows] = tied.raw[one];
    const size = [bytes && plural(bytes, "byte"), rows && plural(rows, "row")].filter(Boolean).join(", ");
    const below = nodes.get(`raw/${raw}`) ?? put({ id: `raw/${raw}`, layer: 6, title: raw, name: raw.replace(/.*\//, ""), what: "raw file", group: `raw ${source}`, about: [["Raw file", raw], ["sha256", digest], ["Size", size]], states: known([`raw/${raw}`]) });
    link(node, below);
  }
  return node;
}

// Nodes of one kind become one that opens: files of a folder and source, runs of a row where there are many. In the order they are shown.
function folded(nodes, opened) {
  const many = LAYERS.map((_, layer) => [...nodes.values()].filter((one) => one.layer === layer && one.verb).length > FOLD);
  const groups = new Map();
  for (const node of nodes.values()) {
    const name = node.verb ? (many[node.layer] ? `${node.verb} ${withoutSeed(node.title)}` : node.id) : (node.group ?? node.id);
    groups.set(name, [...(groups.get(name) ?? []), node]);
  }
  const shown = new Map(), into = new Map();
  for (const [name, members] of groups) {
    const group = members.length > 1 ? groupOf(`group/${name}`, members) : null;
    if (group) shown.set(group.id, { ...group, next: new Map(), open: opened.has(group.id) });
    for (const one of members) {
      if (group && !opened.has(group.id)) into.set(one.id, group.id);
      else shown.set(one.id, { ...one, next: new Map() });
    }
  }
  for (const node of nodes.values()) {
    const from = shown.get(into.get(node.id) ?? node.id);
    for (const [to, state] of node.next) {
      const end = into.get(to) ?? to;
      if (!from.next.get(end)?.broken) from.next.set(end, state);
    }
  }
  return shown;
}

const withoutSeed = (title) => title.split(" ").slice(0, -1).join(" ");
function groupOf(id, members) {
  const { layer, verb, what, more } = members[0];
  const names = members.map((one) => one.name ?? one.title);
  const title = verb ? `${withoutSeed(members[0].title)}: ${plural(members.length, "seed")}` : `${plural(members.length, what)}: ${few(names)}`;
  return { id, layer, title, more, about: [["Holds", names.join(", ")]], states: members.flatMap((one) => one.states), members };
}

// In words: how a node is broken; where it is not at hand, the reason stands above and below the picture.
function stated(node) {
  const [first, ...more] = node.states.filter((one) => one.broken);
  if (!first) return node.states.length ? "○ not at hand" : "";
  return `✗ broken: ${short(first.why)}${more.length ? ` (and ${more.length} more)` : ""}`;
}

// Hashes stand whole below the picture.
const short = (text) => text.replaceAll(/[0-9a-f]{32,}/g, (id) => `${id.slice(0, 8)}…`);

// An element whose text holds commands in `backticks`.
function worded(tag, text, more = {}) {
  const made = element(tag, "", more);
  made.append(...text.split("`").map((piece, place) => (place % 2 ? element("code", piece) : piece)));
  return made;
}

// The picture of a chain. It is laid out when it is "shown" within an open dialog.
function chainPicture(name, shown, place) {
  if (tied?.left_out) return element("p", `The chains of ${plural(tied.left_out, "run")} are left out of this page; the command below prints this one, with --html FILE as a page.`);
  if (!chainOf(name)) return null;
  const all = nodesOf(name, shown, place);
  const figure = element("figure", "", { className: "chain" });
  const help = element("figcaption", "What this number stands on. Right and Left lead along the links, Up and Down from one link to the next; Enter opens what is folded, or a run in MLflow; Esc closes.");
  const canvas = element("div", "", { className: "layers" });
  canvas.setAttribute("role", "group");
  canvas.setAttribute("aria-label", `Chain of ${name}`);
  const about = element("dl", "", { className: "told" });
  about.setAttribute("aria-live", "polite");
  const drawing = { all, canvas, about, opened: new Set(), nodes: new Map(), buttons: new Map(), selected: null, way: [] };
  figure.append(help, ...faults(all), canvas, about);
  figure.addEventListener("shown", () => {
    draw(drawing, "cell");
    new ResizeObserver(() => lines(drawing)).observe(canvas);
  });
  canvas.addEventListener("keydown", (event) => follow(drawing, event));
  return figure;
}

// Above the picture: each broken link, and what is not at hand, by reason.
function faults(nodes) {
  const states = new Map([...nodes.values()].flatMap((node) => [...node.states, ...node.next.values()].filter(Boolean).map((one) => [one.name, { ...one, of: node.whole ?? node.title }])));
  const broken = [...states.values()].filter((one) => one.broken);
  const away = new Map();
  for (const one of states.values()) if (!one.broken) away.set(one.why, (away.get(one.why) ?? 0) + 1);
  const told = broken.slice(0, 5).map((one) => `✗ Broken link: ${one.of}: ${one.why}`);
  if (broken.length > 5) told.push(`✗ ${broken.length - 5} more broken links`);
  if (away.size) told.push(`○ Not at hand when this page was made: ${[...away].map(([why, count]) => `${why} (${plural(count, "link")})`).join("; ")}`);
  return told.map((text, place) => worded("p", text, { className: place < broken.length ? "fault" : "away" }));
}

function draw(drawing, focus) {
  const { canvas, all, opened } = drawing;
  drawing.nodes = folded(all, opened);
  drawing.buttons = new Map();
  drawing.before = new Map([...drawing.nodes.keys()].map((id) => [id, []]));
  for (const node of drawing.nodes.values()) for (const to of node.next.keys()) drawing.before.get(to)?.push(node.id);
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("aria-hidden", "true");
  canvas.replaceChildren(svg);
  LAYERS.forEach((title, layer) => {
    const mine = [...drawing.nodes.values()].filter((one) => one.layer === layer);
    if (!mine.length) return;
    const column = element("div", "", { className: "layer" });
    const list = element("ul");
    column.append(element("h3", title), list);
    for (const node of mine) {
      const item = element("li");
      item.append(button(drawing, node));
      list.append(item);
    }
    canvas.append(column);
  });
  select(drawing, drawing.nodes.has(focus) ? focus : "cell");
  lines(drawing);
}

function button(drawing, node) {
  const made = node.href ? element("a", "", { href: node.href, target: "_blank", rel: "noopener" }) : element("button", "", { type: "button" });
  const broken = node.states.some((one) => one.broken);
  made.className = `node${broken ? " broken" : node.states.length ? " away" : ""}`;
  made.dataset.id = node.id;
  made.append(element("span", `${node.members.length ? (node.open ? "▾ " : "▸ ") : ""}${node.title}`));
  for (const text of node.more) made.append(element("small", short(text)));
  const said = stated(node);
  if (said) made.append(worded("small", said, { className: "state" }));
  const next = [...node.next].map(([to, state]) => (drawing.nodes.get(to)?.title ?? to) + (state?.broken ? " (broken link)" : ""));
  if (next.length) made.append(element("small", `→ ${next.join("; ")}`, { className: "printed" }));
  made.setAttribute("aria-label", [`${LAYERS[node.layer]}: ${[node.title, ...node.more].join(", ")}`, said, next.length ? `stands on ${next.join("; ")}` : ""].filter(Boolean).join(". "));
  if (node.members.length) made.setAttribute("aria-expanded", String(Boolean(node.open)));
  made.addEventListener("focus", () => {
    drawing.way = []; // whoever came by an arrow key has it set again
    select(drawing, node.id);
  });
  made.addEventListener("mouseenter", () => light(drawing, node.id));
  made.addEventListener("mouseleave", () => light(drawing, drawing.selected));
  made.addEventListener("click", (event) => act(drawing, node, event));
  drawing.buttons.set(node.id, made);
  return made;
}

// A first click with the mouse says what a run is; Enter, or a second click, follows it into MLflow. What is folded opens.
function act(drawing, node, event) {
  if (node.href && event.detail > 0 && drawing.chosen !== node.id) event.preventDefault();
  drawing.chosen = node.id;
  select(drawing, node.id);
  if (!node.members.length) return;
  drawing.opened[drawing.opened.has(node.id) ? "delete" : "add"](node.id);
  draw(drawing, node.id);
  drawing.buttons.get(node.id).focus();
}

// Right goes down a link, Left back; Up and Down choose among the links of where one came from, else among what stands in the same layer.
function follow(drawing, event) {
  const here = event.target.closest(".node")?.dataset.id;
  const node = drawing.nodes.get(here);
  if (!node) return;
  const links = (one) => [...drawing.nodes.get(one).next.keys()].sort((a, b) => drawing.nodes.get(a).layer - drawing.nodes.get(b).layer);
  const came = drawing.way.at(-1);
  const beside = came ? links(came) : [...drawing.nodes.values()].filter((one) => one.layer === node.layer).map((one) => one.id);
  const found = {
    ArrowRight: () => links(here)[0] ?? node.members.find((one) => drawing.nodes.has(one.id))?.id,
    ArrowLeft: () => came ?? drawing.before.get(here)[0],
    ArrowDown: () => beside[beside.indexOf(here) + 1],
    ArrowUp: () => beside[beside.indexOf(here) - 1],
  }[event.key]?.();
  if (!event.key.startsWith("Arrow")) return;
  event.preventDefault();
  if (!found) return;
  const way = { ArrowRight: [...drawing.way, here], ArrowLeft: drawing.way.slice(0, -1) }[event.key] ?? drawing.way;
  drawing.buttons.get(found).focus();
  drawing.way = links(way.at(-1) ?? found).includes(found) ? way : [];
}

// What is known of a node stands below the picture.
function select(drawing, id) {
  drawing.selected = id;
  const node = drawing.nodes.get(id);
  const rows = [...node.about, ...node.states.slice(0, 5).map((one) => [one.broken ? "✗ Broken link" : "○ Not at hand", one.why])];
  for (const [to, state] of node.next) if (state) rows.push([state.broken ? "✗ Broken link" : "○ Not at hand", `${drawing.nodes.get(to).title}: ${state.why}`]);
  drawing.about.replaceChildren(...rows.map(([label, text]) => {
    const line = element("div");
    line.append(element("dt", label), worded("dd", text));
    return line;
  }));
  if (node.href) {
    const line = element("div"), value = element("dd");
    value.append(element("a", "Open the run", { href: node.href, target: "_blank", rel: "noopener" }), " (start ", element("code", "mlflow ui"), " first)");
    line.append(element("dt", "In MLflow"), value);
    drawing.about.append(line);
  }
  light(drawing, id);
}

// Everything that a node stands on, and that stands on it; of the cell that is all, and nothing is brought out.
function light(drawing, id) {
  const on = new Set([id]);
  for (const steps of [(one) => [...drawing.nodes.get(one).next.keys()], (one) => drawing.before.get(one)]) {
    for (let level = [id]; level.length; ) {
      level = [...new Set(level.flatMap(steps))].filter((one) => !on.has(one));
      level.forEach((one) => on.add(one));
    }
  }
  for (const [one, made] of drawing.buttons) {
    made.classList.toggle("on", id !== "cell" && on.has(one));
    made.classList.toggle("here", one === id);
  }
  for (const path of drawing.canvas.querySelectorAll("svg path")) path.classList.toggle("on", id !== "cell" && on.has(path.dataset.from) && on.has(path.dataset.to));
}

// The lines between nodes: from side to side where layers stand beside each other, from below to above where they stand under each other.
function lines(drawing) {
  const { canvas, buttons, nodes } = drawing;
  const svg = canvas.querySelector("svg");
  if (!svg) return;
  svg.replaceChildren();
  svg.setAttribute("width", 0);
  svg.setAttribute("height", 0);
  canvas.classList.toggle("tall", canvas.clientHeight > TALL);
  const frame = canvas.getBoundingClientRect();
  const box = (id) => {
    const one = buttons.get(id).getBoundingClientRect();
    const [left, top] = [one.left - frame.left + canvas.scrollLeft, one.top - frame.top + canvas.scrollTop];
    return { left, top, right: left + one.width, bottom: top + one.height, x: left + one.width / 2, y: top + one.height / 2 };
  };
  const boxes = new Map([...nodes.keys()].map((id) => [id, box(id)]));
  svg.setAttribute("width", canvas.scrollWidth);
  svg.setAttribute("height", canvas.scrollHeight);
  for (const node of nodes.values()) {
    for (const [to, state] of node.next) {
      const [a, b] = [boxes.get(node.id), boxes.get(to)];
      const across = a.right <= b.left;
      const bend = across ? (b.left - a.right) / 2 : (b.top - a.bottom) / 2;
      const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
      path.setAttribute("d", across ? `M${a.right} ${a.y}C${a.right + bend} ${a.y} ${b.left - bend} ${b.y} ${b.left} ${b.y}` : `M${a.x} ${a.bottom}C${a.x} ${a.bottom + bend} ${b.x} ${b.top - bend} ${b.x} ${b.top}`);
      if (state?.broken) path.classList.add("broken");
      if (nodes.get(to).layer > node.layer + 1) path.classList.add("far");
      Object.assign(path.dataset, { from: node.id, to });
      svg.append(path);
    }
  }
  light(drawing, drawing.selected);
}
