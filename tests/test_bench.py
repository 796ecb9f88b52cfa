"""The bench takes too long to be run with the tests; what it would stumble over at once is looked for here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.bench import inside

ASKED = re.compile(r"""(?:ask\(\w+, |INSIDE, )"(\w+)\"""")
SOURCES = "\n".join(path.read_text() for path in sorted(Path(inside.__file__).parent.glob("*.py")))


@pytest.mark.parametrize("name", sorted(set(ASKED.findall(SOURCES))))
def test_what_is_asked_of_a_portals_rows_is_there(name: str) -> None:
    assert callable(getattr(inside, name, None))
