/** <search-box>: what is found so far stands below the field while somebody types; arrows choose, Enter opens. */
const PAUSE = 180, LEAST = 2;

class SearchBox extends HTMLElement {
  connectedCallback() {
    this.field = this.querySelector("input");
    this.list = document.createElement("div");
    Object.assign(this.list, { id: "suggestions", className: "dv-suggest", hidden: true, role: "listbox", ariaLabel: this.field.ariaLabel });
    this.append(this.list);
    Object.assign(this.field, { role: "combobox", ariaAutoComplete: "list", ariaExpanded: "false", autocomplete: "off" });
    this.field.setAttribute("aria-controls", this.list.id);
    this.field.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.ask(), PAUSE);
    });
    this.field.addEventListener("keydown", (event) => this.onKey(event));
    this.field.addEventListener("focus", () => this.show(this.options.length > 0));
    this.addEventListener("focusout", ({ relatedTarget }) => { if (!this.contains(relatedTarget)) this.show(false); });
    this.list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus until the click
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
    this.asking?.abort();
  }

  get options() { return [...this.list.querySelectorAll("[role=option]")]; }

  async ask() {
    this.asking?.abort();
    const text = this.field.value.trim();
    if (text.length < LEAST) { this.list.replaceChildren(); this.show(false); return; }
    this.asking = new AbortController();
    try {
      const response = await fetch(`${this.getAttribute("src")}?q=${encodeURIComponent(text)}`, { signal: this.asking.signal });
      if (!response.ok || response.redirected) return;
      const found = new DOMParser().parseFromString(await response.text(), "text/html").querySelector(".dv-suggestions");
      if (!found || !this.contains(document.activeElement)) return;
      this.list.replaceChildren(...found.childNodes);
      this.choose(-1);
      this.show(true);
    } catch { this.show(false); } // Enter still asks the page of the search
  }

  show(isOpen) {
    this.list.hidden = !isOpen;
    this.field.ariaExpanded = String(isOpen);
    if (!isOpen) this.choose(-1);
  }

  choose(place) {
    this.chosen = place;
    const { options } = this;
    options.forEach((one, at) => { one.ariaSelected = String(at === place); });
    if (options[place]) this.field.setAttribute("aria-activedescendant", options[place].id);
    else this.field.removeAttribute("aria-activedescendant");
    options[place]?.scrollIntoView({ block: "nearest" });
  }

  onKey(event) {
    const { options } = this, isOpen = !this.list.hidden;
    if (event.key === "Escape" && isOpen) {
      event.preventDefault();
      this.show(false);
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && options.length) {
      event.preventDefault();
      if (!isOpen) this.show(true);
      const step = event.key === "ArrowDown" ? 1 : -1, places = options.length + 1;
      this.choose(((this.chosen + 1 + step + places) % places) - 1); // past either end the field itself
    } else if (event.key === "Enter" && isOpen && options[this.chosen]) {
      event.preventDefault();
      options[this.chosen].click();
    }
  }
}

customElements.define("search-box", SearchBox);
