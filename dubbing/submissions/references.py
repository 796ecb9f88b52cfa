"""References: short unique texts in the names of our assets at a provider, by which they are recognised there.

``DUB-`` and ten random characters, then the number of the asset, so that a reference that no row has still says whose
it is. Those from before that was added end with the random characters.
"""

from __future__ import annotations

import re
import secrets

PREFIX = "DUB-"
# Without easily confused letters and digits: people read references out to ops.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_REFERENCE = re.compile(rf"(?<![0-9A-Z-]){PREFIX}[0-9A-Z]{{10}}(?:-[{_ALPHABET}]{{1,9}})?(?![0-9A-Z-])")
_LONGEST_NAME = 200


def new_reference(asset_id: int) -> str:
    """A new reference for a request of this asset."""
    return f"{PREFIX}{''.join(secrets.choice(_ALPHABET) for _ in range(10))}-{_written(asset_id)}"


def references_in(name: str) -> list[str]:
    """The references in the name of a remote asset, as they are stored."""
    return _REFERENCE.findall(name.upper())


def asset_number(reference: str) -> int | None:
    """The number of the asset that a reference was made for; None if it does not say."""
    _, _, written = reference.removeprefix(PREFIX).partition("-")
    number = 0
    for character in written:
        number = number * len(_ALPHABET) + _ALPHABET.index(character)
    return number if written else None


def name_with(reference: str, name: str) -> str:
    """The name of the asset at the provider. The reference comes first: if long names are shortened, it survives."""
    return f"[{reference}] {name}"[:_LONGEST_NAME].strip()


def _written(number: int) -> str:
    digits = ""
    while number or not digits:
        number, digit = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits
