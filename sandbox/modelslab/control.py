"""Control routes under /_sandbox/modelslab."""

from fastapi import Request

from sandbox.jobcontrol import job_routes
from sandbox.modelslab.account import Lab
from sandbox.modelslab.switches import LabSwitches

router = job_routes("modelslab")


@router.post("")
async def turn(request: Request, patch: LabSwitches) -> LabSwitches:
    """Change what was sent; the rest stays."""
    lab: Lab = request.app.state.modelslab
    return lab.turn(patch)
