/** <slider-input>: a range beside each number of a slider; the two always say the same, and neither sends anything. */
import { inField, numberOf } from "../typed.js";

class SliderInput extends HTMLElement {
  connectedCallback() {
    this.ranges = [...this.querySelectorAll("input[type=range]")];
    for (const range of this.ranges) {
      const box = this.boxOf(range);
      range.hidden = false;
      range.disabled = !box;
      if (!box) continue;
      range.addEventListener("input", () => { this.keepApart(range); box.value = inField(range.value); });
      box.addEventListener("input", () => { const typed = numberOf(box.value); if (Number.isFinite(typed)) range.value = typed; });
    }
  }

  boxOf(range) { return this.querySelector(`input[name="${range.dataset.of}"]`); }

  /** The lower end stays below the upper one. */
  keepApart(moved) {
    const [low, high] = this.ranges;
    if (!high || Number(low.value) <= Number(high.value)) return;
    moved.value = moved === low ? high.value : low.value;
  }
}

customElements.define("slider-input", SliderInput);
