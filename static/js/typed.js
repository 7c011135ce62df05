/** Numbers in the fields of forms, as people type them in the language of the page; doover_web/pages/typed.py reads them
 * in the same way. */

const isComma = () => document.documentElement.lang.startsWith("de");

/** A number that was typed; NaN for what is none, or could be thousands or decimals. `grouped`: it may be in thousands. */
export function numberOf(typed, { grouped = true } = {}) {
  let text = typed.trim().replaceAll("−", "-");
  if (!grouped) text = text.replaceAll(",", ".");
  else if (isComma()) {
    if (/^[+-]?[1-9]\d{0,2}\.\d{3}$/.test(text)) return NaN;
    if (text.includes(",") || text.split(".").length > 2) text = text.replace(/[,.]/g, (mark) => (mark === "," ? "." : ","));
  }
  if (/^[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?$/.test(text)) text = text.replaceAll(",", "");
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
}

/** A number as JSON writes it, as it stands in a field. */
export const inField = (text) => (isComma() ? String(text).replace(".", ",") : String(text));
