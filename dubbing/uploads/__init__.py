"""Files on their way in: announced, received piece by piece, looked into, and only then usable.

``announcing`` makes the row and the room, ``receiving`` writes the bytes, ``examining`` hashes and probes what arrived,
``removing`` takes away what nobody uses.
"""

from dubbing.uploads.append import Busy, Damaged, Gone, Interrupted, TooMuch, WrongOffset, offset_of, receive
from dubbing.uploads.cleanup import remove, sweep_abandoned
from dubbing.uploads.creation import (
    BadAnnouncement,
    NoSpace,
    Refused,
    TooLarge,
    TooMany,
    announce,
    name_key,
    plain_name,
    twin_of,
)
from dubbing.uploads.verification import ComparedAlready, announce_sha256, bring_file, examine

__all__ = [
    "BadAnnouncement",
    "Busy",
    "ComparedAlready",
    "Damaged",
    "Gone",
    "Interrupted",
    "NoSpace",
    "Refused",
    "TooLarge",
    "TooMany",
    "TooMuch",
    "WrongOffset",
    "announce",
    "announce_sha256",
    "bring_file",
    "examine",
    "name_key",
    "offset_of",
    "plain_name",
    "receive",
    "remove",
    "sweep_abandoned",
    "twin_of",
]
