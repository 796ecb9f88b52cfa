"""From a draft to its submissions: the same for the page and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dubbing import tasks
from dubbing.drafts import saved_drafts
from dubbing.drafts.draft import Draft
from dubbing.drafts.source_links import check_links
from dubbing.models import Asset, Submission
from dubbing.submissions.submit import submit
from dubbing.web.asset_form.form import AssetForm

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def read_form(asset: Asset, user: User, draft: Draft | None = None) -> AssetForm:
    """The form of the draft as it is, or of ``draft``, which was just saved.

    Its links are checked from now on, unless the result is known.
    """
    draft = draft or saved_drafts.read_draft(asset)
    check_links(asset, draft.form_data(), user)
    tasks.enqueue_link_checks()
    return AssetForm(draft, asset=asset, user=user)


def send(form: AssetForm) -> list[Submission]:
    """Submit the draft of a valid form. Raises NotPossible."""
    made = submit(form.asset, form.asset_fields(), form.user)
    tasks.enqueue_submissions(made)
    return made
