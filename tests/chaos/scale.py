"""How often each fault happens, and where: on files and SQLite, or on the servers that the environment names."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """How much of everything. The goals are meant for the full scale."""

    submissions: int = 2_000
    kills: int = 200
    without_broker: int = 500
    videos: int = 20
    forgeries: int = 10_000
    cuts: int = 500
    schedules: int = 60
    visits: int = 60
    restarts: int = 50
    on_machines: int = 200


SMALL = Scale(
    submissions=40,
    kills=6,
    without_broker=10,
    videos=3,
    forgeries=300,
    cuts=40,
    schedules=30,
    visits=20,
    restarts=5,
    on_machines=20,
)
