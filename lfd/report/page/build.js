// Small helpers to build the document; what comes from data is set as text, never as markup.

/** An element with attributes and children; strings become text. */
function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key.startsWith("--")) made.style.setProperty(key, value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined));
  return made;
}

/** A section with a heading and what it is about. */
function section(id, title, about, ...children) {
  return el("section", { id, "aria-labelledby": `${id}-title` },
    el("h2", { id: `${id}-title` }, title), about ? el("p", { class: "about" }, about) : null, ...children);
}

/** A table; columns: {title, number, cell(row)}. */
function table(caption, columns, rows, kind = null) {
  const head = columns.map((c) => el("th", { scope: "col", class: c.number ? "number" : null }, c.title));
  const body = rows.map((row) => el("tr", {}, columns.map((c, n) =>
    el(n === 0 ? "th" : "td", { scope: n === 0 ? "row" : null, class: c.number ? "number" : null }, c.cell(row)))));
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    el("table", { class: kind }, el("thead", {}, el("tr", {}, head)), el("tbody", {}, body)));
}

function fixed(value, digits = 2) {
  return value === null || value === undefined ? "" : value.toFixed(digits).replace("-", "−");
}

function signed(value, digits = 1) {
  return `${value > 0 ? "+" : ""}${fixed(value, digits)}`;
}

/** q in words: small ones are not told to the last digit. */
function qWords(q) {
  if (q === null || q === undefined) return "no test";
  return q < 0.001 ? "q < 0.001" : `q = ${q.toFixed(3)}`;
}

const SURE = 0.05;

function axisName(axis, side = 0) {
  return `z${axis}${side > 0 ? "+" : side < 0 ? "−" : ""}`;
}

/** A signed axis as the findings write it, with a minus that is as wide as a plus. */
function signedName(name) {
  return name.replace(/-$/, "−");
}

/** A value, with its attribute where it says little alone. */
function valueWords(attribute, value) {
  return /^[\d.]/.test(value) ? `${attribute} ${value}` : value;
}

const tip = {
  node: null,
  show(text, target) {
    tip.node ??= document.getElementById("tip");
    tip.node.textContent = text;
    tip.node.hidden = false;
    const at = target.getBoundingClientRect();
    const own = tip.node.getBoundingClientRect();
    const left = Math.min(Math.max(6, at.left + at.width / 2 - own.width / 2), window.innerWidth - own.width - 6);
    const above = at.top - own.height - 8;
    tip.node.style.left = `${left}px`;
    tip.node.style.top = `${above > 6 ? above : at.bottom + 8}px`;
  },
  hide() {
    if (tip.node) tip.node.hidden = true;
  },
};
