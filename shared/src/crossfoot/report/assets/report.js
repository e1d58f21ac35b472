// What is chosen, and what follows: every chart and table is drawn again from the same rows.

const data = JSON.parse(document.getElementById("report-data").textContent);
const root = document.documentElement;
const byId = (id) => document.getElementById(id);
const state = { period: data.latest, basis: "lbm", path: [] };
const drawn = new Map();
const BAR_VIEWS = Object.keys(data.views).filter((id) => id === "regions" || id === "levels" || id.startsWith("tag-"));
const TABLE_VIEWS = Object.keys(data.views).filter((id) => id !== "tree");
const BASIS_WORDS = { lbm: "location-based", mbm: "market-based" };

function periodLabel() {
  return state.period === "all" ? "all periods" : data.periods.find((period) => period.id === state.period).label;
}

function rowsOf(id) {
  const rows = data.views[id].rows[state.period] ?? [];
  if (!BAR_VIEWS.includes(id)) return rows;
  const at = state.basis === "lbm" ? 2 : 3;
  const last = (row) => (row[0] === "rest" ? 1 : 0);
  return [...rows].sort((a, b) => last(a) - last(b) || Number(b[at] ?? 0) - Number(a[at] ?? 0));
}

function childOf(parent, kind, label) {
  const key = `${kind}\u0000${label}`;
  let child = parent.children.find((known) => known.key === key);
  if (!child) {
    child = { key, kind, label, lbm: null, mbm: null, rows: 0, children: [] };
    parent.children.push(child);
  }
  return child;
}

function treeOf(rows) {
  const top = { key: "", kind: "named", label: "all accounts", lbm: null, mbm: null, rows: 0, children: [] };
  for (const [accountKind, account, serviceKind, service, resourceKind, resource, lbm, mbm, count] of rows) {
    const steps = [[accountKind, account], [serviceKind, service], [resourceKind, resource]].filter(([kind]) => kind);
    let node = top;
    for (const found of [top, ...steps.map(([kind, label]) => (node = childOf(node, kind, label)))]) {
      found.lbm = sumOf([found.lbm, lbm]);
      found.mbm = sumOf([found.mbm, mbm]);
      found.rows += count;
    }
  }
  return top;
}

function levelOf(top) {
  let level = top;
  for (const key of state.path) level = level.children.find((child) => child.key === key) ?? level;
  const isLast = (child) => (child.kind === "rest" ? 1 : 0);
  level.children.sort((a, b) => isLast(a) - isLast(b) || Number(b[state.basis] ?? 0) - Number(a[state.basis] ?? 0));
  return level;
}

function draw(id, height, option, summary) {
  const box = byId(`${id}-chart`);
  const chart = drawn.get(id) ?? echarts.init(box, null, { renderer: "svg", width: box.clientWidth, height });
  drawn.set(id, chart);
  box.style.height = `${height}px`;
  chart.resize({ width: box.clientWidth, height });
  chart.setOption(option, { notMerge: true });
  box.setAttribute("aria-label", summary);
  box.querySelector("svg")?.setAttribute("aria-hidden", "true");
  return chart;
}

function drawNothing(id, why) {
  drawn.get(id)?.dispose();
  drawn.delete(id);
  const box = byId(`${id}-chart`);
  box.style.height = "auto";
  box.replaceChildren(element("p", { class: "nothing" }, why));
  box.setAttribute("aria-label", why);
}

function widthOf(id) {
  return byId(`${id}-chart`).clientWidth;
}

function sentence(id, rows) {
  const at = state.basis === "lbm" ? 2 : 3;
  const whole = sumOf(rows.map((row) => row[at]));
  const largest = rows.slice(0, 3).map((row) => `${row[1]} ${readable(row[at])}, ${percent(row[at], whole)}`);
  return `Bar chart: ${byId(`${id}-chart`).dataset.name}, ${BASIS_WORDS[state.basis]}, ${periodLabel()}. ${rows.length} bars. Largest: ${largest.join("; ")}.`;
}

function drawBars(id) {
  const rows = rowsOf(id);
  if (!rows.length) return drawNothing(id, "Nothing in this period.");
  const barCount = id === "levels" ? 1 : 2;
  return draw(id, rows.length * rowHeight(widthOf(id), barCount === 2 ? 38 : 32) + (barCount === 2 ? 66 : 40), barOption(data.views[id], rows, state, widthOf(id), barCount), sentence(id, rows));
}

function drawTrend() {
  const known = data.periods.filter((period) => !period.isMissing);
  const totals = known.map((period) => `${period.label} ${readable(data.trend[period.id][state.basis][4])}`);
  const shown = totals.length > 6 ? [...totals.slice(0, 1), ...totals.slice(-3)] : totals;
  return draw("trend", widthOf("trend") < 560 ? 340 : 380, trendOption(data, state, widthOf("trend")),
    `Stacked bar chart: emissions by period and scope, ${BASIS_WORDS[state.basis]}. ${known.length} periods: ${shown.join("; ")}.`);
}

function drawRanges() {
  const rows = rowsOf("ranges");
  if (!rows.length) return drawNothing("ranges", "No range was computed for this period.");
  return draw("ranges", rows.length * rowHeight(widthOf("ranges"), 34) + 40, rangeOption(rows, state, widthOf("ranges")),
    `Interval chart: lowest, published and highest figure over the allocation methods, ${BASIS_WORDS[state.basis]}, ${periodLabel()}. ${rows.length} services within accounts.`);
}

// Two numbers in two cards, never added to each other.
function fillCards() {
  const known = data.estimate[state.period];
  const box = byId("estimate-cards");
  if (!box) return;
  byId("estimate-says").textContent = known ? estimateText(known, known.ratios) : "";
  if (!known) return box.replaceChildren(element("p", { class: "nothing" }, `Nothing was estimated for ${periodLabel()}.`));
  const { reported, estimated } = known;
  const range = ([value, low, high]) => (value === null ? "no estimate" : `${readable(value)} (${readable(low)} to ${readable(high)})`);
  box.replaceChildren(
    cardOf("Reported", "lbm", "by AWS, location-based, audited; Scope 3 holds buildings and the supply of energy as well", reported.total, [
      ["Scope 1 and 2", readable(reported.use)], ["Scope 3", readable(reported.embodied)]]),
    cardOf("Estimated", "estimate", "by Crossfoot from usage and open factors, location-based; life cycle of electricity", estimated.total[0], [
      ["Range", estimated.total[0] === null ? "no estimate" : `${readable(estimated.total[1])} to ${readable(estimated.total[2])}`],
      ["Use", range(estimated.use)], ["Hardware", range(estimated.embodied)]]),
  );
}

function cardOf(name, series, meaning, total, parts) {
  const lines = parts.map(([label, value]) => element("div", {}, element("dt", {}, label), element("dd", {}, value)));
  return element("article", { class: `series series-${series}` }, element("h3", {}, name), element("p", { class: "meaning" }, meaning),
    element("p", { class: "total" }, total === null ? "no figure" : readable(total)), element("dl", { class: "compared" }, ...lines));
}

function estimateText({ byCost, byRows, idle, idleShare, knownLoadShare }, ratios) {
  const times = (ratio) => (ratio === null ? "nothing to compare with" : `${ratio} times`);
  const compared = ratios.total === null ? "AWS's figure leaves nothing to compare with." :
    `The estimate is ${times(ratios.total)} AWS's figure, between ${times(ratios.low)} and ${times(ratios.high)}; use ${times(ratios.use)} Scope 1 and 2, hardware ${times(ratios.embodied)} Scope 3.`;
  const covered = byCost === null ? "" : ` A physical model covers ${byCost} % of the on-demand value and ${byRows} % of the rows.`;
  const part = Number(knownLoadShare ?? 0) === 0 ? "less than 0.1" : knownLoadShare;
  const idled = idle === null ? " No machine's load was measured, so nothing is said of idling." :
    ` Machines whose load is known, reserved and unused ones included, make ${part} % of the estimate; ${readable(idle)} of theirs${idleShare === null ? "" : `, ${idleShare} %,`} was idle.`;
  return compared + covered + idled;
}

function drawBeside() {
  if (!byId("beside-chart")) return;
  const rows = rowsOf("beside");
  if (!rows.length) return drawNothing("beside", `Nothing was estimated for ${periodLabel()}.`);
  draw("beside", rows.length * rowHeight(widthOf("beside"), 36) + 66, besideOption(rows, widthOf("beside")),
    `Interval chart: AWS's location-based figure beside the estimate with its range, ${periodLabel()}. ${rows.length} accounts. ` +
    `Largest: ${rows.slice(0, 3).map((row) => `${row[1]} reported ${readable(row[2])}, estimated ${row[3] === null ? "nothing" : readable(row[3])}`).join("; ")}.`);
}

function drawTree() {
  const level = levelOf(treeOf(data.views.tree.rows[state.period] ?? []));
  const names = ["Account", "Service", "Resource"];
  const rows = level.children.map((child) => [child.kind, child.label, child.lbm, child.mbm, child.rows]);
  const view = { columns: [{ label: names[state.path.length], type: "text" }, ...data.views.tree.columns.slice(3), { label: "Share", type: "share" }], totals: [1, 2, 3] };
  const negative = level.children.filter((child) => Number(child[state.basis] ?? 0) < 0).length;
  const caption = `${level.label}, ${periodLabel()}${negative ? `; ${negative} negative in the table only` : ""}`;
  fillTable(byId("tree-table"), view, rows, state, caption, (row) => {
    const child = level.children[rows.indexOf(row)];
    return child.children.length && child.kind !== "rest" ? () => enter([...state.path, child.key], child.label) : null;
  });
  drawCrumbs();
  if (!level.children.some((child) => Number(child[state.basis] ?? 0) > 0)) return drawNothing("tree", "Nothing to draw in this period.");
  const height = widthOf("tree") < 560 ? 420 : 460;
  const chart = draw("tree", height, treeOption(level, state, widthOf("tree"), height),
    `Treemap: ${level.label}, ${BASIS_WORDS[state.basis]}, ${periodLabel()}. ${level.children.length} parts, ${readable(level[state.basis])} in all. The table below has the same parts as buttons.`);
  chart.off("click");
  chart.on("click", (found) => {
    const child = level.children.find((known) => known.key === found.data?.key);
    if (child?.children.length && child.kind !== "rest") enter([...state.path, child.key], child.label);
  });
  return chart;
}

function drawCrumbs() {
  const labels = ["All accounts", ...state.path.map((key) => key.split("\u0000")[1])];
  byId("crumbs").replaceChildren(...labels.map((label, at) => {
    if (at === labels.length - 1) return element("li", {}, element("span", { "aria-current": "true" }, label));
    const button = element("button", { type: "button", class: "drill" }, label);
    button.addEventListener("click", () => enter(state.path.slice(0, at), label));
    return element("li", {}, button);
  }));
}

function enter(path, label) {
  state.path = path;
  drawTree();
  say(`Showing ${label}.`);
  if (path.length) byId("crumbs").querySelector("button").focus({ preventScroll: true });
}

function fillTables() {
  for (const id of TABLE_VIEWS) {
    const table = byId(`${id}-table`);
    if (table) fillTable(table, data.views[id], rowsOf(id), state, `${table.dataset.name}, ${periodLabel()}`);
  }
}

function tell() {
  for (const small of document.querySelectorAll("[data-shown]")) {
    small.textContent = small.dataset.shown === "period" ? periodLabel() : `${periodLabel()}, ${state.basis.toUpperCase()}`;
  }
  const stack = state.period === "all" ? null : data.trend[state.period][state.basis][4];
  const at = state.basis === "lbm" ? 2 : 3;
  const whole = stack ?? sumOf((data.views.regions.rows[state.period] ?? []).map((row) => row[at]));
  for (const lead of document.querySelectorAll("[data-coverage]")) {
    const id = lead.dataset.coverage;
    const rows = data.views[id].rows[state.period] ?? [];
    lead.textContent = id === "unallocated" ? unallocatedText(rows, whole) : coverageText(rows, at, whole);
  }
}

function coverageText(rows, at, whole) {
  const of = (kinds) => sumOf(rows.filter((row) => kinds.includes(row[0])).map((row) => row[at])) ?? "0";
  const untagged = of(["none"]);
  const tagged = of(["named", "rest"]);
  const left = of(["unallocated"]);
  const rest = Number(left) === 0 ? "" : ` ${readable(left)} could not be allocated, so it has no tag.`;
  return `${percent(tagged, whole)} carries this tag. ${percent(untagged, whole)}, ${readable(untagged)}, is untagged and is shown as such.${rest}`;
}

function unallocatedText(rows, whole) {
  const at = state.basis === "lbm" ? 5 : 6;
  const sum = sumOf(rows.map((row) => row[at]));
  if (!rows.length) return "Everything was allocated.";
  return `${readable(sum)}, ${percent(sum, whole)} of the total, stayed where AWS reported it, because there was no usage to place it on.`;
}

function say(text) {
  byId("announcement").textContent = text;
}

function drawCharts() {
  drawTrend();
  BAR_VIEWS.forEach(drawBars);
  drawRanges();
  drawBeside();
  drawTree();
}

function show() {
  tell();
  fillCards();
  fillTables();
  drawCharts();
}

function choosePeriod(period) {
  state.period = period;
  byId("period").value = period;
  const options = [...byId("period").options];
  const at = options.findIndex((option) => option.value === period);
  byId("later").disabled = at <= 0;
  byId("earlier").disabled = at >= options.length - 1;
  show();
  say(`Showing ${periodLabel()}, ${BASIS_WORDS[state.basis]}.`);
}

function step(by) {
  const select = byId("period");
  const option = select.options[select.selectedIndex + by];
  if (option) choosePeriod(option.value);
}

function fillPeriods() {
  const known = data.periods.filter((period) => !period.isMissing);
  const several = known.length > 1 ? [element("option", { value: "all" }, `All ${known.length} periods`)] : [];
  byId("period").append(...several, ...known.reverse().map((period) => element("option", { value: period.id }, period.label)));
}

function listen() {
  byId("period").addEventListener("change", (event) => choosePeriod(event.target.value));
  byId("earlier").addEventListener("click", () => step(1));
  byId("later").addEventListener("click", () => step(-1));
  for (const input of document.querySelectorAll("input[name=basis]")) {
    input.addEventListener("change", () => {
      state.basis = input.value;
      show();
      say(`Showing ${periodLabel()}, ${BASIS_WORDS[state.basis]}.`);
    });
  }
  for (const input of document.querySelectorAll("input[name=theme]")) {
    input.addEventListener("change", () => {
      if (input.value === "auto") delete root.dataset.theme;
      else root.dataset.theme = input.value;
      drawCharts();
    });
  }
  for (const button of document.querySelectorAll("[data-csv]")) {
    button.addEventListener("click", () => download(byId(button.dataset.csv)));
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawCharts);
  addEventListener("beforeprint", () => print(true));
  addEventListener("afterprint", () => print(false));
}

// Paper is light and narrow, and cannot open a table.
function print(isPrinting) {
  if (isPrinting) {
    root.dataset.printing = root.dataset.theme ?? "auto";
    root.dataset.theme = "light";
    for (const table of document.querySelectorAll("details.data:not([open])")) {
      table.open = true;
      table.dataset.opened = "";
    }
  } else {
    if (root.dataset.printing === "auto") delete root.dataset.theme;
    else root.dataset.theme = root.dataset.printing;
    delete root.dataset.printing;
    for (const table of document.querySelectorAll("details[data-opened]")) {
      table.open = false;
      delete table.dataset.opened;
    }
  }
  drawCharts();
}

function followWidth() {
  let width = byId("content").clientWidth;
  new ResizeObserver(() => {
    const now = byId("content").clientWidth;
    if (now !== width) {
      width = now;
      drawCharts();
    }
  }).observe(byId("content"));
}

function followSection() {
  const links = new Map([...document.querySelectorAll(".contents a")].map((link) => [link.hash.slice(1), link]));
  const watch = new IntersectionObserver((found) => {
    for (const { target } of found.filter((entry) => entry.isIntersecting)) {
      for (const link of links.values()) link.removeAttribute("aria-current");
      links.get(target.id)?.setAttribute("aria-current", "location");
    }
  }, { rootMargin: "-15% 0px -75% 0px" });
  links.get("headline").setAttribute("aria-current", "location");
  for (const id of links.keys()) watch.observe(byId(id));
}

fillPeriods();
listen();
choosePeriod(data.latest);
say("");
followWidth();
followSection();
