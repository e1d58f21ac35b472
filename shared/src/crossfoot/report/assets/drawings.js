// Options of the charts. Colours come from the style sheet, so that they follow the theme.

function colours() {
  const style = getComputedStyle(document.documentElement);
  const read = (name) => style.getPropertyValue(`--${name}`).trim();
  const named = Object.fromEntries(
    ["paper", "sheet", "ink", "quiet", "rule", "lbm", "mbm", "estimate", "scope-1", "scope-2", "scope-3", "unsplit", "warn", "tile-ink", "tile-rest"]
      .map((name) => [name, read(name)]));
  return { ...named, tiles: read("tiles").split(",").map((tile) => tile.trim()), text: read("text") };
}

const isStill = matchMedia("(prefers-reduced-motion: reduce)");
const hatch = (colour) => ({ symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 4], rotation: -Math.PI / 4, color: colour });

function tip(title, lines) {
  const rows = lines.map(([label, value]) => element("span", {}, element("em", {}, label), value));
  return element("div", { class: "tip" }, element("b", {}, title), ...rows);
}

function base(paint) {
  return {
    animation: !isStill.matches && !document.documentElement.dataset.printing,
    animationDuration: 350,
    animationDurationUpdate: 250,
    textStyle: { fontFamily: paint.text, color: paint.ink },
    tooltip: {
      confine: true,
      backgroundColor: paint.sheet,
      borderColor: paint.rule,
      padding: [8, 12],
      extraCssText: "box-shadow:0 6px 24px rgb(0 0 0 / 18%);border-radius:8px",
    },
  };
}

function massAxis(paint, unit, width) {
  return {
    type: "value",
    splitNumber: width < 560 ? 3 : 5,
    axisLabel: { color: paint.quiet, hideOverlap: true, formatter: (value) => (value === 0 ? "0" : `${value.toLocaleString(LOCALE)} ${unit}`) },
    splitLine: { lineStyle: { color: paint.rule } },
  };
}

function nameAxis(paint, names, space, isNarrow) {
  return {
    type: "category",
    inverse: true,
    data: names,
    axisTick: { show: false },
    axisLine: { lineStyle: { color: paint.rule } },
    axisLabel: { color: paint.ink, fontSize: isNarrow ? 12 : 13, lineHeight: 15, margin: 10, interval: 0, width: space,
      overflow: isNarrow ? "break" : "truncate", formatter: (name) => (isNarrow && name.length > 48 ? `${name.slice(0, 47)}…` : name) },
  };
}

const PARTS = [["Scope 1", "scope-1"], ["Scope 2", "scope-2"], ["Scope 3", "scope-3"], ["Not split into scopes", "unsplit"]];

function trendOption(data, state, width) {
  const paint = colours();
  const other = state.basis === "lbm" ? "mbm" : "lbm";
  const stackAt = (period, basis) => data.trend[period.id]?.[basis] ?? [null, null, null, null, null];
  const { unit, size } = axisUnit(data.periods.flatMap((period) =>
    ["lbm", "mbm"].map((basis) => Number(stackAt(period, basis)[4] ?? 0))));
  const scaled = (text) => (text === null ? null : Number(text) / size);
  const used = PARTS.filter((_, at) => data.periods.some((period) => stackAt(period, state.basis)[at] !== null));
  const bars = used.map(([label, name]) => ({
    name: label,
    type: "bar",
    stack: "scopes",
    emphasis: { disabled: true },
    barMaxWidth: 46,
    barCategoryGap: "28%",
    itemStyle: { color: paint[name], borderColor: paint.paper, borderWidth: 1, decal: name === "unsplit" ? hatch(paint.paper) : undefined },
    data: data.periods.map((period) => scaled(stackAt(period, state.basis)[PARTS.findIndex(([known]) => known === label)])),
  }));
  const line = {
    name: `Total ${other.toUpperCase()}`,
    type: "line",
    symbol: "circle",
    symbolSize: 5,
    connectNulls: false,
    itemStyle: { color: paint[other] },
    lineStyle: { color: paint[other], width: 1.5, type: "dashed" },
    data: data.periods.map((period) => scaled(stackAt(period, other)[4])),
  };
  const marks = {
    name: "Restated",
    type: "scatter",
    symbol: "diamond",
    symbolSize: 10,
    silent: true,
    itemStyle: { color: paint.warn },
    data: data.periods.filter((period) => period.isRevised)
      .map((period) => [period.short, scaled(stackAt(period, state.basis)[4])])
      .filter((point) => point[1] !== null),
    symbolOffset: [0, -12],
    z: 5,
  };
  return {
    ...base(paint),
    legend: { bottom: 0, icon: "roundRect", itemWidth: 12, itemHeight: 12, itemGap: 16, textStyle: { color: paint.ink },
      data: [...used.map(([label]) => label), { name: line.name, icon: "circle" }, ...(marks.data.length ? [{ name: "Restated", icon: "diamond" }] : [])] },
    grid: { left: 6, right: 8, top: 24, bottom: width < 560 ? 92 : 56, containLabel: true },
    xAxis: {
      type: "category",
      data: data.periods.map((period) => period.short),
      axisTick: { show: false },
      axisLine: { lineStyle: { color: paint.rule } },
      axisLabel: { color: paint.quiet, hideOverlap: true, lineHeight: 15, formatter: (_, at) => axisLabel(data.periods[at]) },
    },
    yAxis: massAxis(paint, unit, 1000),
    series: [...bars, line, ...(marks.data.length ? [marks] : [])],
    tooltip: {
      ...base(paint).tooltip,
      trigger: "axis",
      axisPointer: { type: "shadow", shadowStyle: { color: paint.rule, opacity: 0.4 } },
      formatter: (found) => trendTip(data.periods[found[0].dataIndex], stackAt, state.basis, other),
    },
  };
}

function axisLabel(period) {
  const [month, year] = period.short.split(" ");
  return [month, year, period.isMissing ? "no figure" : ""].filter(Boolean).join("\n");
}

function trendTip(period, stackAt, basis, other) {
  if (period.isMissing) return tip(period.label, [["No figure was delivered", ""]]);
  const stack = stackAt(period, basis);
  const lines = PARTS.map(([label], at) => [label, stack[at] === null ? null : readable(stack[at])])
    .filter(([, shown]) => shown !== null);
  const notes = [period.isRevised ? "Restated" : "", period.isTotalsOnly ? "Totals only" : ""].filter(Boolean);
  return tip(period.label, [
    ...lines,
    [`Total ${basis.toUpperCase()}`, readable(stack[4])],
    [`Total ${other.toUpperCase()}`, readable(stackAt(period, other)[4])],
    ...notes.map((note) => [note, ""]),
  ]);
}

// A name on a phone takes up to three lines.
function rowHeight(width, wide) {
  return width < 560 ? Math.max(wide, 50) : wide;
}

// Room for the longest name, up to a third of a wide chart and a third of a phone.
function labelSpace(names, width) {
  const longest = Math.max(...names.map((name) => name.length)) * 7.2;
  return Math.min(longest + 4, width < 560 ? width * 0.36 : 320);
}

function barOption(view, rows, state, width, barCount = 2) {
  const paint = colours();
  const at = { lbm: 2, mbm: 3 };
  const order = [state.basis, state.basis === "lbm" ? "mbm" : "lbm"].slice(0, barCount);
  const { unit, size } = axisUnit(rows.flatMap((row) => order.map((basis) => Number(row[at[basis]] ?? 0))));
  const space = labelSpace(rows.map((row) => row[1]), width);
  const series = order.map((basis, place) => ({
    name: basis.toUpperCase(),
    type: "bar",
    emphasis: { disabled: true },
    barMaxWidth: place === 0 ? 16 : 9,
    barGap: "12%",
    barCategoryGap: "34%",
    itemStyle: { color: paint[basis], borderRadius: [0, 2, 2, 0], opacity: place === 0 ? 1 : 0.75, decal: place === 0 ? undefined : hatch(paint.paper) },
    label: { show: place === 0, position: "right", color: paint.ink, fontSize: 12, formatter: (point) => readable(rows[point.dataIndex][at[basis]]) },
    data: rows.map((row) => ({
      value: row[at[basis]] === null ? null : Number(row[at[basis]]) / size,
      itemStyle: place === 0 && row[0] !== "named" ? { decal: hatch(paint.paper), color: paint.unsplit } : undefined,
    })),
  }));
  return {
    ...base(paint),
    legend: { show: barCount > 1, top: 0, left: 0, itemWidth: 14, itemHeight: 10, textStyle: { color: paint.ink } },
    grid: { left: space + 12, right: width < 560 ? 66 : 84, top: barCount > 1 ? 34 : 8, bottom: 30 },
    xAxis: massAxis(paint, unit, width),
    yAxis: nameAxis(paint, rows.map((row) => row[1]), space, width < 560),
    series,
    tooltip: { ...base(paint).tooltip, trigger: "axis", axisPointer: { type: "shadow", shadowStyle: { color: paint.rule, opacity: 0.4 } },
      formatter: (found) => barTip(rows, rows[found[0].dataIndex], order, at) },
  };
}

function barTip(rows, row, order, at) {
  const lines = order.map((basis) => [basis.toUpperCase(), readable(row[at[basis]])]);
  const share = percent(row[at[order[0]]], sumOf(rows.map((other) => other[at[order[0]]])));
  return tip(row[1], [...lines, [`Share of ${order[0].toUpperCase()}`, share], ["Rows", grouped(String(row[4]))]]);
}

function rangeOption(rows, state, width) {
  const paint = colours();
  const first = state.basis === "lbm" ? 2 : 5;
  const known = rows.filter((row) => row.slice(first, first + 3).every((text) => text !== null));
  const { unit, size } = axisUnit(known.flatMap((row) => row.slice(first, first + 3).map(Number)));
  const space = labelSpace(known.map((row) => row[1]), width);
  const scaled = (row, at) => Number(row[first + at]) / size;
  return {
    ...base(paint),
    grid: { left: space + 12, right: width < 560 ? 24 : 40, top: 8, bottom: 30 },
    xAxis: massAxis(paint, unit, width),
    yAxis: nameAxis(paint, known.map((row) => row[1]), space, width < 560),
    series: [
      { type: "custom", emphasis: { disabled: true }, name: "Range over methods", encode: { x: [0, 2], y: 3 }, data: known.map((row, at) => [scaled(row, 0), scaled(row, 1), scaled(row, 2), at]),
        renderItem: (_, api) => interval(api, paint[state.basis]) },
      { type: "scatter", emphasis: { disabled: true }, name: "Published", symbolSize: 11, z: 4, itemStyle: { opacity: 1, color: paint[state.basis], borderColor: paint.paper, borderWidth: 2 },
        data: known.map((row, at) => [scaled(row, 1), at]) },
    ],
    tooltip: { ...base(paint).tooltip, trigger: "axis", axisPointer: { type: "shadow", axis: "y", shadowStyle: { color: paint.rule, opacity: 0.4 } },
      formatter: (found) => {
        const row = known[found[0].dataIndex];
        return tip(row[1], [["Lowest", readable(row[first])], ["Published", readable(row[first + 1])], ["Highest", readable(row[first + 2])]]);
      } },
  };
}

// Each name has AWS's figure as a diamond and the estimate as a dot within its range.
function besideOption(rows, width) {
  const paint = colours();
  const { unit, size } = axisUnit(rows.flatMap((row) => row.slice(2, 6).map((text) => Number(text ?? 0))));
  const space = labelSpace(rows.map((row) => row[1]), width);
  const at = (row, cell) => (row[cell] === null ? null : Number(row[cell]) / size);
  const ranged = rows.map((row, place) => [at(row, 4), at(row, 3), at(row, 5), place]).filter((point) => point[1] !== null);
  // the diamond stands on the line, so that equal figures do not hide each other
  const mark = (name, cell, symbol, colour, rise) => ({ name, type: "scatter", symbol, symbolSize: 12, symbolOffset: [0, -rise], z: 4, emphasis: { disabled: true },
    itemStyle: { opacity: 1, color: colour, borderColor: paint.paper, borderWidth: 2 },
    data: rows.map((row, place) => [at(row, cell), place]).filter((point) => point[0] !== null) });
  return {
    ...base(paint),
    legend: { top: 0, left: 0, itemWidth: 14, itemHeight: 10, textStyle: { color: paint.ink }, data: ["Reported LBM", "Estimated"] },
    grid: { left: space + 12, right: width < 560 ? 24 : 40, top: 34, bottom: 30 },
    xAxis: massAxis(paint, unit, width),
    yAxis: nameAxis(paint, rows.map((row) => row[1]), space, width < 560),
    series: [
      { type: "custom", emphasis: { disabled: true }, name: "Range of the estimate", encode: { x: [0, 2], y: 3 }, data: ranged,
        renderItem: (_, api) => interval(api, paint.estimate) },
      mark("Reported LBM", 2, "diamond", paint.lbm, 9),
      mark("Estimated", 3, "circle", paint.estimate, 0),
    ],
    tooltip: { ...base(paint).tooltip, trigger: "axis", axisPointer: { type: "shadow", axis: "y", shadowStyle: { color: paint.rule, opacity: 0.4 } },
      formatter: (found) => besideTip(rows[found[0].value.at(-1)]) },
  };
}

function besideTip([, name, reported, value, low, high, ratio]) {
  const range = value === null ? "no estimate" : `${readable(low)} to ${readable(high)}`;
  return tip(name, [["Reported LBM", readable(reported)], ["Estimated", value === null ? "no estimate" : readable(value)], ["Range", range], ...(ratio === null ? [] : [["Estimate / reported", `${ratio} ×`]])]);
}

function interval(api, colour) {
  const [low, high] = [api.coord([api.value(0), api.value(3)]), api.coord([api.value(2), api.value(3)])];
  const stroke = { stroke: colour, lineWidth: 2.5, opacity: 0.75 };
  const line = (x1, y1, x2, y2) => ({ type: "line", shape: { x1, y1, x2, y2 }, style: stroke });
  return { type: "group", children: [
    line(low[0], low[1], high[0], high[1]),
    line(low[0], low[1] - 7, low[0], low[1] + 7),
    line(high[0], high[1] - 7, high[0], high[1] + 7),
  ] };
}

function tileFill(paint, child, at) {
  if (child.kind === "rest") return { color: paint["tile-rest"] };
  if (child.kind === "unallocated" || child.kind === "none") return { color: paint["tile-rest"], decal: hatch(paint.paper) };
  return { color: paint.tiles[at % paint.tiles.length] };
}

function treeOption(level, state, width, height) {
  const paint = colours();
  const positive = level.children.filter((child) => Number(child[state.basis] ?? 0) > 0);
  const whole = positive.reduce((sum, child) => sum + Number(child[state.basis]), 0);
  const isLarge = (child) => (Number(child[state.basis]) / whole) * width * height > 4200;
  const tile = (child, at, inner) => ({
    name: child.label,
    label: { show: isLarge(child) },
    value: Number(child[state.basis]),
    key: child.key,
    exact: child,
    itemStyle: { ...tileFill(paint, child, at), borderColor: paint.paper },
    children: inner && child.children.length > 1
      ? child.children.filter((grandchild) => Number(grandchild[state.basis] ?? 0) > 0)
          .map((grandchild) => ({ ...tile(grandchild, at, false), key: child.key, itemStyle: { color: tileFill(paint, child, at).color, borderColor: paint.paper } }))
      : undefined,
  });
  return {
    ...base(paint),
    series: [{
      type: "treemap",
      animation: false, // tiles that fly between levels leave their labels behind
      animationDurationUpdate: 0,
      emphasis: { disabled: true },
      roam: false,
      nodeClick: false,
      breadcrumb: { show: false },
      top: 0, left: 0, right: 0, bottom: 0,
      visibleMin: 60,
      label: { color: paint["tile-ink"], fontSize: 12, lineHeight: 16, overflow: "truncate", position: "insideTopLeft",
        formatter: (node) => `${node.name}\n${readable(node.data.exact[state.basis])}` },
      upperLabel: { show: true, height: 26, color: paint["tile-ink"], fontWeight: 600, fontSize: 13, overflow: "truncate",
        formatter: (node) => (node.data.exact ? `${node.name}   ${readable(node.data.exact[state.basis])}` : "") },
      levels: [
        { itemStyle: { borderColor: paint.paper, borderWidth: 0, gapWidth: 4 }, upperLabel: { show: false } },
        { itemStyle: { gapWidth: 2, borderWidth: 2 } },
        { itemStyle: { borderWidth: 1, gapWidth: 1 } },
      ],
      data: positive.map((child, at) => tile(child, at, true)),
    }],
    tooltip: { ...base(paint).tooltip, formatter: (node) => (node.data.exact ? tip(node.name, treeLines(node.data.exact, level, state)) : "") },
  };
}

function treeLines(child, level, state) {
  return [
    ["LBM", readable(child.lbm)],
    ["MBM", readable(child.mbm)],
    [`Share of ${level.label}`, percent(child[state.basis], level[state.basis])],
    ["Rows", grouped(String(child.rows))],
  ];
}
