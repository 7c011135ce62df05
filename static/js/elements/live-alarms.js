/** <live-alarms agent name>: how each alarm of a channel stands, as it changes. */
import { putAgo } from "./channel-list.js";
import { gateway } from "../gateway.js";
import { gettext } from "../i18n.js";

const STATES = { Alarm: [gettext("Alarm"), "bad"], AlarmPending: [gettext("Pending"), "warn"], OK: [gettext("OK"), "ok"], NoData: [gettext("No data"), "off"] };

class LiveAlarms extends HTMLElement {
  connectedCallback() {
    this.stop = gateway.subscribe(this.getAttribute("agent"), this.getAttribute("name"), (event, d) => {
      if (event === "AlarmTrigger") this.show(d.get("alarm"));
    });
  }

  disconnectedCallback() { this.stop(); }

  show(alarm) {
    const row = this.querySelector(`[data-alarm="${alarm.get("id")}"]`);
    if (!row) return;
    const isOn = alarm.get("enabled") === true;
    const [words, kind] = isOn ? STATES[alarm.get("state")] : [gettext("Off"), "off"];
    const badge = row.querySelector("[data-state]");
    badge.className = `dv-badge is-${kind}`;
    badge.textContent = words;
    const since = row.querySelector("[data-since]");
    if (isOn) putAgo(since, Number(alarm.get("entered_state_ts").text));
    else since.replaceChildren();
  }
}

customElements.define("live-alarms", LiveAlarms);
