"""Single sign-on for operators: rules for groups, attempts with reasons, links between accounts and people."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dubbing.admin.base import LookOnly, ModelAdmin
from dubbing.models import GroupRule, SignInAttempt
from dubbing.sign_in import refusals, single_sign_on

# Generic only for the type checker.
if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[SocialAccount]
else:
    _ModelForm = forms.ModelForm

# Nothing of ours reads these: the provider is configured by the environment, and no token is kept.
for model in (Authenticator, EmailAddress, EmailConfirmation, SocialAccount, SocialApp, SocialToken):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


@admin.register(GroupRule)
class GroupRuleAdmin(ModelAdmin):
    """What the people of a group get when they sign in. Changes apply from each person's next sign-in on."""

    list_display = ("group", "grant", "project", "role", "permissions", "changed_at")
    list_select_related = ("project", "permissions")
    list_filter = ("grant",)
    search_fields = ("group", "project__name")
    autocomplete_fields = ("project",)


@admin.register(SignInAttempt)
class SignInAttemptAdmin(LookOnly):
    """What the provider said of each person, the rules that decided, and why somebody was refused."""

    list_display = ("id", "at", "outcome", "who", "subject", "address", "reason")
    list_select_related = ("user",)
    list_filter = ("outcome", "at")
    search_fields = ("subject", "user__username", "address")
    fields = ("id", "at", "outcome", "reason", "shown_to_the_person", "user", "subject", "issuer", "address",
              "rules_applied", "claims_received")  # fmt: skip
    readonly_fields = fields

    @admin.display(description=_("person"))
    def who(self, attempt: SignInAttempt) -> str:
        """The account, or what the provider calls the person."""
        name = attempt.user.get_username() if attempt.user else ""
        return name or str(attempt.claims.get("preferred_username") or attempt.claims.get("email") or "–")

    @admin.display(description=_("shown to the person"))
    def shown_to_the_person(self, attempt: SignInAttempt) -> str:
        """What the page of a refusal says."""
        explanation = refusals.EXPLANATIONS.get(SignInAttempt.Outcome(attempt.outcome))
        return f"{explanation.message} {explanation.remedy}" if explanation else "–"

    @admin.display(description=_("rules that applied"))
    def rules_applied(self, attempt: SignInAttempt) -> SafeString | str:
        """As they were written then."""
        return _preformatted("\n".join(attempt.rules)) if attempt.rules else gettext("None")

    @admin.display(description=_("claims received"))
    def claims_received(self, attempt: SignInAttempt) -> SafeString | str:
        """What the provider said, without tokens."""
        text = json.dumps(attempt.claims, indent=2, ensure_ascii=False, sort_keys=True)
        return _preformatted(text) if attempt.claims else gettext("None: the provider’s answer was not read.")


def _preformatted(text: str) -> SafeString:
    return format_html("<pre>{}</pre>", text)


@admin.register(Authenticator)
class SecondStepAdmin(ModelAdmin):
    """Who has which second step. Deleting one lets a person in who has lost it; nothing here shows a secret."""

    list_display = ("user", "type", "created_at", "last_used_at")
    list_select_related = ("user",)
    list_filter = ("type",)
    search_fields = ("user__username",)
    fields = readonly_fields = ("user", "type", "created_at", "last_used_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """People set it up themselves."""
        return False


class LinkForm(_ModelForm):
    """The account of this portal, and the person's ID at the provider."""

    def clean_uid(self) -> str:
        """An ID that nobody has yet."""
        uid = str(self.cleaned_data["uid"]).strip()
        taken = SocialAccount.objects.filter(provider=single_sign_on.provider_id(), uid=uid).exclude(
            pk=self.instance.pk
        )
        if taken.exists():
            raise forms.ValidationError(gettext("This person is linked to another account. Delete that link first."))
        return uid


@admin.register(SocialAccount)
class LinkAdmin(ModelAdmin):
    """Which account belongs to which person at the provider. Linking one by hand needs no proof of an email address."""

    form = LinkForm
    fields = ("user", "uid")
    list_display = ("user", "uid", "date_joined", "last_login")
    list_select_related = ("user",)
    search_fields = ("user__username", "user__email", "uid")
    autocomplete_fields = ("user",)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Say where the ID stands."""
        texts = {"uid": _("ID at the provider (sub)"), "user": _("account")}
        help_texts = {"uid": _("Copy it from the person’s refused sign-in attempt.")}
        return super().get_form(request, obj, change, labels=texts, help_texts=help_texts, **kwargs)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Those of the provider that is configured."""
        return super().get_queryset(request).filter(provider=single_sign_on.provider_id())

    def save_model(self, request: HttpRequest, obj: SocialAccount, form: Any, change: bool) -> None:
        """For the provider that is configured."""
        obj.provider = single_sign_on.provider_id()
        super().save_model(request, obj, form, change)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only where there is a provider."""
        return bool(settings.OIDC_ISSUER) and super().has_add_permission(request)
