// One panel an axis: what rises and falls along it, what is recommended at both ends, how it changes between.

const MOST_LINES = 5;
const MOST_TAGS = 5;
const LEAST_CHANGE = 0.05;

function axesSection(findings) {
  const state = { sort: "number", idle: false };
  const holder = el("div", { class: "panels" });
  const draw = () => {
    const shown = findings.axes.filter((a) => a.active || state.idle);
    if (state.sort === "kl") shown.sort((a, b) => (b.kl ?? 0) - (a.kl ?? 0));
    if (state.sort === "change") shown.sort((a, b) => change(findings, b.axis) - change(findings, a.axis));
    const open = window.innerWidth < 720 ? 1 : 4;
    holder.replaceChildren(...shown.map((axis, n) => axisPanel(findings, axis, n < open)));
    redrawCharts();
  };
  const orders = [["number", "by number"], ["change", "what changes most first"], ["kl", "by KL"]];
  const controls = el("div", { class: "controls" },
    el("label", {}, "Order", el("select", { onchange: (e) => { state.sort = orders[e.target.selectedIndex][0]; draw(); } },
      orders.map(([, words]) => el("option", {}, words)))),
    el("label", {}, el("input", { type: "checkbox", onchange: (e) => { state.idle = e.target.checked; draw(); } }), "idle axes too"),
    el("button", { type: "button", onclick: (e) => {
      const panels = [...holder.children];
      const open = panels.some((p) => !p.open);
      panels.forEach((p) => { p.open = open; });
      e.target.textContent = open ? "Close all" : "Open all";
    } }, "Open all"));
  draw();
  return section("axes", "The axes, one by one",
    "What is recommended to an average user who is moved along one axis, all else left alone.", controls, holder);
}

/** Values along a walk: {attribute, value, shares, rise}, those that change most between the ends first. */
function changing(walk) {
  const found = [];
  for (const [attribute, values] of Object.entries(walk.shares)) {
    for (const [value, shares] of Object.entries(values)) {
      const known = shares.filter((s) => s !== null);
      const range = Math.max(...known) - Math.min(...known);
      const rise = (shares.at(-1) ?? 0) - (shares[0] ?? 0);
      if (range >= LEAST_CHANGE) found.push({ attribute, value, shares, rise, range });
    }
  }
  return found.sort((a, b) => Math.abs(b.rise) - Math.abs(a.rise) || b.range - a.range);
}

function walkOf(findings, axis) {
  return findings.evidence.walks.find((w) => w.axis === axis);
}

function change(findings, axis) {
  const walk = walkOf(findings, axis);
  return walk ? Math.max(0, ...changing(walk).map((c) => Math.abs(c.rise))) : 0;
}

function axisPanel(findings, axis, open) {
  const name = axisName(axis.axis);
  const walk = walkOf(findings, axis.axis);
  const facts = [axis.kl === null ? "" : `KL ${fixed(axis.kl)} nats`, axis.active ? "" : "idle: users hardly differ, or by chance alone"].filter(Boolean).join(" · ");
  return el("details", { class: "panel", open, "data-axis": String(axis.axis) },
    el("summary", {}, el("span", { class: "head" }, el("h3", {}, axis.concept ? `${name}: ${axis.concept}` : name), el("span", { class: "small" }, facts)), walk ? gist(walk) : null),
    mappedWords(findings, axis.axis), walk ? walkParts(name, walk) : null, smoothWords(findings, axis.axis));
}

/** The value that rises most and the one that falls most, for a panel that is closed. */
function gist(walk) {
  const found = changing(walk);
  const part = (one, kind) => one ? el("span", { class: kind }, `${valueWords(one.attribute, one.value)} `) : null;
  return el("span", { class: "gist" }, part(found.find((c) => c.rise > 0), "up"), part(found.find((c) => c.rise < 0), "down"), found.length ? null : "hardly anything changes along it");
}

/** What the axis's ends are sure to be about. */
function mappedWords(findings, axis) {
  const said = [];
  for (const [method, mapping] of Object.entries(findings.mappings)) {
    for (const one of mapping.axes.filter((m) => m.axis === axis && m.attributes.length)) {
      const what = one.attributes.map((c) => `${c.attribute} (${fixed(c.score)}, ${qWords(c.q)})`).join(", ");
      said.push(el("li", {}, `${axisName(axis, one.side)} is about ${what} by ${METHODS[method]}`));
    }
  }
  return said.length ? el("ul", { class: "small" }, said) : el("p", { class: "small" }, "No property is surely concentrated at one end.");
}

function walkParts(name, walk) {
  const found = changing(walk);
  const tags = (some, kind, words) => some.length ? el("ul", { class: "tags", "aria-label": words },
    some.slice(0, MOST_TAGS).map((c) => el("li", { class: kind }, `${valueWords(c.attribute, c.value)} ${Math.round(100 * (c.shares[0] ?? 0))} → ${Math.round(100 * (c.shares.at(-1) ?? 0))} %`))) : null;
  const lines = found.slice(0, MOST_LINES).map((c) => ({ label: valueWords(c.attribute, c.value), values: c.shares }));
  const end = (title, titles) => el("div", {}, el("h4", {}, title), el("ol", {}, titles.map((t) => el("li", {}, t))));
  return el("div", {},
    tags(found.filter((c) => c.rise > 0), "up", "Rise along the axis"),
    tags(found.filter((c) => c.rise < 0), "down", "Fall along the axis"),
    el("div", { class: "ends" }, end(`At the low end, ${name}−`, walk.low), end(`At the high end, ${name}+`, walk.high)),
    lines.length ? [el("h4", {}, "Share of the list along the axis"),
      curves(`Shares along ${name}: ${lines.map((l) => l.label).join(", ")}`, walk.z, lines, { low: 0, high: 1, xLabel: name }),
      numbersOf(`Shares along ${name}`, name, walk.z, lines)] : el("p", { class: "small" }, "Hardly anything changes along it."));
}

function smoothWords(findings, axis) {
  const found = findings.evidence.smoothness.find((s) => s.axis === axis);
  if (!found) return null;
  const follows = found.follows.map(([side, attribute, value, rho, monotone]) =>
    `${valueWords(attribute, value)} follows it to ${side === "+" ? "the high" : "the low"} end (rank correlation ${fixed(rho)}${monotone === null ? "" : `, ${Math.round(100 * monotone)} % of its steps rise`})`);
  return el("p", { class: "small" }, `Continuity: from one step to the next ${Math.round(100 * found.mean)} % of the list changes on average, ${Math.round(100 * found.largest)} % at most${follows.length ? `; ${follows.join("; ")}` : ""}.`);
}
