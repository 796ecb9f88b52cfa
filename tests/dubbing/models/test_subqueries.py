"""Lists of ids and counts inside of other queries."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from dubbing.models import Asset, Dubbing, Project
from dubbing.models.subqueries import ListedIds
from tests.support import rows

pytestmark = pytest.mark.django_db


def test_listed_ids_find_the_same_rows_as_a_list_whatever_else_is_asked(project: Project, user: User) -> None:
    first, second, third = (rows.make_asset(project, user, locales=["es-ES"]) for _ in range(3))
    wanted = [third.pk, first.pk, first.pk, 10**15]
    assert set(Asset.objects.filter(pk__in=ListedIds(wanted))) == {first, third}
    assert list(Asset.objects.filter(pk__in=ListedIds(wanted), pk__gt=first.pk)) == [third]
    assert set(Asset.objects.exclude(pk__in=ListedIds(wanted))) == {second}
    assert {dubbing.asset for dubbing in Dubbing.objects.filter(asset__in=ListedIds(wanted))} == {first, third}
    assert not Asset.objects.filter(pk__in=ListedIds([])).exists()


def test_however_many_listed_ids_are_one_parameter(project: Project, user: User) -> None:
    asset = rows.make_asset(project, user)
    asked = Asset.objects.filter(pk__in=ListedIds(range(300_000))).order_by()
    assert asset.pk < 300_000
    assert list(asked) == [asset]
    assert len(asked.query.sql_with_params()[1]) == 1
