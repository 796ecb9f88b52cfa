"""Files on their way in: announced, received piece by piece, looked into, and only then usable.

``announcing`` makes the row and the room, ``receiving`` writes the bytes, ``examining`` hashes and probes what arrived,
``removing`` takes away what nobody uses.
"""

from dubbing.services.uploads.announcing import (
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
from dubbing.services.uploads.examining import ComparedAlready, announce_sha256, bring_file, examine
from dubbing.services.uploads.receiving import (
    Busy,
    Damaged,
    Gone,
    Interrupted,
    TooMuch,
    WrongOffset,
    offset_of,
    receive,
)
from dubbing.services.uploads.removing import remove, sweep_abandoned

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
