"""Queries that are written once: what differs is filled in, and everything else stays as it was written."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from dubbing.models import Asset
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
