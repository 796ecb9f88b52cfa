"""What the new-asset page says about languages and options: what they mean in this project, with this provider."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.utils.translation import gettext

from dubbing import providers
from dubbing.drafts.draft import SOURCE, field_of
from dubbing.models import Asset, Preset, Project
from dubbing.platform import formatting, locales
from dubbing.projects import policies, recent_languages
from dubbing.providers import open_provider
from dubbing.web.asset_form import policy_checks
from dubbing.web.asset_form.form import AssetForm
from dubbing.web.shared import choices, preset_summaries


@dataclass(frozen=True, slots=True)
class Stop:
    """A named position on the slider: ``barred`` if it is below the project's minimum."""

    value: str
    shown: str
    label: str
    barred: bool


@dataclass(frozen=True, slots=True)
class Set:
    """Languages that belong together because they are in one preset."""

    name: str
    codes: list[str]


class Explained:
    """The part of the page that explains; ``DraftPage`` is the rest."""

    form: AssetForm
    asset: Asset

    # --- languages ----------------------------------------------------------------------------------------------------

    @cached_property
    def presets(self) -> list[tuple[Preset, str]]:
        """The project's presets and their contents."""
        presets = Preset.objects.filter(project_id=self.asset.project_id)
        return [(preset, preset_summaries.holds(preset.sound)) for preset in presets]

    @property
    def undo_name(self) -> str:
        """The name of the preset that was applied last and can be undone; empty if there is none."""
        replaced = self.form.draft.replaced
        return replaced.preset if replaced else ""

    @cached_property
    def recent(self) -> list[str]:
        """Languages recently used in the project that can be dubbed into."""
        return self._offered(recent_languages.list_recent(self.asset.project_id))

    @property
    def sets(self) -> list[Set]:
        """The languages of the project's presets, to be added to the chosen ones."""
        made = (
            Set(language_set.name, self._offered(language_set.sound.get("targets", [])))
            for language_set, _ in self.presets
        )
        return [language_set for language_set in made if language_set.codes]

    @property
    def twice(self) -> list[tuple[str, str]]:
        """Pairs of regions of one language that were both chosen, which is often a mistake."""
        chosen = self.form.chosen_codes()
        pairs = recent_languages.regions(chosen, self.form.table)
        return [(code, other) for code, others in pairs.items() for other in others if other in chosen and code < other]

    @cached_property
    def mixed(self) -> list[recent_languages.Mixed]:
        """Languages of which an earlier asset of the project has a different region."""
        return recent_languages.mixed(self.asset, self.form.chosen_codes(), self.form.table)

    # --- options ------------------------------------------------------------------------------------------------------

    @property
    def stops(self) -> list[Stop]:
        """The named positions of the slider."""
        least = self.form.policy.least_anonymization
        return [
            Stop(f"{value:g}", formatting.number(value), gettext(label), value < least)
            for value, label in choices.ANONYMIZATION_STOPS
        ]

    @property
    def least(self) -> str:
        """The minimum of the slider, as its value."""
        return f"{self.form.policy.least_anonymization:g}"

    @property
    def least_shown(self) -> str:
        """The same for a sentence."""
        return formatting.number(self.form.policy.least_anonymization, digits=3)

    @property
    def knows_speakers(self) -> bool:
        """Whether somebody has entered the number of speakers."""
        answer = self.form.data.get("speakers_from")
        return answer == "count" or (answer != "unsure" and bool(self.form.data.get("speakers")))

    @cached_property
    def labelled(self) -> tuple[str, ...]:
        """The speakers named by labels, in the transcript or in the text that names most."""
        reports = self.form.reports
        of_source = reports[field_of(SOURCE)].speakers if field_of(SOURCE) in reports else ()
        return of_source or max((report.speakers for report in reports.values()), key=len, default=())

    @property
    def speakers_differ(self) -> bool:
        """Whether the number of speakers named in the texts differs from the entered one."""
        given = self.form.cleaned_data.get("speakers")
        return bool(given and self.labelled and given != len(self.labelled))

    @property
    def callback_text(self) -> str:
        """How results arrive, for people who wait for them."""
        return callback_text(self.asset.provider)

    # --- policy -------------------------------------------------------------------------------------------------------

    @property
    def demands(self) -> list[str]:
        """The project's requirements, in short."""
        policy = self.form.policy
        parts = (
            [gettext("minimum voice anonymization %(least)s") % {"least": self.least_shown}]
            if policy.least_anonymization
            else []
        )
        parts += [gettext("consent reference required")] if policy.consent_required else []
        return parts + ([gettext("lip sync off")] if policy.no_lips else [])

    @property
    def asks_consent(self) -> bool:
        """Whether there is a field for a consent reference."""
        return self.form.policy.consent_required or bool(self.form.data.get("consent"))

    @cached_property
    def owners(self) -> list[str]:
        """The people who may override the policy."""
        return policies.owners(self.asset.project_id)

    @cached_property
    def may_override(self) -> bool:
        """Whether this person may override it."""
        return policy_checks.demands(self.form.policy) and Project.objects.is_owner(
            self.form.user, self.asset.project_id
        )

    def called(self, provider: str) -> str:
        """The provider's name, with a note if the project's policy rules it out."""
        against = policies.cannot_anonymize(self.form.policy, provider)
        name = providers.label(provider)
        return gettext("%(provider)s (cannot anonymize: against policy)") % {"provider": name} if against else name

    def barred(self, values: Mapping[str, str]) -> dict[str, str]:
        """Why some ways to finish are not available here, by their value."""
        if not self.form.policy.no_lips or "with_lips" not in values:
            return {}
        if self.may_override:
            return {"with_lips": gettext("Lip sync is off in this project, unless you override the policy.")}
        return {"with_lips": gettext("Lip sync is off in this project.")}

    def _offered(self, codes: Any) -> list[str]:
        offered = (locales.find(str(code), among=self.form.table) for code in codes)
        return [locale.code for locale in offered if locale and locale.target]


def callback_text(provider: str) -> str:
    """Whether the provider notifies us, or we keep polling it."""
    if provider not in providers.provider_names():
        return ""
    label, can = providers.label(provider), providers.capabilities(provider)
    if not can.callbacks:
        return gettext("We check %(provider)s regularly, and results appear automatically.") % {"provider": label}
    if open_provider(provider).reachable(f"{settings.PORTAL_URL}/callbacks/{provider}/x/"):
        text = gettext(
            "%(provider)s notifies us when a dub is ready. We also check regularly, in case a notification is lost."
        )
        return text % {"provider": label}
    text = gettext(
        "We check %(provider)s regularly, so results can appear a few minutes late. It cannot notify us because this "
        "portal has no public https address."
    )
    return text % {"provider": label}
