/** <schema-form>: what a form asks for follows what is chosen in it; the server draws it anew. The browser asks before
 * somebody leaves what is not sent, also by another form of the page. `data-unsaved`: it was sent and is not saved. */

class SchemaForm extends HTMLElement {
  connectedCallback() {
    this.addEventListener("change", ({ target }) => { if (target.matches("select")) this.follow(target.name); });
    this.isChanged = this.hasAttribute("data-unsaved");
    this.addEventListener("input", () => { this.isChanged = true; });
    this.addEventListener("submit", () => { this.isChanged = false; });
    this.addEventListener("unsent", () => { this.isChanged = true; });
    this.addEventListener("click", ({ target }) => { if (target.closest(".dv-save a")) this.isChanged = false; });
    this.onLeave = (event) => { if (this.isChanged) event.preventDefault(); };
    addEventListener("beforeunload", this.onLeave);
  }

  disconnectedCallback() {
    removeEventListener("beforeunload", this.onLeave);
  }

  /** The fields that belong to a choice; what is written stays as it is written. */
  async follow(name) {
    const form = this.querySelector("form");
    const body = new FormData(form);
    body.set("do", "show");
    const asked = (this.asked = (this.asked ?? 0) + 1);
    try {
      const response = await fetch(form.action, { method: "POST", body, headers: { Accept: "text/html" } });
      const fresh = new DOMParser().parseFromString(await response.text(), "text/html").querySelector("schema-form fieldset");
      if (!fresh || asked !== this.asked) return;
      form.querySelector("fieldset").replaceWith(fresh);
      form.elements[name]?.focus?.();
    } catch {
      return; // what is shown stays as it is; saving asks the server anyway
    }
  }
}

customElements.define("schema-form", SchemaForm);
