"""The state file. SQLite with one connection; everything is written through before it is answered."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sandbox.jobs import Job
from sandbox.records import Asset, Delivery

_SCHEMA = """
CREATE TABLE IF NOT EXISTS assets (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS later (seq INTEGER PRIMARY KEY AUTOINCREMENT, due REAL NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS ledger (seq INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS deliveries (seq INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS jobs (seq INTEGER PRIMARY KEY AUTOINCREMENT, provider TEXT NOT NULL, id TEXT NOT NULL,
    body TEXT NOT NULL, UNIQUE (provider, id));
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, body TEXT NOT NULL);
"""
_CLEAR = """
DELETE FROM assets; DELETE FROM later; DELETE FROM ledger; DELETE FROM deliveries; DELETE FROM jobs;
DELETE FROM settings;
"""


class Store:
    """Rows in, rows out. Used from the event loop only, so no locking."""

    def __init__(self, path: Path) -> None:
        """Open or make the state file. A killed process loses nothing; a power cut may lose the last rows."""
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def clear(self) -> None:
        """Forget everything."""
        self._db.executescript(_CLEAR)

    def save_asset(self, asset: Asset) -> None:
        """Insert or update an asset with its versions."""
        self._db.execute(
            "INSERT INTO assets (id, body) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body",
            (asset.asset_id, json.dumps(asset.as_json())),
        )

    def assets(self) -> Iterator[Asset]:
        """All assets, oldest first."""
        for (body,) in self._db.execute("SELECT body FROM assets ORDER BY seq"):
            yield Asset.from_json(json.loads(body))

    def save_job(self, provider: str, job: Job) -> None:
        """Insert or update a job of one of the other providers."""
        self._db.execute(
            "INSERT INTO jobs (provider, id, body) VALUES (?, ?, ?)"
            " ON CONFLICT (provider, id) DO UPDATE SET body = excluded.body",
            (provider, job.job_id, json.dumps(asdict(job))),
        )

    def jobs(self, provider: str) -> Iterator[Job]:
        """All jobs of a provider, oldest first."""
        for (body,) in self._db.execute("SELECT body FROM jobs WHERE provider = ? ORDER BY seq", (provider,)):
            yield Job(**json.loads(body))

    def put_later(self, asset: Asset, operation: str, due: float) -> None:
        """Keep an asset that shall only appear at a later time."""
        body = json.dumps([operation, asset.as_json()])
        self._db.execute("INSERT INTO later (due, body) VALUES (?, ?)", (due, body))

    def take_due(self, now: float) -> list[tuple[str, Asset]]:
        """Hand out, once, the kept assets whose time has come, with the operation that made them."""
        rows = self._db.execute("DELETE FROM later WHERE due <= ? RETURNING body", (now,)).fetchall()
        pairs = [json.loads(body) for (body,) in rows]
        return [(operation, Asset.from_json(asset)) for operation, asset in pairs]

    def later_count(self) -> int:
        """How many kept assets still wait."""
        return int(self._db.execute("SELECT count(*) FROM later").fetchone()[0])

    def write_ledger(self, entry: dict[str, Any]) -> None:
        """Append to the list of work really carried out."""
        self._db.execute("INSERT INTO ledger (body) VALUES (?)", (json.dumps(entry),))

    def ledger(self) -> list[dict[str, Any]]:
        """The whole ledger, oldest first."""
        rows = self._db.execute("SELECT seq, body FROM ledger ORDER BY seq")
        return [{"seq": seq, **json.loads(body)} for seq, body in rows]

    def new_delivery(self, asset_id: str, url: str, body: str, *, signed: bool = True) -> Delivery:
        """Write a callback down before it is sent."""
        cursor = self._db.execute("INSERT INTO deliveries (body) VALUES ('{}')")
        delivery = Delivery(int(cursor.lastrowid or 0), asset_id, url, body, signed=signed)
        self.save_delivery(delivery)
        return delivery

    def save_delivery(self, delivery: Delivery) -> None:
        """Note what became of a callback."""
        self._db.execute("UPDATE deliveries SET body = ? WHERE seq = ?", (json.dumps(asdict(delivery)), delivery.seq))

    def deliveries(self) -> list[Delivery]:
        """All callbacks, oldest first."""
        rows = self._db.execute("SELECT body FROM deliveries ORDER BY seq")
        return [Delivery(**json.loads(body)) for (body,) in rows]

    def setting(self, name: str) -> Any:
        """A stored setting, or None."""
        row = self._db.execute("SELECT body FROM settings WHERE name = ?", (name,)).fetchone()
        return json.loads(row[0]) if row else None

    def save_setting(self, name: str, value: Any) -> None:
        """Store a setting."""
        self._db.execute("INSERT OR REPLACE INTO settings (name, body) VALUES (?, ?)", (name, json.dumps(value)))
