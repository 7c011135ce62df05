"""From what a device says to what a person sees: the page of a device is open in a real Chromium, its values change,
and the page tells when the next frame showed the new number."""

import statistics
import time

import httpx
from django.conf import settings
from django.test import Client

from bench.page import _device
from bench.server import running_web
from doover_web.identity.auth import caller_of_user, issue_device_token
from doover_web.identity.models import Organisation, User
from doover_web.standalone import browser

ELEMENTS, TIMES, PAUSE = (20, 200), 60, 0.2
FIRST = 500  # the first number told: none of these stands on the page before
WAIT_MS = 10_000
# When each new number was in a frame, in ms since 1970.
WATCH = """() => {
  window.shownAt = {};
  const look = () => requestAnimationFrame(() => requestAnimationFrame((now) => {
    for (const [number] of document.querySelector("main").textContent.matchAll(/\\b5\\d{2}(?=\\.\\d)/g))
      window.shownAt[number] ??= performance.timeOrigin + now;
  }));
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""


def main() -> None:
    from playwright.sync_api import sync_playwright

    creek = Organisation.objects.found("Bench")
    root = User.objects.create_superuser("root@example.com", "correct horse battery staple", name="Root")
    visitor = Client()
    visitor.force_login(root)
    devices = {}
    for count in ELEMENTS:
        device = _device(creek, caller_of_user(root), count)
        devices[count] = device.id, issue_device_token(device)
    print("| page | publish → frame, ms (median, p95) | publish → answer, ms (median) |")
    print("|---|---|---|", flush=True)
    with running_web() as web, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser.find(), args=["--no-sandbox"])
        context = chromium.new_context(viewport={"width": 1440, "height": 900})
        session = visitor.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": web.url}])
        for count, (device, token) in devices.items():
            page = context.new_page()
            page.goto(f"{web.url}/device/{device}/", wait_until="load")
            page.wait_for_timeout(2_000)  # until it listens
            shown, answered = _watched(page, f"{web.url}/api/agents/{device}/channels/tag_values/aggregate", token)
            p95 = statistics.quantiles(shown, n=20)[-1]
            print(f"| device, {count} elements | {statistics.median(shown):.0f}, {p95:.0f}", end=" ")
            print(f"| {statistics.median(answered):.0f} |", flush=True)
            page.close()


def _watched(page, address: str, token: str) -> tuple[list[float], list[float]]:
    """Milliseconds until each number was shown, and until its sender had the answer."""
    page.evaluate(WATCH)
    shown, answered = [], []
    with httpx.Client(headers={"authorization": f"Bearer {token}"}, timeout=20) as device:
        for number in range(FIRST, FIRST + TIMES):
            began = time.time() * 1000
            device.patch(address, json={"app_1": {"v1": number + 0.5}}).raise_for_status()
            answered.append(time.time() * 1000 - began)
            page.wait_for_function("(number) => number in window.shownAt", arg=str(number), timeout=WAIT_MS)
            shown.append(page.evaluate("(number) => window.shownAt[number]", str(number)) - began)
            time.sleep(PAUSE)
    return shown, answered
