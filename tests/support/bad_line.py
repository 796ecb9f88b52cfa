"""A line to the portal that breaks again and again, while one file is sent over it."""

from __future__ import annotations

import os
import random
import threading
import time
from contextlib import suppress
from pathlib import Path

from tests.bench.measuring import Memory, child_of
from tests.support.portal import Portal
from tests.support.tus import Answer, Line, Sender

_LATER = 429
"""Lines that were cut off still count for a moment, and one person may have only so many open at once."""


class BadLine:
    """Sends one file, and is cut again and again."""

    def __init__(
        self, portal: Portal, sender: Sender, film: Path, dice: random.Random, *, cuts: int = 100, kills: int = 2
    ) -> None:
        self.portal, self.sender, self.film, self.dice = portal, sender, film, dice
        self.cuts, self.kills = cuts, kills
        self.size = film.stat().st_size
        self.path = sender.create_upload(self.size, filename=film.name)
        self.left_open: list[Line] = []
        self.watching = Watching(portal)

    def bring(self) -> None:
        """Until every byte is there."""
        ways = [self.reset, self.hang_up, self.no_answer, self.answered, self.lie]
        kills = {self.cuts * number // (self.kills + 1) for number in range(1, self.kills + 1)}
        cuts = 0
        while (offset := self.sender.offset(self.path)) < self.size:
            # Half of the cuts come in the middle, wherever the file stands by then.
            count = min(int(self.size / self.cuts * self.dice.uniform(0.2, 1.8)), self.size - offset)
            if cuts in kills:
                self.kill_the_server(offset, count)
            elif cuts % 50 == 10:
                self.fall_silent(offset, count)
            else:
                self.dice.choice(ways)(offset, count)
            cuts += 1
            self.watching.look()
        assert cuts >= self.cuts * 0.8
        for line in self.left_open:
            line.close()

    def begun(self, offset: int, length: int) -> Line:
        line = self.sender.line()
        line.begin_patch(self.path, offset, length)
        return line

    def send(self, line: Line, offset: int, count: int) -> None:
        # The other side may have refused it already: the offset was no longer the right one.
        with suppress(OSError):
            line.send_file(self.film, offset, count)

    def heard(self, line: Line) -> Answer:
        """The answer. Whoever is told to come again later does so, as a browser would."""
        answer = line.answer()
        line.close()
        if answer.status == _LATER:
            time.sleep(float(answer.headers["retry-after"]))
        return answer

    def reset(self, offset: int, count: int) -> None:
        line = self.begun(offset, self.size - offset)
        self.send(line, offset, count)
        line.cut()

    def hang_up(self, offset: int, count: int) -> None:
        line = self.begun(offset, self.size - offset)
        self.send(line, offset, count)
        line.close()

    def no_answer(self, offset: int, count: int) -> None:
        """All was sent, and the answer comes when nobody listens any more."""
        line = self.begun(offset, count)
        self.send(line, offset, count)
        line.close()

    def answered(self, offset: int, count: int) -> None:
        line = self.begun(offset, count)
        self.send(line, offset, count)
        answer = self.heard(line)
        # 409 and 423: what was sent before is still on its way to the disk.
        assert answer.status in (204, 409, 423, _LATER), answer
        assert answer.status != 204 or answer.offset == offset + count

    def lie(self, offset: int, count: int) -> None:
        line = self.begun(max(0, offset - 1) if offset else 5, 10)
        self.send(line, 0, 10)
        assert self.heard(line).status in (409, 423, _LATER)

    def fall_silent(self, offset: int, count: int) -> None:
        """The line is dead and neither side knows; the next one is there at once."""
        line = self.begun(offset, self.size - offset)
        self.send(line, offset, count)
        self.left_open.append(line)

    def kill_the_server(self, offset: int, count: int) -> None:
        line = self.begun(offset, self.size - offset)
        sending = threading.Thread(target=self.send, args=(line, offset, count))
        sending.start()
        time.sleep(self.dice.uniform(0, 0.01))
        self.portal.kill("web")
        sending.join()
        line.close()
        self.portal.start("web")


class Watching:
    """The memory of the server, whichever process that is by now: how far it ever was above its beginning, in MB."""

    def __init__(self, portal: Portal) -> None:
        self._portal, self.worst = portal, 0.0
        self._process, self._memory = 0, Memory(os.getpid())
        self.look()

    def look(self) -> None:
        """Has to happen often: what a process took is gone with it."""
        process = child_of(self._portal.processes["web"].pid)
        if process != self._process:
            self._process, self._memory = process, Memory(process)
        self.worst = max(self.worst, self._memory.growth())
