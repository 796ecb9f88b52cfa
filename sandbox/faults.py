"""Rules of misbehaviour: which operation, how often, and what to do to it."""

import random
from itertools import count
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sandbox.operations import OUTCOMES, Operation
from sandbox.store import Store

Kind = Literal[
    "respond",
    "delay",
    "cut_before",
    "cut_after",
    "cut_middle",
    "cut_request",
    "malformed",
    "huge",
    "redirect",
    "drip",
    "late_create",
    "create_then",
    "truncate",
    "flicker",
    "lag",
    "drop",
    "double",
    "reorder",
    "sign",
    "fail",
]

_ONLY: dict[str, tuple[str, ...]] = {
    "fail": OUTCOMES,
    "late_create": ("create", "upload", "modelslab_create", "voicechanger_start"),
    "truncate": ("upload", "voicechanger_put"),
    "flicker": ("list_assets",),
    "lag": ("list_assets", "modelslab_list"),
    "drop": ("callback",),
    "double": ("callback",),
    "reorder": ("callback",),
    "sign": ("callback",),
}


class Action(BaseModel):
    """What happens. Each kind reads only the fields it needs; see the table in the README."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    status: int = 500
    body: Any = None
    headers: dict[str, str] = Field(default_factory=dict)
    seconds: float = 1.0
    bytes: int = 0
    mebibytes: int = 16
    location: str = ""
    copies: int = 2
    drop: float = 0.3
    shift: int = 1
    how: Literal["other_key", "changed_byte", "missing_header", "truncated"] = "other_key"
    code: str = "invalid_input"
    message: str = "forced by the sandbox"
    to: Literal["Failed", "ReadyToEdit", "NotReady"] = "Failed"


class NewFault(BaseModel):
    """A rule as it is posted."""

    model_config = ConfigDict(extra="forbid")

    match: Operation
    times: int = Field(default=1, ge=-1, description="how often; -1 is always")
    skip: int = Field(default=0, ge=0, description="let so many pass first")
    probability: float = Field(default=1.0, ge=0.0, le=1.0)
    seed: int | None = None
    contains: str = Field(default="", description="only where the path (or asset name) contains this")
    do: Action

    @model_validator(mode="after")
    def _fits(self) -> "NewFault":
        anywhere = self.match not in (*OUTCOMES, "callback") or (self.do.kind, self.match) == ("delay", "callback")
        allowed = _ONLY.get(self.do.kind, (self.match,) if anywhere else ())
        if self.match not in allowed:
            raise ValueError(f"{self.do.kind} cannot happen to {self.match}")
        return self


class Fault(NewFault):
    """A rule at work."""

    id: int
    played: int = 0


class Faults:
    """The rules in force, kept in the state file."""

    def __init__(self, store: Store) -> None:
        """Take up the stored rules."""
        self._store = store
        self.rules = [Fault(**rule) for rule in store.setting("faults") or []]
        self._ids = count(max((rule.id for rule in self.rules), default=0) + 1)
        self._dice: dict[int, random.Random] = {}

    def add(self, new: NewFault) -> Fault:
        """Put a rule in force."""
        rule = Fault(**new.model_dump(), id=next(self._ids))
        self.rules.append(rule)
        self._save()
        return rule

    def clear(self, rule_id: int | None = None) -> None:
        """Drop one rule, or all."""
        self.rules = [rule for rule in self.rules if rule_id is not None and rule.id != rule_id]
        self._save()

    def draw(self, operation: str, text: str = "") -> Action | None:
        """The first rule that wants this occasion; its count goes down."""
        for rule in self.rules:
            meant = rule.match == operation or (rule.match == "any" and operation not in (*OUTCOMES, "callback"))
            if meant and rule.contains in text and self._wants(rule):
                self._save()
                return rule.do
        return None

    def _wants(self, rule: Fault) -> bool:
        if rule.times == 0:
            return False
        if rule.skip:
            rule.skip -= 1
            return False
        dice = self._dice.setdefault(rule.id, random.Random(rule.seed))
        if dice.random() >= rule.probability:
            return False
        rule.played += 1
        rule.times -= rule.times > 0
        return True

    def _save(self) -> None:
        self._store.save_setting("faults", [rule.model_dump() for rule in self.rules])
