/** <tab-set>: pages of a card, one at a time. Without this script they stand below each other. */
class TabSet extends HTMLElement {
  connectedCallback() {
    this.links = [...this.querySelectorAll(":scope > nav a")];
    this.pages = [...this.querySelectorAll(":scope > section")];
    this.querySelector(":scope > nav ul")?.setAttribute("role", "tablist");
    this.links.forEach((link, number) => {
      link.parentElement.setAttribute("role", "presentation");
      link.setAttribute("role", "tab");
      link.id ||= `${this.pages[number].id}-head`;
      link.setAttribute("aria-controls", this.pages[number].id);
      link.addEventListener("click", (event) => { event.preventDefault(); this.show(number); });
      link.addEventListener("keydown", (event) => this.move(event, number));
      this.pages[number].setAttribute("role", "tabpanel");
      this.pages[number].setAttribute("aria-labelledby", link.id);
      this.pages[number].removeAttribute("aria-label");
    });
    const kept = TabSet.kept.get(this.id), first = this.links.findIndex((link) => link.getAttribute("aria-current"));
    const again = this.pages.findIndex((page) => page.id === kept);
    this.show(again >= 0 ? again : Math.max(first, 0), again < 0);
  }

  show(number, isFirst = false) {
    this.links.forEach((link, at) => {
      link.removeAttribute("aria-current");
      link.setAttribute("aria-selected", String(at === number));
      link.tabIndex = at === number ? 0 : -1;
      this.pages[at].hidden = at !== number;
    });
    if (!isFirst) TabSet.kept.set(this.id, this.pages[number]?.id);
  }

  move(event, number) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const next = event.key === "Home" ? 0 : event.key === "End" ? this.links.length - 1 : step && (number + step + this.links.length) % this.links.length;
    if (next === undefined) return;
    event.preventDefault();
    this.show(next);
    this.links[next].focus();
  }
}

// Which page somebody was on, for a board that is drawn anew.
TabSet.kept = new Map();
customElements.define("tab-set", TabSet);
