"""Control routes under /_sandbox/voicechanger."""

from fastapi import Request

from sandbox.jobcontrol import job_routes
from sandbox.voicechanger.account import Changer
from sandbox.voicechanger.switches import ChangerSwitches

router = job_routes("voicechanger")


@router.post("")
async def turn(request: Request, patch: ChangerSwitches) -> ChangerSwitches:
    """Change what was sent; the rest stays."""
    changer: Changer = request.app.state.voicechanger
    return changer.turn(patch)
