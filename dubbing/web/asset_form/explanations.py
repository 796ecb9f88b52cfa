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
    """A named place on the slider: ``barred`` when it lies below the project's minimum."""

    value: str
    shown: str
    label: str
    barred: bool


@dataclass(frozen=True, slots=True)
class Set:
    """Languages that go together: of a preset."""

    name: str
    codes: list[str]


class Explained:
    """The part of the page that explains; ``DraftPage`` is the rest."""

    form: AssetForm
    asset: Asset

    # --- languages ----------------------------------------------------------------------------------------------------

    @cached_property
    def presets(self) -> list[tuple[Preset, str]]:
        """The project's presets, and what each holds."""
        presets = Preset.objects.filter(project_id=self.asset.project_id)
        return [(preset, preset_summaries.holds(preset.sound)) for preset in presets]

    @property
    def undo_name(self) -> str:
        """The preset that was applied last and can be taken back."""
        replaced = self.form.draft.replaced
        return replaced.preset if replaced else ""

    @cached_property
    def recent(self) -> list[str]:
        """Languages used lately in the project that can be dubbed into."""
        return self._offered(recent_languages.list_recent(self.asset.project_id))

    @property
    def sets(self) -> list[Set]:
        """The languages of the project's presets, to be added to what is chosen."""
        made = (
            Set(language_set.name, self._offered(language_set.sound.get("targets", [])))
            for language_set, _ in self.presets
        )
        return [language_set for language_set in made if language_set.codes]

    @property
    def twice(self) -> list[tuple[str, str]]:
        """Two regions of one language, chosen together: that is easily a mistake."""
        chosen = self.form.chosen_codes()
        pairs = recent_languages.regions(chosen, self.form.table)
        return [(code, other) for code, others in pairs.items() for other in others if other in chosen and code < other]

    @cached_property
    def mixed(self) -> list[recent_languages.Mixed]:
        """Another region of a chosen language in an earlier asset of the project."""
        return recent_languages.mixed(self.asset, self.form.chosen_codes(), self.form.table)

    # --- options ------------------------------------------------------------------------------------------------------

    @property
    def stops(self) -> list[Stop]:
        """The slider's named places."""
        least = self.form.policy.least_anonymization
        return [
            Stop(f"{value:g}", formatting.number(value), gettext(label), value < least)
            for value, label in choices.ANONYMIZATION_STOPS
        ]

    @property
    def least(self) -> str:
        """The minimum of the slider, as it is written."""
        return f"{self.form.policy.least_anonymization:g}"

    @property
    def least_shown(self) -> str:
        """The same in a sentence."""
        return formatting.number(self.form.policy.least_anonymization, digits=3)

    @property
    def knows_speakers(self) -> bool:
        """Whether somebody has said how many people speak."""
        answer = self.form.data.get("speakers_from")
        return answer == "count" or (answer != "unsure" and bool(self.form.data.get("speakers")))

    @cached_property
    def labelled(self) -> tuple[str, ...]:
        """Who speaks by the labels in the texts: in the transcript, or in whichever text names most."""
        reports = self.form.reports
        of_source = reports[field_of(SOURCE)].speakers if field_of(SOURCE) in reports else ()
        return of_source or max((report.speakers for report in reports.values()), key=len, default=())

    @property
    def speakers_differ(self) -> bool:
        """Whether the texts name another number of people than was given."""
        given = self.form.cleaned_data.get("speakers")
        return bool(given and self.labelled and given != len(self.labelled))

    @property
    def callback_text(self) -> str:
        """How results come back, for people who wait for them."""
        return callback_text(self.asset.provider)

    # --- policy -------------------------------------------------------------------------------------------------------

    @property
    def demands(self) -> list[str]:
        """What the project asks for, in short."""
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
        """Whether there is a place for a consent reference."""
        return self.form.policy.consent_required or bool(self.form.data.get("consent"))

    @cached_property
    def owners(self) -> list[str]:
        """Who may set the policy aside."""
        return policies.owners(self.asset.project_id)

    @cached_property
    def may_set_aside(self) -> bool:
        """Whether this person may."""
        return policy_checks.demands(self.form.policy) and Project.objects.is_owner(
            self.form.user, self.asset.project_id
        )

    def called(self, provider: str) -> str:
        """The provider's name, with a word when it cannot be used under the project's policy."""
        against = policies.cannot_anonymize(self.form.policy, provider)
        name = providers.label(provider)
        return gettext("%(provider)s (cannot anonymize: against policy)") % {"provider": name} if against else name

    def barred(self, values: Mapping[str, str]) -> dict[str, str]:
        """Why some ways to finish are not offered here, by their value."""
        if not self.form.policy.no_lips or "with_lips" not in values:
            return {}
        if self.may_set_aside:
            return {"with_lips": gettext("Lip sync is off in this project, unless you override the policy.")}
        return {"with_lips": gettext("Lip sync is off in this project.")}

    def _offered(self, codes: Any) -> list[str]:
        offered = (locales.find(str(code), among=self.form.table) for code in codes)
        return [locale.code for locale in offered if locale and locale.target]


def callback_text(provider: str) -> str:
    """Whether the provider tells us, or we keep asking it."""
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
