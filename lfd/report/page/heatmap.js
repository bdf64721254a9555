// Factors to signed axes as a heat map; how sure a cell is, is told on hover and on keyboard focus.

const METHODS = { mc: "Magnitude of Change", sample: "Sampling" };
const METHOD_WORDS = {
  mc: "Real users are moved to one end of an axis: how much narrower does what they are recommended become?",
  sample: "Users are drawn at one end of an axis: how much narrower is what they are recommended than the catalogue?",
};

function mapSection(findings) {
  const grids = findings.evidence.grids.filter((g) => g.units.length);
  if (!grids.length) return null;
  const state = { sort: "number", idle: false };
  const holder = el("div", { class: "maps" });
  const draw = () => holder.replaceChildren(...grids.map((grid) => el("div", {}, el("h3", {}, METHODS[grid.method]),
    el("p", { class: "small" }, METHOD_WORDS[grid.method]), el("div", { class: "scroll" }, heatTable(findings, { ...state, grid })))));
  const orders = [["number", "by number"], ["score", "strongest first"]];
  const controls = el("div", { class: "controls" },
    el("label", {}, "Order", el("select", { onchange: (e) => { state.sort = orders[e.target.selectedIndex][0]; draw(); } },
      orders.map(([, words]) => el("option", {}, words)))),
    el("label", {}, el("input", { type: "checkbox", onchange: (e) => { state.idle = e.target.checked; draw(); } }), "idle axes too"));
  const legend = el("p", { class: "legend" },
    el("span", {}, el("span", { class: "swatch hot" }), "narrower: about this property"),
    el("span", {}, el("span", { class: "swatch cold" }), "wider"),
    el("span", {}, el("span", { class: "swatch sure" }), `framed: sure (q < ${SURE}), and unlike the axis's other end`));
  draw();
  return section("map", "Which axis is about what",
    "Each row is one end of an axis, each column a property of the items. Hover over a cell, or move with the arrow keys, to see how sure it is. Axes keep their numbers in every order.",
    controls, holder, legend);
}

function heatRows(findings, { grid, sort, idle }) {
  const rows = grid.units.map((unit, n) => ({ unit, score: grid.score[n], q: grid.q[n] }))
    .filter(({ unit }) => unit.direction !== null || idle || findings.axes[unit.axis].active);
  const best = (row) => Math.max(...row.score.map((s) => s ?? -Infinity));
  if (sort === "score") rows.sort((a, b) => best(b) - best(a));
  return rows;
}

function unitWords(findings, unit) {
  if (unit.direction !== null) return `${unit.direction}${unit.side > 0 ? "+" : "−"}`;
  const concept = findings.axes[unit.axis].concept;
  return axisName(unit.axis, unit.side) + (concept ? ` ${endWords(concept, unit.side)}` : "");
}

/** The end of an axis that follows a concept: a value has more and less, an ordered attribute high and low. */
function endWords(concept, side) {
  const value = concept.includes("=");
  return `${side > 0 ? (value ? "more" : "high") : value ? "less" : "low"} ${concept}`;
}

function rowHead(findings, unit) {
  const words = unitWords(findings, unit);
  const name = unit.direction === null ? axisName(unit.axis, unit.side) : words;
  return el("th", { scope: "row" }, name, el("span", { class: "concept" }, words.slice(name.length)));
}

function heatTable(findings, state) {
  const { grid } = state;
  const rows = heatRows(findings, state);
  const most = Math.max(1e-9, ...rows.flatMap((r) => r.score.map((s) => Math.abs(s ?? 0))));
  const bodies = []; // one for each axis, so that its two ends stand together
  rows.forEach((row, r) => {
    const before = rows[r - 1]?.unit;
    if (r === 0 || (state.sort === "number" && before.axis !== row.unit.axis)) bodies.push(el("tbody"));
    bodies.at(-1).append(el("tr", {}, rowHead(findings, row.unit),
      row.score.map((score, a) => heatCell(findings, grid, row, a, score, most, r === 0 && a === 0))));
  });
  const made = el("table", { class: "heat", role: "grid", "aria-label": `${METHODS[grid.method]} by signed axis and property` },
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, ""), grid.attributes.map((a) => el("th", { scope: "col" }, a)))),
    bodies);
  made.addEventListener("keydown", moveInGrid);
  return made;
}

function heatCell(findings, grid, row, a, score, most, first) {
  if (score === null) return el("td", { role: "gridcell", "--much": "0%", "--tone": "var(--cold)" }, "");
  const q = row.q[a];
  const sure = isMapped(findings, grid, row.unit, grid.attributes[a]);
  const words = `${unitWords(findings, row.unit)}, ${grid.attributes[a]}\n${METHODS[grid.method]} ${fixed(score, 3)}\n${qWords(q)}: ${verdictWords(q, score, sure)}`;
  const part = Math.min(Math.abs(score) / most, 1);
  const cell = el("td", {
    role: "gridcell", tabindex: first ? "0" : "-1", "aria-label": words.replaceAll("\n", ", "),
    class: [sure ? "sure" : "", part > 0.62 ? "strong" : "", part > 0.8 ? "most" : ""].filter(Boolean).join(" ") || null,
    "--much": `${Math.round(100 * part)}%`, "--tone": score > 0 ? "var(--hot)" : "var(--cold)",
  }, fixed(score).replace("−0.00", "0.00"));
  for (const event of ["mouseenter", "focus"]) cell.addEventListener(event, () => tip.show(words, cell));
  for (const event of ["mouseleave", "blur"]) cell.addEventListener(event, tip.hide);
  return cell;
}

/** Whether decoding says that an end of an axis is about a property. */
function isMapped(findings, grid, unit, attribute) {
  const mapping = (unit.direction === null ? findings.mappings : findings.directions)[grid.method];
  const own = mapping?.axes.find((m) => m.axis === unit.axis && m.side === unit.side && m.direction === unit.direction);
  return own?.attributes.some((cell) => cell.attribute === attribute) ?? false;
}

function verdictWords(q, score, sure) {
  if (sure) return "sure, and unlike the other end";
  if (q === null || q >= SURE) return "chance may explain it";
  return score > 0 ? "surer than chance, but hardly more than at the other end" : "not about this";
}

/** Arrow keys move between the cells of a grid; one cell at a time can be reached by Tab. */
function moveInGrid(event) {
  const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
  const cell = event.target.closest("td");
  if (event.key === "Escape") tip.hide();
  if (!step || !cell) return;
  const rows = [...cell.closest("table").querySelectorAll("tbody tr")];
  const next = rows[rows.indexOf(cell.parentElement) + step[0]]?.cells[cell.cellIndex + step[1]];
  if (!next || next.tagName !== "TD") return;
  event.preventDefault();
  cell.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}
