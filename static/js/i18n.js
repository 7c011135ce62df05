/** Words in the language of the page: the catalogue that the page loaded (`/words/….js`), else what the code says. */
const catalogue = () => globalThis.django;

/** The language of the page, for Intl. */
export const language = () => document.documentElement.lang || "en-AU";
export const isEnglish = () => language().startsWith("en");

export const gettext = (text) => catalogue()?.gettext(text) ?? text;
export const ngettext = (one, many, count) => catalogue()?.ngettext(one, many, count) ?? (count === 1 ? one : many);
export const pgettext = (context, text) => catalogue()?.pgettext(context, text) ?? text;

/** `fill(gettext("%(time)s ago"), { time })`: a translated sentence with its parts in it. */
export const fill = (text, values) => text.replace(/%\((\w+)\)s/g, (whole, name) => (name in values ? String(values[name]) : whole));
