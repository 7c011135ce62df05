/** What every map has: pictures of the configured server or a grid of its own, badges as marks, shapes of fences. */
import { placeNames } from "./map-names.js";

const L = window.L;
const MARKS = {
  online: '<circle class="fill" cx="8" cy="8" r="5"/>',
  overdue: '<circle cx="8" cy="8" r="5"/><path d="M8 5.2V8l2 1.3"/>',
  offline: '<circle cx="8" cy="8" r="5"/><path d="m4.6 11.4 6.8-6.8"/>',
  unknown: '<circle cx="8" cy="8" r="5" stroke-dasharray="2 2"/>',
};
export const KINDS = { online: "ok", overdue: "warn", offline: "bad", unknown: "idle" };
const STEPS = [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60];
const APART = { lat: 64, long: 104 }; // pixels between two lines, so that their degrees can be read
const SCALE = { wide: 124, high: 40 }; // the corner where the scale stands: no degrees there
const NAMED = 10; // devices that a count says by name
const TOP = 20; // pixels: degrees above a line that is nearer to the upper edge would be cut off

/** A map in `place`, which says in its attributes where pictures come from. */
export function makeMap(place, host) {
  const map = L.map(place, { worldCopyJump: true, zoomSnap: 0.5, attributionControl: Boolean(host.dataset.attribution), minZoom: 1, maxZoom: 19, zoomAnimation: !matchMedia("(prefers-reduced-motion: reduce)").matches });
  map.attributionControl?.setPrefix(false);
  if (host.dataset.tiles) {
    const attribution = document.createElement("span");
    attribution.textContent = host.dataset.attribution;
    L.tileLayer(host.dataset.tiles, { maxZoom: 19, attribution: attribution.innerHTML }).addTo(map);
  } else grid(map);
  map.on("zoomend moveend layeradd layerremove", () => { cancelAnimationFrame(map.sorting); map.sorting = requestAnimationFrame(() => placeNames(map)); });
  L.control.scale({ imperial: false }).addTo(map);
  return map;
}

/** Without pictures: lines of latitude and longitude with their degrees, as many as the eye can count. */
function grid(map) {
  const lines = L.layerGroup().addTo(map);
  const draw = () => {
    lines.clearLayers();
    const bounds = map.getBounds(), size = map.getSize();
    const stepOf = (degrees, pixels, apart) => STEPS.find((one) => (pixels * one) / degrees >= apart) ?? STEPS.at(-1);
    const digitsOf = (step) => Math.max(0, Math.ceil(-Math.log10(step)));
    const high = stepOf(bounds.getNorth() - bounds.getSouth(), size.y, APART.lat), wide = stepOf(bounds.getEast() - bounds.getWest(), size.x, APART.long);
    const [south, north] = [Math.max(-85, bounds.getSouth()), Math.min(85, bounds.getNorth())];
    for (let lat = Math.ceil(south / high) * high; lat <= north; lat += high) {
      line([[lat, bounds.getWest()], [lat, bounds.getEast()]]);
      const { y } = map.latLngToContainerPoint([lat, bounds.getWest()]);
      if (y > TOP && y < size.y - SCALE.high) words([lat, bounds.getWest()], `${Math.abs(lat).toFixed(digitsOf(high))}° ${lat < 0 ? "S" : "N"}`, "is-lat");
    }
    for (let long = Math.ceil(bounds.getWest() / wide) * wide; long <= bounds.getEast(); long += wide) {
      const shown = ((long + 540) % 360) - 180;
      line([[south, long], [north, long]]);
      if (map.latLngToContainerPoint([bounds.getSouth(), long]).x > SCALE.wide) words([bounds.getSouth(), long], `${Math.abs(shown).toFixed(digitsOf(wide))}° ${shown < 0 ? "W" : "E"}`, "is-long");
    }
  };
  const line = (points) => L.polyline(points, { className: "dv-map-grid", interactive: false, weight: 1 }).addTo(lines);
  const words = (at, text, way) => {
    const label = document.createElement("span");
    label.textContent = text;
    L.marker(at, { icon: L.divIcon({ className: `dv-map-degrees ${way}`, html: label, iconSize: null }), interactive: false, keyboard: false, zIndexOffset: -100_000 }).addTo(lines);
  };
  map.on("moveend", draw);
  map.whenReady(draw);
}

/** The mark of a device: its badge's shape and colour, its name for those who listen; with `named` for those who look. */
export function mark([, title, lat, long, state], named = false) {
  const icon = L.divIcon({ className: `dv-pin is-${KINDS[state] ?? "idle"}`, html: `<svg viewBox="0 0 16 16" aria-hidden="true">${MARKS[state] ?? MARKS.unknown}</svg>`, iconSize: [26, 26] });
  const one = L.marker([lat, long], { icon, title, alt: title, state, riseOnHover: true });
  if (named) one.bindTooltip(escaped(title), { permanent: true, direction: "right", offset: [12, 0], className: "dv-map-name" });
  return one;
}

/** Where marks go, so that those that would lie on one another are counted, and part when one is chosen. */
export const crowd = () => L.markerClusterGroup({ iconCreateFunction: cluster, showCoverageOnHover: false, maxClusterRadius: 44, chunkedLoading: true, animate: false });

/** Many devices near each other: how many, in the colour of the worst; which, for who points at it. */
function cluster(found) {
  const inside = found.getAllChildMarkers(), states = inside.map((one) => one.options.state);
  const worst = ["offline", "overdue", "unknown", "online"].find((state) => states.includes(state));
  const label = document.createElement("span");
  label.textContent = states.length;
  label.title = inside.slice(0, NAMED).map((one) => one.options.title).join(", ") + (inside.length > NAMED ? " …" : "");
  return L.divIcon({ className: `dv-pins is-${KINDS[worst]}`, html: label, iconSize: [36, 36] });
}

/** The shape of a fence on the map. */
export function drawn({ shape, name }, options = {}) {
  const look = { className: "dv-fence-shape", weight: 2, ...options };
  const found = shape.type === "circle" ? L.circle([shape.lat, shape.long], { radius: shape.radius, ...look }) : L.polygon(together(shape.points), look);
  if (name) found.bindTooltip(escaped(name), { sticky: true });
  return found;
}

/** The name of a fence above its upper edge, above the mark where a small one has a device in it; or at another side. */
export function nameOf({ name }, fence) {
  const bounds = fence.getBounds();
  return L.tooltip({ permanent: true, direction: "top", offset: [0, -12], className: "dv-map-name is-fence", around: bounds }).setLatLng([bounds.getNorth(), bounds.getCenter().lng]).setContent(escaped(name));
}

/** Corners on both sides of the antimeridian, read on from the first. */
export function together(points) {
  const first = points[0]?.[1] ?? 0;
  return points.map(([lat, long]) => [lat, first + (((long - first + 540) % 360) - 180)]);
}

function escaped(text) {
  const span = document.createElement("span");
  span.textContent = text;
  return span;
}
