"""The account at VoiceChangerAPI: slots, jobs, credits, and links into the storage."""

import json
import os
from typing import Any
from uuid import uuid4

from sandbox.jobs import FAILED, WAITING, Job
from sandbox.jobshop import JobShop
from sandbox.lifecycle import Studio
from sandbox.voicechanger.switches import ChangerSwitches


class Changer(JobShop[ChangerSwitches]):
    """The jobs of VoiceChangerAPI."""

    name = "voicechanger"
    maker = "VoiceChangerAPI"
    paid = "start"

    def __init__(self, studio: Studio) -> None:
        """Take up the stored jobs."""
        super().__init__(studio, ChangerSwitches)

    def new_job(self, content_type: str) -> Job:
        """A slot and its job."""
        now, job_id = self.studio.now(), str(uuid4())
        headers = {"Content-Type": content_type}
        if self.switches.signed_headers == "more":
            headers["x-amz-meta-job"] = job_id
        asked = {"headers": headers, "expires": now + self.switches.slot_ttl}
        job = Job(job_id, job_id, now, now, asked=asked)
        self.keep(job)
        return job

    @property
    def balance(self) -> int:
        """Credits that are left."""
        kept = (job for job in self.jobs.values() if job.status != FAILED or not self.switches.refund_failed)
        return self.switches.credits - sum(job.reserved for job in kept)

    def expired(self, job: Job) -> bool:
        """Tell whether a job was given up because nobody filled its slot in time."""
        late = self.studio.now() >= job.asked["expires"] or job.epoch > 0
        return self.switches.waiting_expires and job.status == WAITING and late

    def uploaded(self, job: Job) -> None:
        """The storage has a film for this job; the job itself does not move."""
        job.upload = f"voicechanger-{job.job_id}.upload"
        self.keep(job)

    def start(self, job: Job, wishes: dict[str, Any], locale: str) -> None:
        """Note what is wanted and take the film as it is now, whatever is uploaded later."""
        job.asked |= wishes
        job.locale, job.source = locale, f"voicechanger-{job.job_id}.source" if job.upload else ""
        if job.upload:
            source = self.studio.sources / job.source
            source.unlink(missing_ok=True)
            os.link(self.studio.sources / job.upload, source)

    def charge(self, job: Job) -> None:
        """Reserve the credits."""
        job.reserved += self.switches.price
        self.keep(job)
        super().charge(job)

    def ledger_fields(self, job: Job) -> dict[str, Any]:
        """What the ledger says."""
        names = ("source_language", "target_language", "notes")
        return {name: job.asked[name] for name in names} | {"credits": self.switches.price}

    def sound(self, job: Job) -> dict[str, Any]:
        """What the film says about itself."""
        return {"about": f"source_language={job.asked['source_language']}; notes={job.asked['notes']}"}

    def upload_link(self, job: Job, base: str) -> str:
        """Where the film goes; the signature covers the headers."""
        path = f"/voicechanger-storage/uploads/{job.job_id}"
        query = self.studio.links.query(upload_subject(job, job.asked["headers"]), job.asked["expires"])
        return f"{self.switches.storage_base or base}{path}?{query}"

    def result_link(self, job: Job, base: str) -> str:
        """Where the result is, for a while."""
        path = f"/voicechanger-storage/results/{job.job_id}.mp4"
        expires = self.studio.now() + self.switches.result_ttl
        return f"{self.switches.storage_base or base}{path}?{self.studio.links.query(result_subject(job), expires)}"


def upload_subject(job: Job, headers: dict[str, str]) -> str:
    """What the signature of a slot covers."""
    return f"PUT {job.job_id} {json.dumps(headers, sort_keys=True)} {job.epoch}"


def result_subject(job: Job) -> str:
    """What the signature of a result link covers."""
    return f"GET {job.job_id} {job.epoch}"
