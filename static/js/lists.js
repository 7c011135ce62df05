/** Lists on a page that a field beside them makes shorter. */

/** Only the items that hold what is typed. */
export function filterList({ target }) {
  const list = document.querySelector(target.dataset.filters);
  const wanted = target.value.trim().toLowerCase();
  for (const item of list?.children ?? []) item.hidden = !item.textContent.toLowerCase().includes(wanted);
}

/** Enter in such a field sends no form. */
export function quietEnter(event) {
  if (event.key === "Enter") event.preventDefault();
}
