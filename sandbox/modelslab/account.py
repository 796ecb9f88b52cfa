"""The account at ModelsLab: its queue, its films, and the webhooks about them."""

import secrets
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from sandbox.jobs import COMPLETED, FAILED, OPEN, PROCESSING, Job
from sandbox.jobshop import JobShop
from sandbox.lifecycle import Studio
from sandbox.modelslab import answers
from sandbox.modelslab.fields import CreateDubbing
from sandbox.modelslab.languages import TARGETS
from sandbox.modelslab.switches import LabSwitches


class Lab(JobShop[LabSwitches]):
    """The jobs of ModelsLab."""

    name = "modelslab"
    maker = "ModelsLab"
    paid = "create"
    first = PROCESSING

    def __init__(self, studio: Studio) -> None:
        """Take up the stored jobs."""
        super().__init__(studio, LabSwitches)

    @property
    def queued(self) -> int:
        """How many jobs the account has in the queue."""
        return sum(job.status in OPEN for job in self.jobs.values())

    def new_job(self, fields: CreateDubbing, base: str) -> Job:
        """A job that is not accepted yet. `base` is our own address, for the links. The key is not kept."""
        now, number = self.studio.now(), secrets.randbelow(800_000_000) + 100_000_000
        asked = fields.model_dump(exclude={"key"})
        job = Job(str(number), fields.file_prefix, now, now, asked=asked, base=base, tag=str(uuid4()))
        job.locale, job.alias = TARGETS[fields.output_lang], str(number + 1_000_000_000)
        return job

    def find(self, number: str) -> Job | None:
        """The job that may be fetched by this number; under fetch_result other_works only the other number works."""
        mode = self.switches.fetch_result
        for job in self.jobs.values():
            right = job.alias if mode == "other_works" else job.job_id
            if number == right and job.due is None:
                return job
        return None

    def by_file(self, name: str) -> Job | None:
        """The finished job whose film has this name and can still be downloaded."""
        job = next((job for job in self.jobs.values() if answers.file_name(job) == name), None)
        if job is None or job.status != COMPLETED or job.epoch or job.ended is None:
            return None
        return job if self.studio.now() < job.ended + self.switches.output_ttl else None

    def ledger_fields(self, job: Job) -> dict[str, Any]:
        """What the ledger says: `file_prefix` is what a client recognises its job by."""
        address = urlsplit(job.asked["webhook"] or "")
        names = ("file_prefix", "source_lang", "output_lang", "track_id")
        return {name: job.asked[name] for name in names} | {
            "callback_host": address.hostname,
            "callback_path": address.path,
        }

    def sound(self, job: Job) -> dict[str, Any]:
        """The voice, its speed, and what the film says about itself."""
        about = "; ".join(f"{name}={job.asked[name]}" for name in ("voice_id", "voice_model", "speed", "seed"))
        return {"voice": job.asked["voice_id"], "speed": job.asked["speed"], "about": about}

    def accept(self, job: Job, *, work: bool = True) -> None:
        """The paid step; a lying webhook goes out at once."""
        super().accept(job, work=work)
        if self.switches.webhook == "false_success":
            self._report(job, answers.told_success(job, self.switches))

    def finished(self, job: Job) -> None:
        """Tell the webhook, in the way asked for."""
        how = self.switches.webhook
        if how in ("never", "false_success") or (self.switches.immediate and not self.switches.webhook_on_immediate):
            return
        failed = job.status == FAILED or how == "false_failed"
        content = (answers.told_failure if failed else answers.told_success)(job, self.switches)
        if how == "wrong_track_id":
            content["track_id"] = (content["track_id"] or 0) + 1
        if how == "wrong_id":
            content["id"] = int(job.job_id) + 1
        for _ in range(2 if how == "twice" else 1):
            self._report(job, content)

    def _report(self, job: Job, content: dict[str, Any]) -> None:
        if job.asked["webhook"]:
            self.studio.callbacks.emit_unsigned(job.job_id, job.asked["webhook"], content)
