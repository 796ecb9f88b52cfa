"""Queries that are written once: what differs is filled in, and everything else stays as it was written."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from dubbing.models import Asset, Project
from dubbing.models.prepared import PreparedQuery
from tests.support import rows
from tests.support.people import People

pytestmark = pytest.mark.django_db


def names(project: int, since: Any) -> QuerySet[Asset, tuple[str]]:
    drafts = Asset.objects.filter(project=project, created_at__gte=since, status="draft").exclude(name__contains="100%")
    return drafts.order_by("pk").values_list("name")


@pytest.fixture
def query() -> PreparedQuery:
    return PreparedQuery(names, "project", moments=["since"])


def test_each_use_has_its_own_values(query: PreparedQuery, people: People) -> None:
    other, now = rows.make_project("Other", owner=people.editor), timezone.now()
    for name, project in (("Lighthouse", people.project), ("100% sea", people.project), ("Harbour", other)):
        rows.make_asset(project, people.editor, status="draft", name=name)
    old = rows.make_asset(people.project, people.editor, status="draft", name="Old")
    Asset.objects.filter(pk=old.pk).update(created_at=now - timedelta(days=30))
    lately = now - timedelta(days=1)
    for _ in range(3):
        assert query.rows(project=people.project.pk, since=lately) == [("Lighthouse",)]
        assert query.rows(project=other.pk, since=lately) == [("Harbour",)]
        assert query.rows(project=people.project.pk, since=now - timedelta(days=60)) == [("Lighthouse",), ("Old",)]
    assert query.rows(project=people.project.pk, since=timezone.now()) == []


def test_each_use_is_one_query_that_can_be_counted(
    query: PreparedQuery, people: People, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        query.rows(project=people.project.pk, since=timezone.now())


def test_objects_are_those_of_the_queryset(people: People, django_assert_num_queries: Any) -> None:
    upload = rows.make_upload(people.editor)
    options = {"speed": 1.5}
    asset = rows.make_asset(people.project, people.editor, source=upload, options=options, end=9.5)
    query = PreparedQuery(lambda asset: Asset.objects.select_related("source", "background").filter(pk=asset), "asset")
    for _ in range(2):
        with django_assert_num_queries(1):
            [found] = query.objects(asset=asset.pk)
            assert (found.source, found.background) == (upload, None)
    usual = Asset.objects.get(pk=asset.pk)
    names = [field.attname for field in Asset._meta.concrete_fields]
    assert {name: getattr(found, name) for name in names} == {name: getattr(usual, name) for name in names}
    assert query.objects(asset=asset.pk + 1) == []


def test_a_list_of_ids_may_be_shorter_than_the_longest(people: People) -> None:
    first, second, third = (rows.make_asset(people.project, people.editor).pk for _ in range(3))
    query = PreparedQuery(lambda ids: Asset.objects.filter(pk__in=ids).order_by("pk"), lists={"ids": 3})
    for ids in ([first], [first, third], [first, second, third], []):
        assert [asset.pk for asset in query.objects(ids=ids)] == ids
    with pytest.raises(ValueError, match="longer"):
        query.objects(ids=[first, second, third, 1])


def test_threads_share_a_query_but_no_connection(people: People, transactional_db: None) -> None:
    rows.make_asset(people.project, people.editor, name="Harbour")
    query = PreparedQuery(lambda project: Asset.objects.filter(project=project), "project")

    def seen() -> list[str]:
        try:
            return [asset.name for asset in query.objects(project=people.project.pk)]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        assert [*threads.map(lambda _: seen(), range(8))] == [["Harbour"]] * 8
    assert query.objects(project=people.project.pk)


def test_a_number_that_no_id_can_be_has_no_rows(people: People) -> None:
    query = PreparedQuery(lambda asset: Asset.objects.filter(pk=asset), "asset")
    assert query.objects(asset=10**30) == query.rows(asset=2**63) == []


@pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL alone keeps plans")
def test_postgresql_plans_it_once_whatever_the_values(query: PreparedQuery, people: People) -> None:
    for days in range(20):
        query.rows(project=people.project.pk, since=timezone.now() - timedelta(days=days))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement LIKE %s",
            ["%dubbing_asset%"],
        )
        [(generic, custom)] = cursor.fetchall()
    assert generic > 10
    assert custom == 0


@pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL alone keeps plans")
def test_postgresql_has_one_plan_whatever_the_size_of_an_id(people: People) -> None:
    query = PreparedQuery(lambda ids: Asset.objects.filter(pk__in=ids), lists={"ids": 3})
    for ids in ([7], [7, 40_000], [40_000, 3_000_000_000], [7, 40_000, 3_000_000_000]) * 3:
        query.objects(ids=ids)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE parameter_types::text LIKE '{bigint,big%'")
        assert cursor.fetchone() == (1,)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL alone keeps plans")
def test_a_column_that_a_migration_changed_is_planned_again(people: People, transactional_db: None) -> None:
    project = people.project
    query = PreparedQuery(lambda project: Project.objects.filter(pk=project), "project")
    for _ in range(10):
        assert query.objects(project=project.pk) == [project]
    with ThreadPoolExecutor(1) as another_process:
        another_process.submit(alter, "ALTER TABLE dubbing_project ALTER COLUMN name TYPE text").result()
        try:
            assert query.objects(project=project.pk) == [project]
        finally:
            another_process.submit(alter, "ALTER TABLE dubbing_project ALTER COLUMN name TYPE varchar(120)").result()


def alter(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()
