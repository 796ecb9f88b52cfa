"""Control routes that both job providers have under /_sandbox/NAME/."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Depends, HTTPException, Request

from sandbox.control import Failure, only_here
from sandbox.jobs import COMPLETED, FAILED, Job
from sandbox.jobshop import JobShop


def job_routes(name: str) -> APIRouter:
    """List the jobs, let one fail, let its links expire."""
    router = APIRouter(prefix=f"/_sandbox/{name}", dependencies=[Depends(only_here)], tags=[f"control of {name}"])

    def shop_of(request: Request) -> JobShop[Any]:
        shop: JobShop[Any] = getattr(request.app.state, name)
        return shop

    def find_job(request: Request, job_id: str) -> tuple[JobShop[Any], Job]:
        shop = shop_of(request)
        if job_id not in shop.jobs:
            raise HTTPException(404, "no such job")
        return shop, shop.jobs[job_id]

    @router.get("/jobs")
    async def jobs(request: Request) -> list[dict[str, Any]]:
        """Every job with all that is known about it, oldest first."""
        return [asdict(job) for job in shop_of(request).jobs.values()]

    @router.post("/jobs/{job_id}/fail")
    async def fail(request: Request, job_id: str, failure: Failure) -> dict[str, Any]:
        """Let a job fail now."""
        shop, job = find_job(request, job_id)
        if job.status in (COMPLETED, FAILED):
            raise HTTPException(409, f"the job is {job.status}")
        shop.fail(job, failure.code, failure.message)
        return {"status": job.status}

    @router.post("/jobs/{job_id}/expire")
    async def expire(request: Request, job_id: str) -> dict[str, Any]:
        """Let the links of a job expire now."""
        shop, job = find_job(request, job_id)
        job.epoch += 1
        shop.keep(job)
        return {"status": job.status}

    return router
