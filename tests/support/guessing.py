"""A program that guesses tokens, from many addresses, while somebody with a right one goes on working."""

from __future__ import annotations

import random
import secrets
import string
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from django.test import Client
from django.urls import reverse

from dubbing.accounts import tokens

PATH = "/api/v1/projects"
_NETWORKS = 4
"""Every so many addresses, one is a whole IPv6 network, whose guesses come from a different address each."""
_LETTERS = string.ascii_letters + string.digits + "-_"


@dataclass(frozen=True)
class Door:
    """Where tokens are tried. ``unknown``: the status for those that there are not; ``prefixes``: how they begin."""

    ask: Callable[[Client, str, str], int]
    unknown: int
    prefixes: tuple[str, ...] = ("",)


def _ask_api(client: Client, text: str, address: str) -> int:
    headers = {"Authorization": f"Bearer {text}", "Host": "localhost"}
    return client.get(PATH, headers=headers, REMOTE_ADDR=address).status_code


def _open_link(client: Client, text: str, address: str) -> int:
    return client.get(reverse("guest", args=[text]), headers={"Host": "localhost"}, REMOTE_ADDR=address).status_code


API = Door(_ask_api, 401, (tokens.OF_PROJECT, tokens.PERSONAL))
SHARE_LINKS = Door(_open_link, 404)


@dataclass
class Guessed:
    """The outcome: answers by status, guesses that were accepted, how often the rightful program was let in or not."""

    door: Door
    answers: Counter[int] = field(default_factory=Counter)
    accepted: list[str] = field(default_factory=list)
    right: Counter[int] = field(default_factory=Counter)
    addresses: int = 0

    @property
    def looked_at(self) -> int:
        """Guesses that were compared with the tokens there are."""
        return self.answers[self.door.unknown]


def guess(text: str, number: int, *, door: Door = API, every: int = 100, dice: random.Random | None = None) -> Guessed:
    """Guess ``number`` times in this process, each through all of the middleware.

    ``text``: a token that works. It is used after every so many guesses, from the address that guessed last.
    """
    dice, client, outcome = dice or random.Random(), Client(), Guessed(door)
    outcome.addresses = max(1, number // every)
    for at in range(number):
        address, tried = _address(at % outcome.addresses, at), _guess(text, at, dice, door.prefixes)
        status = door.ask(client, tried, address)
        outcome.answers[status] += 1
        if status not in (door.unknown, 429):
            outcome.accepted.append(tried)
        if at % every == every - 1:
            outcome.right[door.ask(client, text, address)] += 1
    return outcome


def _address(number: int, at: int) -> str:
    if number % _NETWORKS == 0:
        return f"2a00:{number:x}::{at:x}"
    return f"198.{18 + number // 65_536}.{number // 256 % 256}.{number % 256}"


def _guess(text: str, at: int, dice: random.Random, prefixes: tuple[str, ...]) -> str:
    """By chance, or close to one that there is: what somebody tries who saw a part of it, or a copy of the database."""
    kinds = at % 8
    if kinds < 4:
        return prefixes[kinds % len(prefixes)] + secrets.token_urlsafe(32)
    if kinds == 4:
        place = dice.randrange(len(prefixes[0]), len(text))
        other = dice.choice([letter for letter in _LETTERS if letter != text[place]])
        return text[:place] + other + text[place + 1 :]
    if kinds == 5:
        return text[: dice.randrange(1, len(text))]
    if kinds == 6:
        return tokens.digest(text)
    return text.swapcase() if at % 16 == 7 else text + dice.choice(_LETTERS)
