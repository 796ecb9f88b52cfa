"""Control routes under /_sandbox/: for tests and for the person in the studio. No key, loopback only."""

from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, ConfigDict

from sandbox.api import CurrentStudio, find_asset, find_version
from sandbox.callbacks import signature_headers
from sandbox.config import is_loopback
from sandbox.faultgate import Traffic
from sandbox.faults import Fault, NewFault
from sandbox.guests import shown
from sandbox.lifecycle import Studio
from sandbox.records import COMPLETED, FAILED, GENERATING, NOT_READY, READY_TO_EDIT, Delivery
from sandbox.switches import Delivery as DeliverySwitches
from sandbox.switches import Group, Limits, Policy, Shapes, merged

AnyGroup = TypeVar("AnyGroup", bound=Group)


def only_here(request: Request) -> None:
    """Answer to this machine only."""
    if not request.client or not is_loopback(request.client.host):
        raise HTTPException(403, "control routes answer to loopback clients only")


def traffic_of(request: Request) -> Traffic:
    """The request counters."""
    traffic: Traffic = request.app.state.traffic
    return traffic


Counts = Annotated[Traffic, Depends(traffic_of)]
router = APIRouter(prefix="/_sandbox", dependencies=[Depends(only_here)], tags=["control"])
open_router = APIRouter(prefix="/_sandbox", tags=["control"])


class Sent(BaseModel):
    """A body that refuses unknown fields."""

    model_config = ConfigDict(extra="forbid")


class ClockMove(Sent):
    """Move the clock on, or set its offset."""

    advance: float | None = None
    offset: float | None = None


class Failure(Sent):
    """How something fails."""

    code: str = "invalid_input"
    message: str = "forced by the sandbox"


class Generate(Sent):
    """A person presses the button."""

    lips: Literal["with_lips", "no_lips"] = "no_lips"


class MadeUp(Sent):
    """A callback the operator makes up; `body` is sent as it is."""

    url: str
    body: str
    how: Literal["", "other_key", "changed_byte", "missing_header", "truncated"] = ""


@open_router.get("/health")
async def health(studio: CurrentStudio) -> dict[str, Any]:
    """Tell that the sandbox works."""
    return {"ok": True, "assets": len(studio.assets), "now": studio.now()}


@open_router.get("/public_key", response_class=PlainTextResponse)
async def public_key(studio: CurrentStudio) -> str:
    """The PEM that verifies this sandbox's callbacks."""
    return studio.keys.public_pem.decode()


@router.post("/reset")
async def reset(studio: CurrentStudio, traffic: Counts) -> dict[str, Any]:
    """Forget everything but the key pair."""
    await studio.reset()
    traffic.counts.clear()
    traffic.recent.clear()
    return {"ok": True}


@router.get("/switches")
async def get_switches(studio: CurrentStudio) -> dict[str, Any]:
    """All switches as they stand, those of the other providers by their names."""
    return studio.switches.model_dump() | shown(studio.guests)


@router.post("/policy")
async def set_policy(studio: CurrentStudio, patch: Policy) -> Policy:
    """Change how fast versions move; only sent fields change."""
    return _change(studio, "policy", patch)


@router.post("/limits")
async def set_limits(studio: CurrentStudio, patch: Limits) -> Limits:
    """Change the pretended account: limits, 403, 401, link lifetime."""
    return _change(studio, "limits", patch)


@router.post("/shapes")
async def set_shapes(studio: CurrentStudio, patch: Shapes) -> Shapes:
    """Change the form of answers."""
    return _change(studio, "shapes", patch)


@router.post("/delivery")
async def set_delivery(studio: CurrentStudio, patch: DeliverySwitches) -> DeliverySwitches:
    """Change how callbacks are signed and retried."""
    return _change(studio, "delivery", patch)


def _change(studio: Studio, name: str, patch: AnyGroup) -> AnyGroup:
    """Change one group of switches, and save them all."""
    changed: AnyGroup = merged(getattr(studio.switches, name), patch)
    setattr(studio.switches, name, changed)
    studio.save_switches()
    return changed


@router.post("/clock")
async def move_clock(studio: CurrentStudio, move: ClockMove) -> dict[str, float]:
    """Move the sandbox clock."""
    base = studio.switches.clock_offset if move.offset is None else move.offset
    studio.switches.clock_offset = base + (move.advance or 0.0)
    studio.save_switches()
    return {"now": studio.now(), "offset": studio.switches.clock_offset}


@router.get("/ledger")
async def ledger(studio: CurrentStudio) -> dict[str, Any]:
    """Every paid step that was really carried out, oldest first."""
    late = studio.store.later_count() + sum(guest.late for guest in studio.guests)
    return {"entries": studio.store.ledger(), "pending_late_creates": late}


@router.get("/stats")
async def stats(traffic: Counts) -> dict[str, Any]:
    """Requests received since the start or the last reset, by operation."""
    return {"counts": dict(traffic.counts), "total": sum(traffic.counts.values())}


@router.get("/requests")
async def requests(traffic: Counts) -> dict[str, Any]:
    """The last 5,000 requests with their times."""
    return {"requests": list(traffic.recent)}


@router.get("/faults")
async def list_faults(studio: CurrentStudio) -> list[Fault]:
    """The rules in force."""
    return studio.faults.rules


@router.post("/faults", status_code=201)
async def add_fault(studio: CurrentStudio, fault: NewFault) -> Fault:
    """Put a fault in force."""
    return studio.faults.add(fault)


@router.delete("/faults")
async def clear_faults(studio: CurrentStudio) -> dict[str, Any]:
    """Drop all faults."""
    studio.faults.clear()
    return {"ok": True}


@router.delete("/faults/{fault_id}")
async def clear_fault(studio: CurrentStudio, fault_id: int) -> dict[str, Any]:
    """Drop one fault."""
    studio.faults.clear(fault_id)
    return {"ok": True}


@router.get("/callbacks")
async def callbacks(studio: CurrentStudio) -> list[Delivery]:
    """Every callback with what became of it."""
    return studio.store.deliveries()


@router.post("/callbacks/{seq}/replay")
async def replay(studio: CurrentStudio, seq: int, copies: int = 1) -> dict[str, Any]:
    """Send an old callback again."""
    record = next((record for record in studio.store.deliveries() if record.seq == seq), None)
    if record is None:
        raise HTTPException(404, "no such callback")
    studio.callbacks.resend(record, copies)
    return {"ok": True}


@router.post("/callbacks/send")
async def send_callback(studio: CurrentStudio, made_up: MadeUp) -> dict[str, Any]:
    """Sign and send any body to any address, once."""
    headers = signature_headers(studio.keys, made_up.body.encode(), studio.switches.delivery, made_up.how)
    status = await studio.callbacks.post_once(made_up.url, made_up.body.encode(), headers)
    return {"answer": status}


@router.post("/assets/{asset_id}/fail")
async def fail_asset(studio: CurrentStudio, asset_id: str, failure: Failure) -> dict[str, Any]:
    """Let an asset fail now."""
    asset = find_asset(studio, asset_id)
    studio.fail_asset(asset, failure.code, failure.message)
    return {"status": asset.status}


@router.post("/versions/{version_id}/fail")
async def fail_version(studio: CurrentStudio, version_id: str, failure: Failure) -> dict[str, Any]:
    """Let a version fail now, while it is NotReady or Generating."""
    asset, version = find_version(studio, version_id)
    if version.status not in (NOT_READY, GENERATING):
        raise HTTPException(409, f"the version is {version.status}")
    studio.fail_version(asset, version, failure.code, failure.message)
    return {"status": version.status}


@router.post("/versions/{version_id}/generate")
async def generate(studio: CurrentStudio, version_id: str, choice: Generate) -> dict[str, Any]:
    """Play the person in the studio: start the generation."""
    asset, version = find_version(studio, version_id)
    if version.status != READY_TO_EDIT:
        raise HTTPException(409, f"the version is {version.status}")
    studio.generate(asset, version, choice.lips)
    return {"status": version.status}


@router.post("/versions/{version_id}/revise")
async def revise(studio: CurrentStudio, version_id: str) -> dict[str, Any]:
    """Play the person in the studio: reopen a version. No callback tells it."""
    asset, version = find_version(studio, version_id)
    if version.status not in (COMPLETED, READY_TO_EDIT, FAILED):
        raise HTTPException(409, f"the version is {version.status}")
    studio.revise(asset, version)
    return {"status": version.status}
