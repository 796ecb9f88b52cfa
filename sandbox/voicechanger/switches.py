"""Switches for VoiceChangerAPI: most of its behaviour, since little is documented."""

from typing import Literal

from pydantic import Field

from sandbox.jobshop import JobSwitches


class ChangerSwitches(JobSwitches):
    """The group `voicechanger`."""

    slot_status: Literal[200, 201] = 200
    slot_ttl: float = Field(default=900, description="seconds a slot can be filled")
    expires_unit: Literal["seconds", "milliseconds"] = Field(default="seconds", description="of expires_in")
    signed_headers: Literal["content_type", "more"] = Field(default="more", description="more: a second signed header")
    require_length: bool = Field(default=True, description="a PUT without Content-Length gets 411")
    storage_base: str = Field(default="", description="another origin for the storage, http://localhost:PORT")
    waiting_expires: bool = Field(default=False, description="an unused job becomes expired together with its slot")
    id_key: Literal["job_id", "id"] = "job_id"
    job_fields: Literal["full", "bare"] = Field(default="full", description="bare: id and status, nothing else")
    status_names: dict[str, str] = Field(
        default_factory=dict, description="other names for waiting_upload, queued, processing, completed, failed"
    )
    languages: Literal["short", "any"] = Field(default="short", description="short: en, es; any: es-ES too")
    missing_target: Literal["accept", "refuse"] = Field(default="accept", description="accept: English; refuse: 422")
    start_status: Literal[200, 202] = 200
    early_start: Literal["refuse", "fail_later"] = Field(default="refuse", description="start before the upload")
    double_start: Literal["refuse", "charge"] = Field(default="refuse", description="charge: it costs again")
    conflict_status: Literal[409, 400] = Field(default=409, description="of a start at the wrong time")
    credits: int = Field(default=100_000, description="the balance at first")
    price: int = Field(default=10, description="credits a start reserves")
    refund_failed: bool = True
    credits_status: Literal[402, 403] = Field(default=402, description="of a start with too few credits")
    error_body: Literal["detail", "error", "message", "nested", "array", "text"] = "detail"
    job_error: Literal["error", "error_message", "nested", "array", "none"] = Field(
        default="error", description="how a failed job says why"
    )
    result_form: Literal["redirect", "bytes", "json"] = "redirect"
    json_key: Literal["download_url", "result_url", "url"] = "download_url"
    redirect_status: Literal[302, 303, 307] = 307
    result_ttl: float = Field(default=900, description="seconds a result link lives")
    not_ready_status: Literal[409, 404, 425, 202] = Field(default=409, description="of a result that is not there yet")
