"""Record a request that was sent after the backup: the rows that it had, and nothing that is sent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db import transaction

from dubbing.backup.matches import UNSENT, title_of
from dubbing.drafts.fields import AssetFields, TargetText
from dubbing.drafts.saved_drafts import read_draft
from dubbing.minutes import costs, ledger, settlement
from dubbing.models import Asset, Dubbing, Event, Membership, Project, text_search
from dubbing.platform import locales
from dubbing.platform.errors import NotPossible
from dubbing.providers import base
from dubbing.submissions import attempts, records
from dubbing.submissions.outcomes import accept

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def record_sent(asset: Asset, remote: base.RemoteAsset, reference: str, fields: AssetFields | None) -> bool:
    """Record that the asset was sent and became ``remote``. Return False if somebody sent it meanwhile.

    ``fields``: its checked form, if the draft still passes; otherwise only what the draft says in plain.
    """
    with transaction.atomic():
        asset = Asset.objects.locked(asset.pk)
        if asset.status not in UNSENT:
            return False
        settlement.close_due(asset.pk)
        columns = _columns(asset, fields)
        targets = _targets(asset, remote, fields)
        columns |= records.begun_now(Asset(provider=asset.provider, **columns), len(targets))
        if not Asset.objects.move(asset, Asset.Status.SUBMITTING, cause=CAUSE, **columns):
            return False
        asset.dubbings.all().delete()
        _bind(asset, remote, reference, targets, asset.created_by)
    return True


def adopt(remote: base.RemoteAsset, provider: str, reference: str, project: Project) -> Asset:
    """Create an asset that follows one whose draft is not in the database. Raises NotPossible."""
    owner = project.memberships.filter(role=Membership.Role.OWNER).select_related("user").order_by("pk").first()
    if owner is None:
        raise NotPossible(f"{project} has no owner, in whose name the videos could be added.")
    spoken = remote.raw.get("locale")
    with transaction.atomic():
        asset = Asset.objects.create(
            project=project,
            created_by=owner.user,
            provider=provider,
            name=title_of(remote)[:255],
            source_locale=spoken[:20] if isinstance(spoken, str) else "",
            auto_generate=Asset.AutoGenerate.OFF,
        )
        Event.objects.record(asset, Event.Kind.CREATED, cause=CAUSE, remote_id=remote.remote_id)
        targets = [TargetText(code) for code in _codes(remote, [])]
        begun = records.begun_now(asset, len(targets))
        Asset.objects.move(asset, Asset.Status.SUBMITTING, cause=CAUSE, **begun)
        _bind(asset, remote, reference, targets, owner.user)
    return asset


CAUSE = "settle"


def _bind(asset: Asset, remote: base.RemoteAsset, reference: str, targets: Iterable[TargetText], user: User) -> None:
    rows = [Dubbing(asset=asset, locale=target.locale, srt=target.srt) for target in targets]
    Dubbing.objects.bulk_create(rows)
    text_search.refresh(asset.pk)
    submission = records.create_found(asset, [row.locale for row in rows], user, reference)
    ledger.reserve_carried_out(asset, costs.cost_of(asset, looked_by=[user.pk]), [submission], user)
    accept(submission, remote.remote_id, cause=CAUSE)


def _columns(asset: Asset, fields: AssetFields | None) -> dict[str, Any]:
    if asset.status == Asset.Status.AWAITING:  # its columns were written when approval was requested
        return {"returned": False}
    if fields is not None:
        return attempts.columns_of(fields) | {"returned": False}
    draft = read_draft(asset)
    return {
        "name": draft.get("name") or asset.name,
        "source_locale": draft.get("source_locale") or asset.source_locale,
        "returned": False,
    }


def _targets(asset: Asset, remote: base.RemoteAsset, fields: AssetFields | None) -> list[TargetText]:
    """The languages that the provider lists, with our texts for them; those of the draft while it lists none."""
    texts: dict[str, str] = dict(asset.dubbings.values_list("locale", "srt"))
    if asset.status != Asset.Status.AWAITING:
        draft = read_draft(asset)
        texts |= {code: draft.text(code) for code in draft.targets}
        texts |= {target.locale: target.srt for target in fields.targets} if fields else {}
    return [TargetText(code, texts.get(code, "")) for code in _codes(remote, list(texts))]


def _codes(remote: base.RemoteAsset, ours: list[str]) -> list[str]:
    theirs = [dubbing.locale for dubbing in remote.dubbings]
    meant = locales.paired(theirs, ours)
    return list(dict.fromkeys(meant.get(code) or code[:20] for code in theirs)) or ours
