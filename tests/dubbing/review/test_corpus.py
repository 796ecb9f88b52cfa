"""Automatic checks on whole files: dubs that are as they should be raise no alarm, damaged ones are found in place."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from tests.dubbing.review import corpus
from tests.dubbing.review.corpus import Studio

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]
_NEAR_S = 0.4
_SAMPLE = 4  # each fourth film is in every run; all of them take minutes of both processors


def films(names: Iterable[str]) -> list[ParameterSet]:
    """Each film as a case of its own."""
    rest = pytest.mark.corpus
    return [pytest.param(name, marks=[rest] if at % _SAMPLE else []) for at, name in enumerate(names)]


@pytest.mark.parametrize("kind", films(corpus.clean(Studio(Path()))))
def test_a_dub_as_it_should_be_raises_no_alarm(tmp_path: Path, kind: str) -> None:
    assert corpus.clean(Studio(tmp_path))[kind]().judged().findings == ()


@pytest.mark.parametrize("fault", films(corpus.damaged(Studio(Path()))))
def test_a_damaged_dub_is_found_and_where(tmp_path: Path, fault: str) -> None:
    make, codes, where = corpus.damaged(Studio(tmp_path))[fault]
    findings = make().judged().findings
    named = [finding for finding in findings if finding.code in codes]
    assert named, findings
    if where:
        places = [(finding.start, finding.end) for finding in named]
        assert any(
            start is not None and abs(start - where[0]) < _NEAR_S and abs((end or where[1]) - where[1]) < _NEAR_S
            for start, end in places
        ), places
