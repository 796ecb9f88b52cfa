"""Addresses of notices and of the emails that follow them."""

from django.urls import path

from dubbing.web.notices import mailbox_views, views

urlpatterns = [
    path("notices/", views.index, name="notices"),
    path("notices/new/", views.new, name="notices-new"),
    path("notices/read/", views.read_all, name="notices-read"),
    path("notices/<int:pk>/", views.open_notice, name="notice"),
    path("notices/emails/", views.choose, name="notice-choices"),
    path("notices/emails/stop/<str:token>/", views.stop, name="notices-stop"),
    path("mailbox/", mailbox_views.index, name="mailbox"),
    path("mailbox/<str:name>/<int:number>/", mailbox_views.detail, name="mailbox-mail"),
]
