/** <fleet-map>: devices on a map by their badge, clusters, what stands for one, where one has been, fences. */
import { gateway } from "../gateway.js";
import { Digits } from "../json.js";
import { crowd, drawn, makeMap, mark, nameOf } from "../map-base.js";
import { judge } from "../presence.js";

const L = window.L, AGAIN = 60_000, FOLLOWED = 60, NAMED = 60, CLOSE = 15;

class FleetMap extends HTMLElement {
  connectedCallback() {
    this.hidden = false;
    this.map = makeMap(this.querySelector("[data-map]"), this);
    this.marks = new Map();
    this.stops = [];
    this.group = crowd().addTo(this.map);
    const fences = JSON.parse(this.querySelector("script")?.textContent ?? "[]").map((one) => [one, drawn(one)]);
    this.fences = L.layerGroup(fences.map(([, shape]) => shape)).addTo(this.map);
    this.track = L.layerGroup().addTo(this.map);
    this.map.setView([-25, 134], 3);
    for (const [one, shape] of fences) nameOf(one, shape).addTo(this.map); // circles have bounds once the map has a view
    this.map.on("popupopen", ({ popup }) => this.fill(popup));
    this.addEventListener("click", (event) => {
      const wanted = event.target.closest("[data-track]");
      if (!wanted) return;
      event.preventDefault();
      this.showTrack(wanted.dataset.track);
    });
    this.load(true);
    this.timer = setInterval(() => this.load(false), AGAIN);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
    for (const stop of this.stops) stop();
    this.map.remove();
  }

  async load(fits) {
    let points;
    try {
      const response = await fetch(this.dataset.points, { headers: { Accept: "application/json" } });
      if (!response.ok) return;
      ({ points } = await response.json());
    } catch { return; } // the chip in the header says so; the next round tries again
    this.named = !this.dataset.tiles && points.length <= NAMED; // without pictures names say where one looks
    const there = new Set(points.map(([id]) => id));
    for (const [id, one] of this.marks) if (!there.has(id)) { this.group.removeLayer(one); this.marks.delete(id); }
    const fresh = [];
    for (const point of points) {
      if (this.marks.has(point[0])) this.move(point);
      else fresh.push(this.add(point));
    }
    this.group.addLayers(fresh);
    if (fits) this.fit(points);
    if (fits && points.length <= FOLLOWED) for (const [id] of points) this.follow(id);
  }

  add(point) {
    const one = mark(point, this.named);
    one.point = point;
    one.bindPopup("", { minWidth: 240, maxWidth: 300 });
    this.marks.set(point[0], one);
    return one;
  }

  move(point) {
    const one = this.marks.get(point[0]);
    if (one.point[4] !== point[4]) {
      one.options.state = point[4];
      one.setIcon(mark(point).options.icon);
      this.group.refreshClusters(one);
    }
    if (one.point[2] !== point[2] || one.point[3] !== point[3]) one.setLatLng([point[2], point[3]]);
    one.point = point;
  }

  fit(points) {
    const bounds = L.latLngBounds(points.map(([, , lat, long]) => [lat, long]));
    for (const one of this.fences.getLayers()) if (!points.length) bounds.extend(one.getBounds());
    if (bounds.isValid()) this.map.fitBounds(bounds.pad(0.15), { maxZoom: CLOSE, animate: false });
  }

  /** A device that is shown moves and changes as it happens. */
  follow(id) {
    // One that has left the map meanwhile is no longer moved.
    const change = (values) => { if (this.marks.has(id)) this.move(Object.assign([...this.marks.get(id).point], values)); };
    const number = (value) => (value instanceof Digits ? Number(value.text) : NaN);
    this.stops.push(gateway.subscribe(id, "doover_connection", (_, d) => {
      const aggregate = d.get("aggregate");
      if (aggregate) change({ 4: judge(aggregate.get("data")).state });
    }));
    this.stops.push(gateway.subscribe(id, "location", (_, d) => {
      const data = d.get("aggregate")?.get("data");
      if (!data) return;
      const [lat, long] = [number(data.get("lat")), number(data.get("long"))];
      if (Math.abs(lat) <= 90 && Math.abs(long) <= 360) change({ 2: lat, 3: long });
    }));
  }

  async fill(popup) {
    const { point } = popup._source ?? {};
    if (!point) return;
    const response = await fetch(this.dataset.popup.replace("/0/", `/${point[0]}/`)).catch(() => null);
    if (!response?.ok) return;
    const parsed = new DOMParser().parseFromString(await response.text(), "text/html");
    popup.setContent(parsed.querySelector(".dv-map-popup"));
  }

  async showTrack(id) {
    const response = await fetch(this.dataset.trackOf.replace("/0/", `/${id}/`)).catch(() => null);
    if (!response?.ok) return;
    const { track } = await response.json();
    this.track.clearLayers();
    if (track.length < 2) { this.querySelector("[data-said]").textContent = this.dataset.noTrack; return; }
    this.querySelector("[data-said]").textContent = "";
    const way = L.polyline(track.map(([lat, long]) => [lat, long]), { className: "dv-track", weight: 3 }).addTo(this.track);
    this.map.closePopup();
    this.map.fitBounds(way.getBounds().pad(0.2), { maxZoom: CLOSE + 2 });
  }
}

customElements.define("fleet-map", FleetMap);
