/** <push-switch>: lets this browser show notifications, and stops it again. */
import { call } from "../api.js";
import { note } from "../page.js";
import { fill, gettext } from "../i18n.js";

const MINE = "/api/agents/me/notifications";

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));

/** How somebody would call this browser: `Firefox on Linux`. */
function nameOfBrowser() {
  const agent = navigator.userAgent;
  const browser = [["Edg/", "Edge"], ["Firefox/", "Firefox"], ["Chrome/", "Chrome"], ["Safari/", "Safari"]]
    .find(([mark]) => agent.includes(mark))?.[1] ?? gettext("Browser");
  const system = ["Android", "iPhone", "iPad", "Windows", "Mac", "Linux"].find((one) => agent.includes(one));
  return system ? fill(gettext("%(browser)s on %(system)s"), { browser, system }) : browser;
}

class PushSwitch extends HTMLElement {
  async connectedCallback() {
    this.words = this.querySelector("[data-words]");
    this.button = this.querySelector("button");
    if (!("serviceWorker" in navigator) || !("PushManager" in window)) {
      this.say(gettext("This browser cannot show notifications of a page, or the page is not served over HTTPS. E-mail works everywhere."));
      return;
    }
    this.button.addEventListener("click", () => this.switch());
    this.say(gettext("Looking whether this browser shows notifications…"));
    try {
      this.registration = await this.registered();
      await this.show();
    } catch {
      this.say(gettext("This browser did not let the page set up notifications. Read the page again, or be told at an address."));
    }
  }

  /** One that was registered for this page alone, before the site had one, is kept while it is in use. */
  async registered() {
    const here = await navigator.serviceWorker.getRegistration();
    const isInUse = here && await here.pushManager.getSubscription();
    return isInUse ? here : await navigator.serviceWorker.register(this.dataset.worker);
  }

  say(words, verb = "") {
    this.words.textContent = words;
    this.button.hidden = !verb;
    this.querySelector("[data-verb]").textContent = verb;
  }

  async show() {
    this.subscription = await this.registration.pushManager.getSubscription();
    this.known = this.subscription && await this.endpointOf(this.subscription.endpoint);
    if (Notification.permission === "denied") this.say(gettext("Notifications are blocked for this site. Allow them in the settings of the browser."));
    else if (this.known) this.say(gettext("This browser shows notifications."), gettext("Stop notifications here"));
    else this.say(gettext("Notifications appear on this screen, also while no page is open."), gettext("Notify me in this browser"));
  }

  async endpointOf(address) {
    const { endpoints } = await (await call("GET", `${MINE}/endpoints`)).json();
    return endpoints.find((one) => one.type === "WebPush" && one.extra_data.endpoint === address);
  }

  async switch() {
    this.button.disabled = true;
    try {
      await (this.known ? this.stop() : this.start());
      location.reload();
    } catch (problem) {
      note(problem.message, "bad");
    }
    this.button.disabled = false;
    await this.show();
  }

  async start() {
    if (await Notification.requestPermission() !== "granted") throw new Error(gettext("The browser was not allowed to show notifications"));
    const options = { userVisibleOnly: true, applicationServerKey: bytes(this.dataset.key) };
    const { endpoint, keys, expirationTime } = (await this.registration.pushManager.subscribe(options)).toJSON();
    const extra = { endpoint, key_p256dh: keys.p256dh, key_auth: keys.auth, expires_at: expirationTime };
    await call("POST", `${MINE}/endpoints`, { name: nameOfBrowser(), type: "WebPush", extra_data: extra, default: true });
  }

  async stop() {
    await call("DELETE", `${MINE}/endpoints/${this.known.id}`);
    await this.subscription.unsubscribe();
  }
}

customElements.define("push-switch", PushSwitch);
