"""The programs of ours that bin/serve keeps running, and how each is started and stopped."""

import signal
import sys
from collections.abc import Mapping

from doover_web.standalone.place import Place
from doover_web.standalone.process import Child

CELERY = (sys.executable, "-m", "celery", "--app=doover_web.celery")


def web(place: Place, environment: Mapping[str, str], descriptor: int) -> Child:
    return Child(
        "web",
        [sys.executable, "-m", "doover_web.standalone.web", str(descriptor)],
        env=environment,
        log=place.log("web"),
        pass_fds=[descriptor],
    )


def worker(place: Place, environment: Mapping[str, str]) -> Child:
    """For what people wait for. Of its two children one is free while the other waits for a slow endpoint."""
    return _worker("worker", place, environment, queues="quick,fleet", children=2)


def bulk(place: Place, environment: Mapping[str, str]) -> Child:
    """For what takes long: roll-ups, reports, imports, and everything that is cleared away."""
    return _worker("bulk", place, environment, queues="bulk", children=1)


def _worker(name: str, place: Place, environment: Mapping[str, str], *, queues: str, children: int) -> Child:
    options = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel=INFO")
    named = (f"--hostname={name}@%h", f"--queues={queues}", f"--concurrency={children}")
    return Child(
        name,
        [*CELERY, "worker", *named, *options],
        env=environment,
        log=place.log(name),
        # A cold shutdown: the worker takes its pool with it and the broker gives the task to the next one.
        death_signal=signal.SIGQUIT,
    )


def beat(place: Place, environment: Mapping[str, str]) -> Child:
    """Exactly one: the timetable lives in the database, so no file and no second clock is needed."""
    return Child(
        "beat",
        [*CELERY, "beat", "--pidfile=", "--loglevel=INFO"],
        env=environment,
        log=place.log("beat"),
    )


def simulated_fleet(place: Place, environment: Mapping[str, str]) -> Child:
    return Child(
        "demo",
        [sys.executable, "-m", "doover_web.standalone.demo"],
        env=environment,
        log=place.log("demo"),
    )


def background(place: Place, environment: Mapping[str, str], *, demo: bool) -> list[Child]:
    """What may come after the first page."""
    makers = [worker, bulk, beat, *([simulated_fleet] if demo else [])]
    return [make(place, environment) for make in makers]
