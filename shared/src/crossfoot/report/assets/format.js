// Numbers as text. A mass arrives as an exact decimal of kilograms and is summed as whole micrograms.

const NANOS = 1000000000n;
const LOCALE = "en-GB";

function nanos(text) {
  const negative = text.startsWith("-");
  const [whole, fraction = ""] = text.replace("-", "").split(".");
  const amount = BigInt(whole) * NANOS + BigInt(fraction.padEnd(9, "0").slice(0, 9));
  return negative ? -amount : amount;
}

function decimalOf(amount) {
  const size = amount < 0n ? -amount : amount;
  const fraction = String(size % NANOS).padStart(9, "0").replace(/0+$/, "");
  return `${amount < 0n ? "-" : ""}${size / NANOS}${fraction ? `.${fraction}` : ""}`;
}

function sumOf(texts) {
  const known = texts.filter((text) => text !== null);
  return known.length ? decimalOf(known.reduce((sum, text) => sum + nanos(text), 0n)) : null;
}

function grouped(whole) {
  return whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

function exactParts(text) {
  const [whole, fraction = ""] = text.split(".");
  const digits = fraction.padEnd(9, "0");
  return [`${grouped(whole)}.${digits.slice(0, 3)}`, digits.slice(3)];
}

function moneyParts(text) {
  const [whole, fraction = ""] = text.split(".");
  return [`${grouped(whole)}.${fraction.slice(0, 2).padEnd(2, "0")}`, fraction.slice(2)];
}

function plainDecimal(text) {
  const [whole, fraction] = text.split(".");
  return grouped(whole) + (fraction ? `.${fraction}` : "");
}

// An estimate has no more than four digits worth reading.
function significant(text, digits = 4) {
  const amount = Number(text);
  if (amount === 0) return "0";
  const whole = Math.floor(Math.log10(Math.abs(amount))) + 1;
  if (whole <= -digits) return amount.toExponential(digits - 1);
  const places = Math.max(0, digits - whole);
  return amount.toLocaleString(LOCALE, { minimumFractionDigits: places, maximumFractionDigits: places });
}

const UNITS = [[1000, "t"], [1, "kg"], [1e-3, "g"], [1e-6, "mg"], [0, "µg", 1e-9]];

function readable(kilograms) {
  if (kilograms === null) return "not reported";
  const amount = Number(kilograms);
  if (amount === 0) return "0 kg";
  const [threshold, unit, size = threshold] = UNITS.find(([least]) => Math.abs(amount) >= least);
  const shown = amount / size;
  const digits = Math.max(0, 3 - String(Math.trunc(Math.abs(shown))).length);
  return `${shown.toLocaleString(LOCALE, { minimumFractionDigits: digits, maximumFractionDigits: digits })} ${unit}`;
}

function axisUnit(kilograms) {
  const largest = Math.max(0, ...kilograms.map(Math.abs));
  const [threshold, unit, size = threshold] = UNITS.find(([least]) => largest >= least);
  return largest === 0 ? { unit: "kg", size: 1 } : { unit, size };
}

function percent(part, whole) {
  if (part === null || whole === null || Number(whole) === 0) return "";
  return `${(100 * Number(part) / Number(whole)).toLocaleString(LOCALE, { minimumFractionDigits: 1, maximumFractionDigits: 1 })} %`;
}
