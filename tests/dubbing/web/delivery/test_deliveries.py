"""Deliveries: choosing, preparing, downloading in parts, and who may do so."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dubbing import tasks
from dubbing.delivery import deliveries
from dubbing.models import Asset, Batch, BatchRow, Delivery, DeliveryEntry, DeliveryPolicy, Result, Review
from dubbing.platform import storage
from tests.conftest import WakeUps
from tests.support import rows
from tests.support.people import People, client_of

pytestmark = pytest.mark.django_db

PATTERN = "{asset}_{locale}_{version}.{ext}"


def approve(result: Result) -> None:
    rows.make_review(result.version.dubbing, status="approved", result=result)


def new(people: People, *results: Result) -> str:
    assets = ",".join(str(result.version.dubbing.asset_id) for result in results)
    return f"{reverse('delivery-new', args=[people.project.pk])}?assets={assets}"


def make(browser: Client, address: str, **fields: Any) -> Any:
    given = {"which": "all", "locale": ["es-ES", "fr-FR"], "pattern": PATTERN, "days": "1"} | fields
    return browser.post(address, given)


def text(browser: Client, address: str) -> str:
    answer = browser.get(address, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def unzip(browser: Client, delivery: Delivery) -> zipfile.ZipFile:
    answer = browser.get(reverse("delivery-zip", args=[delivery.pk]))
    content = body(answer)
    assert int(answer["Content-Length"]) == len(content)
    return zipfile.ZipFile(io.BytesIO(content))


@pytest.fixture
def results(people: People) -> list[Result]:
    first = rows.make_done(people.project, people.editor, name="Harbour tour")
    second = rows.make_done(people.project, people.editor, name="Night boats", locale="fr-FR", srt="")
    return [first, second]


@pytest.fixture
def delivery(viewer: Client, people: People, results: list[Result]) -> Delivery:
    answer = make(viewer, new(people, *results), srt="on", vtt="on")
    made = Delivery.objects.get()
    assert answer.url == reverse("delivery", args=[made.pk])
    return made


def test_selected_videos_come_as_one_archive_with_subtitles_and_a_list(viewer: Client, delivery: Delivery) -> None:
    opened = unzip(viewer, delivery)
    assert opened.testzip() is None
    assert opened.namelist() == [
        "Harbour-tour_es-ES_v1.mp4",
        "Harbour-tour_es-ES_v1.srt",
        "Harbour-tour_es-ES_v1.vtt",
        "Night-boats_fr-FR_v1.mp4",
        "manifest.json",
        "manifest.csv",
    ]
    assert opened.read("Harbour-tour_es-ES_v1.mp4") == rows.BYTES
    assert opened.read("Harbour-tour_es-ES_v1.srt").decode() == rows.SRT
    assert opened.read("Harbour-tour_es-ES_v1.vtt").startswith(b"WEBVTT")


def test_the_list_has_the_hash_of_every_other_file(viewer: Client, delivery: Delivery) -> None:
    opened = unzip(viewer, delivery)
    listed = json.loads(opened.read("manifest.json"))["files"]
    assert [file["name"] for file in listed] == opened.namelist()[:4]
    for file in listed:
        assert file["sha256"] == hashlib.sha256(opened.read(file["name"])).hexdigest()
        assert file["bytes"] == len(opened.read(file["name"]))
    table = list(csv.DictReader(io.StringIO(opened.read("manifest.csv").decode("utf-8-sig"))))
    assert [row["sha256"] for row in table] == [file["sha256"] for file in listed]
    assert {row["language"] for row in table} == {"es-ES", "fr-FR"}


def test_an_interrupted_download_is_resumed_where_it_was(viewer: Client, delivery: Delivery) -> None:
    address = reverse("delivery-zip", args=[delivery.pk])
    whole = viewer.get(address)
    content, etag = body(whole), whole["ETag"]
    pieces, at = [], 0
    while at < len(content):
        last = min(at + 700, len(content) - 1)
        answer = viewer.get(address, headers={"Range": f"bytes={at}-{last}", "If-Range": etag})
        assert answer.status_code == 206
        assert answer["Content-Range"] == f"bytes {at}-{last}/{len(content)}"
        pieces.append(body(answer))
        at = last + 1
    assert b"".join(pieces) == content
    # One download, however often it was gone on with; and the first one.
    assert [log.resumed for log in delivery.downloads.order_by("pk")] == [0, len(pieces) - 1]


def test_a_part_of_another_archive_is_never_given(viewer: Client, delivery: Delivery) -> None:
    address = reverse("delivery-zip", args=[delivery.pk])
    answer = viewer.get(address, headers={"Range": "bytes=100-", "If-Range": '"another"'})
    assert answer.status_code == 200
    assert len(body(answer)) == int(answer["Content-Length"])
    beyond = viewer.get(address, headers={"Range": "bytes=99999999-"})
    assert beyond.status_code == 416
    known = viewer.get(address, headers={"If-None-Match": answer["ETag"]})
    assert known.status_code == 304
    assert viewer.head(address)["Content-Length"] == answer["Content-Length"]


def test_only_what_is_approved_is_delivered_unless_somebody_asks_for_all(
    viewer: Client, people: People, results: list[Result]
) -> None:
    approve(results[0])
    page = text(viewer, new(people, *results))
    assert re.search(r'value="approved"[^>]*checked', page)
    assert "Harbour-tour" in page
    assert "Night-boats" not in page
    make(viewer, new(people, *results), which="approved")
    assert [entry.name for entry in Delivery.objects.get().entries.all()] == ["Harbour-tour_es-ES_v1.mp4"]
    assert Delivery.objects.get().entries.get().approved


def test_what_was_approved_is_delivered_while_a_newer_one_waits_for_its_review(
    viewer: Client, people: People, results: list[Result]
) -> None:
    approve(results[0])
    rows.make_result(results[0].version, content=b"newer" * 99)
    make(viewer, new(people, results[0]), which="approved", srt="on", locale=["es-ES"])
    assert unzip(viewer, Delivery.objects.get()).read("Harbour-tour_es-ES_v1.mp4") == rows.BYTES
    Review.objects.update(status=Review.Status.OUT_OF_DATE)
    make(viewer, new(people, results[0]), srt="on", locale=["es-ES"])
    assert unzip(viewer, Delivery.objects.latest("pk")).read("Harbour-tour_es-ES_v2.mp4") == b"newer" * 99


def test_one_file_is_downloaded_at_once(viewer: Client, people: People, results: list[Result]) -> None:
    answer = make(viewer, new(people, results[0]), locale=["es-ES"])
    delivery = Delivery.objects.get()
    assert answer.url == reverse("delivery-file", args=[delivery.pk, delivery.entries.get().pk])
    file = viewer.get(answer.url)
    assert body(file) == rows.BYTES
    assert 'filename="Harbour-tour_es-ES_v1.mp4"' in file["Content-Disposition"]
    assert delivery.downloads.get().user == people.viewer


def test_each_file_of_a_delivery_can_be_downloaded_separately(viewer: Client, delivery: Delivery) -> None:
    opened = unzip(viewer, delivery)
    for entry in delivery.entries.all():
        address = reverse("delivery-file", args=[delivery.pk, entry.pk])
        assert body(viewer.get(address)) == opened.read(entry.name)
        part = viewer.get(address, headers={"Range": "bytes=3-9"})
        assert (part.status_code, body(part)) == (206, opened.read(entry.name)[3:10])


def test_names_are_shown_before_anything_is_made(viewer: Client, people: People, results: list[Result]) -> None:
    Result.objects.filter(pk=results[1].pk).update(size=10)
    choice = {"part": "preview", "which": "all", "locale": ["es-ES", "fr-FR"], "srt": "on", "days": "1"}

    def preview(pattern: str) -> str:
        return text(viewer, f"{new(people, *results)}&{urlencode(choice | {'pattern': pattern}, doseq=True)}")

    page = preview("{project}.{ext}")
    assert "Harbour.mp4" in page
    assert "Harbour_2.mp4" in page
    assert "1 file would have the name of another one" in page
    assert "1 final video has no subtitles" in page
    assert "Unknown placeholder" in preview("{title}.{ext}")
    assert not Delivery.objects.exists()


def test_errors_are_shown_beside_their_field_and_nothing_typed_is_lost(
    viewer: Client, people: People, results: list[Result]
) -> None:
    answer = make(viewer, new(people, *results), pattern="x", which="approved", recipients="Broadcaster")
    page = answer.content.decode()
    assert "The pattern must end with .{ext}" in page
    assert "None of these final videos is approved" in page
    assert 'value="Broadcaster"' in page
    assert not Delivery.objects.exists()


def test_an_owner_keeps_the_names_for_the_project(
    owner: Client, viewer: Client, people: People, results: list[Result]
) -> None:
    make(viewer, new(people, *results), keep_pattern="on")
    assert not DeliveryPolicy.objects.exists()
    make(owner, new(people, *results), keep_pattern="on")
    assert DeliveryPolicy.objects.get(project=people.project).pattern == PATTERN
    assert PATTERN in text(viewer, new(people, *results))


def test_older_results_are_read_once_and_then_known(
    viewer: Client, people: People, results: list[Result], wake_ups: WakeUps, committed: Any
) -> None:
    Result.objects.update(crc32=None)
    with committed():
        make(viewer, new(people, *results))
    delivery = Delivery.objects.get()
    assert wake_ups[-1] == ("prepare_delivery", delivery.pk)
    page = text(viewer, reverse("delivery", args=[delivery.pk]))
    assert "Preparing" in page
    assert "data-poll" in page
    assert "Download ZIP" not in page
    tasks.prepare_delivery.run(delivery.pk)
    assert "Download ZIP" in text(viewer, reverse("delivery", args=[delivery.pk]))
    assert unzip(viewer, delivery).testzip() is None
    assert not Result.objects.filter(crc32=None).exists()


@pytest.mark.parametrize("how", ["gone", "damaged", "short"])
def test_a_file_that_is_not_what_was_kept_is_never_delivered(
    viewer: Client, people: People, results: list[Result], how: str
) -> None:
    Result.objects.update(crc32=None)
    path = storage.path(results[0].key)
    make(viewer, new(people, *results))
    if how == "gone":
        path.unlink()
    else:
        path.write_bytes(b"x" * (results[0].size if how == "damaged" else 9))
    delivery = Delivery.objects.get()
    tasks.prepare_delivery.run(delivery.pk)
    page = text(viewer, reverse("delivery", args=[delivery.pk]))
    assert ("no longer exists" if how == "gone" else "is damaged") in page
    assert viewer.get(reverse("delivery-zip", args=[delivery.pk])).status_code == 302


def test_a_worker_that_is_killed_leaves_a_delivery_to_the_next_one(
    viewer: Client, people: People, results: list[Result]
) -> None:
    Result.objects.update(crc32=None)
    make(viewer, new(people, *results))
    delivery = Delivery.objects.get()
    assert Delivery.objects.due().claim(delivery.pk, seconds=1)
    tasks.prepare_delivery.run(delivery.pk)
    delivery.refresh_from_db()
    assert delivery.status == Delivery.Status.PREPARING
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        assert [item.pk for item in tasks.due() if item.task is tasks.prepare_delivery] == [delivery.pk]
        tasks.prepare_delivery.run(delivery.pk)
    delivery.refresh_from_db()
    assert delivery.status == Delivery.Status.READY


def test_after_a_day_it_is_over_and_only_its_list_stays(viewer: Client, delivery: Delivery) -> None:
    texts = delivery.texts_key or Delivery.objects.get().texts_key
    assert storage.exists(texts)
    with time_machine.travel(timezone.now() + timedelta(days=1, seconds=5)):
        browser = client_of(Delivery.objects.get().created_by)  # type: ignore[arg-type]
        assert browser.get(reverse("delivery-zip", args=[delivery.pk])).status_code == 302
        assert deliveries.expire_old() == 1
        assert deliveries.expire_old() == 0
        page = text(browser, reverse("delivery", args=[delivery.pk]))
    assert not storage.exists(texts)
    assert "This delivery has expired" in page
    assert "Harbour-tour_es-ES_v1.srt" in page
    assert DeliveryEntry.objects.count() == 6


def test_its_author_and_owners_delete_it(
    owner: Client, editor: Client, viewer: Client, delivery: Delivery, people: People
) -> None:
    address = reverse("delivery-delete", args=[delivery.pk])
    editor.post(address)
    assert Delivery.objects.get().status == Delivery.Status.READY
    owner.post(address)
    assert Delivery.objects.get().status == Delivery.Status.EXPIRED
    assert all(storage.exists(key) for key in Result.objects.values_list("key", flat=True))


def test_nobody_downloads_a_video_that_was_moved_or_deleted(
    viewer: Client, delivery: Delivery, results: list[Result], people: People
) -> None:
    address = reverse("delivery-zip", args=[delivery.pk])
    asset = results[0].version.dubbing.asset
    for change in ({"trashed_at": timezone.now()}, {"project": rows.make_project("Moved", owner=people.owner)}):
        type(asset).objects.filter(pk=asset.pk).update(**change)
        assert viewer.get(address).status_code == 302
        assert "moved to another project or to trash" in text(viewer, reverse("delivery", args=[delivery.pk]))
        assert viewer.get(reverse("delivery-file", args=[delivery.pk, delivery.entries.all()[0].pk])).status_code == 302
        type(asset).objects.filter(pk=asset.pk).update(trashed_at=None, project=people.project)
    assert viewer.get(address).status_code == 200


def test_strangers_see_nothing_and_get_nothing(people: People, delivery: Delivery, results: list[Result]) -> None:
    stranger = client_of(people.outsider)
    addresses = [
        reverse("deliveries", args=[people.project.pk]),
        new(people, *results),
        reverse("delivery", args=[delivery.pk]),
        reverse("delivery-zip", args=[delivery.pk]),
        reverse("delivery-file", args=[delivery.pk, delivery.entries.all()[0].pk]),
    ]
    assert {stranger.get(address).status_code for address in addresses} == {404}
    own = stranger.get(f"{reverse('delivery-new', args=[people.outsider.projects.get().pk])}?assets=1,2,3")
    assert b"Harbour-tour" not in own.content


def test_files_of_another_delivery_are_not_reached_through_this_one(
    viewer: Client, people: People, delivery: Delivery, results: list[Result]
) -> None:
    elsewhere = rows.make_project("Secret", owner=people.outsider)
    secret = rows.make_done(elsewhere, people.outsider)
    address = f"{reverse('delivery-new', args=[elsewhere.pk])}?assets={secret.version.dubbing.asset_id}"
    make(client_of(people.outsider), address, locale=["es-ES"])
    entry = DeliveryEntry.objects.exclude(delivery=delivery).get()
    assert viewer.get(reverse("delivery-file", args=[delivery.pk, entry.pk])).status_code == 404


def test_the_list_says_what_was_delivered_for_whom(viewer: Client, people: People, results: list[Result]) -> None:
    address = reverse("deliveries", args=[people.project.pk])
    assert "Nothing delivered yet" in text(viewer, address)
    make(viewer, new(people, *results), recipients="Broadcaster")
    page = text(viewer, address)
    assert "Broadcaster" in page
    assert "2 final videos" in page


def test_videos_are_chosen_in_the_list_the_grid_a_batch_and_on_their_page(
    editor: Client, viewer: Client, people: People, results: list[Result]
) -> None:
    bulk = reverse("videos-bulk", args=[people.project.pk])
    asset = results[0].version.dubbing.asset
    for query in ({"do": "download", "asset": str(asset.pk)}, {"do": "download", "all": "1"}, {"do": "deliver"}):
        answer = viewer.get(bulk, query, follow=True)
        assert b"Harbour-tour_es-ES_v1.mp4" in answer.content
    batch = Batch.objects.create(project=people.project, created_by=people.editor)
    BatchRow.objects.create(batch=batch, number=1, asset=asset, status="sent")
    address = f"{reverse('delivery-new', args=[people.project.pk])}?batch={batch.pk}"
    assert f"?batch={batch.pk}" in text(editor, reverse("batch", args=[batch.pk]))
    assert "Harbour-tour_es-ES_v1.mp4" in text(editor, address)
    assert "Harbour-tour_es-ES_v1.mp4" not in text(viewer, address)
    assert f"?assets={asset.pk}" in text(viewer, reverse("asset", args=[asset.pk]))


def test_the_page_costs_as_many_queries_for_many_as_for_few(
    viewer: Client, people: People, results: list[Result], django_assert_max_num_queries: Any
) -> None:
    results += [rows.make_done(people.project, people.editor) for _ in range(20)]
    with django_assert_max_num_queries(25):
        text(viewer, new(people, *results))
    make(viewer, new(people, *results))
    with django_assert_max_num_queries(25):
        text(viewer, reverse("delivery", args=[Delivery.objects.get().pk]))
    with django_assert_max_num_queries(15):
        unzip(viewer, Delivery.objects.get())


def test_the_form_says_which_languages_a_video_with_all_of_them_leaves_out_and_why(
    viewer: Client, people: People, results: list[Result]
) -> None:
    dubbing = results[0].version.dubbing
    Asset.objects.filter(pk=dubbing.asset_id).update(auto_generate="no_lips")
    for locale in ("it-IT", "fr-FR"):
        settings = {"auto_generate": "with_lips"}
        lips = rows.make_dubbing(dubbing.asset, locale, sent_settings=settings, status="completed")
        other = rows.make_result(rows.make_version(lips), duration=60.0)
    Result.objects.filter(pk=results[0].pk).update(duration=60.0)
    choice = {"part": "preview", "which": "all", "locale": ["es-ES", "fr-FR", "it-IT"], "days": "1", "pattern": PATTERN}
    choice["multitrack"] = "on"
    page = text(viewer, f"{new(people, other)}&{urlencode(choice, doseq=True)}")
    assert "Harbour-tour_mul_v1.mp4" in page
    assert "English (United States) (original), Spanish (Spain)" in page
    because = "because lip sync changed the picture."
    assert f"Not in the video with all languages: French (France), Italian (Italy), {because}" in page
    answer = make(viewer, new(people, other), multitrack="on", locale=["es-ES", "fr-FR", "it-IT"])
    assert answer.status_code == 302
    page = text(viewer, answer.url)
    assert "Video with all languages, English (United States) (original), Spanish (Spain)" in page
    assert "Left out: French (France), Italian (Italy) (lip sync changed the picture)" in page
    answer = make(viewer, new(people, other), multitrack="on", locale=["fr-FR"])
    assert "None of these final videos fits the picture of its source" in answer.content.decode()


def test_imsc_and_separate_sound_accompany_a_video(
    viewer: Client, people: People, results: list[Result], film: Path
) -> None:
    stored = rows.make_file(storage.Kind.RESULT, film.read_bytes())
    Result.objects.filter(pk=results[0].pk).update(
        key=stored.key, sha256=stored.sha256, size=stored.size, crc32=stored.crc32, media={"audio_codec": "aac"}
    )
    make(viewer, new(people, results[0]), locale=["es-ES"], imsc="on", audio="on", passport="on")
    delivery = Delivery.objects.get()
    assert delivery.status == Delivery.Status.PREPARING
    tasks.prepare_delivery.run(delivery.pk)
    opened = unzip(viewer, delivery)
    assert opened.testzip() is None
    assert opened.namelist()[:4] == [
        f"Harbour-tour_es-ES_v1.{ending}" for ending in ("mp4", "ttml", "m4a", "passport.json")
    ]
    assert "¿Qué tal?" in opened.read("Harbour-tour_es-ES_v1.ttml").decode()
    beside = json.loads(opened.read("Harbour-tour_es-ES_v1.passport.json"))["content"]["beside"]
    assert beside[1]["sha256"] == hashlib.sha256(opened.read("Harbour-tour_es-ES_v1.m4a")).hexdigest()
    made = delivery.entries.get(kind=DeliveryEntry.Kind.AUDIO).key
    assert storage.exists(made)
    deliveries.end(delivery)
    assert not storage.exists(made)


def test_a_video_without_readable_sound_is_named(viewer: Client, people: People, results: list[Result]) -> None:
    make(viewer, new(people, results[0]), locale=["es-ES"], audio="on")
    delivery = Delivery.objects.get()
    tasks.prepare_delivery.run(delivery.pk)
    page = text(viewer, reverse("delivery", args=[delivery.pk]))
    assert "Harbour-tour_es-ES_v1.wav" in page
    assert "has no readable audio" in page


def test_the_open_list_shows_when_a_delivery_is_ready(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.page_polling.FRESH_SECONDS", 0.0)
    delivery = rows.make_delivery(people.owner, rows.make_done(people.project, people.owner))
    Delivery.objects.update(status="preparing")
    client, part = client_of(people.viewer), f"/projects/{people.project.pk}/deliveries/?part=list&page=1"
    assert "Preparing" in text(client, f"/projects/{people.project.pk}/deliveries/")
    first = client.get(part)
    assert client.get(part, headers={"If-None-Match": first["ETag"]}).status_code == 304
    Delivery.objects.filter(pk=delivery.pk).update(status="ready")
    assert "Ready" in client.get(part, headers={"If-None-Match": first["ETag"]}).content.decode()
