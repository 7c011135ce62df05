/** The numbers and moments that stand at a chart. */
import { language } from "./i18n.js";
import { dayAndMonth, parts, shortMonth } from "./words.js";

/** A number as it is written, with the decimals that its element says, if any. */
export function number(value, decimals = null) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "—";
  if (Number.isInteger(decimals)) return value.toLocaleString(language(), { minimumFractionDigits: decimals, maximumFractionDigits: decimals }).replace("-", "−");
  const size = Math.abs(value);
  const text = size && (size < 1e-4 || size >= 1e12) ? value.toPrecision(3) : value.toLocaleString(language(), { maximumSignificantDigits: size >= 1e5 ? 12 : 5, maximumFractionDigits: 6 });
  return text.replace("-", "−");
}

export function when(seconds, withDay = true) {
  const at = parts(seconds * 1000);
  return `${withDay ? `${dayAndMonth(seconds * 1000)} ` : ""}${at.time}:${at.seconds}`;
}

/** What stands below the chart: the day where marks are days apart or a day begins, else the time of day. */
export function label(seconds, step) {
  const at = parts(seconds * 1000);
  if (step >= 28 * 86_400) return `${shortMonth(seconds * 1000)} ${at.year}`;
  if (step >= 86_400 || at.time === "00:00") return dayAndMonth(seconds * 1000);
  return step < 60 ? `${at.time}:${at.seconds}` : at.time;
}
