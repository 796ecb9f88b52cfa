"""A provider that makes one film in one language per job: the part ModelsLab and VoiceChangerAPI have in common."""

import os
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

from pydantic import Field

from sandbox.engine import EngineError
from sandbox.intake import check, download
from sandbox.jobs import COMPLETED, FAILED, OPEN, PROCESSING, QUEUED, Job
from sandbox.lifecycle import Studio
from sandbox.switches import Group, Policy, Progress, merged


class JobSwitches(Group):
    """What both can be told."""

    progress: Progress | None = Field(default=None, description="at_once, looks:N, seconds:N; null: as in policy")
    placeholder: Literal["no", "copy", "remux"] = Field(
        default="no", description="the next results are no dubs but the source, byte by byte or in a new container"
    )


S = TypeVar("S", bound=JobSwitches)


class JobShop(Generic[S]):
    """Owns the jobs of one provider and moves them on. Everything happens on the event loop."""

    name = ""
    maker = ""
    paid = ""
    first = QUEUED

    def __init__(self, studio: Studio, kind: type[S]) -> None:
        """Take up the stored state and become a guest of the studio."""
        self.studio, self._kind = studio, kind
        self.load()
        studio.guests.append(self)

    def load(self) -> None:
        """Take up the stored state."""
        self.switches = self._kind(**(self.studio.store.setting(self.name) or {}))
        self.jobs = {job.job_id: job for job in self.studio.store.jobs(self.name)}
        self._open = {job.job_id for job in self.jobs.values() if job.status in OPEN or job.due is not None}

    def resume(self) -> None:
        """Go on where the last run stopped: unfinished films are simply made again."""
        for job_id in self._open:
            job = self.jobs[job_id]
            if job.status in OPEN and not (job.rendered or job.code):
                self.studio.spawn(self.work(job))

    def tick(self) -> None:
        """Move on what may move."""
        for job_id in list(self._open):
            self._step(self.jobs[job_id])

    @property
    def group(self) -> S:
        """The switches, for the control routes."""
        return self.switches

    @property
    def late(self) -> int:
        """How many jobs only appear, or start, later."""
        return sum(job.due is not None for job in self.jobs.values())

    def turn(self, patch: S) -> S:
        """Change the switches that were sent, and keep them for the next start."""
        self.switches = merged(self.switches, patch)
        self.studio.store.save_setting(self.name, self.switches.model_dump())
        return self.switches

    # -- what happens to a job

    def keep(self, job: Job) -> None:
        """Write a job down."""
        self.jobs[job.job_id] = job
        self.studio.store.save_job(self.name, job)

    def postpone(self, job: Job, seconds: float) -> None:
        """Carry the paid step out at a later time."""
        job.due = self.studio.now() + seconds
        self._open.add(job.job_id)
        self.keep(job)

    def accept(self, job: Job, *, work: bool = True) -> None:
        """The paid step: the ledger says it, and the work begins."""
        job.due, job.make = None, {"no": "dub"}.get(self.switches.placeholder, self.switches.placeholder)
        job.enter(self.first, self.studio.now())
        self.keep(job)
        self.charge(job)
        self._open.add(job.job_id)
        if work:
            self.studio.spawn(self.work(job))

    def charge(self, job: Job) -> None:
        """Write the paid step into the ledger."""
        entry = {"provider": self.name, "job_id": job.job_id, **self.ledger_fields(job), "at": self.studio.now()}
        self.studio.store.write_ledger({"operation": f"{self.name}_{self.paid}", **entry})

    def look(self, job: Job) -> None:
        """Somebody looks at a job; under looks:N this moves it."""
        self._step(job)
        job.looks += 1

    def fail(self, job: Job, code: str, message: str) -> None:
        """End a job with an error, now."""
        job.code, job.message = code, message
        self.finish(job)

    def finish(self, job: Job) -> None:
        """The end of a job, once, whatever it is."""
        if job.status in (COMPLETED, FAILED) or self._forgotten(job):
            return
        job.ended = self.studio.now()
        job.enter(FAILED if job.code else COMPLETED, job.ended)
        self._open.discard(job.job_id)
        self.keep(job)
        self.finished(job)

    def result_file(self, job: Job) -> Path | None:
        """The finished film."""
        return self.studio.results / job.rendered if job.rendered and job.status == COMPLETED else None

    async def work(self, job: Job) -> None:
        """Make the film, or find out why it cannot be made; both come out when the policy says so."""
        name = f"{self.name}-{job.job_id}.mp4"
        try:
            await self._make(job, self.studio.results / name)
        except EngineError as error:
            job.code, job.message = error.code, error.message
        else:
            job.rendered = name
        if not self._forgotten(job):
            self.keep(job)

    # -- what a provider says

    def ledger_fields(self, job: Job) -> dict[str, Any]:
        """What the ledger says beside the id."""
        raise NotImplementedError

    def sound(self, job: Job) -> dict[str, Any]:
        """How the voice sounds and what the file says about itself: fields of an order."""
        return {}

    def finished(self, job: Job) -> None:
        """A job has ended."""

    # -- inside

    def _forgotten(self, job: Job) -> bool:
        """Tell whether a reset came in between."""
        return self.jobs.get(job.job_id) is not job

    def _step(self, job: Job) -> None:
        """One move at most, so that every status can be seen."""
        if job.due is not None:
            if job.due <= self.studio.now():
                self.accept(job)
        elif job.status in OPEN and self._may_move(job):
            if job.status == QUEUED:
                job.enter(PROCESSING, self.studio.now())
                self.keep(job)
            elif job.rendered or job.code:
                self.finish(job)

    def _may_move(self, job: Job) -> bool:
        own = self.switches.progress
        policy = Policy(progress=own) if own else self.studio.switches.policy
        if job.status == QUEUED and policy.progress.startswith("seconds"):
            return True  # seconds are spent on work, not on the short stop before it
        return policy.passed(looks=job.looks, seconds=self.studio.now() - job.since)

    async def _make(self, job: Job, path: Path) -> None:
        studio = self.studio
        action = studio.faults.draw(f"{self.name}_outcome", f"{job.reference} {job.locale}")
        if action:
            raise EngineError(action.code, action.message)
        source = await self._source(job)
        await check(source, studio.engine, studio.switches, may_be_silent=True)
        if job.make == "copy" or studio.switches.policy.engine == "stub":
            path.unlink(missing_ok=True)
            os.link(source, path)
        elif job.make == "remux":
            await studio.engine.run({"what": "remux", "source": str(source), "result": str(path)})
        else:
            order = {"source": str(source), "result": str(path), "locale": job.locale, "maker": self.maker}
            order["damage"] = studio.switches.policy.damage
            await studio.engine.run({"what": "dub", **order, **self.sound(job)})

    async def _source(self, job: Job) -> Path:
        studio, url = self.studio, job.asked.get("init_video")
        if url and not job.source:
            path = studio.sources / f"{self.name}-{job.job_id}.source"
            job.source = await download(studio.web, url, studio.config, path, studio.switches)
        if not job.source:
            raise EngineError("unsupported_media", "no video was uploaded")
        return studio.sources / job.source
