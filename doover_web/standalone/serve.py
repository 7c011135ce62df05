"""bin/serve: what is started, in which order, and what the person at the terminal is told."""

import http.client
import json
import os
import shlex
import socket
import time
from urllib.parse import urlsplit

from doover_web.standalone import prepare, programs
from doover_web.standalone.errors import CannotStart
from doover_web.standalone.place import Place, read_json, write_private
from doover_web.standalone.process import Child
from doover_web.standalone.services import Services, end_left_overs, write_state
from doover_web.standalone.supervisor import StopAsked, Supervisor

WEB_SECONDS = 60


def serve(place: Place, *, port: int, demo: bool) -> None:
    """Runs until a signal says stop."""
    with place.held() as alone:
        if not alone:
            raise CannotStart(who_holds(place))
        end_left_overs(place)
        with open_listener(port) as listener:
            Serving(place, listener, demo=demo).run()


def who_holds(place: Place) -> str:
    state = place.state()
    if url := state.get("url"):
        who = f"at {url} by process {state['pid']}"
        return f"{place.folder} is already served {who}. Stop it, or choose another --data-dir."
    return f"{place.folder} is in use by another command. Try again when it is done, or choose another --data-dir."


def open_listener(port: int) -> socket.socket:
    """Opened here and kept, so that the port stays ours and a web server that restarts refuses nobody."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        reason = (error.strerror or str(error)).lower()
        raise CannotStart(f"Port {port} cannot be used: {reason}. Choose another one with --port.") from None
    return listener


class Serving:
    """One run of bin/serve on a folder that is ours alone."""

    def __init__(self, place: Place, listener: socket.socket, *, demo: bool):
        self.place, self.listener, self.demo = place, listener, demo
        self.port = listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.services = Services(place)
        self.status = "starting"
        self.sign_in: dict[str, str] = {}
        self.supervisor = Supervisor(self.note)

    def run(self) -> None:
        self.place.remember_url(self.url)
        self.note([])
        self.supervisor.listen()
        try:
            self.start()
            self.supervisor.watch()
        except StopAsked:
            print("Stopping.", flush=True)
        finally:
            # Also when we are stopped on the way: a new password is known to nobody else.
            if "password" in self.sign_in:
                self.say_how_to_sign_in()
            self.supervisor.stop()
            self.place.clear_state()

    def start(self) -> None:
        """Only what the first page needs comes before the web server."""
        environment = self.services.environment()
        static = prepare.child(self.place, environment, "static")
        try:
            if not prepare.is_collected(self.place.static_root()):
                static.start()
            self.start_services()
            self.prepare_database(environment)
            if static.pid:
                prepare.finish(static, self.supervisor.pause)
        finally:
            static.stop()
        self.start_web(programs.web(self.place, environment, self.listener.fileno()))
        print(f"Ready: {self.url}", flush=True)
        self.say_how_to_sign_in()
        self.status = "ready"
        self.supervisor.keep(*programs.background(self.place, environment, demo=self.demo))

    def start_services(self) -> None:
        try:
            self.services.start()
        finally:
            self.supervisor.keep(*self.services.children)
        self.services.wait(self.supervisor.pause)

    def prepare_database(self, environment: dict[str, str]) -> None:
        """Migrate and make the first user where that is not done yet."""
        remembered = self.place.folder / "sign-in.json"
        if remembered.exists() and prepare.is_migrated(self.place, self.services.database_url):
            self.sign_in = read_json(remembered)
            return
        reader, writer = os.pipe()
        step = prepare.child(self.place, environment, "first-user", answer_to=writer)
        try:
            step.start()
            prepare.finish(step, self.supervisor.pause)
        finally:
            step.stop()
            os.close(writer)
            answer = os.read(reader, 4096)
            os.close(reader)
            if answer:
                self.sign_in = json.loads(answer)
                write_private(remembered, json.dumps({"email": self.sign_in["email"]}))

    def say_how_to_sign_in(self) -> None:
        print(how_to_sign_in(self.sign_in, self.place), flush=True)
        self.sign_in = {}

    def start_web(self, web: Child) -> None:
        self.supervisor.keep(web)
        end = time.monotonic() + WEB_SECONDS
        while not answers(self.port, host_of(web)):
            if web.exit_code() is not None or time.monotonic() > end:
                raise CannotStart(f"The web server does not start. Its log {web.log} ends:\n{web.last_words()}")
            self.supervisor.pause(0.05)

    def note(self, children: list[Child]) -> None:
        write_state(self.services, children, kind="serve", status=self.status, url=self.url)


def host_of(web: Child) -> str:
    """The name this server answers to, which need not be 127.0.0.1."""
    return urlsplit(web.env["DOOVER_PUBLIC_URL"]).netloc


def answers(port: int, host: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz", headers={"Host": host})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def how_to_sign_in(sign_in: dict[str, str], place: Place) -> str:
    email = sign_in["email"]
    change = shlex.join(["bin/manage", *place.named(), "changepassword", email])
    if password := sign_in.get("password"):
        note = f"(shown only now; {change} sets another)"
        return f"Sign in as {email} with the password {password}\n{note}"
    return f"Sign in as {email} (forgot the password? {change})"
