"""One video with all languages: which dubs fit their source's picture, what is made of them, and what is said of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import av
import pytest

from dubbing.delivery import deliverables, deliveries, multitrack
from dubbing.delivery.multitrack import Obstacle
from dubbing.models import Asset, Delivery, DeliveryEntry, Dubbing, Result, Upload
from dubbing.platform import storage
from tests.support import rows
from tests.support.media import make_film
from tests.support.people import People

pytestmark = pytest.mark.django_db

SRT = "1\n00:00:00,300 --> 00:00:01,200\n<i>Hola</i>\n\n2\n00:00:01,000 --> 00:00:01,800\nDos\n"


@pytest.fixture
def asset(people: People, source: Upload, tmp_path: Path) -> Asset:
    """A film of two seconds, dubbed without lip sync in two languages."""
    made = rows.make_asset(
        people.project, people.editor, status="completed", locales=[], source=source, auto_generate="no_lips"
    )
    for locale in ("es-MX", "fr-FR"):
        dub = make_film(tmp_path / f"{locale}.mp4", video="mpeg4", size=(32, 24)).read_bytes()
        dubbing = rows.make_dubbing(made, locale, status="completed", srt=SRT if locale == "es-MX" else "")
        rows.make_result(rows.make_version(dubbing), content=dub, duration=2.0)
    return made


def deliver(people: People, asset: Asset, **wanted: bool) -> Delivery:
    wanted = {"multitrack": True} | wanted
    return rows.make_delivery(people.editor, *Result.objects.filter(version__dubbing__asset=asset)[:1], **wanted)


def made_in(delivery: Delivery) -> DeliveryEntry:
    return delivery.entries.get(kind=DeliveryEntry.Kind.MULTITRACK)


def packets(path: Path, number: int) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(container.streams[number]) if packet.size]


def obstacles(people: People, asset: Asset) -> list[Obstacle | None]:
    some = deliverables.of_assets(people.project, people.editor, [asset.pk])
    return [multitrack.find_obstacle(deliverable) for deliverable in some]


def test_the_picture_of_the_source_comes_with_the_sound_of_every_language(people: People, asset: Asset) -> None:
    delivery = deliver(people, asset)
    assert Delivery.objects.get().status == Delivery.Status.READY
    made = made_in(delivery)
    assert made.name == "Harbour_Harbour-tour_mul_v1.mp4"
    path = storage.path(made.key)
    with av.open(str(path)) as container:
        about = [(stream.type, stream.language, stream.metadata["handler_name"]) for stream in container.streams]
        assert container.metadata["comment"] == "AI-dubbed"
    assert about[1:] == [
        ("audio", "eng", "English (United States), original"),
        ("audio", "spa", "Spanish (Mexico), AI-dubbed"),
        ("audio", "fra", "French (France), AI-dubbed"),
        ("subtitle", "spa", "Spanish (Mexico)"),
    ]
    assert asset.source
    source = storage.path(asset.source.key)
    assert [packets(path, number) for number in (0, 1)] == [packets(source, number) for number in (0, 1)]
    assert [text[2:].decode() for text in packets(path, 4) if text[2:]] == ["Hola", "Dos"]


def test_lists_and_passports_say_what_it_is_and_final_videos_stay_untouched(people: People, asset: Asset) -> None:
    delivery = deliver(people, asset, passport=True)
    made = made_in(delivery)
    contents = {entry.name: storage.path(entry.key).read_bytes() for entry in delivery.entries.all()}
    manifest = next(entry for entry in delivery.entries.all() if entry.name == "manifest.json")
    listed = json.loads(contents["manifest.json"][manifest.offset :][: manifest.size])["files"]
    assert [file["languages"] for file in listed if file["kind"] == "multitrack"] == [["es-MX", "fr-FR"]]
    for entry in delivery.entries.filter(kind=DeliveryEntry.Kind.PASSPORT):
        (beside,) = [file for file in entry.passport["content"]["beside"] if file["file"] == made.name]
        assert beside["sha256"] == made.sha256
        assert "without encoding the picture" in beside["contents"]
    for entry in delivery.entries.filter(kind=DeliveryEntry.Kind.RESULT).select_related("result"):
        assert entry.result
        assert entry.sha256 == entry.result.sha256


@pytest.mark.parametrize(
    ("change", "obstacle"),
    [
        ({"auto_generate": "with_lips"}, Obstacle.LIPS),
        ({"auto_generate": "off"}, Obstacle.STUDIO),
        ({"start": 0.5}, Obstacle.TRIM),
        ({"end": 1.5}, Obstacle.TRIM),
        ({"end": 2.0}, None),
        ({"start": 0.0}, None),
        ({"source": None}, Obstacle.NO_SOURCE),
        ({"auto_generate": "with_lips", "provider": "voicechanger"}, None),
    ],
)
def test_a_dub_of_another_picture_is_left_out(
    people: People, asset: Asset, change: dict[str, Any], obstacle: Obstacle | None
) -> None:
    Asset.objects.filter(pk=asset.pk).update(**change)
    if "provider" in change:
        Dubbing.objects.get(locale="es-MX").versions.update(provider=change["provider"])
        assert obstacles(people, asset)[0] is obstacle
    else:
        assert obstacles(people, asset) == [obstacle, obstacle]


def test_a_dub_of_another_length_and_a_source_that_mp4_cannot_hold_are_left_out(people: People, asset: Asset) -> None:
    Result.objects.filter(version__dubbing__locale="fr-FR").update(duration=2.3)
    assert obstacles(people, asset) == [None, Obstacle.LENGTH]
    made = made_in(deliver(people, asset))
    assert made.languages == {"es-MX": "", "fr-FR": "length"}
    Upload.objects.update(media={"video_codec": "prores"})
    assert obstacles(people, asset) == [Obstacle.FORMAT] * 2
    assert not deliver(people, asset).entries.filter(kind=DeliveryEntry.Kind.MULTITRACK).exists()


def test_a_language_with_settings_of_its_own_is_judged_by_those(people: People, asset: Asset) -> None:
    Dubbing.objects.filter(locale="fr-FR").update(sent_settings={"auto_generate": "with_lips"})
    assert obstacles(people, asset) == [None, Obstacle.LIPS]


def test_it_is_made_once_even_if_a_worker_is_killed(
    people: People, asset: Asset, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery = deliver(people, asset)
    key = made_in(delivery).key
    Delivery.objects.update(status="preparing")
    monkeypatch.setattr(multitrack, "write", lambda *_, **__: pytest.fail("made again"))
    deliveries.prepare(delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.status, made_in(delivery).key, delivery.done) == (Delivery.Status.READY, key, 3)
    deliveries.end(delivery)
    assert not storage.exists(key)


@pytest.mark.parametrize(("damage", "code"), [("source", "gone"), ("sound", "no_multitrack"), ("disk", "no_room")])
def test_what_cannot_be_made_says_why_and_leaves_nothing(
    people: People, asset: Asset, settings: Any, damage: str, code: str
) -> None:
    assert asset.source
    dub = Result.objects.get(version__dubbing__locale="fr-FR")
    if damage == "source":
        storage.path(asset.source.key).unlink()
    elif damage == "sound":
        storage.path(dub.key).write_bytes(b"x" * dub.size)
    else:
        settings.DISK_LOW_WATER_BYTES = 2**60
    delivery = deliver(people, asset)
    delivery.refresh_from_db()
    assert (delivery.status, delivery.problem["code"]) == (Delivery.Status.FAILED, code)
    assert not list(storage.path(asset.source.key).parents[1].glob("delivery/**/*.*"))
