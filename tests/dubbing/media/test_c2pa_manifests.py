"""C2PA manifests, read in the confined child: none, one that fits, one that does not, and what cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from dubbing import media
from dubbing.media import C2paManifest, answers, c2pa_manifests
from tests.support.c2pa_signing import ISSUER, PROGRAM, sign_film, tamper_with
from tests.support.http_server import Server
from tests.support.media import make_film


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return make_film(tmp_path / "film.mp4")


def test_a_film_without_a_manifest_has_none(film: Path) -> None:
    assert media.c2pa_manifest(film) == C2paManifest("none")


def test_a_signed_film_fits_its_manifest_which_names_the_issuer(film: Path) -> None:
    assert media.c2pa_manifest(sign_film(film)) == C2paManifest("valid", ISSUER, PROGRAM)


def test_a_film_that_was_changed_does_not_fit_its_manifest_any_more(film: Path) -> None:
    found = media.c2pa_manifest(tamper_with(sign_film(film)))
    assert (found.state, found.issuer) == ("invalid", ISSUER)
    assert "mismatch" in found.problem


def test_a_manifest_that_was_cut_off_is_no_valid_one(film: Path) -> None:
    signed = sign_film(film)
    content = signed.read_bytes()
    at = content.index(b"jumb")
    signed.write_bytes(content[: at + 200] + b"\0" * 400 + content[at + 600 :])
    assert media.c2pa_manifest(signed).state in {"invalid", "unreadable"}


@pytest.mark.parametrize("content", [b"", b"x", b"\0" * 5000, b"\0\0\0\x18ftypmp42" + b"\xff" * 5000])
def test_anything_else_is_unreadable_or_has_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file.mp4"
    path.write_bytes(content)
    assert media.c2pa_manifest(path).state in {"none", "unreadable"}
    assert media.c2pa_manifest(tmp_path / "nothing.mp4").state == "unreadable"


def test_a_manifest_elsewhere_is_not_fetched_even_without_the_confinement(film: Path) -> None:
    with Server() as server:
        signed = sign_film(film, remote=f"{server.url}/manifest.c2pa")
        assert c2pa_manifests.read(str(signed))["state"] == "unreadable"
        assert media.c2pa_manifest(signed).state == "unreadable"
    assert not server.requests


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"state": "fine"},
        {"state": "valid", "issuer": 1, "generator": "", "problem": ""},
        {"state": ["valid"], "issuer": "", "generator": "", "problem": ""},
        {"state": "valid"},
    ],
)
def test_an_answer_of_another_form_is_not_believed(answer: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="manifest"):
        answers.manifest(answer)


def test_an_issuer_is_one_short_line() -> None:
    answer = {"state": "valid", "issuer": "A\n\0B" * 100, "generator": "", "problem": ""}
    found = answers.manifest(answer)
    assert len(found.issuer) <= 60
    assert found.issuer.isprintable()
