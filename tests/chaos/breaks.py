"""For each figure, a break of the code that turns it red."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Break:
    """``old`` stands exactly once in ``file``; with ``new`` in its place, the figure is missed."""

    file: str
    old: str
    new: str


BREAKS = {
    "killed_workers": Break(
        "dubbing/submissions/reconciliation.py",
        "        if not hits:\n            return self._nothing_found",
        "        if hits or not hits:\n            return self._nothing_found",
    ),
    "without_broker": Break(
        "dubbing/submissions/reconciliation.py",
        "        if not hits:\n            return self._nothing_found",
        "        if hits or not hits:\n            return self._nothing_found",
    ),
    "lost_callbacks": Break(
        "dubbing/tasks.py",
        '(sync, Asset.objects.due_for_sync().filter(this), "next_poll_at"),',
        '(sync, Asset.objects.none().filter(this), "next_poll_at"),',
    ),
    "forged_callbacks": Break(
        "dubbing/providers/panjaya/signature.py",
        "    except (InvalidSignature, ValueError):\n        return False",
        "    except (InvalidSignature, ValueError):\n        return True",
    ),
    "cut_uploads": Break(
        "dubbing/uploads/append.py",
        "        if file.size != offset:\n            raise WrongOffset(file.size)\n        if offset +",
        "        if offset +",
    ),
    "full_disk": Break(
        "dubbing/web/upload/views.py",
        "        case storage.NoRoom():\n            return _Refusal(507, _FULL, _FULL_REMEDY)\n",
        "",
    ),
    "random_schedules": Break(
        "dubbing/models/leases.py", "self.filter(pk=pk, lease_token=token)", "self.filter(pk=pk)"
    ),
    "slow_clients_everywhere": Break(
        "portal/concurrency_limits.py", "            if len(same) >= most:", "            if len(same) >= 1000 * most:"
    ),
    "rolling_restarts": Break("portal/run.py", "--graceful-timeout 20", "--graceful-timeout 0"),
    "several_machines": Break(
        "dubbing/models/leases.py", "return self.filter(pk=pk, lease_token=token)", "return self.filter(pk=pk)"
    ),
}
