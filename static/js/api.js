/** Calls to the Data API with the session cookie; a refusal is an Error with a sentence for people. */
import { write } from "./json.js";
import { fill, gettext } from "./i18n.js";

export const channelAddress = (agent, name) => `/api/agents/${agent}/channels/${encodeURIComponent(name)}`;

export async function call(method, address, document) {
  const options = { method, credentials: "same-origin" };
  if (document !== undefined) {
    options.headers = { "Content-Type": "application/json" };
    options.body = write(document);
  }
  const response = await reach(address, options);
  if (response.ok) return response;
  throw new Error(await reasonOf(response));
}

/** The same with files beside the document, in the parts that the Data API takes. */
export async function callWithFiles(method, address, document, files) {
  const body = new FormData();
  body.append("json_payload", write(document));
  files.forEach((file, number) => body.append(`attachment-${number + 1}`, file, file.name));
  const response = await reach(address, { method, credentials: "same-origin", body });
  if (response.ok) return response;
  throw new Error(await reasonOf(response));
}

const LONGEST = 30_000; // what has not come by then has failed

/** A part of a page as HTML. What is refused and not only in trouble is an Error with `isFinal`. */
export async function fragment(address) {
  const response = await reach(address, { credentials: "same-origin", redirect: "manual", signal: AbortSignal.timeout(LONGEST) });
  if (response.ok) return response;
  const isSignedOut = response.type === "opaqueredirect", isFinal = isSignedOut || (response.status < 500 && !LATER.has(response.status));
  throw Object.assign(new Error(isSignedOut ? SIGNED_OUT : gettext("This could not be read. Try again")), { isFinal });
}

const LATER = new Set([408, 429]);

const SIGNED_OUT = gettext("You have been signed out. Sign in in another tab, then try again here");

async function reach(address, options) {
  try {
    return await fetch(address, options);
  } catch {
    throw new Error(gettext("The server cannot be reached. Nothing was changed; try again"));
  }
}

async function reasonOf(response) {
  if (response.status === 401) return SIGNED_OUT;
  try {
    return (await response.json()).message;
  } catch {
    return fill(gettext("The server answered %(status)s. Try again"), { status: response.status });
  }
}
