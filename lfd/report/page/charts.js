// Curves, drawn by uPlot: they follow the theme and the width of their place, and have their data as a table.

const charts = new Set();

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/**
 * Curves over x. lines: {label, values}. marks: x values with a vertical line. xTicks: [[x, words], ...].
 * The chart is made when it comes into view, since a page can have many.
 */
function curves(label, x, lines, { height = 190, low = null, high = null, xLabel = "", marks = [], dots = false, xTicks = null } = {}) {
  const place = el("div", { class: "chart", role: "img", "aria-label": label });
  place.style.minHeight = `${height + (lines.length > 1 ? 30 : 0)}px`;
  const make = () => {
    const width = Math.max(place.clientWidth, 220);
    const axis = (extra) => ({
      stroke: () => colour("--soft"), grid: { stroke: () => colour("--faint"), width: 1 },
      ticks: { stroke: () => colour("--line"), width: 1 }, font: "12px system-ui, sans-serif", ...extra,
    });
    const range = (u, least, most) => [low ?? least, high ?? most];
    const ticks = xTicks && { splits: () => xTicks.map(([at]) => at), values: () => xTicks.map(([, words]) => words), grid: { show: false } };
    const options = {
      width, height, legend: { show: lines.length > 1, live: true }, cursor: { drag: { x: false, y: false } },
      scales: { x: { time: false }, y: low === null && high === null ? {} : { range } },
      axes: [axis({ label: xLabel || undefined, labelSize: 18, labelFont: "12px system-ui, sans-serif", size: 32, ...ticks }), axis({ size: 46 })],
      series: [{ label: xLabel || "x", value: (u, v) => (v === null ? "" : fixed(v)) },
        ...lines.map((line, n) => ({
          label: line.label, stroke: () => colour(`--c${n % 6}`), width: dots ? 0 : 2, spanGaps: true,
          points: { show: dots, size: 5, fill: () => colour(`--c${n % 6}`) },
          value: (u, v) => (v === null || v === undefined ? "" : fixed(v, Math.abs(v) < 10 ? 2 : 0)),
        }))],
      hooks: { draw: [(u) => drawMarks(u, marks)] },
    };
    const chart = new uPlot(options, [x, ...lines.map((l) => l.values)], place);
    charts.add({ chart, place, height });
    resized.observe(place);
  };
  new IntersectionObserver((seen, watch) => {
    if (seen.some((s) => s.isIntersecting)) {
      watch.disconnect();
      make();
    }
  }, { rootMargin: "300px" }).observe(place);
  return place;
}

function drawMarks(u, marks) {
  for (const mark of marks) {
    const at = u.valToPos(mark, "x", true);
    u.ctx.save();
    u.ctx.strokeStyle = colour("--soft");
    u.ctx.setLineDash([4, 4]);
    u.ctx.beginPath();
    u.ctx.moveTo(at, u.bbox.top);
    u.ctx.lineTo(at, u.bbox.top + u.bbox.height);
    u.ctx.stroke();
    u.ctx.restore();
  }
}

const resized = new ResizeObserver((entries) => {
  for (const entry of entries) {
    for (const { chart, place, height } of charts) {
      const width = Math.round(entry.contentRect.width);
      if (place === entry.target && width > 0 && width !== chart.width) chart.setSize({ width, height });
    }
  }
});

/** The numbers of a chart as a table, for whoever cannot see it. */
function numbersOf(title, xLabel, x, lines) {
  const rows = x.map((value, n) => ({ value, n }));
  const columns = [{ title: xLabel, cell: (r) => fixed(r.value) },
    ...lines.map((line) => ({ title: line.label, number: true, cell: (r) => fixed(line.values[r.n]) }))];
  const fold = el("details", { class: "small" }, el("summary", {}, "The numbers"));
  fold.addEventListener("toggle", () => {
    if (fold.open && fold.children.length === 1) fold.append(table(title, columns, rows));
  });
  return fold;
}

/** Draw all charts anew, in the colours of the theme. */
function redrawCharts() {
  for (const { chart, place } of charts) {
    if (!place.isConnected) {
      resized.unobserve(place);
      chart.destroy();
    } else chart.redraw(false, true);
  }
  for (const held of charts) if (!held.place.isConnected) charts.delete(held);
}
