/** Whether a device is there: the same verdict as portal/ui/presence.py, so that a badge ages without the server. */
import { Digits } from "./json.js";
import { now as moment } from "./now.js";
import { duration, parts } from "./words.js";
import { fill, gettext } from "./i18n.js";

const MINUTE = 60_000;
export const KINDS = { online: "ok", overdue: "warn", offline: "bad", unknown: "idle" };

const mapping = (value) => (value instanceof Map ? value : new Map());
function number(value) {
  const found = value instanceof Digits ? Number(value.text) : NaN;
  return Number.isFinite(found) && Math.abs(found) <= 1e15 ? found : null;
}

export function judge(connection, now = moment()) {
  const document = mapping(connection);
  const status = mapping(document.get("status")), config = mapping(document.get("config"));
  if (!status.size) return { state: "unknown", words: gettext("Never seen"), seen: null, hidden: isHidden(config, "unknown") };
  const seen = number(status.get("last_online")), ping = number(status.get("last_ping"));
  const wake = number(config.get("next_wake_time"));
  const asleep = wake !== null && wake > now;
  let state = "online", since = null;
  if (document.get("determination") === "Offline" || (seen !== null && !asleep && now - seen > limit(config) * 1000)) {
    [state, since] = ["offline", seen];
  } else if (!asleep && status.get("status") === "ContinuousOnlineNoPing") {
    [state, since] = ["overdue", ping];
  } else if (!asleep) {
    const due = wake !== null ? wake : dueAt(config, ping ?? seen);
    if (due !== null && due < now) [state, since] = ["overdue", due];
  }
  const until = asleep && config.get("connection_type") !== "Continuous" ? wake : null;
  return { state, words: say(state, since, until, now), seen, hidden: isHidden(config, state) };
}

function limit(config) {
  const after = number(config.get("offline_after")), interval = number(config.get("expected_interval"));
  if (after !== null) return after;
  if (config.get("connection_type") === "Continuous") return 120;
  return interval !== null ? interval * 2 : 3600;
}

function dueAt(config, ping) {
  const interval = number(config.get("expected_interval"));
  return interval === null || ping === null ? null : ping + interval * 1000;
}

function isHidden(config, state) {
  const display = config.get("display"), away = state === "offline" || state === "unknown";
  return display === "Never" || (display === "OfflineOnly" && !away) || (display === "OnlineOnly" && away);
}

function say(state, since, until, now) {
  if (state === "online") return until === null ? gettext("Online") : fill(gettext("Asleep to %(time)s"), { time: parts(until).time });
  const name = state === "offline" ? gettext("Offline") : gettext("Overdue");
  return since === null || now - since < MINUTE ? name : `${name} ${duration((now - since) / 1000)}`;
}
