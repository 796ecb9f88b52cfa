"""The bench copies rows past the models: whether it can is only seen on the database that it measures."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.portal import QuietSandbox, ask
from tests.support.conservation import rows
from tests.support.portal import Portal


@pytest.mark.long
def test_a_portal_with_a_history_can_be_made_and_continued(tmp_path: Path) -> None:
    with QuietSandbox(tmp_path / "sandbox") as sandbox, Portal(tmp_path / "portal", sandbox) as portal:
        ask(portal, "assets", 300)
        ask(portal, "submissions", 1)
        (assets,), (comments,) = (
            rows(portal, "SELECT count(*) FROM dubbing_asset"),
            rows(portal, "SELECT count(DISTINCT start) FROM dubbing_comment"),
        )
    assert assets[0] == 300 + 200 + 1
    assert comments[0] >= 2000
