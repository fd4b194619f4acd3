"""Every address of Ductus starts here."""

from allauth.account import views as account
from django.urls import include, path

from documentation.views import invitations, own_account

# Of allauth's pages only those that staff accounts need. Sign-up, e-mail addresses and password mails have no address
# at all: an administrator makes accounts and resets passwords.
ACCOUNT_PAGES = [
    path("login/", account.login, name="account_login"),
    path("login/", account.login, name="account_signup"),  # allauth asks for this name; the page above answers
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("invitation/", invitations.start, name="invitation"),
    path("invitation/open/", invitations.open_link, name="invitation_open"),
    path("invitation/password/", invitations.choose, name="invitation_password"),
    path("invitation/first/", invitations.first, name="invitation_first"),
    path("2fa/recovery/", own_account.recovery_codes, name="mfa_recovery_codes"),
    # A code is a second factor: it does not stand for the password. allauth asks for the name; the password answers.
    path("2fa/reauthenticate/", account.reauthenticate, name="mfa_reauthenticate"),
    path("2fa/", include("allauth.mfa.urls")),
    path("passkey/challenge/", own_account.passkey_challenge, name="passkey_challenge"),
    path("session/", own_account.session_left, name="session_left"),
    path("taken-along/", own_account.taken_along, name="taken_along"),
    path("sessions/<int:pk>/end/", own_account.end_session, name="session_end"),
    path("sessions/", include("allauth.usersessions.urls")),
]

urlpatterns = [
    path("accounts/", include(ACCOUNT_PAGES)),
    path("", include("documentation.urls")),
    path("", include("claims.urls")),
]

handler400 = "documentation.views.errors.bad_request"
handler403 = "documentation.views.errors.permission_denied"
handler404 = "documentation.views.errors.not_found"
handler500 = "config.busy.failed"
