/** A file that was named a picture and is none: the words behind it stand in its place. */
const STILL = "img[data-still]";

function giveWay(image) {
  const words = image.nextElementSibling;
  if (words) words.hidden = false;
  image.remove();
}

// The event does not bubble; pictures that come later with a part of the page are heard as well.
document.addEventListener("error", (event) => { if (event.target.matches?.(STILL)) giveWay(event.target); }, true);
for (const image of document.querySelectorAll(STILL)) if (image.complete && image.naturalWidth === 0) giveWay(image);
