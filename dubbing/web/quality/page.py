"""The quality page: issues by properties of dubs, issues to answer, and words to add to the terms."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dubbing import providers
from dubbing.models import Asset, Comment, Project, Term, Version
from dubbing.models.reviews import Answer, IssueKind
from dubbing.models.subqueries import ListedIds
from dubbing.platform import formatting, locales, numbers
from dubbing.review import comments, corrections, decisions, judged_dubs
from dubbing.review.judged_dubs import NO_LIPS, JudgedDub, Total
from dubbing.web.shared import choices

if TYPE_CHECKING:
    from django.contrib.auth.models import User

FEW = 5
"""With fewer dubs, one issue changes a figure a lot."""
SHOWN = 20
"""Number of corrected words shown."""
ISSUES_SHOWN = 25
"""Open issues per page."""
MOST_OPEN = 1000
"""Maximum number of open issues that are listed and counted; if there are more, counts end with a plus sign."""
LEAST_OFTEN = 2
_ISSUE = (
    "text", "kind", "severity", "start", "answer", "answer_text", "answered_at", "created_at", "dubbing__locale",
    "dubbing__asset__name",
)  # fmt: skip
NONE = "none"
"""The value in an address for dubs without a value of an attribute."""
BY = {
    "language": _("Language"),
    "kind": _("Issue type"),
    "preset": _("Preset"),
    "lips": _("Lip sync"),
    "anonymization": _("Voice anonymization"),
    "speakers": _("Speakers"),
    "provider": _("Provider"),
    "month": _("Month"),
}
FILTERS = ("language", "kind", "preset", "lips", "anonymization", "speakers", "provider")
_IN_ORDER = ("anonymization", "speakers", "month")
WAITING, SILENT = "waiting", "silent"
STATES = {
    WAITING: _("Waiting for an answer"),
    SILENT: _("No answer in time: will fix"),
    Answer.WILL_FIX.value: _("Will fix"),
    Answer.INTENT.value: _("Declined: creative intent"),
    Answer.BEST.value: _("Declined: best possible"),
}
HEAD = ["by", "value", "dubs", "issues", "penalty", "minutes", "words", "penalty per minute", "penalty per 1,000 words"]


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that can be chosen in a filter."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class ShownTotal:
    """A row of the table. ``query``: opens the same page for these dubs only."""

    label: str
    total: Total
    query: str

    @property
    def is_few(self) -> bool:
        """Whether there are too few dubs for a reliable figure."""
        return self.total.dubs < FEW


@dataclass(frozen=True, slots=True)
class OpenIssue:
    """An unresolved issue. ``due``: until when it can be answered; ``version``: where it is shown."""

    comment: Comment
    due: datetime
    version: int | None


@dataclass(frozen=True, slots=True)
class Correction:
    """Words that were corrected several times. ``query``: fills in the form for a new term."""

    locale: str
    before: str
    after: str
    times: int
    is_term: bool
    query: str


class QualityPage:
    """The page that an address asks for."""

    def __init__(self, project: Project, user: User, query: Mapping[str, str], *, whole_project: bool = False) -> None:
        """``whole_project``: add up every dub, however many there are; for files, which may take longer."""
        self.project, self.user, self.whole_project = project, user, whole_project
        self.by = query.get("by", "") if query.get("by", "") in BY else "language"
        self.chosen = {name: query[name][:40] for name in FILTERS if query.get(name)}
        self.since, self.until = _day(query.get("from", "")), _day(query.get("to", ""))
        self.state = query.get("answer", "") if query.get("answer", "") in STATES else WAITING
        self.number = numbers.whole(query.get("page", ""), low=1, high=10_000) or 1
        self.may_add_terms = Project.objects.is_owner(user, project.pk)
        self.policy = decisions.policy_of(project.pk)

    # --- dubs ---------------------------------------------------------------------------------------------------------

    @cached_property
    def newest(self) -> list[int] | None:
        """For a large project, the keys of the dubs that are added up; None: all that were judged."""
        return None if self.whole_project else judged_dubs.newest(self.project.pk, self.user)

    @property
    def most(self) -> int:
        """The maximum number of dubs that are added up."""
        return judged_dubs.NEWEST

    @cached_property
    def every_dub(self) -> list[JudgedDub]:
        """All judged dubs, or the most recent ones."""
        return judged_dubs.read(self.project.pk, self.user, among=self.newest)

    @cached_property
    def dubs(self) -> list[JudgedDub]:
        """The dubs that match the filters, each with the matching issues."""
        return [self._narrowed(dub) for dub in self.every_dub if self._is_chosen(dub)]

    def _is_chosen(self, dub: JudgedDub) -> bool:
        if (self.since and dub.saved_on < self.since) or (self.until and dub.saved_on > self.until):
            return False
        wanted = ((name, "" if value == NONE else value) for name, value in self.chosen.items() if name != "kind")
        return all(getattr(dub, name) == value for name, value in wanted)

    def _narrowed(self, dub: JudgedDub) -> JudgedDub:
        kind = self.chosen.get("kind")
        if not kind:
            return dub
        values = {name: getattr(dub, name) for name in dub.__slots__}
        return JudgedDub(**values | {"issues": [issue for issue in dub.issues if issue[0] == kind]})

    @property
    def is_filtered(self) -> bool:
        """Whether there are filters to clear."""
        return bool(self.chosen or self.since or self.until)

    @property
    def query(self) -> str:
        """The filters, for addresses that add to them."""
        return self._query()

    def _query(self, **changes: str) -> str:
        period = {"from": self.since and self.since.isoformat(), "to": self.until and self.until.isoformat()}
        values = self.chosen | {name: value for name, value in period.items() if value} | changes
        return urlencode({name: value for name, value in values.items() if value})

    @property
    def filters(self) -> list[tuple[str, str, list[Choice]]]:
        """Each filter with anything to choose from: its name, its label and its choices."""
        fields = [(name, str(BY[name]), self._choices(name)) for name in FILTERS]
        return [field for field in fields if len(field[2]) > 1 or field[0] in self.chosen]

    def _choices(self, name: str) -> list[Choice]:
        if name == "kind":
            there = {kind for dub in self.every_dub for kind, _severity, _count in dub.issues}
            values = [kind.value for kind in IssueKind if kind in there]
        else:
            values = sorted({getattr(dub, name) for dub in self.every_dub})
        kept = [self.chosen[name]] if name in self.chosen and self.chosen[name] not in (*values, NONE) else []
        labelled = [(value or NONE, self._label(name, value)) for value in (*values, *kept)]
        if name not in _IN_ORDER:
            labelled.sort(key=lambda choice: formatting.sort_key(choice[1]))
        return [Choice(value, label, value == self.chosen.get(name)) for value, label in labelled]

    # --- the table ----------------------------------------------------------------------------------------------------

    @property
    def breakdowns(self) -> list[tuple[str, str, str]]:
        """The possible breakdowns of the table: value, label, address."""
        return [(value, str(label), self._query(by=value)) for value, label in BY.items()]

    @property
    def by_label(self) -> str:
        """What the rows of the table are."""
        return str(BY[self.by])

    @property
    def rows(self) -> list[ShownTotal]:
        """The table."""
        return [
            ShownTotal(self._label(self.by, total.value), total, self._only(total.value))
            for total in self._totals(self.by)
        ]

    @cached_property
    def whole(self) -> Total:
        """The total of all chosen dubs."""
        return judged_dubs.whole(self.dubs)

    def _totals(self, by: str) -> list[Total]:
        totals = judged_dubs.totals(self.dubs, by)
        if by in _IN_ORDER:
            return sorted(totals, key=lambda total: total.value.zfill(4))
        return sorted(
            totals, key=lambda total: (-(total.per_minute or 0.0), formatting.sort_key(self._label(by, total.value)))
        )

    def _only(self, value: str) -> str:
        if self.by != "month":
            return self._query(by=self.by, **{self.by: value or NONE})
        first = date.fromisoformat(f"{value}-01")
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        return self._query(**{"by": self.by, "from": first.isoformat(), "to": last.isoformat()})

    def _label(self, name: str, value: str) -> str:
        return _LABELS[name](value) if name != "preset" else self._preset_names.get(value, gettext("No preset"))

    @cached_property
    def _preset_names(self) -> dict[str, str]:
        return {str(pk): name for pk, name in self.project.presets.values_list("pk", "name")}

    def table(self) -> Iterator[list[str]]:
        """All breakdowns for a spreadsheet, each row with the figures that it is computed from."""
        yield HEAD
        yield ["all", "", *_cells(self.whole)]
        for by in BY:
            for total in self._totals(by):
                yield [by.replace("kind", "issue type"), self._label(by, total.value), *_cells(total)]

    # --- issues and their answers -------------------------------------------------------------------------------------

    @cached_property
    def states(self) -> list[tuple[str, str, str]]:
        """Open issues of the chosen dubs by answer: value, label, count."""
        return [(value, str(label), self._counted(value)) for value, label in STATES.items()]

    def _counted(self, state: str) -> str:
        return f"{len(self._open[state])}{'+' if len(self._open_issues) > MOST_OPEN else ''}"

    @property
    def state_label(self) -> str:
        """The label of the chosen state."""
        return str(STATES[self.state])

    @property
    def count(self) -> str:
        """The number of issues in the chosen state."""
        return self._counted(self.state)

    @cached_property
    def paginator(self) -> Page[int]:
        """The keys of issues on this page."""
        return Paginator(self._open[self.state], ISSUES_SHOWN).get_page(self.number)

    @property
    def issues_query(self) -> str:
        """The address of this list, for its other pages."""
        return self._query(by=self.by, answer=self.state)

    @cached_property
    def issues(self) -> list[OpenIssue]:
        """Issues in the chosen state, oldest first, since they are due first."""
        rows = Comment.objects.filter(pk__in=list(self.paginator)).select_related("dubbing__asset").only(*_ISSUE)
        listed = list(rows.order_by("created_at", "pk"))
        versions = Version.objects.filter(superseded=False, keep=Version.Keep.KEPT)
        shown = versions.filter(dubbing__in=[comment.dubbing_id for comment in listed]).order_by()
        newest = dict(shown.values_list("dubbing").annotate(newest=Max("pk")))
        hours = self.policy.answer_hours
        return [OpenIssue(row, comments.answer_due_at(row, hours), newest.get(row.dubbing_id)) for row in listed]

    @cached_property
    def _open_issues(self) -> list[tuple[int, str, datetime]]:
        """Key, answer and date of the open issues of the chosen dubs, oldest first, up to one more than are counted."""
        issues = Comment.objects.issues().filter(self._of_chosen_dubs, resolved_at=None)
        if kind := self.chosen.get("kind"):
            issues = issues.filter(kind=kind)
        return list(issues.order_by("created_at", "pk").values_list("pk", "answer", "created_at")[: MOST_OPEN + 1])

    @property
    def _of_chosen_dubs(self) -> Q:
        if self.is_filtered:
            return Q(dubbing__in=ListedIds(dub.pk for dub in self.dubs))
        assets = Asset.objects.visible_to(self.user).filter(project=self.project)
        if self.newest is None:
            return Q(dubbing__asset__in=assets.values("pk"))
        # A large project has a good part of all issues, so that the oldest of all are soon enough of its own.
        return Q(assets.reached_by("dubbing__asset"))

    @cached_property
    def _open(self) -> dict[str, list[int]]:
        """The keys of open issues of the chosen dubs by state, oldest first."""
        last = timezone.now() - timedelta(hours=self.policy.answer_hours)
        keys: dict[str, list[int]] = {state: [] for state in STATES}
        for pk, answer, created_at in self._open_issues[:MOST_OPEN]:
            keys[answer or (WAITING if created_at >= last else SILENT)].append(pk)
        return keys

    # --- words --------------------------------------------------------------------------------------------------------

    @cached_property
    def corrections(self) -> list[Correction]:
        """Words in subtitles of the chosen dubs that were corrected more than once, most frequent first."""
        languages = {dub.pk: dub.language for dub in self.dubs}
        assets = Asset.objects.visible_to(self.user).filter(project=self.project).values("pk")
        of_dubs = Q(dubbing__asset__in=assets) if self.newest is None else Q(dubbing__in=ListedIds(languages))
        rows = Comment.objects.shown().filter(of_dubs).exclude(suggestion="").exclude(cue_text="")
        kind = Q(kind=self.chosen["kind"]) if "kind" in self.chosen else Q()
        texts = rows.filter(kind).order_by().values_list("dubbing", "cue_text", "suggestion")
        counted = corrections.count_corrections(
            (languages[pk], before, after) for pk, before, after in texts if pk in languages
        )
        often = [(times, key) for key, times in counted.items() if times >= LEAST_OFTEN]
        often.sort(key=lambda each: (-each[0], each[1]))
        forbidden = Term.objects.filter(project=self.project, rule=Term.Rule.FORBIDDEN)
        terms = {(source.casefold(), locale) for source, locale in forbidden.values_list("source", "locale")}
        return [_correction(key, times, terms) for times, key in often[:SHOWN]]


def _correction(key: tuple[str, str, str], times: int, terms: set[tuple[str, str]]) -> Correction:
    locale, before, after = key
    is_term = bool({(before.casefold(), locale), (before.casefold(), "")} & terms)
    values = {"source": before, "target": after, "locale": locale, "rule": Term.Rule.FORBIDDEN.value}
    return Correction(locale, before, after, times, is_term, urlencode(values))


def _cells(total: Total) -> list[str]:
    rates = (total.per_minute, total.per_thousand_words)
    figures = [total.dubs, total.issues, total.penalty, f"{total.seconds / 60:.2f}", total.words]
    return [*map(str, figures), *("" if rate is None else f"{rate:.2f}" for rate in rates)]


def _day(text: str) -> date | None:
    try:
        return parse_date(text[:10])
    except ValueError:  # such as 31 February
        return None


def _anonymization(value: str) -> str:
    try:
        return f"{formatting.number(float(value), digits=2)} · {choices.anonymization(float(value))}"
    except ValueError:
        return value


def _month(value: str) -> str:
    return date_format(date.fromisoformat(f"{value}-01"), "F Y")


_LABELS: dict[str, Callable[[str], str]] = {
    "language": locales.display_name,
    "kind": lambda value: str(dict(IssueKind.choices).get(value, value)),
    "lips": lambda value: (
        gettext("Lip sync off") if value == NO_LIPS else str(dict(Asset.LipsModel.choices).get(value, value))
    ),
    "anonymization": _anonymization,
    "speakers": lambda value: value or gettext("Not given"),
    "provider": providers.label,
    "month": _month,
}
