"""A screen reader on every page of bringing and configuring: no violations, light and dark, desktop and phone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, ViewportSize

from dubbing.accounts import tokens
from dubbing.assets import bulk
from dubbing.models import (
    Asset,
    Batch,
    BatchRow,
    Membership,
    Notice,
    Policy,
    Preset,
    Project,
    SavedView,
    ShareVisit,
    Term,
    Webhook,
    WebhookAttempt,
)
from dubbing.sharing import visits
from dubbing.webhooks import endpoints
from tests.support import rows
from tests.support.drafts import SRT, a_draft, a_person, a_row, typed
from tests.support.sharing import share

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]

DESKTOP, PHONE = ViewportSize(width=1280, height=900), ViewportSize(width=390, height=844)
TWICE_AS_LARGE = ViewportSize(width=640, height=512)  # a window of 1280 by 1024 at 200 %
# Colours fade from one scheme to the other, and what is checked in between has those of neither.
TRANSITIONS_ENDED = """
async () => {
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    const transitions = document.getAnimations().filter((each) => each instanceof CSSTransition);
    await Promise.allSettled(transitions.map((each) => each.finished));
}
"""
# Pairs of texts of which one is drawn over the other, by what is visible of their lines.
OVERLAPS = """
() => {
    const visible = (rect, element) => {
        let [left, top, right, bottom] = [rect.left, rect.top, rect.right, rect.bottom];
        for (let box = element; box && box !== document.body; box = box.parentElement) {
            if (getComputedStyle(box).overflow === "visible") continue;
            const edge = box.getBoundingClientRect();
            [left, top] = [Math.max(left, edge.left), Math.max(top, edge.top)];
            [right, bottom] = [Math.min(right, edge.right), Math.min(bottom, edge.bottom)];
        }
        return { left, top, right, bottom };
    };
    // A bar that stays in place covers what is scrolled below it.
    const bar = (element) => {
        for (let box = element; box; box = box.parentElement)
            if (["fixed", "sticky"].includes(getComputedStyle(box).position)) return box;
        return null;
    };
    const lines = [];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
        const element = text.parentElement;
        const isShown = element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
        if (!isShown || !text.data.trim()) continue;
        const range = document.createRange();
        range.selectNodeContents(text);
        for (const rect of range.getClientRects()) {
            const line = visible(rect, element);
            if (line.right - line.left <= 2 || line.bottom - line.top <= 2) continue;
            lines.push([line, text.data.trim(), bar(element)]);
        }
    }
    const pairs = [];
    for (const [at, [line, text, within]] of lines.entries()) {
        for (const [other, otherText, otherWithin] of lines.slice(at + 1)) {
            const wide = Math.min(line.right, other.right) - Math.max(line.left, other.left);
            const high = Math.min(line.bottom, other.bottom) - Math.max(line.top, other.top);
            if (within === otherWithin && wide > 4 && high > 6)
                pairs.push(`“${text.slice(0, 40)}” and “${otherText.slice(0, 40)}”`);
        }
    }
    return pairs;
}
"""
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
    "pilots with several settings": "/assets/{ready}/pilots/settings/?with=draft&with=voice_anonymization:1",
    "terms": "/projects/{project}/terms/",
    "one term": "/projects/{project}/terms/{term}/",
    "usage": "/projects/{project}/usage/",
    "quality": "/projects/{project}/quality/",
    "trash": "/projects/{project}/trash/",
    "retention": "/projects/{project}/retention/?days=30",
    "settings": "/projects/{project}/settings/",
    "project": "/projects/{project}/",
    "project, filtered": "/projects/{project}/?language=fr-FR&status=problems&sort=name",
    "projects": "/projects/",
    "many videos, check": "/projects/{project}/videos/?do=check&all=1",
    "many videos, download": "/projects/{project}/videos/?do=download&all=1",
    "deliveries": "/projects/{project}/deliveries/",
    "delivery": "/deliveries/{delivery}/",
    "share a delivery": "/deliveries/{delivery}/share/",
    "share links": "/projects/{project}/links/",
    "share link": "/links/{link}/",
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
    "blind comparisons": "/projects/{project}/blind/",
    "compare settings blind": "/projects/{project}/blind/new/?asset={awaiting}",
    "reviews of a project": "/projects/{project}/reviews/",
    "account": "/account/",
    "second-step": "/account/two-step/",
    "tokens": "/account/tokens/",
    "API access": "/projects/{project}/access/",
    "webhooks": "/projects/{project}/webhooks/",
    "webhook": "/webhooks/{webhook}/",
    "API": "/api/v1/docs",
    "notices": "/notices/",
    "email settings": "/notices/emails/",
    "health": "/health/",
    "first page of the admin": "/admin/",
}

FOR_OPERATORS = {"health", "first page of the admin"}


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
    ready = a_draft(ada, project, name="Ready")
    film = a_row(ada, seconds=90.0)
    filled_in = typed(source=str(film.pk), source_from="file", voice_anonymization="0.5", consent="Contract 7")
    Asset.objects.filter(pk=ready.pk).update(source=film, typed=filled_in)
    refused = a_draft(ada, project, status="refused", error_code="invalid_input", name="Refused")
    for number, kind in enumerate(Notice.Kind.values):
        data = {
            "percent": 80,
            "minutes": 10,
            "reason": "key",
            "why": "Shorter, please.",
            "provider": "panjaya",
            "line": "broker",
        }
        Notice.objects.create(recipient=ada, kind=kind, key=str(number), asset=refused, project=project, data=data)
    awaiting = a_draft(ada, project, status="awaiting", name="A long one")
    a_draft(ada, project, status="completed", name="Pilot", pilot_of=draft)
    a_draft(ada, project, status="failed", name="Thrown away", trashed_at=timezone.now())
    Asset.objects.filter(name="Pilot").update(created_at=timezone.now() - timedelta(days=100))
    batch = Batch.objects.create(project=project, created_by=ada, name="Season 2")
    for number, status in enumerate(("good", "problem", "sent"), 1):
        row = a_draft(ada, project, name=f"Episode {number}")
        words = [["Languages", "Choose at least one language."]] if status == "problem" else []
        BatchRow.objects.create(batch=batch, number=number, asset=row, status=status, problems=words)
    signed_in(page, ada)
    ids: dict[str, Any] = {"draft": draft, "refused": refused, "awaiting": awaiting, "batch": batch, "project": project}
    ids["ready"] = ready
    ids["bulk"] = bulk.start("archive", [refused.pk, draft.pk], ada, project=project)
    bulk.carry_on(ids["bulk"].pk, seconds=5)
    ids["delivery"] = rows.make_delivery(ada, rows.make_done(project, ada), srt=True)
    ids["link"], _token = share(ada, ids["delivery"])
    visits.note(ids["link"], ShareVisit.Kind.DOWNLOADED, address="203.0.113.7", name="Jo", what="delivery.zip")
    tokens.create(ada, "Renderer", ["write"], 30, project=project)
    ids["webhook"] = endpoints.create(project, "https://hooks.example.com/dubbing", Webhook.Kind.values, ada)
    message = endpoints.send_test(ids["webhook"])
    WebhookAttempt.objects.create(message=message, status=503, milliseconds=120, answer="not now")
    ids["term"] = Term.objects.get(project=project)
    ids["view"] = SavedView.objects.create(project=project, owner=ada, name="Problems", query="status=problems")
    return {name: row.pk for name, row in ids.items()}


def _demand(project: Project, user: Any) -> None:
    Policy.objects.create(project=project, least_anonymization=0.3, consent_required=True, approval_above=30)
    Preset.objects.create(project=project, name="Iberia", values={"targets": ["es-ES", "pt-PT"]}, created_by=user)
    Term.objects.create(project=project, source="Harbour", target="Puerto", locale="es-ES")


def make_operator_for(name: str) -> None:
    """Let the reader see this page if it is for operators."""
    if name in FOR_OPERATORS:
        User.objects.filter(username="ada").update(is_staff=True, is_superuser=True)


@pytest.mark.parametrize("name", PAGES)
def test_everybody_can_use_a_page(page: Page, places: dict[str, int], name: str) -> None:
    """With a screen reader, on a phone, at twice the size, and without motion."""
    address = PAGES[name].format(**places)
    make_operator_for(name)
    problems = []
    for size in (DESKTOP, PHONE):
        page.emulate_media(color_scheme="light")
        open_page(page, address, size)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.evaluate(TRANSITIONS_ENDED)
            violations = Axe().run(page).response["violations"]
            problems += [f"{scheme} {size}: {each['id']}: {each['nodes'][0]['html'][:200]}" for each in violations]
        problems += [f"{size}: {pair} overlap" for pair in page.evaluate(OVERLAPS)]
    problems += [f"on a phone: {problem}" for problem in cut_off(page, PHONE)]
    page.emulate_media(reduced_motion="reduce")
    open_page(page, address, TWICE_AS_LARGE)
    problems += [f"at twice the size: {problem}" for problem in cut_off(page, TWICE_AS_LARGE)]
    if moving := page.evaluate("document.getAnimations().filter((each) => each.playState === 'running').length"):
        problems.append(f"{moving} animations although motion is to be reduced")
    if page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") != "auto":
        problems.append("scrolls smoothly although motion is to be reduced")
    assert not problems, "\n".join(problems)


def open_page(page: Page, address: str, size: ViewportSize) -> None:
    page.set_viewport_size(size)
    page.goto(address)
    page.wait_for_load_state("networkidle")


def cut_off(page: Page, size: ViewportSize) -> list[str]:
    """Whether the page scrolls sideways."""
    wide = page.evaluate("document.documentElement.scrollWidth")
    return [f"{wide} pixels wide"] if wide > size["width"] else []
