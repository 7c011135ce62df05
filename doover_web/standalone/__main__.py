"""What bin/* call: `python -m doover_web.standalone serve|manage|check|test|bench …`."""

import argparse
import os
import signal
import sys
from pathlib import Path

from doover_web.standalone import commands
from doover_web.standalone.errors import CannotStart
from doover_web.standalone.place import Place, default_folder
from doover_web.standalone.serve import serve


def port_number(text: str) -> int:
    if not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port: write a number from 1 to 65535, or 0 for any free one")
    return int(text)


def run_serve(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bin/serve", description="Serves doover_web with everything it needs.")
    parser.add_argument("--port", type=port_number, default=8000, help="where to listen on 127.0.0.1 (8000)")
    parser.add_argument("--data-dir", type=Path, default=default_folder(), help="database, secrets and logs (var)")
    parser.add_argument("--no-demo", action="store_true", help="without the simulated devices")
    options = parser.parse_args(arguments)
    serve(Place(options.data_dir), port=options.port, demo=not options.no_demo)
    return 0


def run_manage(arguments: list[str]) -> int:
    """The option of bin/serve stands before the command; everything after it is Django's."""
    folder = default_folder()
    if arguments[:1] == ["--data-dir"] and len(arguments) > 1:
        folder, arguments = Path(arguments[1]), arguments[2:]
        # For the command itself, which may start others.
        os.environ["DOOVER_DATA_DIR"] = str(folder.resolve())
    return commands.manage(Place(folder), arguments)


def main() -> int:
    command, *arguments = sys.argv[1:] or ["serve"]
    if command == "serve":
        return run_serve(arguments)
    # The commands below clean up on their way out, so a polite signal has to be an exception.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if command == "manage":
        return run_manage(arguments)
    if command == "check":
        return commands.check()
    return {"test": commands.test, "bench": commands.bench}[command](arguments)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CannotStart as problem:
        sys.exit(str(problem))
    except KeyboardInterrupt:
        sys.exit(130)
