"""One line per address and method: how to ask, and what each kind of caller is answered.

To add one, write it in the file of its door in `tests/matrix/routes/`:

    line("POST", "/api/agents/{pump}/channels/level/messages", WRITES, body={"data": 1})
    line("GET", "/admin-portal/users/", MANAGER_PAGE)

The address is a real one: names in braces, as `{pump}`, are filled in from the world (`world.py`; a routes file
may add to it in a function `seed(world)`). The third argument is one of the common answers below, and keywords say who
is answered otherwise: `own=403`. An answer is a status, `LOGIN`, `CONFIRM`, or a tuple of statuses that are all right.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

LOGIN = "to the sign-in page"
CONFIRM = "to the page that asks for the password again"
CALLERS = {
    "nobody": "nobody signed in",
    "revoked": "an administrator's token or session that was revoked",
    "expired": "an administrator's token or session that has ended",
    "stranger": "an administrator of another organisation",
    "bare": "a member without a role in any group",
    "guest": "a guest, who may look at another group; answered as `bare`, or refused, where nothing else is said",
    "looker": "a member who may look",
    "narrow": "an administrator's personal token that may look",
    "admin": "an administrator",
    "browser": "an administrator's browser that calls an API",
    "root": "a superuser",
    "own": "the device itself",
    "neighbour": "another device of the organisation",
    "forged": "a page of somebody else, in an administrator's browser",
}
# Whoever comes with a token, where only a browser's session counts.
BEARERS = ("narrow", "own", "neighbour")
SAFE = ("GET", "HEAD")
Answer = int | str | tuple[int | str, ...]


@dataclass(frozen=True)
class Answers:
    """What each caller is answered; `by_token` tells an API from a page."""

    by_token: bool
    of: dict[str, Answer]

    def but(self, **others: Answer) -> "Answers":
        return Answers(self.by_token, {**self.of, **others})


@dataclass(frozen=True)
class Line:
    method: str
    path: str
    answers: Answers
    body: object = None
    form: dict | None = None
    # What it shows is meant for whoever has the address.
    public: bool = False
    # Where a 200 holds the outcome that counts, as in a batch: the status in its body.
    outcome: Callable[[dict], int] | None = None

    def __str__(self):
        return f"{self.method} {self.path}"

    def expected(self, caller: str) -> Answer | None:
        """None for a caller that makes no sense here."""
        if caller == "browser" and not self.answers.by_token:
            return None
        if caller == "guest" and caller not in self.answers.of:
            bare = self.answers.of["bare"]
            return (*bare, 403, 404) if isinstance(bare, tuple) else (bare, 403, 404)
        if caller == "forged" and caller not in self.answers.of:
            return self.answers.of["admin"] if self.method in SAFE else 403
        return self.answers.of[caller]


@dataclass
class Lines:
    """The lines of one door."""

    all: list[Line] = field(default_factory=list)

    def __call__(self, method, path, answers, *, body=None, form=None, public=False, outcome=None, **others) -> None:
        self.all.append(Line(method, path, answers.but(**others), body, form, public, outcome))


def api(*, stranger=404, bare=404, looker=200, narrow=200, admin=200, own=200, neighbour=404, root=None) -> Answers:
    """The answers of an API: nobody comes in without a credential that is good."""
    given = {"stranger": stranger, "bare": bare, "looker": looker, "narrow": narrow, "admin": admin, "own": own}
    known = {**given, "browser": admin, "root": admin if root is None else root, "neighbour": neighbour}
    return Answers(True, {**dict.fromkeys(("nobody", "revoked", "expired"), 401), **known})


def page(
    *, stranger: Answer = 404, bare: Answer = 404, looker: Answer = 200, admin: Answer = 200, root=None
) -> Answers:
    """The answers of a page: whoever is not signed in goes to the door, with a token as well."""
    known = {"stranger": stranger, "bare": bare, "looker": looker, "admin": admin}
    out = dict.fromkeys(("nobody", "revoked", "expired", *BEARERS), LOGIN)
    return Answers(False, {**out, **known, "root": admin if root is None else root})


def everybody(answer: Answer, *, by_token: bool = False, **others: Answer) -> Answers:
    """The same for all, also for a page of somebody else, as no cookie counts here."""
    return Answers(by_token, {**dict.fromkeys(CALLERS, answer), **others})


# An agent's own address in the Data API.
READS = api()
WRITES = api(looker=403, narrow=403)
# A page about one device.
DEVICE_PAGE = page()
# A page or form about the person who is signed in.
ONES_OWN = page(stranger=200, bare=200)
ONES_OWN_CHANGE = page(stranger=302, bare=302, looker=302, admin=302)
# A page of the admin portal about the organisation that one is in: a stranger sees the own one there.
MEMBER_PAGE = page(stranger=200, bare=200)
MANAGER_PAGE = page(stranger=200, bare=403, looker=403)
OPEN = everybody(200)
NO_SUCH = everybody(404)
