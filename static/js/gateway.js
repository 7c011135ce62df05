/** The one live connection of this page: it subscribes, notices a silent death, comes back, and says how it is. */
import { parse } from "./json.js";
import { now } from "./now.js";

const BEAT = 20_000, PATIENCE = 8_000, HURRY = 3_000, STALE_AFTER = 10_000, LONGEST_WAIT = 30_000, QUIET = 35_000;
// After 1000 the server forgets the session; after any other code it can be resumed.
const FINISHED = 1000, DROPPED = 4000, SIGNED_OUT = 4401;

class Gateway {
  #socket = null;
  #session = null;
  #attempt = 0;
  #retry = 0;
  #beat = 0;
  #patience = 0;
  #lostAt = null;
  #staleTimer = 0;
  #channels = new Map();
  #heardAt = now();
  #shown = null;
  #isKept = false;
  #isDrawn = document.readyState === "complete";
  #isCaughtUp = false;
  #owed = 0;

  constructor() {
    // Until then there are parts of the page that have not said yet what they watch.
    if (!this.#isDrawn) addEventListener("DOMContentLoaded", () => { this.#isDrawn = true; this.#catchUp(); }, { once: true });
  }

  /** Calls `listener(event, d, revision)` for everything on a channel; the first is ChannelSync, and a promise that is
   * returned for it is waited for before the page is live. Returns the way to stop. */
  subscribe(agent, name, listener) {
    const key = `${agent}/${name}`;
    const watched = this.#channels.get(key) ?? { channel: { agent_id: agent, name }, listeners: new Set() };
    watched.listeners.add(listener);
    this.#channels.set(key, watched);
    if (!this.#socket) this.#open();
    else if (this.isLive) this.#ask(watched);
    return () => {
      watched.listeners.delete(listener);
      if (watched.listeners.size || !this.#channels.delete(key)) return;
      if (this.isLive) this.#send(13, { channel: watched.channel });
      this.#catchUp();
    };
  }

  /** Stay connected for a part of the page that reads by itself: the chip in the header tells whether it can. */
  keep() {
    this.#isKept = true;
    if (!this.#socket) this.#open();
  }

  /** For how long nothing was heard, in ms: the computer may have slept. */
  get silentFor() { return now() - this.#heardAt; }

  /** When something was heard last, in ms: what is shown is true of that moment, and of none after it. */
  get heardAt() { return this.#heardAt; }

  /** A part of this page could not be read: until the function that this returns is called the page is not live. */
  owe() {
    this.#owed += 1;
    this.#isCaughtUp = false;
    this.#lostAt ??= now();
    this.#say();
    return () => { this.#owed -= 1; this.#catchUp(); };
  }

  /** Say what this page has on the screen (`Look`); again after every new start, and nothing while it is hidden. */
  look(d) {
    this.#shown = d;
    if (this.isLive) this.#sayLook();
  }

  #sayLook() {
    if (this.#shown) this.#send(16, document.visibilityState === "visible" ? this.#shown : {});
  }

  get isLive() { return this.#socket?.ready === true && this.#socket.readyState === WebSocket.OPEN; }

  /** Whether what is shown was heard on this connection, and not on one before it. */
  get isCurrent() { return this.isLive && this.#isCaughtUp; }

  /** Whether what the page shows can be acted on: the connection is open, caught up, and was heard lately. */
  get isFresh() { return this.isCurrent && this.silentFor < QUIET; }

  /** Connect now, whatever the timetable says. After a sleep nothing is live until it was heard. */
  hurry() {
    this.#attempt = 0;
    if (this.isLive && this.silentFor > BEAT + PATIENCE) this.#lose(DROPPED);
    else if (this.isLive) this.#check(HURRY);
    else if (this.#channels.size || this.#isKept) this.#open();
  }

  /** The page is shown, or hidden. */
  turned() {
    if (this.isLive) this.#sayLook();
    if (document.visibilityState === "visible") this.hurry();
  }

  leave() {
    clearTimeout(this.#retry);
    this.#drop(FINISHED);
    this.#session = null;
  }

  #open() {
    clearTimeout(this.#retry);
    this.#drop(DROPPED);
    this.#say();
    const address = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/gateway`;
    const socket = new WebSocket(address);
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#hear(socket, data);
    socket.onclose = ({ code }) => { if (this.#socket === socket) this.#lose(code); };
    this.#expect(PATIENCE);
  }

  #hear(socket, text) {
    if (this.#socket !== socket) return;
    clearTimeout(this.#patience);
    this.#heardAt = now();
    let frame;
    try { frame = parse(text); } catch { return; }
    const op = Number(frame.get("op"));
    if (op === 3) this.#session = null;
    if (op === 0) this.#dispatch(frame.get("t"), frame.get("d"), frame.get("s"));
  }

  #dispatch(event, d, revision) {
    if (event === "Hello") {
      if (this.#session) this.#send(11, { ...this.#session, default_connection: false, pages: true });
      else this.#send(10, { default_connection: false, pages: true });
      this.#expect(PATIENCE);
    } else if (event === "Ready") {
      this.#session = { session_id: d.get("session_id"), session_token: d.get("session_token") };
      this.#settle();
    } else if (event === "WSSErrorEvent") {
      const watched = this.#watched(d.get("channel"));
      document.dispatchEvent(new CustomEvent(watched?.isHeard ? "gateway-ended" : "gateway-refusal", { detail: d.get("message") }));
      // What failed without a name can be any of them; a page that waited on would never be live.
      for (const one of watched ? [watched] : this.#channels.values()) one.awaited = null;
      this.#catchUp();
    } else {
      if (event === "AlarmTrigger") document.dispatchEvent(new CustomEvent("alarm-moved"));
      const watched = this.#watched(d.get("channel") ?? d.get("message")?.get("channel"));
      const asked = watched?.awaited, shown = [...watched?.listeners ?? []].map((listener) => listener(event, d, revision ? Number(revision.text) : null));
      if (event !== "ChannelSync" || !watched) return;
      watched.isHeard = true;
      Promise.allSettled(shown).then(() => {
        if (watched.awaited === asked) watched.awaited = null;
        this.#catchUp();
      });
    }
  }

  #watched(channel) { return channel && this.#channels.get(`${channel.get("agent_id")}/${channel.get("name")}`); }

  #settle() {
    this.#socket.ready = true;
    this.#attempt = 0;
    document.dispatchEvent(new Event("gateway-ready"));
    this.#isCaughtUp = false;
    for (const watched of this.#channels.values()) this.#ask(watched);
    this.#sayLook();
    this.#rhythm();
    this.#catchUp();
  }

  #ask(watched) {
    watched.awaited = Symbol("since this was asked");
    this.#send(12, { channel: watched.channel });
  }

  /** Live is a page that has heard and shown the state of everything it watches: until then it may be of before. */
  #catchUp() {
    if (this.#isCaughtUp || this.#owed || !this.isLive || !this.#isDrawn || [...this.#channels.values()].some((one) => one.awaited)) return;
    this.#isCaughtUp = true;
    this.#lostAt = null;
    this.#say();
  }

  #send(op, d) { if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify({ op, d })); }

  #rhythm() {
    clearTimeout(this.#beat);
    this.#beat = setTimeout(() => { this.#check(PATIENCE); this.#rhythm(); }, BEAT);
  }

  /** Ask for a sign of life; a socket that stays silent is dead, whatever the browser believes. */
  #check(patience) {
    this.#send(1, {});
    this.#expect(patience);
  }

  #expect(patience) {
    clearTimeout(this.#patience);
    this.#patience = setTimeout(() => this.#lose(DROPPED), patience);
  }

  #lose(code) {
    this.#drop(DROPPED);
    this.#lostAt ??= now();
    if (code === SIGNED_OUT) this.#session = null;
    // A session that was renewed in another tab is tried at once; one that ended is refused at once.
    const isFirstRefusal = code === SIGNED_OUT && this.#attempt === 0;
    const wait = isFirstRefusal ? 0 : Math.random() * Math.min(LONGEST_WAIT, 1000 * 2 ** this.#attempt);
    this.#attempt += 1;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#open(), wait);
    this.#say(code === SIGNED_OUT && this.#attempt > 1);
  }

  #drop(code) {
    this.#isCaughtUp = false;
    clearTimeout(this.#beat);
    clearTimeout(this.#patience);
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onmessage = socket.onclose = null;
    socket.close(code);
  }

  /** Tell the page how the connection is: live, reconnecting, stale since a moment, signed out. */
  #say(signedOut = false) {
    clearTimeout(this.#staleTimer);
    const since = this.#lostAt;
    let state = this.isCurrent ? "live" : since === null ? "connecting" : "reconnecting";
    if (signedOut) state = "signed-out";
    else if (since !== null && !this.isCurrent) {
      const left = since + STALE_AFTER - now();
      if (left <= 0) state = "stale";
      else this.#staleTimer = setTimeout(() => this.#say(), left);
    }
    document.dispatchEvent(new CustomEvent("gateway", { detail: { state, since } }));
  }
}

export const gateway = new Gateway();
addEventListener("online", () => gateway.hurry());
addEventListener("offline", () => gateway.hurry());
addEventListener("pagehide", () => gateway.leave());
addEventListener("pageshow", (event) => { if (event.persisted) gateway.hurry(); });
document.addEventListener("visibilitychange", () => gateway.turned());
document.addEventListener("gateway-hurry", () => gateway.hurry());
