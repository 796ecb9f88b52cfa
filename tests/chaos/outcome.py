"""What a figure is: a fault, how often it happens, and what must be true afterwards."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class Outcome:
    """One line of the output. ``wanted`` and ``got`` are what is compared; ``seconds``: how long it took in all."""

    figure: str
    wanted: object
    got: object = None
    seconds: float = 0.0
    context: dict[str, object] = field(default_factory=dict)

    @property
    def met(self) -> bool:
        """Whether it came out as wanted."""
        return self.got == self.wanted

    def line(self) -> str:
        """As one line of JSON."""
        values = {"figure": self.figure, "wanted": self.wanted, "got": self.got, "met": self.met}
        return json.dumps(values | {"seconds": round(self.seconds, 1)} | self.context, default=str)


@contextmanager
def measured(figure: str, wanted: object, **context: object) -> Iterator[Outcome]:
    """An outcome to be filled in, with the time it took. What goes wrong on the way is what was got."""
    outcome, began = Outcome(figure, wanted, context=dict(context)), time.monotonic()
    try:
        yield outcome
    except AssertionError as error:
        outcome.got = f"{type(error).__name__}: {error}"[:2000]
    outcome.seconds = time.monotonic() - began
