/** <fence-editor>: a circle or a polygon drawn on the map; the fields beside it say the same and are what is sent. */
import { crowd, drawn, makeMap, mark, together } from "../map-base.js";
import { numberOf } from "../typed.js";

const L = window.L, CLOSE = 15, MOST_STEPS = 100, AROUND = 1000; // AROUND in metres
const ROUND = [1, 2, 5, 10]; // sizes that people would say
const field = (name) => document.getElementById(name);

class FenceEditor extends HTMLElement {
  connectedCallback() {
    this.hidden = false;
    this.edits = this.dataset.edits !== undefined;
    this.map = makeMap(this.querySelector("[data-map]"), this);
    this.map.setView([-25, 134], 3);
    this.shown = L.layerGroup().addTo(this.map);
    this.read();
    this.draw();
    this.showDevices();
    field("kind").addEventListener("change", () => { this.forget(); this.read(); this.draw(); });
    for (const name of ["lat", "long", "radius", "points"]) field(name).addEventListener("change", () => { this.read(); this.draw(); });
    this.steps = [];
    this.isFresh = !this.shape; // a new circle: the second click sets its size
    if (!this.edits) return;
    this.map.on("click", ({ latlng }) => this.click(latlng.wrap()));
    this.back = this.querySelector("[data-undo]");
    this.back.addEventListener("click", () => this.undo());
    this.addEventListener("keydown", (event) => {
      if (event.key !== "z" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      this.undo();
    });
  }

  disconnectedCallback() { this.map.remove(); }

  get isCircle() { return field("kind").value === "circle"; }

  /** The shape that the fields describe; none while they do not. */
  read() {
    for (const part of document.querySelectorAll("[data-for]")) part.hidden = part.dataset.for !== field("kind").value;
    for (const [name, wanted] of [["how-circle", true], ["how-polygon", false]]) this.querySelector(`[data-${name}]`)?.toggleAttribute("hidden", this.isCircle !== wanted);
    const numbers = (text) => text.trim().split([";", ", ", ","].find((mark) => text.trim().includes(mark)) ?? ",").map((one) => numberOf(one, { grouped: false }));
    if (this.isCircle) {
      const [lat, long] = ["lat", "long"].map((name) => numberOf(field(name).value, { grouped: false }));
      const radius = numberOf(field("radius").value);
      this.shape = Number.isFinite(lat + long + radius) && radius > 0 ? { type: "circle", lat, long, radius } : null;
    } else {
      const points = field("points").value.split("\n").map(numbers).filter((one) => one.length === 2 && one.every(Number.isFinite));
      this.shape = points.length ? { type: "polygon", points: together(points) } : null;
    }
  }

  /** Before something is drawn: how it was, to come back to. */
  keep() {
    this.steps = [...this.steps, JSON.stringify(this.shape)].slice(-MOST_STEPS);
    this.back.disabled = false;
  }

  /** The steps of a circle lead to no polygon. */
  forget() {
    this.steps = [];
    if (this.back) this.back.disabled = true;
  }

  undo() {
    if (!this.steps.length) return;
    this.shape = JSON.parse(this.steps.pop());
    this.back.disabled = !this.steps.length;
    if (this.shape) this.write();
    else for (const name of ["lat", "long", "radius", "points"]) field(name).value = "";
    this.isFresh ||= !this.shape;
    this.draw();
  }

  write() {
    if (this.isCircle) {
      field("lat").value = this.shape.lat.toFixed(6);
      field("long").value = wrapped(this.shape.long).toFixed(6);
      field("radius").value = Math.round(this.shape.radius);
    } else field("points").value = this.shape.points.map(([lat, long]) => `${lat.toFixed(6)}, ${wrapped(long).toFixed(6)}`).join("\n");
  }

  draw() {
    this.shown.clearLayers();
    if (!this.shape) return;
    this.outline = drawn({ shape: this.shape }, { className: "dv-fence-shape is-drawn", interactive: false }).addTo(this.shown);
    if (!this.edits) return;
    if (this.isCircle) this.drawCircleHandles();
    else this.drawCorners();
  }

  drawCircleHandles() {
    const { lat, long, radius } = this.shape, centre = L.latLng(lat, long);
    const middle = this.handle(centre), edge = this.handle(L.latLng(lat, centre.toBounds(radius * 2).getEast()));
    middle.on("drag", () => { const at = middle.getLatLng(); this.change({ lat: at.lat, long: at.lng }); });
    edge.on("drag", () => this.change({ radius: Math.max(5, this.map.distance([this.shape.lat, this.shape.long], edge.getLatLng())) }));
    for (const one of [middle, edge]) one.on("dragstart", () => this.keep()).on("dragend", () => this.draw());
  }

  drawCorners() {
    this.shape.points.forEach(([lat, long], place) => {
      const corner = this.handle(L.latLng(lat, long));
      corner.on("dragstart", () => this.keep());
      corner.on("drag", () => { this.shape.points[place] = at(corner); this.moved(); });
      corner.on("dragend", () => this.draw());
      corner.on("contextmenu", () => this.remove(place)); // a long press, too
      corner.getElement().addEventListener("keydown", (event) => { if (event.key === "Delete" || event.key === "Backspace") this.remove(place); });
      const [nextLat, nextLong] = this.shape.points[(place + 1) % this.shape.points.length];
      if (this.shape.points.length < 3) return;
      const between = this.handle(L.latLng((lat + nextLat) / 2, (long + nextLong) / 2), "is-between");
      between.on("dragstart", () => this.keep());
      between.on("dragend", () => { this.shape.points.splice(place + 1, 0, at(between)); this.moved(); this.draw(); });
    });
  }

  handle(where, look = "") {
    const icon = L.divIcon({ className: `dv-corner ${look}`, iconSize: [18, 18] });
    return L.marker(where, { icon, draggable: true, title: `${where.lat.toFixed(5)}, ${where.lng.toFixed(5)}`, zIndexOffset: look ? 0 : 500 }).addTo(this.shown);
  }

  change(values) {
    Object.assign(this.shape, values);
    this.moved();
  }

  /** The outline follows the handle; the handles are drawn anew when it is let go. */
  moved() {
    if (this.isCircle) this.outline.setLatLng([this.shape.lat, this.shape.long]).setRadius(this.shape.radius);
    else this.outline.setLatLngs(this.shape.points);
    this.write();
  }

  remove(place) {
    this.keep();
    this.shape.points.splice(place, 1);
    if (!this.shape.points.length) this.shape = null;
    if (this.shape) this.write();
    else field("points").value = "";
    this.draw();
  }

  click({ lat, lng }) {
    this.keep();
    if (!this.isCircle) this.shape = { type: "polygon", points: together([...(this.shape?.points ?? []), [lat, lng]]) };
    else if (this.shape && this.isFresh) {
      this.shape.radius = Math.max(5, this.map.distance([this.shape.lat, this.shape.long], [lat, lng]));
      this.isFresh = false;
    } else this.shape = { type: "circle", lat, long: lng, radius: this.shape?.radius ?? this.firstRadius() };
    this.write();
    this.draw();
  }

  /** A round size that one can see and that covers little, whatever the map shows: a twentieth of its height. */
  firstRadius() {
    const bounds = this.map.getBounds(), wanted = Math.max(5, this.map.distance(bounds.getNorthWest(), bounds.getSouthWest()) / 20);
    const step = 10 ** Math.floor(Math.log10(wanted));
    return Math.min(500_000, step * ROUND.findLast((one) => one * step <= wanted));
  }

  /** What the fence watches over; before that is chosen, all that one sees. */
  async showDevices() {
    const points = this.dataset.points ? await this.readAll() : JSON.parse(this.querySelector("script")?.textContent ?? "[]");
    crowd().addTo(this.map).addLayers(points.slice(0, 500).map((point) => mark(point, !this.dataset.tiles && points.length <= 60)));
    this.look(L.latLngBounds(points.map(([, , lat, long]) => [lat, long])));
  }

  async readAll() {
    const response = await fetch(this.dataset.points).catch(() => null);
    return response?.ok ? (await response.json()).points : [];
  }

  /** At the shape, with the one device that it is for; without a shape at the device, near enough to draw around it. */
  look(devices) {
    const isOfOne = this.dataset.ofOne !== undefined;
    if (this.shape) {
      const bounds = this.outline.getBounds();
      if (isOfOne && devices.isValid()) bounds.extend(devices);
      this.map.fitBounds(bounds.pad(0.4), { maxZoom: CLOSE + 2, animate: false });
    } else if (!devices.isValid()) return;
    else if (isOfOne) this.map.fitBounds(devices.getCenter().toBounds(AROUND), { animate: false });
    else this.map.fitBounds(devices.pad(0.2), { maxZoom: CLOSE, animate: false });
  }
}

const at = (one) => { const { lat, lng } = one.getLatLng(); return [lat, lng]; };
const wrapped = (long) => ((long + 540) % 360) - 180;

customElements.define("fence-editor", FenceEditor);
