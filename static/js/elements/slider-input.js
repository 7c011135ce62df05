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
      range.addEventListener("input", () => { this.keepApart(range); box.value = inField(range.value); this.fill(); });
      box.addEventListener("input", () => { const typed = numberOf(box.value); if (Number.isFinite(typed)) range.value = typed; this.fill(); });
    }
    this.querySelector("input[name]")?.form?.addEventListener("reset", () => setTimeout(() => this.fill()));
  }

  boxOf(range) { return this.querySelector(`input[name="${range.dataset.of}"]`); }

  /** The track is filled up to the thumb, wherever it is drawn to. */
  fill() {
    const bar = this.querySelector("svg > .done"), [first, last] = [this.ranges[0], this.ranges.at(-1)];
    if (!bar) return;
    const share = (range) => (Number(range.value) - Number(range.min)) / (Number(range.max) - Number(range.min));
    const low = first === last ? 0 : share(first), width = Math.max(share(last) - low, 0), { width: whole } = bar.ownerSVGElement.viewBox.baseVal;
    bar.setAttribute("x", whole * (first.dir === "rtl" ? 1 - low - width : low));
    bar.setAttribute("width", whole * width);
  }

  /** The lower end stays below the upper one. */
  keepApart(moved) {
    const [low, high] = this.ranges;
    if (!high || Number(low.value) <= Number(high.value)) return;
    moved.value = moved === low ? high.value : low.value;
  }
}

customElements.define("slider-input", SliderInput);
