"""The answers of VoiceChangerAPI, in the shapes a client must be ready for."""

from typing import Any

from sandbox.jobs import COMPLETED, FAILED, PROCESSING, QUEUED, WAITING, Job
from sandbox.records import stamp
from sandbox.voicechanger.switches import ChangerSwitches

_NAMES = {WAITING: "waiting_upload"}
_PROGRESS = {WAITING: 0, QUEUED: 0, PROCESSING: 50, COMPLETED: 100, FAILED: 50}


def word(status: str, switches: ChangerSwitches) -> str:
    """A status under the name chosen."""
    usual = _NAMES.get(status, status)
    return switches.status_names.get(usual, usual)


def slot(job: Job, switches: ChangerSwitches, link: str) -> dict[str, Any]:
    """Where to put the film."""
    thousand = 1000 if switches.expires_unit == "milliseconds" else 1
    return {
        switches.id_key: job.job_id,
        "upload_url": link,
        "upload_method": "PUT",
        "headers": job.asked["headers"],
        "expires_in": round(switches.slot_ttl * thousand),
        "status": word(job.status, switches),
    }


def show(job: Job, switches: ChangerSwitches, *, expired: bool) -> dict[str, Any]:
    """The job object."""
    answer = {switches.id_key: job.job_id, "status": word("expired" if expired else job.status, switches)}
    if job.status == FAILED:
        answer |= _job_error(job, switches.job_error)
    if switches.job_fields == "bare":
        return answer
    return answer | {
        "type": "dubbing",
        "created_at": stamp(job.created),
        "updated_at": stamp(job.since),
        "progress": _PROGRESS[job.status],
        "credits": job.reserved,
    }


def error(text: str, switches: ChangerSwitches) -> Any:
    """The body of an HTTP error."""
    return {
        "detail": {"detail": text},
        "error": {"error": text},
        "message": {"message": text},
        "nested": {"error": {"code": "refused", "message": text}},
        "array": {"detail": [{"loc": ["body"], "msg": text, "type": "error"}]},
        "text": text,
    }[switches.error_body]


def _job_error(job: Job, form: str) -> dict[str, Any]:
    forms: dict[str, dict[str, Any]] = {
        "error": {"error": job.message},
        "error_message": {"error_message": job.message},
        "nested": {"error": {"code": job.code, "message": job.message}},
        "array": {"errors": [{"code": job.code, "message": job.message}]},
    }
    return forms.get(form, {})
