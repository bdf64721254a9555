// The sections that are read: what was trained, how good it is, concepts, truth, training, comparison, commands.

const GLOSSARY = {
  "recommendation.ndcg@20": "how well held-out users' hidden choices are ranked, 1 is perfect",
  "recommendation.recall@20": "share of the hidden choices among the first 20",
  "recommendation.validation_loss": "surprise at a hidden choice, in nats; less is better",
};
const TOP_FIGURES = ["recommendation.ndcg@20", "recommendation.recall@20"];
const METHOD_NAMES = { mc: "Magnitude of Change", sample: "Sampling" };

/** A figure's name and what it is about, in few words. */
function figureTitle(column) {
  const decoded = /^(mapped|decoded)_(mc|sample)_(raw|aligned)$/.exec(column.name);
  if (decoded) {
    const [, what, method, frame] = decoded;
    return `${what === "mapped" ? "properties that have an axis" : "true factors found"}, by ${METHOD_NAMES[method]} (${frame} axes)`;
  }
  const name = column.name.replaceAll("_", " ").replace("ndcg", "NDCG");
  return GLOSSARY[column.id] ? `${name}: ${GLOSSARY[column.id]}` : name;
}

function figureWords(value, of = null) {
  if (value === null || value === undefined) return "";
  if (of !== null && of !== undefined) return `${value} of ${of}`;
  return Number.isInteger(value) && Math.abs(value) > 1 ? String(value) : fixed(value, 3);
}

/** What recommending the most popular items to everybody reaches, to hold a figure against. */
function popularityWords(row, column) {
  const reached = row.popularity[column.id];
  return reached === undefined ? "" : `; the most popular items alone reach ${fixed(reached, 3)}`;
}

function summarySection(report, comparison) {
  const { prose, findings } = report;
  const row = comparison?.rows.find((r) => r.name === report.name) ?? (comparison?.rows.length === 1 ? comparison.rows[0] : null);
  const columns = row ? comparison.columns.filter((c) => row.cells[c.id]?.value !== null && row.cells[c.id] !== undefined) : [];
  const top = columns.filter((c) => TOP_FIGURES.includes(c.id) || c.id.startsWith("decoding."));
  const facts = el("ul", { class: "facts" },
    top.map((c) => el("li", {}, el("b", {}, figureWords(row.cells[c.id].value, row.cells[c.id].of)), el("span", {}, figureTitle(c), popularityWords(row, c)))));
  const dropped = Object.entries(findings.data.dropped);
  return section("summary", "What was trained, and how good it is", null,
    prose.trained.map((said) => el("p", {}, said)),
    prose.verdict ? el("p", {}, el("strong", {}, `Factors ${prose.verdict}.`)) : null,
    prose.warnings.map((said) => el("p", { class: "note" }, said)),
    top.length ? facts : null,
    columns.length ? el("details", {}, el("summary", {}, "All figures, and what they mean"), table("Figures", [
      { title: "figure", cell: (c) => `${c.subject}: ${c.name.replaceAll("_", " ")}` },
      { title: "value", number: true, cell: (c) => figureWords(row.cells[c.id].value, row.cells[c.id].of) },
      { title: "what it is", cell: (c) => c.definition },
    ], columns)) : null,
    prose.decided.length || dropped.length ? el("details", {}, el("summary", {}, "How the data were read, and what was decided by them"),
      el("ul", {}, prose.decided.map((d) => el("li", {}, d)), dropped.map(([what, n]) => el("li", {}, `left out: ${n.toLocaleString("en")} ${what}`)))) : null,
    complexityWords(findings.complexity));
}

function complexityWords(found) {
  if (!found) return null;
  const known = found.correlation === null ? "" : `; a user's place on the weakest of them can be known with a correlation of ${fixed(found.correlation)}`;
  return el("p", { class: "small" }, `The choices alone show ${found.number} factors above chance, ${found.main} of them main ones${known}.`);
}

const FIRST = 12;

function conceptsSection(findings) {
  if (!findings.concepts.length) return null;
  return section("concepts", "Properties with a direction of their own",
    "Moving a user along a property's direction raises its share of the list. Shares are of lists before and after a move of two standard deviations, judged on items whose labels were not used to find the direction.",
    concepts(findings.concepts.slice(0, FIRST)),
    findings.concepts.length > FIRST ? el("details", {}, el("summary", {}, `The other ${findings.concepts.length - FIRST}`), concepts(findings.concepts.slice(FIRST))) : null);
}

function concepts(some) {
  const sure = (c) => c.q < SURE;
  return table("Properties", [
      { title: "property", cell: (c) => c.concept },
      { title: "items", number: true, cell: (c) => String(c.items) },
      { title: "sure?", cell: (c) => el("span", { class: sure(c) ? "good" : "small" }, sure(c) ? `yes (${qWords(c.q)})` : `no (${qWords(c.q)})`) },
      { title: "given the others", cell: (c) => qWords(c.q_given) },
      { title: "share of the list", cell: (c) => el("span", {}, `${fixed(c.share_before)} → ${fixed(c.share_after)}`, el("span", { class: "meter", "--now": String(Math.min(1, c.share_after)) })) },
      { title: "nearest axis", cell: (c) => `${axisName(c.axis, c.cosine >= 0 ? 1 : -1)} (${fixed(Math.abs(c.cosine))})` },
  ], some, "tight");
}

function truthSection(findings, prose) {
  const reports = Object.entries(findings.truth);
  if (!reports.length) return null;
  const place = (name, fit) => (name === null ? "nowhere" : signedName(name) + (fit === null ? "" : ` (${fixed(fit)})`));
  const factors = reports[0][1].factors;
  const measure = reports[0][1].measure === "auc" ? "how well an axis tells the factor's users from others (1 is perfectly, 0.5 is by chance)" : "how well an axis follows the factor's strength (rank correlation)";
  const columns = [
    { title: "factor", cell: (n) => factors[n].factor },
    { title: "where it truly is", cell: (n) => place(factors[n].true, factors[n].fit) },
    ...reports.map(([method, r]) => ({ title: METHODS[method], cell: (n) => el("span", { class: r.factors[n].decoded ? "good" : "bad" }, `${r.factors[n].decoded ? "✓ found" : "✗ not found"}: ${place(r.factors[n].found, r.factors[n].found_fit)}`) })),
  ];
  const placed = findings.evidence.placed.map((p) => el("div", { class: "panel" }, el("h3", {}, `${p.factor} on ${axisName(p.axis)}`), placedChart(p)));
  return section("truth", "Held against the truth",
    `These data are synthetic, so the causes of every user's choices are known. In brackets: ${measure}.`,
    prose.verdict ? el("p", {}, el("strong", {}, `Factors ${prose.verdict}.`)) : null,
    table("Truth", columns, factors.map((_, n) => n)),
    placed.length ? [el("h3", {}, "Held-out users: position on the axis, by how strong the factor truly is in them"), el("div", { class: "panels" }, placed)] : null);
}

function placedChart(placed) {
  const order = placed.strength.map((_, n) => n);
  const jitter = (n) => (placed.exclusive ? ((n * 0.618034) % 1 - 0.5) * 0.5 : 0);
  const x = order.map((n) => placed.strength[n] + jitter(n));
  order.sort((a, b) => x[a] - x[b]);
  const ticks = placed.exclusive ? [[0, "other users"], [1, `users of ${placed.factor}`]] : null;
  return curves(`Position on ${axisName(placed.axis)} by true strength of ${placed.factor}`, order.map((n) => x[n]),
    [{ label: `position on ${axisName(placed.axis)}`, values: order.map((n) => placed.z[n]) }], { dots: true, xTicks: ticks, xLabel: ticks ? "" : "true strength" });
}

const TRAINING = { validation_loss: "Held-out users: nats an interaction", reconstruction: "Reconstruction: nats a user", kl: "KL from the prior: nats a user", active_axes: "Active axes" };

function trainingSection(findings) {
  const history = findings.evidence.training;
  if (!history || (history.epoch ?? []).length < 2) return null;
  const epochs = history.epoch.map((e) => e + 1);
  const shown = Object.entries(TRAINING).filter(([name]) => (history[name] ?? []).some((v) => v !== null));
  return section("training", "How the training went", `The dashed line is the epoch that was kept, number ${findings.model.best_epoch}.`,
    el("div", { class: "panels" }, shown.map(([name, title]) => el("div", { class: "panel" }, el("h3", {}, title),
      curves(`${title}, by epoch`, epochs, [{ label: name.replaceAll("_", " "), values: history[name] }], { xLabel: "epoch", marks: [findings.model.best_epoch] })))));
}

function comparisonSection(comparison) {
  if (!comparison || comparison.rows.length < 2) return null;
  const setting = (v) => (v === null || v === undefined ? "" : String(v));
  const subjects = [...new Set(comparison.columns.map((c) => c.subject))];
  const cell = (row, column) => {
    const found = row.cells[column.id];
    if (!found) return "";
    const whole = Number.isInteger(found.value) && (found.of !== null || Math.abs(found.value) > 1);
    const more = found.difference === null ? "" : ` (${signed(found.difference, whole ? 0 : 3)})`;
    return figureWords(found.value, found.of) + (found.flagged ? "†" : "") + more;
  };
  return section("comparison", "The runs side by side", "In brackets: difference to the autoencoder, where there is one. †: not comparable.",
    table("Runs", [{ title: "run", cell: (r) => r.name }, ...comparison.settings.map((s) => ({ title: s, cell: (r) => setting(r.settings[s]) }))], comparison.rows),
    subjects.map((subject) => [el("h3", {}, subject.charAt(0).toUpperCase() + subject.slice(1)),
      table(subject, [{ title: "run", cell: (r) => r.name }, ...comparison.columns.filter((c) => c.subject === subject)
        .map((c) => ({ title: c.name.replaceAll("_", " "), number: true, cell: (r) => cell(r, c) }))], comparison.rows)]),
    comparison.notes.map((n) => el("p", { class: "small" }, n)));
}

function madeSection(findings) {
  return section("made", "The commands that made it", "Typed in a shell, in this order, they make the run again.",
    el("pre", { tabindex: "0" }, findings.commands.join("\n")));
}
