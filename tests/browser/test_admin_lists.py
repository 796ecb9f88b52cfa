"""Every list of the admin fits on a screen of 1280 pixels, with long names, ids and addresses."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page

from dubbing.models import Asset, Callback, Hold, Mail, Submission, Version
from tests.support.drafts import a_draft, a_person
from tests.support.operators import make_check, make_process
from tests.support.people import make_user
from tests.support.rows import make_done, make_event, make_submission

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]
LONG = "f" * 40
TOO_WIDE = """() => [...document.querySelectorAll("#changelist .results, html")]
    .filter(each => each.scrollWidth > each.clientWidth).map(each => each.className + " " + each.scrollWidth)"""


def long_rows() -> None:
    ada = a_person("ada")
    draft = a_draft(ada)
    result = make_done(draft.project, ada, name="An interview in the harbour, with captions and a long title")
    asset = result.version.dubbing.asset
    Asset.objects.filter(pk=asset.pk).update(remote_id=LONG, remote_status="PendingReview")
    Version.objects.update(remote_id=LONG, remote_status="ReadyToEdit", next_keep_at=timezone.now())
    values = {"remote_id": LONG, "sent_at": timezone.now(), "needs_person": True}
    submission = make_submission(asset, status="unknown", locale="zh-CN", **values)
    Submission.objects.update(kind="add_locales")
    Callback.objects.create(
        submission=submission, body=b"{}", sha256="a" * 64, event="version_generate_failed", remote_asset_id=LONG,
        remote_version_id=LONG, last_received_at=timezone.now(), processed_at=timezone.now(),
    )  # fmt: skip
    Hold.objects.put("panjaya", Hold.Reason.KEY, f"key {LONG} is not valid")
    problem = f"SMTPAuthenticationError: (535, b'5.7.8 {LONG}')"
    Mail.objects.create(recipient=ada, rhythm="soon", next_at=timezone.now(), problem=problem, sent_at=timezone.now())
    make_event(asset, "status", **{"from": "submitting", "to": "dubbing", "why": LONG})
    make_process("worker", host=f"dubbing-portal-worker-{LONG}")
    make_check("panjaya", "down", problem=f"ConnectError: {LONG}", failing_since=timezone.now())


def test_every_list_fits_on_1280_pixels(page: Page, signed_in: Any) -> None:
    long_rows()
    signed_in(page, make_user("root", is_staff=True, is_superuser=True))
    page.set_viewport_size({"width": 1280, "height": 900})
    wide = {}
    for model in admin.site._registry:
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        page.goto(address)
        if found := page.evaluate(TOO_WIDE):
            wide[address] = found
    assert wide == {}
