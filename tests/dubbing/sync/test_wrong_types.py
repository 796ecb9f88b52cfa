"""Answers of every provider with a wrong type in each field: read past or refused, and asked for again later."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dubbing.models import Asset, Version
from dubbing.providers import base
from dubbing.providers.answers import parsed
from dubbing.providers.modelslab import ModelsLabProvider
from dubbing.providers.panjaya import PanjayaProvider
from dubbing.providers.voicechanger import VoiceChangerProvider
from dubbing.sync import sync_asset
from tests.support import rows
from tests.support.journey import fresh, touch
from tests.support.people import People

pytestmark = pytest.mark.django_db

LONG = "x" * 2**20
WRONG: dict[str, str] = {
    "null": "null", "true": "true", "false": "false", "zero": "0", "minus": "-1", "huge": "1e308", "endless": "1e400",
    "digits": "9" * 4000, "empty text": '""', "blank": '" "', "NUL": '"\\u0000"', "half": '"\\ud800"',
    "a megabyte": json.dumps(LONG), "a link": '"https://files.example.com/x.mp4?signature=1"', "empty list": "[]",
    "empty object": "{}", "list": '["x", 1, null, {}]', "object": '{"x": {"y": [1]}}', "itself in a list": "[ITSELF]",
    "itself in an object": '{"value": ITSELF}', "a thousand": "[" + ", ".join(['"x"'] * 1000) + "]",
    "deep": "[" * 30 + "]" * 30,
}  # fmt: skip
Path = tuple[str | int, ...]

PANJAYA_ASSET = {
    "asset_id": "ID", "name": "[DUB-AAAAAAAAAA] Film", "locale": "en-US", "created_at": "2026-11-21T10:00:00Z",
    "status": "Dubbing", "duration": 60.0, "error": {"code": "e", "message": "m"},
    "languages": [{"dubbing_id": "d1", "locale": "es-ES", "versions": [{"version_id": "v1"}]}],
}  # fmt: skip
PANJAYA_VERSION = {
    "version_id": "v1", "status": "Completed", "progress": 40, "studio_url": "https://studio.example.com/v/1",
    "result_url": "https://files.example.com/v1.mp4", "error": {"code": "e", "message": "m"},
}  # fmt: skip
MODELSLAB_JOB = {
    "status": "success", "id": 334166, "message": "done", "eta": 3, "fetch_result": "https://x.example.com/1",
    "output": ["https://files.example.com/v1.mp4"], "proxy_links": ["https://cdn.example.com/v1.mp4"],
    "future_links": ["https://files.example.com/dubbed_video_1_dub-a.mp4"], "meta": {"key": "x"}, "retry_after": 5,
}  # fmt: skip
VOICECHANGER_JOB = {
    "job_id": "ID", "status": "failed", "progress": 0.4, "created_at": "2026-11-21T10:00:00Z",
    "error": {"code": "e", "message": "m"}, "error_message": "m", "detail": [{"loc": ["video"], "msg": "too long"}],
    "error_code": "e",
}  # fmt: skip
ANSWERS: dict[str, dict[str, Any]] = {
    "panjaya": {"/v1/assets/": PANJAYA_ASSET, "/v1/versions/": PANJAYA_VERSION},
    "modelslab": {"/v6/voice/fetch/": MODELSLAB_JOB},
    "voicechanger": {"/v1/jobs/": VOICECHANGER_JOB},
}


class Answers:
    """In the place of the sender of requests: every path is answered from a table, as JSON that came over the wire."""

    def __init__(self, answers: dict[str, str]) -> None:
        self.answers = answers

    def get(self, path: str, params: Any = None) -> Any:
        """The answer at this path, or a refusal of what cannot be JSON."""
        text = next(text for start, text in self.answers.items() if path.startswith(start))
        try:
            return parsed(text.encode())
        except ValueError:
            raise base.BadAnswer("the answer is not JSON", call=path) from None

    def ask(self, path: str, json: Any) -> Any:
        """The same for a question that is a POST."""
        return self.get(path)


def client(name: str, answers: dict[str, str]) -> base.Provider:
    opened: dict[str, Any] = {
        "panjaya": lambda: PanjayaProvider("https://api.example.com", "key"),
        "modelslab": lambda: ModelsLabProvider("https://example.com/api/v6", "key-of-the-tests"),
        "voicechanger": lambda: VoiceChangerProvider("https://api.example.com", "key-of-the-tests"),
    }
    provider = opened[name]()
    provider._caller = Answers(answers)
    found: base.Provider = provider
    return found


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every field of an answer, and the answer itself."""
    yield path
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield from places(inner, (*path, step))


def written(value: Any, place: Path, wrong: str) -> str:
    """The answer as JSON with ``wrong`` in one place. Written by hand: not every wrong value can be one of Python's."""
    if not place:
        return wrong.replace("ITSELF", json.dumps(value))
    step, *rest = place
    if isinstance(value, dict):
        pairs = value.items()
        inside = (
            f"{json.dumps(key)}: {written(one, tuple(rest), wrong) if key == step else json.dumps(one)}"
            for key, one in pairs
        )
        return "{" + ", ".join(inside) + "}"
    return "[" + ", ".join(written(one, tuple(rest), wrong) if at == step else json.dumps(one)
                           for at, one in enumerate(value)) + "]"  # fmt: skip


CASES = [
    pytest.param(name, start, place, id=f"{name} {start}{'.'.join(map(str, place))}")
    for name, answers in ANSWERS.items()
    for start, answer in answers.items()
    for place in places(answer)
]


def make_accepted(people: People, name: str) -> Asset:
    """An asset at this provider, with a version that was seen before."""
    remote_id = "334166" if name == "modelslab" else "65f0c0ffee65f0c0ffee65f0"
    asset = rows.make_asset(people.project, people.editor, provider=name, remote_id=remote_id)
    locale = "" if name == "panjaya" else "es-ES"
    rows.make_submission(asset, status="accepted", remote_id=remote_id, locale=locale)
    version = rows.make_version(asset.dubbings.get(), status="generating")
    touch(version, remote_id="v1" if name == "panjaya" else remote_id)
    return asset


def assert_goes_on(asset: Asset, version: Version) -> None:
    """Nobody holds it, and it is looked at again within the day."""
    asset = fresh(asset)
    assert asset.lease_token is None
    assert asset.next_poll_at is not None
    assert (asset.next_poll_at - timezone.now()).days < 1
    assert fresh(version).status in Version.Status.values


@pytest.mark.parametrize(("name", "start", "place"), CASES)
def test_no_wrong_type_in_a_field_stops_an_asset(
    people: People, editor: Client, name: str, start: str, place: Path
) -> None:
    asset = make_accepted(people, name)
    version = Version.objects.get(dubbing__asset=asset)
    right = {path: json.dumps(answer).replace("ID", asset.remote_id) for path, answer in ANSWERS[name].items()}
    for wrong in WRONG.values():
        answers = right | {start: written(ANSWERS[name][start], place, wrong).replace('"ID"', f'"{asset.remote_id}"')}
        Asset.objects.mark(asset.pk)
        sync_asset(asset.pk, provider=client(name, answers), cause="test")
        assert_goes_on(asset, version)
    for page in ("asset", "version"):
        row = asset if page == "asset" else version
        assert editor.get(reverse(page, args=[row.pk])).status_code == 200
    # It was never so odd that the right answer would not be believed afterwards.
    Asset.objects.mark(asset.pk)
    sync_asset(asset.pk, provider=client(name, right), cause="test")
    assert fresh(version).remote_status in {"Completed", "success", "failed"}


@pytest.mark.parametrize("reported", ["1e308", "-1e308", "9" * 300, "1000001", "-1", "0"])
@pytest.mark.parametrize("with_source", [True, False])
def test_an_impossible_length_is_not_settled_and_breaks_no_page(
    people: People, editor: Client, reported: str, with_source: bool
) -> None:
    asset = rows.make_asset(
        people.project, people.editor, with_source=with_source, remote_id="65f0c0ffee65f0c0ffee65f0"
    )
    rows.make_submission(asset, status="accepted", remote_id=asset.remote_id)
    answer = f'{{"asset_id": "{asset.remote_id}", "status": "Dubbing", "duration": {reported}}}'
    provider = client("panjaya", {"/v1/assets/": answer})
    for _ in range(3):
        Asset.objects.mark(asset.pk)
        sync_asset(asset.pk, provider=provider, cause="test")
    assert fresh(asset).duration is None
    assert asset.events.filter(kind="length_differs").count() == with_source
    assert editor.get(reverse("asset", args=[asset.pk])).status_code == 200
    assert editor.get(reverse("project", args=[asset.project_id])).status_code == 200
