// The explorer: pick somebody, turn named knobs, see the list and its shares change at once.

const LENGTH = 10;
const REACH = 3;
const MOST_SHARES = 8;
const KINDS = [
  ["natural", "the most, changing little else"],
  ["steering", "the most of it"],
  ["pure", "it alone, other named ones stay"],
  ["reading", "as it is read in users"],
  ["labels", "by label: a bonus to its items"],
];

function exploreSection(explorer, findings, runName) {
  const model = readModel(explorer);
  const people = readUsers(explorer);
  const state = { who: "user", user: 0, items: [], amounts: new Map(), kind: defaultKind(explorer), hideSeen: true };
  const shown = resultPlaces();
  const update = () => showResult(explorer, model, people, state, shown, runName);
  const controls = el("div", {}, whoField(explorer, people, state, update), knobField(explorer, findings, state, update));
  const made = section("explore", "Try it: turn the knobs",
    "The model runs in this page. Pick somebody and move a slider: the list is what the command would recommend. Sliders count in standard deviations of the users.",
    explorer.notes.map((n) => el("p", { class: "note" }, n.charAt(0).toUpperCase() + n.slice(1) + ".")),
    el("div", { class: "explore" }, controls, shown.left, shown.right));
  update();
  return made;
}

function defaultKind(explorer) {
  return KINDS.map(([kind]) => kind).find((kind) => explorer.knobs.some((k) => k.steps[kind])) ?? "axis";
}

function readUsers(explorer) {
  const z = readArray(explorer.users.z).values;
  const starts = readArray(explorer.users.starts).values;
  const seen = readArray(explorer.users.seen).values;
  const n = explorer.n_latent;
  return {
    ids: explorer.users.ids,
    z: (u) => Float64Array.from(z.subarray(u * n, (u + 1) * n)),
    seen: (u) => Array.from(seen.subarray(starts[u], starts[u + 1])),
  };
}

// Who ------------------------------------------------------------------------------------------------------

function whoField(explorer, people, state, update) {
  const detail = el("div", {});
  const show = () => {
    detail.replaceChildren(...{ user: () => userChoice(people, state, update), items: () => itemChoice(explorer, state, update), nobody: () => [el("p", { class: "small" }, "A newcomer of whom nothing is known: an average user, until a slider states a taste.")] }[state.who]());
    update();
  };
  const radio = (value, words) => el("label", {}, el("input", { type: "radio", name: "who", value, checked: state.who === value, onchange: () => { state.who = value; show(); } }), words);
  const field = el("fieldset", {}, el("legend", {}, "For whom"),
    el("div", { class: "who" }, people.ids.length ? radio("user", "a user") : null, radio("items", "whoever likes some items"), radio("nobody", "nobody yet")),
    detail);
  if (!people.ids.length) state.who = "nobody";
  detail.replaceChildren(...(people.ids.length ? userChoice(people, state, update) : []));
  return field;
}

function userChoice(people, state, update) {
  const known = el("p", { class: "small" });
  const say = () => { known.textContent = `has ${people.seen(state.user).length} items`; };
  const input = el("input", { type: "text", id: "user", size: "10", value: people.ids[state.user], list: "user-ids", autocomplete: "off", "aria-describedby": "user-known",
    onchange: () => {
      const at = people.ids.indexOf(input.value.trim());
      if (at < 0) known.textContent = `there is no user ${input.value.trim()} in the page`;
      else { state.user = at; say(); update(); }
    } });
  const another = el("button", { type: "button", onclick: () => { state.user = Math.floor(Math.random() * people.ids.length); input.value = people.ids[state.user]; say(); update(); } }, "Another");
  const ids = el("datalist", { id: "user-ids" }, people.ids.slice(0, 1000).map((id) => el("option", { value: id })));
  const hide = el("label", { class: "choice" }, el("input", { type: "checkbox", checked: state.hideSeen, onchange: (e) => { state.hideSeen = e.target.checked; update(); } }), "leave out what the user has");
  known.id = "user-known";
  say();
  return [el("div", { class: "controls" }, el("label", { for: "user" }, "User "), input, another), known, ids, hide];
}

function itemChoice(explorer, state, update) {
  const chosen = el("ul", { class: "chosen" });
  const said = el("p", { class: "small", role: "status" });
  const show = () => {
    chosen.replaceChildren(...state.items.map((item) => el("li", {}, el("button", { type: "button", "aria-label": `Remove ${explorer.items.titles[item]}`, onclick: () => { state.items = state.items.filter((i) => i !== item); show(); update(); } }, `${explorer.items.titles[item]} ✕`))));
    said.textContent = state.items.length ? "" : "Add an item or more.";
  };
  const input = el("input", { type: "search", id: "item", list: "item-titles", autocomplete: "off", "aria-label": "Add an item by its title",
    onchange: () => {
      const wanted = input.value.trim().toLowerCase();
      let at = explorer.items.titles.findIndex((t) => t.toLowerCase() === wanted);
      if (at < 0 && wanted) at = explorer.items.titles.findIndex((t) => t.toLowerCase().includes(wanted));
      if (at < 0) { if (wanted) said.textContent = `no item is called ${input.value.trim()}`; return; }
      if (!state.items.includes(at)) state.items = [...state.items, at];
      input.value = "";
      show();
      update();
    } });
  show();
  return [el("label", { class: "choice", for: "item" }, "Add an item ", input),
    el("datalist", { id: "item-titles" }, explorer.items.titles.map((t) => el("option", { value: t }))), chosen, said];
}

// Knobs ----------------------------------------------------------------------------------------------------

function knobField(explorer, findings, state, update) {
  const groups = [...new Set(explorer.knobs.map((k) => k.group))];
  const rows = [];
  const kinds = KINDS.filter(([kind]) => explorer.knobs.some((k) => k.steps[kind === "labels" ? "reading" : kind]));
  const reset = el("button", { type: "button", onclick: () => {
    state.amounts.clear();
    rows.forEach((r) => r.set(0));
    update();
  } }, "All back to 0");
  const kind = kinds.length ? el("label", { class: "choice" }, "A property slider gives ", el("select", { id: "kind", onchange: (e) => { state.kind = kinds[e.target.selectedIndex][0]; update(); } },
    kinds.map(([value, words]) => el("option", { value, selected: value === state.kind }, words)))) : null;
  const lists = groups.map((group, n) => {
    const knobs = explorer.knobs.map((knob, at) => ({ knob, at })).filter(({ knob }) => knob.group === group);
    const made = knobs.map(({ knob, at }) => knobRow(knob, at, findings, state, update));
    rows.push(...made);
    return el("details", { open: n === 0 }, el("summary", {}, group === "axes" ? "the axes" : group), made.map((r) => r.node));
  });
  return el("fieldset", {}, el("legend", {}, "Knobs"), el("div", { class: "controls" }, kind, reset), el("div", { class: "knobs-scroll" }, lists));
}

/** An axis with the concept that it follows, or with what is at its two ends. */
function axisWords(findings, axis) {
  const { concept } = findings.axes[axis];
  const walk = walkOf(findings, axis);
  const found = walk ? changing(walk) : [];
  const ends = [found.find((c) => c.rise < 0), found.find((c) => c.rise > 0)].map((c) => (c ? valueWords(c.attribute, c.value) : ""));
  if (concept) return `${axisName(axis)}: ${concept}`;
  return ends.some(Boolean) ? `${axisName(axis)}: ${ends.join(" ↔ ")}` : axisName(axis);
}

function knobRow(knob, at, findings, state, update) {
  const id = `knob-${at}`;
  const words = knob.group === "axes" ? axisWords(findings, Number(knob.name.slice(1))) : knob.label;
  const out = el("output", { for: id }, "0");
  const input = el("input", { type: "range", id, min: -REACH, max: REACH, step: "0.1", value: "0", "data-knob": knob.name,
    oninput: () => { set(Number(input.value)); update(); } });
  const node = el("div", { class: "knob" }, el("label", { for: id, class: knob.sure ? null : "unsure", title: knob.sure ? null : "decoding is not sure that this is in the model" }, knob.sure ? words : `${words} (unsure)`), input, out);
  function set(value) {
    if (value === 0) state.amounts.delete(at);
    else state.amounts.set(at, value);
    input.value = String(value);
    out.textContent = value === 0 ? "0" : signed(value);
    input.setAttribute("aria-valuetext", value === 0 ? "as it is" : `${signed(value)} standard deviations`);
    node.classList.toggle("moved", value !== 0);
  }
  return { node, set };
}

// Result ---------------------------------------------------------------------------------------------------

function resultPlaces() {
  const places = { list: el("ol", { class: "list", id: "list" }), shares: el("div", { id: "shares" }), said: el("p", { class: "small", role: "status" }), beyond: el("p", { class: "note", hidden: true }), command: el("code", { id: "command" }) };
  places.left = el("div", {}, el("h3", {}, "Recommended"), places.said, places.beyond, places.list);
  places.right = el("div", {}, el("h3", {}, "What the list consists of"), el("p", { class: "small" }, "Bar: now. Line: before any slider was moved."), places.shares,
    el("details", {}, el("summary", {}, "The same at the shell"), el("pre", { tabindex: "0" }, places.command)));
  return places;
}

/** What a concept's slider adds to the scores where labels are turned. */
function gainOf(explorer, knob, amount) {
  const { values } = explorer.attributes.find((a) => a.name === knob.group);
  const value = knob.name === knob.group ? null : values.indexOf(knob.name.slice(knob.group.length + 1));
  return { own: explorer.items.values[knob.group], value, number: values.length, nats: explorer.bonus * amount };
}

/** Where somebody is before and after the knobs, and what is left out of the list. */
function placed(explorer, model, people, state) {
  const seen = new Set(state.who === "user" ? (state.hideSeen ? people.seen(state.user) : []) : state.who === "items" ? state.items : []);
  const centre = Float64Array.from(explorer.centre);
  const from = state.who === "user" ? people.z(state.user) : state.who === "items" && state.items.length ? model.encode(state.items) : centre;
  const turns = [...state.amounts].map(([at, amount]) => ({ knob: explorer.knobs[at], amount }));
  const axes = turns.filter(({ knob }) => knob.steps.axis).map(({ knob, amount }) => ({ step: knob.steps.axis, amount }));
  const named = turns.filter(({ knob }) => !knob.steps.axis);
  const start = state.kind === "labels" ? from : state.who === "nobody" ? stated(from, named.map(({ knob, amount }) => ({ step: knob.steps.reading, amount }))) : turned(from, named.map(({ knob, amount }) => ({ step: knob.steps[state.kind], amount })));
  const gains = state.kind === "labels" ? named.map(({ knob, amount }) => gainOf(explorer, knob, amount)) : [];
  return { seen, from, to: turned(start, axes), turns, gains };
}

function showResult(explorer, model, people, state, shown, runName) {
  const { seen, from, to, turns, gains } = placed(explorer, model, people, state);
  const before = best(model.decode(from), LENGTH, seen);
  const now = turns.length ? best(lifted(model.decode(to), gains), LENGTH, seen) : before;
  shown.list.replaceChildren(...now.map((item, n) => listRow(explorer, item, n, before, turns.length > 0)));
  shown.shares.replaceChildren(...explorer.attributes.map((a) => sharesOfList(explorer, a, before, now, new Set(turns.map(({ knob }) => knob.name)))));
  const fresh = now.filter((i) => !before.includes(i)).length;
  shown.said.textContent = turns.length ? `${fresh} of ${now.length} are new since the sliders were at 0.` : `The ${now.length} best, before any slider is moved.`;
  const beyond = turns.filter(({ knob }) => isBeyond(explorer, knob, to)).map(({ knob }) => `${knob.name} (users are at ${fixed(knob.low, 1)} to ${fixed(knob.high, 1)})`);
  shown.beyond.hidden = !beyond.length;
  shown.beyond.textContent = `Farther than any user is: ${beyond.join(", ")}. There the model guesses.`;
  shown.command.textContent = commandOf(explorer, people, state, to, from, turns, runName);
}

function isBeyond(explorer, knob, z) {
  const step = knob.steps.axis ?? knob.steps.steering;
  let along = 0;
  let length = 0;
  step.forEach((s, j) => { along += s * (z[j] - explorer.centre[j]); length += s * s; });
  return length > 0 && (along / length > knob.high + 0.05 || along / length < knob.low - 0.05);
}

function listRow(explorer, item, n, before, moved) {
  const was = before.indexOf(item);
  const steps = was - n;
  const words = !moved ? "" : was < 0 ? "new" : steps > 0 ? `▲ ${steps}` : steps < 0 ? `▼ ${-steps}` : "stays";
  const kind = !moved ? "" : was < 0 ? "new" : steps > 0 ? "rose" : steps < 0 ? "fell" : "";
  const about = explorer.attributes.map((a) => [explorer.items.values[a.name][item]].flat().filter((v) => v >= 0).map((v) => valueWords(a.name, a.values[v])).join(", ")).filter(Boolean).join(" · ");
  return el("li", { "data-item": explorer.items.ids[item] }, el("span", { class: "rank" }, String(n + 1)), el("span", { class: "title" }, explorer.items.titles[item], el("small", { title: about }, about)), el("span", { class: `moved ${kind}` }, words));
}

function sharesOfList(explorer, attribute, before, now, named) {
  const values = explorer.items.values[attribute.name];
  const was = sharesOf(before, values, attribute.values.length);
  const is = sharesOf(now, values, attribute.values.length);
  const weight = (v) => (named.has(`${attribute.name}=${attribute.values[v]}`) ? 2 : Math.max(is[v], was[v]));
  const most = attribute.values.map((_, v) => v).filter((v) => weight(v) > 0)
    .sort((a, b) => weight(b) - weight(a) || a - b).slice(0, MOST_SHARES);
  if (attribute.ordered) most.sort((a, b) => a - b);
  const percent = (s) => Math.round(100 * s);
  return el("div", {}, el("h4", {}, attribute.name), most.map((v) => el("div", { class: "share" }, el("span", { class: "value" }, attribute.values[v]),
    el("span", { class: "track", "aria-hidden": "true" }, el("span", { class: "now", "--now": String(is[v]) }), el("span", { class: "was", "--was": String(was[v]) })),
    el("span", { class: "figures" }, percent(was[v]) === percent(is[v]) ? `${percent(is[v])} %` : `${percent(was[v])} → ${percent(is[v])} %`))));
}

/** A word as a shell takes it. */
function shellWord(word) {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** An item as the shell finds it: by its title, or by its id where several have that title. */
function nameOf(items, item) {
  const title = items.titles[item];
  return items.titles.indexOf(title) === items.titles.lastIndexOf(title) ? title : items.ids[item];
}

/** The command whose list this is: concepts where one strength says it all, else the same move by axes. */
function commandOf(explorer, people, state, to, from, turns, runName) {
  const words = ["lfd", "recommend", runName];
  if (state.who === "user") words.push("--user", people.ids[state.user]);
  if (state.who === "items") for (const item of state.items) words.push("--history", nameOf(explorer.items, item));
  if (state.who === "user" && !state.hideSeen) words.push("--include-seen");
  const named = turns.filter(({ knob }) => !knob.steps.axis);
  const lengths = new Set(named.map(({ amount }) => Math.abs(amount)));
  const labels = state.kind === "labels";
  if (lengths.size > 1 && labels) return "# labels by different strengths: no one command says it";
  if (lengths.size > 1 && explorer.knobs.some(({ steps }) => steps.axis && steps.axis.filter((s) => s !== 0).length > 1)) {
    return "# sliders of different lengths, in axes that are not at right angles: no one command says it";
  }
  const axes = lengths.size > 1 ? movedAxes(explorer, from, to) : turns.filter(({ knob }) => knob.steps.axis);
  for (const { knob, amount } of axes) words.push("--axis", `${knob.name.slice(1)}=${signed(amount, lengths.size > 1 ? 3 : 1).replace("−", "-")}`);
  if (lengths.size === 1) {
    for (const { knob, amount } of named) words.push(amount > 0 ? "--more" : "--less", knob.name);
    words.push("--how", labels ? "labels" : "latent");
    if (state.who !== "nobody" && !labels) words.push("--kind", state.kind);
    words.push("--strength", String([...lengths][0]));
  }
  return words.map(shellWord).join(" ");
}

/** A move as amounts along the axes, which are at right angles. */
function movedAxes(explorer, from, to) {
  return explorer.knobs.filter((knob) => knob.steps.axis).map((knob) => {
    const step = knob.steps.axis;
    const length = step.reduce((sum, s) => sum + s * s, 0);
    return { knob, amount: step.reduce((sum, s, j) => sum + s * (to[j] - from[j]), 0) / length };
  }).filter(({ amount }) => Math.abs(amount) >= 0.0005);
}
