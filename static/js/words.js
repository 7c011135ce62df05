/** Moments and durations in words, the same as doover_web/pages/words.py writes them. */
import { fill, gettext, isEnglish, language, pgettext } from "./i18n.js";
import { now as moment } from "./now.js";

const MINUTE = 60, HOUR = 3600, DAY = 86400;
// Browsers disagree about the short English months.
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const LONG_MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const two = (number) => String(number).padStart(2, "0");

export const zone = () => document.documentElement.dataset.zone || "UTC";
const formats = new Map();

/** The calendar of a moment in the page's zone. */
export function parts(ms) {
  if (!formats.has(zone())) {
    const options = { timeZone: zone(), hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric", weekday: "long" };
    formats.set(zone(), new Intl.DateTimeFormat("en-GB", options));
  }
  const found = Object.fromEntries(formats.get(zone()).formatToParts(new Date(ms)).map(({ type, value }) => [type, value]));
  return { year: Number(found.year), month: Number(found.month), day: Number(found.day), weekday: found.weekday, time: `${two(found.hour)}:${two(found.minute)}`, seconds: two(found.second) };
}

export function duration(seconds) {
  const whole = Math.max(0, Math.trunc(seconds));
  if (whole < MINUTE) return `${whole} s`;
  if (whole < HOUR) return `${Math.floor(whole / MINUTE)} min`;
  if (whole < DAY) {
    const hours = Math.floor(whole / HOUR), minutes = Math.floor((whole % HOUR) / MINUTE);
    return minutes ? `${hours} h ${minutes} min` : `${hours} h`;
  }
  const days = Math.floor(whole / DAY), hours = Math.floor((whole % DAY) / HOUR);
  return hours ? fill(gettext("%(days)s d %(hours)s h"), { days, hours }) : fill(gettext("%(days)s d"), { days });
}

const names = new Map();

/** A weekday or month in the language of the page, as in `nameOf(ms, { month: "long" })`. */
function nameOf(ms, options) {
  const key = `${language()} ${zone()} ${JSON.stringify(options)}`;
  if (!names.has(key)) names.set(key, new Intl.DateTimeFormat(language(), { timeZone: zone(), ...options }));
  return names.get(key).format(new Date(ms));
}

export const shortMonth = (ms) => (isEnglish() ? MONTHS[parts(ms).month - 1] : nameOf(ms, { month: "short" }));
const longMonth = (ms) => (isEnglish() ? LONG_MONTHS[parts(ms).month - 1] : nameOf(ms, { month: "long" }));
const dayOfMonth = (ms, month) => fill(pgettext("date", "%(day)s %(month)s"), { day: parts(ms).day, month });

export const dayAndMonth = (ms) => dayOfMonth(ms, shortMonth(ms));

export function onDay(ms, now) {
  const { year } = parts(ms);
  return `${dayAndMonth(ms)}${year === parts(now).year ? "" : ` ${year}`}`;
}

export function ago(ms, now = moment()) {
  const seconds = (now - ms) / 1000;
  if (seconds > -5 && seconds < DAY) return fill(gettext("%(time)s ago"), { time: duration(seconds) });
  if (seconds < 0) return seconds > -DAY ? fill(gettext("in %(time)s"), { time: duration(-seconds) }) : onDay(ms, now);
  const { weekday, time } = parts(ms);
  const short = isEnglish() ? weekday.slice(0, 3) : nameOf(ms, { weekday: "short" });
  return seconds < 6 * DAY ? `${short} ${time}` : onDay(ms, now);
}

const dayOf = (ms) => { const { year, month, day } = parts(ms); return `${year}-${two(month)}-${two(day)}`; };

export function clock(ms, now = moment()) {
  const { time, seconds } = parts(ms);
  return `${dayOf(ms) === dayOf(now) ? gettext("today") : onDay(ms, now)} ${time}:${seconds}`;
}

/** The same as short as it goes: `03:15` of today, `3 Nov 03:15`. */
export function when(ms, now = moment()) {
  const { time } = parts(ms);
  return dayOf(ms) === dayOf(now) ? time : `${onDay(ms, now)} ${time}`;
}

export function timeOfDay(ms) {
  const { time, seconds } = parts(ms);
  return `${time}:${seconds}.${String(((ms % 1000) + 1000) % 1000).padStart(3, "0")}`;
}

/** The day of a moment: a key to compare, and the heading over its messages. */
export function day(ms, now = moment()) {
  const { weekday, year } = parts(ms);
  const named = isEnglish() ? weekday : nameOf(ms, { weekday: "long" });
  const date = fill(pgettext("date", "%(weekday)s %(day)s"), { weekday: named, day: dayOfMonth(ms, longMonth(ms)) });
  const words = year === parts(now).year ? date : `${date} ${year}`;
  const key = dayOf(ms);
  if (key === dayOf(now)) return { key, words: fill(gettext("Today, %(day)s"), { day: words }) };
  return { key, words: key === dayOf(now - DAY * 1000) ? fill(gettext("Yesterday, %(day)s"), { day: words }) : words };
}

export const inUtc = (ms) => `${new Date(ms).toISOString().replace("T", " ").replace("Z", "")} UTC`;

/** Whether a number is a moment in milliseconds by its size: from 2000 up to 2100. */
export const looksLikeMs = (number) => number >= 946684800000 && number < 4102444800000;

export function size(length) {
  if (length < 1000) return `${length} B`;
  return length < 999_950 ? `${(length / 1000).toFixed(1)} KB` : `${(length / 1_000_000).toFixed(1)} MB`;
}

/** The moment inside a message id, in ms since 1970. */
export const msOf = (id) => Number((BigInt(id) >> 22n) + 1735689600000n);
