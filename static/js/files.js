/** The files of a message or of the state, as the server draws them (`viewer/_files.html`). */
import { size } from "./words.js";

// What the server lets a browser show by itself.
const PICTURE = /^image\/(png|jpeg|gif|webp|avif|bmp)$/;

/** Draw attachments of the wire into `list`; it is hidden while there are none. */
export function drawFiles(list, attachments) {
  const drawn = (attachments ?? []).map((one) => one.get("url")).join(" ");
  if (list.drawn === drawn) return;
  list.drawn = drawn;
  list.replaceChildren(...(attachments ?? []).map(row));
  list.hidden = !drawn;
}

function row(attachment) {
  const item = document.createElement("li"), link = document.createElement("a"), about = document.createElement("span");
  const address = new URL(attachment.get("url")), type = attachment.get("content_type") ?? "";
  link.href = address.pathname + address.search;  // the same file by the name that this page was opened by
  link.textContent = link.download = attachment.get("filename");
  link.className = "dv-clip";
  about.textContent = `${size(Number(attachment.get("size").text))}${type ? ` · ${type}` : ""}`;
  about.className = "dv-xs dv-quiet";
  if (PICTURE.test(type)) item.append(picture(link));
  item.append(link, about);
  return item;
}

function picture(link) {
  const image = document.createElement("img");
  image.loading = "lazy";
  image.alt = "";
  image.src = link.href;
  return image;
}
