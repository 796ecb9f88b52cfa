"""The answers of ModelsLab, in all the shapes they have been seen in."""

from typing import Any
from urllib.parse import quote

from sandbox.jobs import Job
from sandbox.modelslab.switches import Blank, LabSwitches

_TIP = "You can get faster answers with an enterprise plan."
_WAIT = "Try to fetch the request after the seconds estimated."
LOADING = "The model is loading, try again in a moment."


def file_name(job: Job) -> str:
    """The name of a film; its tail is what the client chose."""
    return f"dubbed_video_{job.tag}_{job.reference}.mp4"


def submitted(job: Job, switches: LabSwitches) -> dict[str, Any]:
    """Create, accepted but not finished."""
    answer = {
        "status": switches.pending_word,
        "tip": _TIP,
        "eta": _eta(switches),
        switches.message_key: _WAIT,
        "fetch_result": _fetch_result(job, switches),
        "id": _id(job, switches),
        **_blank(switches.submit_output),
        "future_links": _links(job, switches, "files"),
        "proxy_links": _links(job, switches, "cdn") if switches.early_proxy_links != "no" else [],
        "audio_time": None,
        "meta": _meta(job, switches),
    }
    if switches.loading_on_create:
        answer |= {"status": "error", switches.message_key: LOADING}
    missing = {"eta": switches.eta_form, "fetch_result": switches.fetch_result}
    return {name: value for name, value in answer.items() if missing.get(name) != "missing"}


def done(job: Job, switches: LabSwitches) -> dict[str, Any]:
    """Create, finished at once."""
    return fetched(job, switches) | {"generationTime": _took(job), "meta": _meta(job, switches)}


def fetched(job: Job, switches: LabSwitches) -> dict[str, Any]:
    """Fetch, finished."""
    output = {"output": _links(job, switches, "files"), "proxy_links": _links(job, switches, "cdn")}
    if job.looks <= switches.success_blank_looks and switches.success_blank_looks:
        output = _blank(switches.fetch_output)
    return {"status": "success", "id": _id(job, switches), **output}


def pending(job: Job, switches: LabSwitches) -> dict[str, Any]:
    """Fetch, not finished."""
    answer = {"status": switches.pending_word, switches.message_key: _WAIT, **_blank(switches.fetch_output)}
    if switches.early_proxy_links == "everywhere":
        answer["proxy_links"] = _links(job, switches, "cdn")
    if job.looks <= switches.loading_looks:
        answer |= {"status": switches.loading_status, switches.message_key: LOADING, "id": _id(job, switches)}
    return answer | {"tip": _TIP}


def failed(message: str, switches: LabSwitches, status: str = "error") -> dict[str, Any]:
    """Anything that went wrong."""
    return {"status": status, switches.message_key: message}


def told_success(job: Job, switches: LabSwitches) -> dict[str, Any]:
    """The webhook about a film."""
    return {
        "status": "success",
        "id": _id(job, switches),
        "output": _links(job, switches, "files"),
        "generationTime": _took(job),
        "track_id": job.asked["track_id"],
        "meta": _meta(job, switches),
    }


def told_failure(job: Job, switches: LabSwitches) -> dict[str, Any]:
    """The webhook about a failure."""
    message = job.message or "forced by the sandbox"
    return {"status": "failed", "id": _id(job, switches), "message": message, "track_id": job.asked["track_id"]}


def listed(job: Job, switches: LabSwitches) -> dict[str, Any]:
    """A film in assets_generated."""
    return {"id": _id(job, switches), "output": _links(job, switches, "files") if job.rendered else []}


def _links(job: Job, switches: LabSwitches, place: str) -> list[str]:
    path = f"/modelslab/{place}/{quote(file_name(job))}"
    link = path if switches.output_items == "relative" else job.base + path
    return [link, link] if switches.output_items == "doubled" else [link]


def _fetch_result(job: Job, switches: LabSwitches) -> str:
    path = f"/voice/fetch/{_other_id(job, switches)}"
    if switches.fetch_result == "foreign":
        return f"{switches.foreign_base}/api/v6{path}"
    return f"{job.base}/modelslab/api/v6{path}"


def _other_id(job: Job, switches: LabSwitches) -> str:
    return job.alias if switches.fetch_result in ("other_works", "other_dead") else job.job_id


def _id(job: Job, switches: LabSwitches) -> int | str:
    return job.job_id if switches.id_form == "string" else int(job.job_id)


def _eta(switches: LabSwitches) -> float:
    return switches.eta + 0.375 if switches.eta_form == "fraction" else max(1, round(switches.eta))


def _blank(form: Blank) -> dict[str, Any]:
    if form == "missing":
        return {}
    return {"output": "" if form == "empty_string" else []}


def _took(job: Job) -> float:
    return round((job.ended or job.created) - job.created, 2)


def _meta(job: Job, switches: LabSwitches) -> dict[str, Any]:
    asked = job.asked
    return {
        "uuid": job.tag,
        "video_link": asked["init_video"],
        "source_lang": asked["source_lang"],
        "output_lang": asked["output_lang"],
        "speed": f"{asked['speed']:g}",
        "file_prefix": asked["file_prefix"],
        "voice": asked["voice_id"] or "af_heart",
        "is_base64": "no",
        "webhook": asked["webhook"],
        "track_id": asked["track_id"],
        "id": _other_id(job, switches),
    }
