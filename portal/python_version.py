"""Refuse a Python that lacks what the code needs, with words rather than with the first error of an import."""

import sys

OLDEST = (3, 11)


def refuse_old_python() -> None:
    """End this process if its Python is too old."""
    if sys.version_info[:2] < OLDEST:
        wanted, found = (".".join(map(str, version[:2])) for version in (OLDEST, sys.version_info))
        sys.exit(
            f"The portal needs Python {wanted} or later, and this is {found}. Make its environment with a newer one."
        )
