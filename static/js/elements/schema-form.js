/** <schema-form>: what a form asks for follows what is chosen in it; the server draws it anew. */

class SchemaForm extends HTMLElement {
  connectedCallback() {
    this.addEventListener("change", ({ target }) => { if (target.matches("select")) this.follow(target.name); });
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
