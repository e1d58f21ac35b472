// Tables by period, and their CSV. Every text goes in as text, never as HTML.

const TEXT_LIKE_FORMULA = /^[=+\-@\t\r]/;

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

function cellOf(column, value, state, isFirst) {
  if (column.type === "text") {
    return element(isFirst ? "th" : "td", isFirst ? { scope: "row" } : {}, String(value ?? ""));
  }
  const muted = column.basis && column.basis !== state.basis ? " other-series" : "";
  const attributes = { class: `number${muted}`, "data-value": value ?? "" };
  if (value === null) return element("td", { ...attributes, class: "number silent" }, column.none ?? "not reported");
  if (column.type === "figure") return element("td", attributes, significant(value));
  if (column.type === "ratio") return element("td", attributes, `${plainDecimal(value)} ×`);
  if (column.type === "percent") return element("td", attributes, `${value} %`);
  if (column.type === "mass" || column.type === "money") {
    const [read, fine] = column.type === "mass" ? exactParts(value) : moneyParts(value);
    return element("td", attributes, read, element("span", { class: "fine" }, fine));
  }
  return element("td", attributes, column.type === "amount" ? plainDecimal(value) : grouped(String(value)));
}

function headerOf(columns) {
  const cells = columns.map((column) =>
    element("th", { scope: "col", class: column.type === "text" ? null : "number" }, column.label));
  return element("thead", {}, element("tr", {}, ...cells));
}

function footerOf(view, rows, state) {
  if (!view.totals.length || rows.length < 2) return null;
  const cells = view.columns.map((column, at) => {
    if (at === 0) return element("th", { scope: "row" }, "Sum");
    if (column.type === "share") return element("td", { class: "number", "data-value": "100.0" }, "100.0 %");
    if (!view.totals.includes(at)) return element("td", { "data-value": "" });
    const values = rows.map((row) => row[at + 1]);
    const sum = column.type === "count" ? values.reduce((total, value) => total + value, 0) : sumOf(values);
    return cellOf(column, sum, state, false);
  });
  return element("tfoot", {}, element("tr", {}, ...cells));
}

// A share is of the sum over the same column; where a part is negative it says so by its sign.
function shareCell(row, rows, at) {
  const text = percent(row[at + 1], sumOf(rows.map((other) => other[at + 1])));
  return element("td", { class: "number", "data-value": text.replace(" %", "") }, text);
}

function rowOf(view, row, rows, state, onDrill) {
  const basisAt = view.columns.findIndex((column) => column.basis === state.basis);
  const cells = view.columns.map((column, at) =>
    column.type === "share" ? shareCell(row, rows, basisAt) : cellOf(column, row[at + 1], state, at === 0));
  if (onDrill && onDrill(row)) {
    const button = element("button", { type: "button", class: "drill" }, cells[0].textContent);
    button.addEventListener("click", onDrill(row));
    cells[0].replaceChildren(button);
  }
  return element("tr", { "data-kind": row[0] }, ...cells);
}

function fillTable(table, view, rows, state, caption, onDrill = null) {
  const body = rows.length
    ? rows.map((row) => rowOf(view, row, rows, state, onDrill))
    : [element("tr", {}, element("td", { colspan: view.columns.length, class: "silent" }, "nothing in this period"))];
  const parts = [element("caption", {}, caption), headerOf(view.columns), element("tbody", {}, ...body)];
  const footer = footerOf(view, rows, state);
  table.replaceChildren(...parts, ...(footer ? [footer] : []));
}

function csvCell(cell) {
  const raw = cell.dataset.value ?? cell.textContent.trim();
  const isNumber = cell.classList.contains("number") && /^-?\d+(\.\d+)?$/.test(raw);
  const text = !isNumber && TEXT_LIKE_FORMULA.test(raw) ? `'${raw}` : raw;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function csvOf(table) {
  const lines = [...table.rows].map((row) => [...row.cells].map(csvCell).join(","));
  return `${lines.join("\r\n")}\r\n`;
}

function download(table) {
  const blob = new Blob(["\ufeff", csvOf(table)], { type: "text/csv;charset=utf-8" });
  const link = element("a", { href: URL.createObjectURL(blob), download: `crossfoot-${table.id.replace("-table", "")}.csv` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
