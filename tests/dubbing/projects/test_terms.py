"""The term list: one at a time, and as a table whose every line has an outcome."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dubbing.models import Project, Term
from dubbing.projects import terms
from tests.support.people import People

pytestmark = pytest.mark.django_db


def lines(project: Project, text: str) -> list[tuple[int, str]]:
    return [(line.number, line.outcome) for line in terms.import_terms(project, text)]


def test_every_line_has_an_outcome_and_a_wrong_one_leaves_the_others_alone(people: People) -> None:
    text = "source,target,locale,rule\nHarbour,Puerto,es-es,required\n\ncheap,,,forbidden\n"
    text += "Quay,,es-ES,\nPier,Muelle,Spanish,\n"
    assert lines(people.project, text) == [(2, "added"), (4, "added"), (5, "problem"), (6, "problem")]
    found = set(people.project.terms.values_list("source", "target", "locale", "rule"))
    assert found == {("Harbour", "Puerto", "es-ES", "required"), ("cheap", "", "", "forbidden")}


def test_existing_terms_are_changed_and_reported(people: People) -> None:
    lines(people.project, "Harbour,Puerto,es-ES,required")
    found = terms.import_terms(
        people.project, "HARBOUR,Ensenada,es_ES,required\nHarbour,Ensenada,es-MX\nHARBOUR,Ensenada,es-ES"
    )
    assert [line.outcome for line in found] == ["changed", "added", "same"]
    assert found[0].message == "before: Puerto"
    assert people.project.terms.count() == 2


@pytest.mark.parametrize(
    "text",
    ["a;b;es-ES;required", "a\tb\tes-ES\trequired", '\ufeff"a","b","es-ES","required"', "a , b , es_es , REQUIRED"],
)
def test_it_reads_what_spreadsheets_write(people: People, text: str) -> None:
    assert lines(people.project, text) == [(1, "added")]
    assert people.project.terms.values_list("source", "target", "locale").get() == ("a", "b", "es-ES")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (",Puerto", "Enter the word in the source"),
        ("Harbour", "Enter the required translation"),
        ("a,b,es-ES,maybe", "is not a rule"),
        ("a,b,español", "is not a language"),
        ("a,b,xx-YY", "No provider dubs into xx-YY"),
        ("a,b,es-ES,required,note,more", "6 columns"),
        (f"{'x' * 121},b", "121 characters and the limit is 120"),
        ('"never closed', "Enter the required translation"),
        ("\0", ""),
    ],
)
def test_hostile_and_wrong_lines_are_named_and_break_nothing(people: People, line: str, says: str) -> None:
    found = terms.import_terms(people.project, line)
    assert [one.outcome for one in found] == (["problem"] if says else [])
    assert all(says in one.message for one in found)
    assert not Term.objects.exists()


def test_an_export_can_be_imported_unchanged_and_runs_nothing_in_a_spreadsheet(people: People) -> None:
    terms.import_terms(
        people.project, 'a,"b, c",es-ES\n"=cmd()",@sum,,required\n-5,minus,,\nסלון,"say ""x""",,required'
    )
    text = terms.table(people.project.terms.all())
    assert "'=cmd()" in text
    assert "'@sum" in text
    assert {line.outcome for line in terms.import_terms(people.project, text)} == {"same"}
    before = set(people.project.terms.values_list("source", "target", "locale", "rule"))
    people.project.terms.all().delete()
    terms.import_terms(people.project, text)
    assert set(people.project.terms.values_list("source", "target", "locale", "rule")) == before


def test_a_list_has_a_maximum_length(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terms, "MOST", 2)
    assert [outcome for _, outcome in lines(people.project, "a,b\nc,d\ne,f\na,z")] == [
        "added",
        "added",
        "problem",
        "changed",
    ]
    with pytest.raises(terms.TermProblem, match="at most 2"):
        terms.add(people.project, terms.read("g", "h"))


def test_one_rule_for_a_word_in_a_language(people: People) -> None:
    term = terms.add(people.project, terms.read("Harbour", "Puerto", "es-ES"))
    with pytest.raises(terms.TermProblem, match="already"):
        terms.add(people.project, terms.read("harbour", "Ensenada", "es-ES"))
    terms.change(term, terms.read("harbour", "Ensenada", "es-ES"))
    other = terms.add(people.project, terms.read("Quay", "Muelle", "es-ES"))
    with pytest.raises(terms.TermProblem, match="already a rule"):
        terms.change(other, terms.read("HARBOUR", "Muelle", "es-ES"))
    terms.delete(other)
    assert list(people.project.terms.values_list("source", "target")) == [("harbour", "Ensenada")]


WORD = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=10) | st.text(
    "'=-@\";,\t\nab ", min_size=1
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(WORD, WORD, st.sampled_from(["", "es-ES"]), st.sampled_from(["required", "forbidden"]), WORD))
)
@example([("source", "target", "", "required", "note"), ("'=a", "''+b", "", "required", "x, y; z")])
def test_any_list_that_is_exported_comes_back_the_same(people: People, given_terms: list[tuple[str, ...]]) -> None:
    Term.objects.all().delete()
    for cells in given_terms:
        with suppress(terms.TermProblem):
            terms.add(people.project, terms.read(*cells))
    before = sorted(people.project.terms.values_list(*terms.COLUMNS))
    text = terms.table(people.project.terms.all())
    assert {line.outcome for line in terms.import_terms(people.project, text)} <= {"same"}
    Term.objects.all().delete()
    terms.import_terms(people.project, text)
    assert sorted(people.project.terms.values_list(*terms.COLUMNS)) == before


def test_a_line_break_in_a_cell_is_part_of_it_and_a_lost_quotation_mark_loses_one_line(people: People) -> None:
    assert lines(people.project, 'source,target\n"Harbour\ntour","Visita\nal puerto"\nPier,Muelle') == [
        (2, "added"),
        (5, "added"),
    ]
    assert people.project.terms.filter(source="Harbour tour", target="Visita al puerto").exists()
    assert lines(people.project, '"Quay,Muelle\nShip,Barco') == [(1, "problem"), (2, "added")]
