"""What the lines of the health page are called, and for each problem: what it means, and what to do.

Health lines, alerts, the notices about them and the command ``health`` all read it from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class HealthMessage:
    """What people read about one problem."""

    meaning: StrOrPromise
    remedy: StrOrPromise


_NAMES: dict[str, StrOrPromise] = {
    "database": _("Database"),
    "schema": _("Database schema"),
    "broker": _("Broker"),
    "limits": _("Shared limits"),
    "worker": _("Workers"),
    "beat": _("Scheduler (beat)"),
    "submit": _("Requests to send"),
    "sync": _("Videos to check with the provider"),
    "keep": _("Results to save"),
    "revise": _("Versions to send back to editing"),
    "verify": _("Uploads to check"),
    "preview": _("Previews to create"),
    "check_link": _("Links to check"),
    "carry_on_bulk_action": _("Bulk actions to continue"),
    "check_quality": _("Automatic checks to run"),
    "prepare_delivery": _("Deliveries to prepare"),
    "send_mail": _("Emails to send"),
    "send_webhook": _("Webhook messages to send"),
    "take_events": _("Events to read for notices"),
    "take_webhook_events": _("Events to read for webhooks"),
    "callbacks_waiting": _("Callbacks to process"),
    "decisions": _("Requests waiting for a decision"),
    "consistency": _("Daily consistency check"),
    "storage": _("Storage"),
    "disk": _("Disk space"),
    "bucket": _("Bucket"),
    "address": _("Callback address"),
    "callbacks": _("Last callback"),
    "mail": _("Email"),
    "clock": _("Clocks"),
    "versions": _("Versions"),
}
_MESSAGES = {
    "database_down": HealthMessage(
        _("The database does not answer. Nothing works without it."),
        _("Start the database, or correct DATABASE_URL. If its disk is full, make room. Processes then recover."),
    ),
    "schema_behind": HealthMessage(
        _("Migrations are missing: the upgrade was not finished."),
        _("Run manage.py migrate, then restart all processes."),
    ),
    "schema_ahead": HealthMessage(
        _("The database was migrated by a newer version of the portal than this one."),
        _("Install that version again, or restore the backup from before the upgrade."),
    ),
    "broker_down": HealthMessage(
        _("The broker does not answer. The scheduler does the work instead, a little later; nothing is lost."),
        _("Start the broker, or correct CELERY_BROKER_URL. If it runs, check its password, memory and disk."),
    ),
    "limits_apart": HealthMessage(
        _("Redis does not answer. Each web process counts callbacks and API requests for itself."),
        _("Start Redis, or correct REDIS_URL."),
    ),
    "worker_none": HealthMessage(
        _("No worker has given a sign of life in the last minute. The scheduler does all the work, which is slower."),
        _("Start a worker, and read the end of its log to learn why it stopped."),
    ),
    "worker_silent": HealthMessage(
        _("A worker has gone silent without being stopped: it was killed, or its machine is unreachable."),
        _("If nobody stopped it, read the end of its log: often it ran out of memory. Others took over its work."),
    ),
    "beat_none": HealthMessage(
        _(
            "No scheduler has given a sign of life in the last minute. "
            "Lost work is not found, and nothing is cleaned up."
        ),
        _("Start a scheduler (beat), and read the end of its log to learn why it stopped."),
    ),
    "beat_silent": HealthMessage(
        _("A scheduler has gone silent without being stopped. Another one does its work."),
        _("If nobody stopped it, read the end of its log."),
    ),
    "due_late": HealthMessage(
        _("This work has been waiting longer than usual. Nothing is lost."),
        _("Usually there is just a lot to do. If the number keeps growing, start another worker."),
    ),
    "due_stopped": HealthMessage(
        _("This work is not being done. Nothing is lost."),
        _("Check that workers and scheduler run, then read their logs for errors about it."),
    ),
    "decisions": HealthMessage(
        _("The portal could not find out whether these paid requests were carried out."),
        _("Open Submissions in the admin, filter by Needs person, and look for each reference at the provider."),
    ),
    "consistency": HealthMessage(
        _("Requests or videos were lost, duplicated or forgotten."),
        _("Run manage.py reconcile --check for the full list, and look up each entry at the provider."),
    ),
    "consistency_doubts": HealthMessage(
        _("The provider has videos that match nothing here, or its list of videos could not be read."),
        _("Run manage.py reconcile --check. Videos of another portal that uses the same account are listed, too."),
    ),
    "consistency_late": HealthMessage(
        _("The last check was more than two days ago: beat runs one every day."),
        _("Check that beat runs, or run manage.py reconcile --check."),
    ),
    "storage_unwritable": HealthMessage(
        _("Files cannot be written: uploads and results fail."),
        _("Check MEDIA_ROOT: its disk must be mounted, writable and not full, and the portal’s user must own it."),
    ),
    "bucket": HealthMessage(
        _("Files cannot be saved in the bucket: uploads and results wait, and videos may not play."),
        _(
            "Check the S3_ settings, the key’s permissions and whether the service can be reached. "
            "Work resumes by itself."
        ),
    ),
    "disk_full": HealthMessage(
        _("There is less free space than DISK_LOW_WATER_BYTES: new uploads are refused."),
        _("Make room or enlarge the disk. Uploads are accepted again at once, without a restart."),
    ),
    "disk_soon": HealthMessage(
        _("Disk space is running out: at DISK_LOW_WATER_BYTES, new uploads are refused."),
        _("Make room or enlarge the disk. Retention in a project’s settings deletes finished videos by age."),
    ),
    "provider_held": HealthMessage(
        _("The provider is not accepting requests at the moment. Videos wait; none of them fails."),
        _("Correct that cause. The portal tries again every minute, or at once if you delete the hold."),
    ),
    "provider_throttled": HealthMessage(
        _("The provider asks us to send more slowly. Videos wait a little; none of them fails."),
        _("Nothing. If it happens often, ask the provider for a higher limit."),
    ),
    "provider_key": HealthMessage(
        _("The provider does not accept our API key."),
        _("Set its key to a valid one in the environment of worker and beat, then restart both."),
    ),
    "provider_account": HealthMessage(
        _("The provider accepts our key, but the account has reached a limit."),
        _("Raise the limit or pay the bill at the provider. Waiting videos are then sent automatically."),
    ),
    "provider_down": HealthMessage(
        _("The provider cannot be reached from the machine of worker and beat."),
        _(
            "Check its address, and whether that machine can reach it (network, proxy, DNS). "
            "If it can, ask the provider."
        ),
    ),
    "provider_other": HealthMessage(
        _("Something answers at the provider’s address, but not as documented."),
        _("Check the address in the settings. If it is right, show the message to the provider."),
    ),
    "check_late": HealthMessage(
        _("Nobody has checked this for a while: beat does it every five minutes."),
        _("Check that beat runs."),
    ),
    "address_private": HealthMessage(
        _("Providers cannot call this address: it is not public, or not https. Results arrive later, by polling."),
        _("Set PORTAL_URL to the public https address. On a test system without one, leave it as it is."),
    ),
    "address_unreachable": HealthMessage(
        _("The portal cannot reach its own address, so providers probably cannot either. Results arrive later."),
        _("Open PORTAL_URL from another network: check DNS, certificate, firewall and proxy."),
    ),
    "address_doubtful": HealthMessage(
        _("The portal cannot reach its own public address, but callbacks have arrived in the last day."),
        _("Some networks do not let a machine call its own public address. If callbacks arrive, leave it as it is."),
    ),
    "callbacks_missing": HealthMessage(
        _("Videos were accepted, but no callback came for any of them. Results arrive later, by polling."),
        _("Check that the proxy lets POST /callbacks/ through, and look for “callback refused” in the log of web."),
    ),
    "mail_waiting": HealthMessage(
        _("The mail server does not accept our emails. They are kept and tried again."),
        _("Correct EMAIL_URL and MAIL_FROM for worker and beat, or the mail server."),
    ),
    "mail_folder": HealthMessage(
        _("No mail server is set: emails go to a folder, and nobody gets them."),
        _("Set EMAIL_URL and MAIL_FROM for web, worker and beat."),
    ),
    "clock_off": HealthMessage(
        _("A machine’s clock differs from the database’s. Deadlines and leases are then wrong."),
        _("Turn on time synchronization (NTP) on the machine that is named, and on the database’s."),
    ),
    "clock_provider": HealthMessage(
        _("A provider’s clock differs from ours by more than a minute. If only one does, it is theirs."),
        _("Check the time of this machine. If it is right, nothing needs to be done."),
    ),
    "versions_mixed": HealthMessage(
        _("Processes run different versions of the portal."),
        _("Finish the upgrade: restart the processes that are named."),
    ),
}  # fmt: skip


def name_of(key: str) -> str:
    """The name of a health line. A key that nobody knows (any more) stands for itself."""
    return str(_NAMES.get(key, key))


def message_of(problem: str) -> HealthMessage:
    """What a problem means and what to do; empty for an unknown one."""
    return _MESSAGES.get(problem, HealthMessage("", ""))


def all_problems() -> list[str]:
    """Every problem that has a message."""
    return list(_MESSAGES)
