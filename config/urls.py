"""Every address of Ductus starts here."""

from allauth.account import views as account
from django.urls import include, path

# Of allauth's pages only those that staff accounts need. Sign-up, e-mail addresses and password mails have no address
# at all: an administrator makes accounts and resets passwords.
ACCOUNT_PAGES = [
    path("login/", account.login, name="account_login"),
    path("login/", account.login, name="account_signup"),  # allauth asks for this name; the page above answers
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("2fa/", include("allauth.mfa.urls")),
    path("sessions/", include("allauth.usersessions.urls")),
]

urlpatterns = [
    path("accounts/", include(ACCOUNT_PAGES)),
    path("", include("documentation.urls")),
    path("", include("claims.urls")),
]
