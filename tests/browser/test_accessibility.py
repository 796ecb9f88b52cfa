"""A screen reader on every page of bringing and configuring: no violations, light and dark, desktop and phone."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page

from dubbing.assets import bulk
from dubbing.models import Asset, Batch, BatchRow, Membership, Notice, Policy, Preset, Project, SavedView, Term
from tests.support.drafts import SRT, a_draft, a_person, a_row, typed

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
PAGES = {
    "new asset": "/assets/{draft}/edit/",
    "refused asset": "/assets/{refused}/edit/",
    "waits for approval": "/assets/{awaiting}/",
    "subtitle editor": "/assets/{draft}/subtitles/es-ES/edit/",
    "subtitle editor, from right to left": "/assets/{draft}/subtitles/ar-AE/edit/",
    "several videos": "/projects/{project}/batches/new/",
    "manifest": "/projects/{project}/manifest/",
    "batch": "/batches/{batch}/",
    "promote": "/assets/{draft}/promote/",
    "terms": "/projects/{project}/terms/",
    "one term": "/projects/{project}/terms/{term}/",
    "usage": "/projects/{project}/usage/",
    "quality": "/projects/{project}/quality/",
    "trash": "/projects/{project}/trash/",
    "settings": "/projects/{project}/settings/",
    "project": "/projects/{project}/",
    "project, filtered": "/projects/{project}/?language=fr-FR&status=problems&sort=name",
    "projects": "/projects/",
    "many videos, check": "/projects/{project}/videos/?do=check&all=1",
    "many videos, download": "/projects/{project}/videos/?do=download&all=1",
    "many videos, move": "/projects/{project}/videos/?do=move&all=1",
    "many videos, tag": "/projects/{project}/videos/?do=tag&all=1",
    "many videos, a language": "/projects/{project}/videos/?do=language&all=1",
    "many videos, what became of them": "/bulk/{bulk}/",
    "my work, all of a kind": "/?show=drafts",
    "saved view": "/projects/{project}/views/{view}/",
    "grid": "/projects/{project}/grid/",
    "gaps": "/projects/{project}/grid/send/",
    "my work": "/",
    "reviews": "/reviews/",
    "assign a reviewer": "/projects/{project}/reviews/assign/?asset={awaiting}",
    "usual reviewer": "/projects/{project}/reviewers/",
    "reviews, all of a kind": "/reviews/?show=unassigned",
    "reviews of a project": "/projects/{project}/reviews/",
    "account": "/account/",
    "notices": "/notices/",
    "email settings": "/notices/emails/",
}


@pytest.fixture
def places(signed_in: Any, page: Page) -> dict[str, int]:
    """Something on every page, and an owner who looks at it."""
    ada = a_person("ada")
    draft = a_draft(ada)
    project = draft.project
    Membership.objects.filter(project=project, user=ada).update(role="owner")
    _demand(project, ada)
    texts = {"srt_es-ES": SRT, "srt_ar-AE": SRT.replace("Hola", "مرحبا").replace("Adiós, mañana", "وداعا")}
    source = a_row(ada)
    Asset.objects.filter(pk=draft.pk).update(
        source=source, typed=typed(source=str(source.pk), source_from="file", targets=["es-ES", "ar-AE"], **texts)
    )
    refused = a_draft(ada, project, status="refused", error_code="invalid_input", name="Refused")
    for number, kind in enumerate(Notice.Kind.values):
        data = {"percent": 80, "minutes": 10, "reason": "key", "why": "Shorter, please.", "provider": "panjaya"}
        Notice.objects.create(recipient=ada, kind=kind, key=str(number), asset=refused, project=project, data=data)
    awaiting = a_draft(ada, project, status="awaiting", name="A long one")
    a_draft(ada, project, status="completed", name="Pilot", pilot_of=draft)
    a_draft(ada, project, status="failed", name="Thrown away", trashed_at=timezone.now())
    batch = Batch.objects.create(project=project, created_by=ada, name="Season 2")
    for number, status in enumerate(("good", "problem", "sent"), 1):
        row = a_draft(ada, project, name=f"Episode {number}")
        words = [["Languages", "Choose at least one language."]] if status == "problem" else []
        BatchRow.objects.create(batch=batch, number=number, asset=row, status=status, words=words)
    signed_in(page, ada)
    ids: dict[str, Any] = {"draft": draft, "refused": refused, "awaiting": awaiting, "batch": batch, "project": project}
    ids["bulk"] = bulk.start("archive", [refused.pk, draft.pk], ada, project=project)
    bulk.carry_on(ids["bulk"].pk, seconds=5)
    ids["term"] = Term.objects.get(project=project)
    ids["view"] = SavedView.objects.create(project=project, owner=ada, name="Problems", query="status=problems")
    return {name: row.pk for name, row in ids.items()}


def _demand(project: Project, user: Any) -> None:
    Policy.objects.create(project=project, least_anonymization=0.3, consent_required=True, approval_above=30)
    Preset.objects.create(project=project, name="Iberia", values={"targets": ["es-ES", "pt-PT"]}, created_by=user)
    Term.objects.create(project=project, source="Harbour", target="Puerto", locale="es-ES")


@pytest.mark.parametrize("name", PAGES)
def test_nothing_stands_in_the_way_of_a_screen_reader(page: Page, places: dict[str, int], name: str) -> None:
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for size in (DESKTOP, PHONE):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            page.goto(PAGES[name].format(**places))
            page.wait_for_load_state("networkidle")
            results = Axe().run(page).response["violations"]
            found += [f"{scheme} {size['width']}: {each['id']}: {each['nodes'][0]['html'][:200]}" for each in results]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", PAGES)
def test_a_phone_never_scrolls_sideways(page: Page, places: dict[str, int], name: str) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.goto(PAGES[name].format(**places))
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= PHONE["width"], f"{name} is {wide} pixels wide"


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_cut_off_at_twice_the_size_and_nothing_moves_for_who_asks_for_that(
    page: Page, places: dict[str, int], name: str
) -> None:
    page.set_viewport_size({"width": 640, "height": 512})  # a window of 1280 by 1024 at 200 %
    page.emulate_media(reduced_motion="reduce")
    page.goto(PAGES[name].format(**places))
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") <= 640
    moving = page.evaluate("document.getAnimations().filter((one) => one.playState === 'running').length")
    assert moving == 0, f"{name}: {moving} animations"
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
