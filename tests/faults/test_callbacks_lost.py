"""No callback ever arrives: everything still does, by looking."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.conservation import make_wishes, rows, violations, wait_for_done
from tests.support.portal import Portal
from tests.support.sandbox import SandboxProcess
from tests.support.served import served_film

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("faults"), pytest.mark.timeout(540)]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served_film(tmp_path_factory.mktemp("films")) as link:
        yield link


def test_everything_arrives_without_callbacks(tmp_path: Path, film: str) -> None:
    """Some are signed by somebody else and refused, the others are never sent."""
    with SandboxProcess() as sandbox, Portal(tmp_path / "portal", sandbox, POLL_FIRST_SECONDS="1") as portal:
        sandbox.control("policy", engine="stub")
        sandbox.control("delivery", attempts=1)
        sandbox.fault("callback", "sign", times=2, how="other_key")
        sandbox.fault("callback", "drop", times=-1)
        make_wishes(portal, 2, film)
        portal.start("web", "worker").start_scheduler(every=0.3)
        wait_for_done(portal, 2)
        outcomes = {record["outcome"] for record in sandbox.control("callbacks", method="GET")}
        assert outcomes == {"dropped", "given_up"}
        assert rows(portal, "SELECT count(*) FROM dubbing_callback") == [(0,)]
        assert violations(portal, sandbox) == []
