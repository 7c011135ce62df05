/** <place-map>: one device on a map, how exact, where it has been, the fences around it; a click sets its fixed place. */
import { gateway } from "../gateway.js";
import { Digits } from "../json.js";
import { drawn, makeMap, mark } from "../map-base.js";

const L = window.L, CLOSE = 16;
const number = (value) => (value instanceof Digits ? Number(value.text) : NaN);

class PlaceMap extends HTMLElement {
  connectedCallback() {
    this.hidden = false;
    this.map = makeMap(this.querySelector("[data-map]"), this);
    const fences = this.fences = L.featureGroup(JSON.parse(this.querySelector("script")?.textContent ?? "[]").map((one) => drawn(one))).addTo(this.map);
    const { lat, long, accuracy } = this.dataset;
    if (lat !== undefined) {
      this.show(Number(lat), Number(long), Number(accuracy) || 0);
      this.map.setView([lat, long], CLOSE);
    } else if (fences.getLayers().length) this.map.fitBounds(fences.getBounds().pad(0.2));
    else this.map.setView([-25, 134], 3);
    if (this.dataset.sets !== undefined) this.map.on("click", ({ latlng }) => this.set(latlng.wrap()));
    this.showTrack();
    this.stop = gateway.subscribe(this.dataset.agent, "location", (_, d) => {
      const data = d.get("aggregate")?.get("data");
      if (!data) return;
      const [north, east] = [number(data.get("lat")), number(data.get("long"))];
      if (Math.abs(north) <= 90 && Math.abs(east) <= 360) this.show(north, east, number(data.get("accuracy")) || 0);
    });
  }

  disconnectedCallback() {
    this.stop();
    this.map.remove();
  }

  show(lat, long, accuracy) {
    this.here?.remove();
    const { agent, title, state } = this.dataset;
    this.here = L.layerGroup([mark([agent, title, lat, long, state], !this.dataset.tiles)]).addTo(this.map);
    if (accuracy > 0) this.here.addLayer(L.circle([lat, long], { radius: accuracy, className: "dv-accuracy", weight: 1, interactive: false }));
  }

  /** The place that was clicked goes into the form, and can be dragged until it is right. */
  set({ lat, lng }) {
    const write = (at) => {
      document.getElementById("latitude").value = at.lat.toFixed(6);
      document.getElementById("longitude").value = at.lng.toFixed(6);
    };
    write({ lat, lng });
    if (!this.wanted) {
      const icon = L.divIcon({ className: "dv-corner", iconSize: [18, 18] });
      this.wanted = L.marker([lat, lng], { icon, draggable: true, title: this.dataset.title }).addTo(this.map);
      this.wanted.on("drag", () => write(this.wanted.getLatLng().wrap()));
    }
    this.wanted.setLatLng([lat, lng]);
  }

  async showTrack() {
    if (!this.dataset.trackOf) return;
    const response = await fetch(this.dataset.trackOf).catch(() => null);
    if (!response?.ok) return;
    const { track } = await response.json();
    if (track.length < 2) return;
    const way = L.polyline(track.map(([lat, long]) => [lat, long]), { className: "dv-track", weight: 3, interactive: false }).addTo(this.map);
    this.map.fitBounds(this.withFences(way.getBounds()).pad(0.2), { maxZoom: CLOSE, animate: false });
  }

  /** What it shows of a way: with the fences that it crosses, but for those in which it would be a dot. */
  withFences(way) {
    const across = (bounds) => bounds.getNorthWest().distanceTo(bounds.getSouthEast());
    const near = this.fences.getLayers().map((one) => one.getBounds()).filter((one) => one.intersects(way) && across(one) <= 4 * across(way));
    return near.reduce((all, one) => all.extend(one), L.latLngBounds(way.getSouthWest(), way.getNorthEast()));
  }
}

customElements.define("place-map", PlaceMap);
