"""A project's list of terms: add and change single terms, import and export the list."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext

from dubbing import providers
from dubbing.models import Project, Term
from dubbing.platform import formatting, locales, tables
from dubbing.platform.errors import NotPossible
from dubbing.subtitles import Wanted

COLUMNS = ("source", "target", "locale", "rule", "note")
MOST, LONGEST, LONGEST_NOTE = 2_000, 120, 200
_RULES = {
    "": Term.Rule.REQUIRED,
    "required": Term.Rule.REQUIRED,
    "forbidden": Term.Rule.FORBIDDEN,
}


class TermProblem(NotPossible):
    """A term that cannot be accepted; ``field``: what to change."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Wording:
    """A term as entered, cleaned up: single spaces, the locale in its usual form."""

    source: str
    target: str = ""
    locale: str = ""
    rule: str = Term.Rule.REQUIRED
    note: str = ""


@dataclass(frozen=True, slots=True)
class TermLine:
    """The outcome of one line of a table: ``outcome`` is added, changed, same or problem."""

    number: int
    outcome: str
    text: str
    message: str = ""


def read(source: str, target: str = "", locale: str = "", rule: str = "", note: str = "") -> Wording:
    """Read one term as entered. Raises TermProblem."""
    source, target, note = (formatting.one_line(text) for text in (source, target, note))
    if not source:
        raise TermProblem(gettext("Enter the word in the source."), "source")
    for field, text, limit in (("source", source, LONGEST), ("target", target, LONGEST), ("note", note, LONGEST_NOTE)):
        if len(text) > limit:
            too_long = gettext("The %(field)s has %(length)s characters and the limit is %(limit)s. Shorten it.")
            raise TermProblem(too_long % {"field": field, "length": len(text), "limit": limit}, field)
    known = _RULES.get(rule.strip().lower())
    if known is None:
        unknown = gettext("“%(text)s” is not a rule. Enter required or forbidden.")
        raise TermProblem(unknown % {"text": rule.strip()[:20]}, "rule")
    if known == Term.Rule.REQUIRED and not target:
        raise TermProblem(gettext("Enter the required translation."), "target")
    return Wording(source, target, _locale(locale), known, note)


def add(project: Project, given: Wording) -> Term:
    """Add a term. Raises TermProblem if there already is one for this word."""
    with transaction.atomic():
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        if _like(project, given):
            raise _taken(given)
        if project.terms.count() >= MOST:
            raise TermProblem(_full())
        return Term.objects.create(project=project, **_columns(given))


def change(term: Term, given: Wording) -> None:
    """Change a term. Raises TermProblem if there already is another one for this word."""
    with transaction.atomic():
        Project.objects.select_for_update(no_key=True).get(pk=term.project_id)
        other = _like(term.project, given)
        if other and other.pk != term.pk:
            raise _taken(given)
        Term.objects.filter(pk=term.pk).update(**_columns(given))


def delete(term: Term) -> None:
    """Delete a term."""
    Term.objects.filter(pk=term.pk).delete()


def import_terms(project: Project, text: str) -> list[TermLine]:
    """Import a table of terms, line by line: an error in one line does not affect the others."""
    with transaction.atomic():
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        known = {_key(term): term for term in project.terms.all()}
        return [_take(project, number, cells, known) for number, cells in _rows(text)]


def wanted(project_pk: int, codes: Iterable[str]) -> dict[str, tuple[Wanted, ...]]:
    """The project's terms by target locale, in the form that the subtitle checks take."""
    chosen = list(dict.fromkeys(codes))
    rows = list(Term.objects.filter(Q(locale="") | Q(locale__in=chosen), project=project_pk).order_by("pk"))
    return {code: tuple(_wanted(row) for row in rows if row.locale in {"", code}) for code in chosen}


def table(terms: Iterable[Term]) -> str:
    """The terms as CSV, which can be imported again unchanged."""
    rows = ([tables.harmless(str(getattr(term, name))) for name in COLUMNS] for term in terms)
    return "".join(tables.written([COLUMNS, *rows]))


def _take(project: Project, number: int, cells: Sequence[str], known: dict[tuple[str, ...], Term]) -> TermLine:
    text = ", ".join(cell for cell in cells if cell)[:100]
    try:
        if len(cells) > len(COLUMNS):
            many = gettext(
                "This line has %(count)s columns and the limit is %(limit)s. Put texts with commas in quotes."
            )
            raise TermProblem(many % {"count": len(cells), "limit": len(COLUMNS)})
        given = read(*cells)
    except TermProblem as problem:
        return TermLine(number, "problem", text, str(problem))
    present = known.get(_key(given))
    if present is None:
        if len(known) >= MOST:
            return TermLine(number, "problem", text, _full())
        known[_key(given)] = Term.objects.create(project=project, **_columns(given))
        return TermLine(number, "added", text)
    if _columns(given) == {name: getattr(present, name) for name in COLUMNS}:
        return TermLine(number, "same", text)
    was = gettext("before: %(translation)s") % {"translation": present.target}
    replaced = was if present.target != given.target else ""
    Term.objects.filter(pk=present.pk).update(**_columns(given))
    known[_key(given)] = Term(pk=present.pk, project=project, **_columns(given))
    return TermLine(number, "changed", text, replaced)


def _rows(text: str) -> list[tuple[int, list[str]]]:
    """Numbered rows without a heading. If quotation marks do not match, every line is a row."""
    try:
        records = list(tables.rows(text, columns=COLUMNS))
    except csv.Error:
        records = list(tables.lines(text, columns=COLUMNS))
    heading = bool(records) and [cell.lower() for cell in records[0][1][:2]] == list(COLUMNS[:2])
    return records[1:] if heading else records


def _wanted(term: Term) -> Wanted:
    return Wanted(term.source, term.target, forbidden=term.rule == Term.Rule.FORBIDDEN)


def _locale(given: str) -> str:
    """The tag in its usual form; blank: every language. Raises TermProblem."""
    if given.strip().lower() in {"", "all", "*"}:
        return ""
    tag = locales.canonical(given)
    if tag is None:
        unknown = gettext(
            "“%(text)s” is not a language. Enter a language and region like es-MX, "
            "or leave this blank for every language."
        )
        raise TermProblem(unknown % {"text": given.strip()[:20]}, "locale")
    if not any(locales.find(tag, among=providers.locale_table(name)) for name in providers.all_names()):
        raise TermProblem(gettext("No provider dubs into %(language)s.") % {"language": tag}, "locale")
    return tag


def _like(project: Project, given: Wording) -> Term | None:
    similar = project.terms.filter(rule=given.rule, locale=given.locale, source__iexact=given.source)
    return similar.first()


def _key(term: Term | Wording) -> tuple[str, ...]:
    return term.rule, term.locale, term.source.casefold()


def _columns(given: Wording) -> dict[str, str]:
    return {name: str(getattr(given, name)) for name in COLUMNS}


def _taken(given: Wording) -> TermProblem:
    values = {"term": formatting.isolated(given.source), "language": given.locale}
    message = gettext("There is already a rule for “%(term)s” in every language. Change that rule.")
    if given.locale:
        message = gettext("There is already a rule for “%(term)s” in %(language)s. Change that rule.")
    return TermProblem(message % values, "source")


def _full() -> str:
    return gettext("A project can have at most %(limit)s terms. Delete some first.") % {"limit": f"{MOST:,}"}
