"""What takes a server of one's own: one whose maps have pictures, and which goes away and comes back."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from doover_web.standalone import server

PASSWORD = "correct horse battery staple"
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c6368"
    "00000082008177cd72b60000000049454e44ae426082"
)
SEED = """
from doover_web.fences.actions.fence import create_fence
from doover_web.identity.actions.member import add_member
from doover_web.identity.auth import caller_of_user
from doover_web.identity.models import Agent, Organisation, OrganisationRole, User
from doover_web.data.access import reach_agent
from doover_web.data.publish import update_aggregate

creek = Organisation.objects.found("Tallow Creek Water")
ada = User.objects.create_user("ada@example.com", "{password}", name="Ada Moss")
add_member(organisation=creek, user=ada, role=OrganisationRole.objects.built_in("Admin"), by=None)
by = caller_of_user(ada)
for number, name in enumerate(("Upper dam wall", "Lower dam wall", "Spillway of the dam")):
    shape = {{"type": "circle", "lat": -27.5, "long": 152.9 + number / 1000, "radius": 400}}
    create_fence(place=creek, fields={{"name": name, "shape": shape}}, by=by)
for number in range(2):
    pump = Agent.objects.create(kind="device", organisation=creek, name=f"pump-{{number}}")
    place = {{"lat": -27.5, "long": 152.9 + number / 10}}
    update_aggregate(reach=reach_agent(by, pump.id), name="location", data=place)
"""
# The names of fences that one sees, and how many of them meet another or a mark.
NAMES = """() => {
  const names = [...document.querySelectorAll('.dv-map-name:not(.is-covered)')];
  const marks = [...document.querySelectorAll('.dv-pin svg, .dv-pins')], boxOf = (one) => one.getBoundingClientRect();
  const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  const meets = (name) => [...marks, ...names].some((one) => one !== name && meet(boxOf(name), boxOf(one)));
  const over = names.filter(meets);
  return { seen: names.length, over: over.map((one) => one.textContent) };
}"""


class Pictures(BaseHTTPRequestHandler):
    """One and the same picture, wherever one looks."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.end_headers()
        self.wfile.write(PIXEL)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def pictures():
    """The address of a server of map pictures."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Pictures) as serving:
        thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{serving.server_port}/{{z}}/{{x}}/{{y}}.png"
        serving.shutdown()
        thread.join()


class Own:
    """A server that can be stopped, and started again at the same address."""

    def __init__(self, folder, env):
        self.folder, self.env = folder, env
        self.running = server.start(folder, env=env)
        self.url = self.running.url

    def stop(self):
        self.running.stop()

    def start(self):
        self.running = server.start(self.folder, port=urlsplit(self.url).port, env=self.env)


@pytest.fixture(scope="module")
def own(tmp_path_factory, pictures):
    env = {"DOOVER_TILE_URL": pictures, "DOOVER_TILE_ATTRIBUTION": "Nobody's land"}
    one = Own(tmp_path_factory.mktemp("own") / "var", env)
    try:
        made = one.running.manage("shell", text=SEED.format(password=PASSWORD))
        assert made.returncode == 0, made.stderr
        yield one
    finally:
        one.stop()


@pytest.fixture
def ada(chromium, own):
    """Ada, signed in there."""
    with chromium.new_context(base_url=own.url, viewport={"width": 1440, "height": 900}) as context:
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.goto("/accounts/login/")
        page.get_by_label("E-mail").fill("ada@example.com")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: urlsplit(url).path == "/")
        yield page


@pytest.mark.timeout(400)
def test_names_of_fences_stand_apart_over_pictures_too(ada, sees):
    ada.goto("/map/")
    expect(ada.locator(".leaflet-tile-loaded").first).to_be_attached()
    expect(ada.locator(".leaflet-control-attribution")).to_contain_text("Nobody's land")
    expect(ada.locator(".dv-map-name.is-fence")).to_have_count(3)
    expect(ada.locator(".dv-pin")).to_have_count(2)  # and the map is where they are
    ada.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    sees(ada, "map-pictures")
    names = ada.evaluate(NAMES)
    assert names == {"seen": 3, "over": []}


@pytest.mark.timeout(400)
def test_what_is_typed_stays_while_the_server_is_away(own, ada, sees):
    ada.goto("/report/new/")
    ada.get_by_label("Name").fill("Week in figures")
    own.stop()
    for _time in range(2):
        ada.get_by_role("button", name="Make the report").click()
    said = ada.get_by_text("The server could not be reached. Nothing was sent")
    expect(said).to_have_count(1)
    expect(ada.get_by_label("Name")).to_have_value("Week in figures")
    sees(ada, "server-away")

    own.start()
    ada.get_by_role("button", name="Make the report").click()
    expect(ada.get_by_role("heading", name="Week in figures")).to_be_visible()
