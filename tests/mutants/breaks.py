"""The breaks that are tried: where money, data or trust would be lost without a word."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Break:
    """``old`` stands exactly once in ``file``; with ``new`` in its place, something fails in ``tests``."""

    what: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


def _break(what: str, file: str, old: str, new: str, *tests: str) -> Break:
    return Break(
        what,
        file if file.startswith("portal/") else f"dubbing/{file}",
        old,
        new,
        tuple(f"tests/{name}" for name in tests),
    )


BREAKS = (
    # --- money: nothing is paid twice, and minutes are booked once, in their month
    _break(
        "dates of the provider's make a list complete",
        "providers/panjaya/listing.py",
        "and not cut and not missing and not self._passed()",
        "and not cut and not missing",
        "dubbing/providers/test_listing.py",
    ),
    _break(
        "a list that was cut counts as complete",
        "providers/panjaya/listing.py",
        "return pages.listing(cut=True)",
        "return pages.listing()",
        "dubbing/providers/test_listing.py",
    ),
    _break(
        "a cursor is not followed",
        "providers/panjaya/listing.py",
        "        if not isinstance(self._next, str):\n            return [",
        "        if True:\n            return [",
        "dubbing/providers/test_listing.py",
    ),
    _break(
        "a look that shall count may leave pages unread",
        "services/settling.py",
        "conclusive=timezone.now() >= self._window_ends(),",
        "conclusive=False,",
        "dubbing/services/test_settling.py",
    ),
    _break(
        "an incomplete list counts",
        "services/settling.py",
        '        if not complete:\n            return self._look_again("the list was not complete")\n',
        "",
        "dubbing/services/test_settling.py",
    ),
    _break(
        "one empty look is enough",
        "services/settling.py",
        "if first is None or now < first + BETWEEN_EMPTY_LOOKS:",
        "if first is None and now < now:",
        "dubbing/services/test_settling.py",
    ),
    _break(
        "the minutes of a language whose second attempt is out are released",
        "services/closing.py",
        "(one.kind, one.locale) == (first.kind, first.locale)",
        "one.kind == first.kind",
        "dubbing/services/test_ledger.py",
    ),
    _break(
        "an asset that belongs to another submission is bound",
        "services/settling.py",
        "if not found or _names_another(found[0], submission):",
        "if not found:",
        "dubbing/services/test_settling.py",
    ),
    _break(
        "what ends in another month is booked to that one",
        "services/ledger.py",
        "month=reserved.month,",
        "month=month_of(),",
        "dubbing/services/test_ledger.py",
    ),
    _break(
        "the provider's length is booked",
        "services/costs.py",
        "    seconds = _measured(asset, {asset.created_by_id})\n",
        "    seconds = asset.duration or _measured(asset, {asset.created_by_id})\n",
        "dubbing/services/test_costs.py",
    ),
    _break(
        "what may be a language that was asked for is booked beside it",
        "services/closing.py",
        "and unbooked and not _may_be_one_of(still_open, locale):",
        "and unbooked:",
        "dubbing/sync/test_assets.py",
    ),
    _break(
        "a lost addition in another spelling is sent again",
        "services/settling.py",
        "missing = [locale for locale in self.submission.locales if locale not in meant.values()]",
        "missing = [locale for locale in self.submission.locales if locale not in theirs]",
        "dubbing/services/test_settling.py",
    ),
    _break(
        "two workers have the same row",
        "models/leases.py",
        "if not self.free().filter(pk=pk)",
        "if not self.filter(pk=pk)",
        "dubbing/test_leases.py",
    ),
    _break(
        "what waits for a person is sent by itself",
        "models/submissions.py",
        "needs_person=False, next_at__lte",
        "next_at__lte",
        "dubbing/test_leases.py",
    ),
    # --- data: no file that somebody needs goes, and none that nobody has is taken for whole
    _break(
        "results are files without a row",
        "services/uploads/removing.py",
        'return Upload.objects.exclude(key=""), Result.objects.all()',
        'return Upload.objects.exclude(key=""), Result.objects.none()',
        "dubbing/services/test_uploads.py",
    ),
    _break(
        "sources are files without a row",
        "services/uploads/removing.py",
        'return Upload.objects.exclude(key=""), Result.objects.all()',
        "return Upload.objects.none(), Result.objects.all()",
        "dubbing/services/test_uploads.py",
    ),
    _break(
        "another database empties the disk",
        "services/uploads/removing.py",
        "if lost and len(lost) > _most_lost():",
        "if not lost:",
        "dubbing/services/test_uploads.py",
    ),
    _break(
        "the sender's other hash during the examination is ignored",
        "services/uploads/examining.py",
        ".filter(agreed, status=Upload.Status.ARRIVED)",
        ".filter(status=Upload.Status.ARRIVED)",
        "dubbing/services/test_uploads.py",
    ),
    _break(
        "a kept version that is no longer listed has failed",
        "sync/assets.py",
        ".filter(pk=version.pk).exclude(keep=Version.Keep.KEPT)",
        ".filter(pk=version.pk)",
        "dubbing/sync/test_assets.py",
    ),
    _break(
        "a dub that was made again is done with the old copy",
        "sync/progress.py",
        "return any(result.checked_at > version.changed_at for",
        "return any(True for",
        "dubbing/sync/test_progress.py",
    ),
    _break(
        "a callback about what could not be read is taken for answered",
        "sync/assets.py",
        "answered = look.hints.answered(look.unread)",
        "answered = look.hints",
        "dubbing/sync/test_assets.py",
    ),
    _break(
        "a result fills the disk",
        "sync/results.py",
        "        if not storage.has_room(more):\n",
        "        if not storage.has_room(0):\n",
        "dubbing/sync/test_results.py",
    ),
    # --- trust: a decoder that was taken over reaches nothing
    _break(
        "a decoder may open any file",
        "media/confining.py",
        "libc.syscall(_RESTRICT_SELF, rules, 0) == 0",
        "rules > 0",
        "dubbing/test_media_confined.py",
    ),
    _break(
        "a decoder may call the kernel as it likes",
        "media/confining.py",
        "calls = _filter_calls(libc, writes=writes is not None)",
        "calls = True",
        "dubbing/test_media_confined.py",
    ),
    _break(
        "a length that is mostly empty is believed",
        "media/checking.py",
        '    if empty >= _PLACES / 2:\n        raise Refused("broken_times")\n',
        "",
        "dubbing/test_media_times.py",
    ),
    _break(
        "a killed worker keeps its row for minutes",
        "models/leases.py",
        "timedelta(seconds=min(seconds, LEASE_SECONDS))",
        "timedelta(seconds=seconds)",
        "dubbing/test_leases.py",
    ),
    _break(
        "a living worker loses its row",
        "models/heartbeat.py",
        "self._watched[token] = _Watched(renew, time.monotonic() + seconds)",
        "pass",
        "dubbing/test_leases.py",
    ),
    _break(
        "a lease of somebody else is renewed",
        "models/leases.py",
        "filter(pk=pk, lease_token=token, lease_until__isnull=False)",
        "filter(pk=pk, lease_until__isnull=False)",
        "dubbing/test_leases.py",
    ),
    _break(
        "a worker that hangs keeps its row for ever",
        "models/heartbeat.py",
        "return left > 0 and one.renew(min(left, LEASE_SECONDS))",
        "return one.renew(LEASE_SECONDS)",
        "dubbing/test_leases.py",
    ),
    _break(
        "what is closed is booked to the month it was reserved in, and not to the present one",
        "services/ledger.py",
        "_add(reserved.project_id, reserved.month, change)",
        "_add(reserved.project_id, month_of(), change)",
        "dubbing/services/test_ledger.py",
    ),
    _break(
        "what lost its allowance is reserved all the same",
        "services/ledger.py",
        "allowance=_allowance(asset.project), cap=_cap())",
        "allowance=None, cap=_cap())",
        "dubbing/services/test_ledger.py",
    ),
    _break(
        "the cap of the organisation is no gate",
        "services/ledger.py",
        "allowance=_allowance(asset.project), cap=_cap())",
        "allowance=_allowance(asset.project), cap=None)",
        "dubbing/services/test_ledger.py",
    ),
    _break(
        "the same pilot can wait for approval twice",
        "services/pilots.py",
        "(*Asset.OPEN, Asset.Status.AWAITING)",
        "Asset.OPEN",
        "dubbing/services/test_pilots.py",
    ),
    _break(
        "a former member takes a team's film away",
        "services/uploads/examining.py",
        'if used.exclude(pk__in=own_drafts.values("pk")).exists():',
        "if False:",
        "dubbing/services/test_uploads.py",
        "views/test_uploads.py",
    ),
    # --- what comes in
    _break(
        "somebody else's file goes with one's own draft",
        "services/drafts.py",
        "filter(pk__in=_brought(asset), owner=user)",
        "filter(pk__in=_brought(asset))",
        "dubbing/services/test_drafts.py",
        "views/test_drafts.py",
    ),
    # --- trust: who may ask and call
    _break(
        "a callback is taken at another asset's address",
        "callback.py",
        "if submission.remote_id and not callbacks.concerns(provider, hint, submission.remote_id):",
        "if False:",
        "dubbing/test_callback.py",
    ),
    _break(
        "an address that is forged is believed",
        "portal/addresses.py",
        "forwarded = _parsed(hops[-settings.PROXIES])",
        "forwarded = _parsed(hops[0])",
        "portal/test_addresses.py",
        "dubbing/test_callback.py",
        "views/test_drafts.py",
    ),
    _break(
        "somebody who left takes the team's source away",
        "services/uploads/examining.py",
        'used.exclude(pk__in=own_drafts.values("pk")).exists()',
        "False",
        "views/test_uploads.py",
    ),
    _break(
        "a signed link outlives its job",
        "services/signed_links.py",
        "theirs.exclude(status__in=Dubbing.FINAL).exists()",
        "theirs.exists()",
        "dubbing/services/test_one_locale_per_job.py",
    ),
    _break(
        "a draft has no size",
        "services/drafts.py",
        "if size > max(MOST_BYTES, _size_of(before)):",
        "if False:",
        "views/test_drafts.py",
    ),
)
