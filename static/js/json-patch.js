/** Reading at a path, and the smallest merge that makes a change. */
import { Digits, isContainer, same } from "./json.js";

export function at(value, path) {
  let here = value;
  for (const key of path) {
    if (here instanceof Map && here.has(key)) here = here.get(key);
    else if (Array.isArray(here) && /^\d+$/.test(key) && Number(key) < here.length) here = here[Number(key)];
    else return undefined;
  }
  return here;
}

/** The path as far as it exists; steps that were split at a slash within a key are put together again. */
export function resolve(value, steps) {
  const path = [];
  let rest = [...steps];
  while (rest.length) {
    const length = rest.findIndex((_, index) => at(value, [...path, rest.slice(0, index + 1).join("/")]) !== undefined) + 1;
    if (!length) break;
    path.push(rest.slice(0, length).join("/"));
    rest = rest.slice(length);
  }
  return path;
}

/** What a merge needs to say to turn `before` into `after`: changed and new keys, null for those gone. */
export function difference(before, after) {
  if (!(before instanceof Map) || !(after instanceof Map)) return after;
  const patch = new Map();
  for (const key of before.keys()) if (!after.has(key)) patch.set(key, null);
  for (const [key, value] of after) {
    if (!before.has(key)) patch.set(key, value);
    else if (!same(before.get(key), value)) patch.set(key, difference(before.get(key), value));
  }
  return patch;
}

/** The merge that puts `value` at `path`; a list on the way is written whole, since merges do not reach into lists. */
export function patchAt(root, path, value) {
  let steps = path;
  let put = value;
  for (let depth = path.length - 1; depth > 0; depth -= 1) {
    const parent = at(root, path.slice(0, depth));
    if (Array.isArray(parent)) {
      put = replaceIn(parent, path.slice(depth), value);
      steps = path.slice(0, depth);
    }
  }
  if (steps === path && isContainer(value)) put = difference(at(root, path), value);
  return steps.reduceRight((inner, key) => new Map([[key, inner]]), put);
}

/** The merge that takes the key at `path` away; inside a list, the list without it. */
export function removalAt(root, path) {
  const parent = at(root, path.slice(0, -1));
  if (Array.isArray(parent)) return patchAt(root, path.slice(0, -1), parent.filter((_, index) => String(index) !== path.at(-1)));
  const inList = path.some((_, depth) => depth > 0 && Array.isArray(at(root, path.slice(0, depth))));
  if (!inList) return patchAt(root, path, null);
  const rest = new Map(parent);
  rest.delete(path.at(-1));
  return patchAt(root, path.slice(0, -1), rest);
}

/** Whether `value` holds a null that a merge would take for "delete this key". */
export function holdsNull(value) {
  if (value === null) return true;
  return value instanceof Map && [...value.values()].some((one) => !(one instanceof Digits) && holdsNull(one));
}

function replaceIn(container, [key, ...rest], value) {
  if (key === undefined) return value;
  const copy = Array.isArray(container) ? [...container] : new Map(container);
  if (Array.isArray(copy)) copy[Number(key)] = replaceIn(container[Number(key)], rest, value);
  else copy.set(key, replaceIn(container.get(key), rest, value));
  return copy;
}

/** What the typed document changes or adds; keys it leaves out stay as they are, a written null deletes. */
export function changes(before, typed) {
  if (!(before instanceof Map) || !(typed instanceof Map)) return typed;
  const patch = new Map();
  for (const [key, value] of typed) {
    if (!before.has(key)) patch.set(key, value);
    else if (!same(before.get(key), value)) patch.set(key, changes(before.get(key), value));
  }
  return patch;
}

/** Whether something that `patch` touches is no longer as it was in `before`. */
export function collides(patch, before, now) {
  if (!(patch instanceof Map) || !(before instanceof Map) || !(now instanceof Map)) return !same(before ?? null, now ?? null);
  return [...patch].some(([key, value]) => collides(value, before.get(key), now.get(key)));
}
