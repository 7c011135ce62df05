/** <time-slider>: a range of moments that goes there when it is let go. Without this script its button does. */
import { parts } from "../words.js";

class TimeSlider extends HTMLElement {
  connectedCallback() {
    const form = this.querySelector("form"), range = this.querySelector("input[type=range]"), output = this.querySelector("output");
    this.querySelector("[data-without-script]").hidden = true;
    range.addEventListener("input", () => {
      const at = parts(Number(range.value));
      output.textContent = at.time;
      range.setAttribute("aria-valuetext", `${at.time}:${at.seconds}`);
    });
    range.addEventListener("change", () => form.requestSubmit());
  }
}

customElements.define("time-slider", TimeSlider);
