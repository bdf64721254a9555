// What happens when the page opens: the data are read, the theme is set, the sections are put in place.

const data = JSON.parse(document.getElementById("data").textContent);
let current = 0;

function sections() {
  const report = data.reports[current];
  const several = (data.comparison?.rows.length ?? 0) > 1;
  const comparison = comparisonSection(data.comparison);
  if (!report) return [comparison];
  const { findings, prose, name } = report;
  return [
    several ? comparison : null,
    summarySection(report, data.comparison),
    data.explorer ? exploreSection(data.explorer, findings, name) : null,
    mapSection(findings),
    axesSection(findings),
    conceptsSection(findings),
    truthSection(findings, prose),
    trainingSection(findings),
    madeSection(findings),
  ];
}

function draw() {
  const report = data.reports[current];
  const main = document.getElementById("main");
  const made = sections().filter(Boolean);
  main.replaceChildren(...made);
  document.getElementById("headline").textContent = report ? report.prose.headline : "";
  document.getElementById("title").textContent = data.reports.length > 1 ? "What the runs learned" : report ? `${report.name}: what the model learned` : "Runs side by side";
  document.getElementById("contents").replaceChildren(...made.map((s) => el("a", { href: `#${s.id}` }, s.querySelector("h2").textContent)));
  redrawCharts();
}

function chooseRuns() {
  if (data.reports.length < 2) return;
  const select = document.getElementById("run");
  select.replaceChildren(...data.reports.map((r) => el("option", {}, r.name)));
  select.addEventListener("change", () => { current = select.selectedIndex; draw(); });
  document.getElementById("run-choice").hidden = false;
}

/** The theme: what the system asks for, until the button says otherwise; kept where the browser keeps things. */
function themes() {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const button = document.getElementById("theme");
  const remembered = (value) => {
    try {
      if (value !== undefined) localStorage.setItem("lfd-theme", value);
      return localStorage.getItem("lfd-theme");
    } catch {
      return null;
    }
  };
  const set = (dark) => {
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    button.setAttribute("aria-pressed", String(dark));
    button.textContent = dark ? "Light" : "Dark";
    button.setAttribute("aria-label", dark ? "Switch to the light theme" : "Switch to the dark theme");
    redrawCharts();
  };
  const asked = remembered();
  set(asked ? asked === "dark" : system.matches);
  system.addEventListener("change", (e) => remembered() ?? set(e.matches));
  button.addEventListener("click", () => {
    const dark = document.documentElement.dataset.theme !== "dark";
    remembered(dark ? "dark" : "light");
    set(dark);
  });
}

themes();
chooseRuns();
draw();
