"""Switches for ModelsLab: everything its documentation leaves open or contradicts itself about."""

from typing import Literal

from pydantic import Field

from sandbox.jobshop import JobSwitches

Blank = Literal["empty_string", "empty_list", "missing"]


class LabSwitches(JobSwitches):
    """The group `modelslab`."""

    immediate: bool = Field(default=False, description="create waits for the film and answers success")
    fault_status: Literal["200", "real"] = Field(default="200", description="HTTP status of refused input and failures")
    message_key: Literal["message", "messege"] = "message"
    submit_output: Blank = Field(default="empty_list", description="output of a processing answer to create")
    fetch_output: Blank = Field(default="empty_string", description="output of a processing answer to fetch")
    success_blank_looks: int = Field(default=0, description="the first N success answers have fetch_output's output")
    output_items: Literal["absolute", "relative", "doubled"] = "absolute"
    fetch_result: Literal["same", "other_works", "other_dead", "foreign", "missing"] = Field(
        default="same", description="other_*: id and fetch_result differ, and only one of them can be fetched"
    )
    foreign_base: str = Field(default="https://modelslab.example", description="where a foreign fetch_result leads")
    early_proxy_links: Literal["no", "submit", "everywhere"] = "submit"
    links_broken: Literal["no", "output", "proxy", "both"] = Field(default="no", description="these give 404 for ever")
    pending_word: str = Field(default="processing", description="status of what is not ready")
    failed_word: Literal["error", "failed"] = "error"
    eta: float = Field(default=2.0, description="seconds")
    eta_form: Literal["integer", "fraction", "missing"] = "integer"
    id_form: Literal["integer", "string"] = "integer"
    queue_limit: int = Field(default=5, ge=0, description="5, 10 or 15 unfinished jobs; then 429")
    retry_after: float = Field(default=30, description="seconds, in the body of a 429")
    account: Literal["ok", "no_credits", "not_in_plan"] = Field(default="ok", description="402, 403 on create")
    unknown_id: Literal["404", "200"] = Field(default="404", description="HTTP status for an id that is not known")
    loading_looks: int = Field(default=0, description="the first N fetches say that the model is loading")
    loading_status: Literal["processing", "error"] = "processing"
    loading_on_create: bool = Field(default=False, description="create says status error, model loading, and an id")
    webhook: Literal["sent", "never", "twice", "wrong_track_id", "wrong_id", "false_success", "false_failed"] = "sent"
    webhook_on_immediate: bool = True
    output_ttl: float = Field(default=86_400, description="seconds a film can be downloaded")
    enterprise_key: bool = Field(default=False, description="false: assets_generated answers 401")
    listed: Literal["finished", "all"] = Field(default="finished", description="what assets_generated shows")
    source_langs: Literal["listed", "any"] = "listed"
    voices: Literal["any", "listed"] = "any"
