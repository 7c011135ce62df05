/** Where names stand on a map: at the side of their marks that is free, devices' before fences'. */
const L = window.L;
const SIDES = ["right", "left", "top", "bottom"], OF_FENCES = ["top", "bottom", "right", "left"];
const MARGIN = 6; // pixels that the library itself keeps between a place and its name
const NEAR = 12, FAR = 26; // and those that are added: so that a mark has room, or a number of devices

/** Names go where they lie over no mark and no other name, within the map; one without such a place is put away until one
 * looks closer. */
export function placeNames(map) {
  const whole = map.getContainer().getBoundingClientRect();
  const inMap = ({ left, right, top, bottom }) => ({ left: left - whole.left, right: right - whole.left, top: top - whole.top, bottom: bottom - whole.top });
  const taken = [...map.getContainer().querySelectorAll(".dv-pin, .dv-pins, .leaflet-control")].map((one) => inMap(one.getBoundingClientRect()));
  const isFree = (box) => box.left >= 0 && box.top >= 0 && box.right <= whole.width && box.bottom <= whole.height && !taken.some((other) => meet(box, other));
  for (const [name, choices] of namesOf(map)) {
    const element = name.getElement(), size = { wide: element.offsetWidth, high: element.offsetHeight };
    const found = choices.map((one) => ({ ...one, box: boxOf(map.latLngToContainerPoint(one.at), one, size) })).find(({ box }) => isFree(box));
    element.classList.toggle("is-covered", !found);
    if (!found) continue;
    taken.push(found.box);
    name.options.direction = found.side;
    name.options.offset = L.point(found.away * ({ right: 1, left: -1 }[found.side] ?? 0), found.away * ({ bottom: 1, top: -1 }[found.side] ?? 0));
    name.setLatLng(found.at);
  }
}

/** The names that are on the map, each with the places where it may stand, the best first. */
function namesOf(map) {
  const devices = [], fences = [];
  map.eachLayer((layer) => {
    const name = layer.getTooltip?.();
    if (name?.options.permanent && name.getElement()) devices.push([name, SIDES.map((side) => ({ side, away: NEAR, at: layer.getLatLng() }))]);
    else if (layer.options.around) fences.push([layer, [NEAR, FAR].flatMap((away) => OF_FENCES.map((side) => ({ side, away, at: edge(layer.options.around, side) })))]);
  });
  return [...devices, ...fences];
}

/** The middle of a side. */
function edge(bounds, side) {
  const { lat, lng } = bounds.getCenter();
  return { top: [bounds.getNorth(), lng], bottom: [bounds.getSouth(), lng], right: [lat, bounds.getEast()], left: [lat, bounds.getWest()] }[side];
}

function boxOf({ x, y }, { side, away }, { wide, high }) {
  const gap = away + MARGIN;
  const [left, top] = { right: [x + gap, y - high / 2], left: [x - gap - wide, y - high / 2], top: [x - wide / 2, y - gap - high], bottom: [x - wide / 2, y + gap] }[side];
  return { left, top, right: left + wide, bottom: top + high };
}

const meet = (one, other) => one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
