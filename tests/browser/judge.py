"""What axe finds on a page that keeps somebody from using it."""

from axe_playwright_python.sync_playwright import Axe

VIEWS = [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")]
# What a theme can do wrong; all else was found where the same page was light.
OF_COLOURS = ["color-contrast", "link-in-text-block"]
# The page is drawn and nothing moves any more when it is judged; what is folded away may never come to its end.
RUN = """async (rules) => {
  for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
  const ends = (one) => one.effect?.getComputedTiming().endTime !== Infinity;
  const still = Promise.allSettled(document.getAnimations().filter(ends).map((one) => one.finished));
  await Promise.race([still, new Promise((done) => setTimeout(done, 1000))]);
  const only = rules ? { runOnly: { type: "rule", values: rules } } : {};
  const { violations } = await axe.run({ resultTypes: ["violations"], ...only });
  return violations.filter((one) => ["serious", "critical"].includes(one.impact))
    .map((one) => [one.id, one.nodes.slice(0, 3).map((node) => node.html.slice(0, 200))]);
}"""

# Icons without a drawing leave a hole; those of a part that has just come are read in a moment.
HOLES = """async () => {
  const names = () => [...document.querySelectorAll("use[href^='#']")].map((use) => use.getAttribute("href"));
  const holes = () => [...new Set(names())].filter((name) => !document.getElementById(name.slice(1)));
  for (let times = 0; times < 40 && holes().length; times += 1) await new Promise((done) => setTimeout(done, 50));
  return holes();
}"""


def serious(page, rules=None):
    """The rules that elements of the page break, each with some of these elements; all rules, or those named."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    return dict(page.evaluate(RUN, rules))


def serious_in_all_views(page, sees, name):
    """What is wrong with an open page, wide and narrow, light and dark; also if it scrolls sideways or lacks icons."""
    holes = page.evaluate(HOLES)
    found = {(name, "icons"): holes} if holes else {}
    for width, theme in VIEWS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        sees(page, f"{name}-{width}-{theme}")
        if wrong := serious(page, OF_COLOURS if theme == "dark" else None):
            found[name, width, theme] = wrong
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found[name, width, "sideways"] = page.url
    return found
