"""Recording sign-ins and changes of credentials. The accounts are django-allauth's, so its signals are what tells;
this is the one place that listens to them."""

from allauth.account import signals as account
from allauth.mfa import signals as mfa
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed

from . import audit
from .auth import Caller
from .changes import rights_changed
from .models import Agent, User
from .standing import Standing

LONGEST_ADDRESS = 255


def connect() -> None:
    """Listen; called once when the app is ready."""
    told = {
        user_logged_in: signed_in,
        user_logged_out: signed_out,
        user_login_failed: refused,
        account.password_changed: _new_password("user.password_changed"),
        account.password_set: _new_password("user.password_set"),
        account.password_reset: _new_password("user.password_reset"),
        account.email_changed: email_changed,
        account.email_added: _recorder("user.email_added"),
        account.email_removed: _recorder("user.email_removed"),
        mfa.authenticator_added: _recorder("user.factor_added"),
        mfa.authenticator_removed: _recorder("user.factor_removed"),
        mfa.authenticator_reset: _recorder("user.factor_renewed"),
        mfa.authentication_failed: _recorder("user.factor_refused"),
    }
    for signal, receiver in told.items():
        signal.connect(receiver, weak=False, dispatch_uid=f"audit.{id(signal)}")


def signed_in(sender, user: User, **_) -> None:
    audit.record("user.logged_in", actor=_actor(user), subject=user, source="sign-in")


def signed_out(sender, user: User | None, **_) -> None:
    if user is not None:
        audit.record("user.logged_out", actor=_actor(user), subject=user, source="sign-in")
        rights_changed(user.agent_id)


def refused(sender, credentials: dict, **_) -> None:
    """A failed sign-in keeps the address that was written, never the password."""
    written = credentials.get("email") or credentials.get("username") or credentials.get("login") or ""
    address = str(written).replace("\x00", "").strip().lower()[:LONGEST_ADDRESS]
    user = User.objects.filter(email__iexact=address).first()
    audit.record("user.login_failed", subject=user, source="sign-in", email=address)


def email_changed(sender, user: User, from_email_address, to_email_address, **_) -> None:
    if from_email_address:  # who never gave a name is called by the address
        Agent.objects.filter(pk=user.agent_id, name__iexact=from_email_address.email).update(
            name=to_email_address.email
        )
    audit.record(
        "user.email_changed",
        actor=_actor(user),
        subject=user,
        source="sign-in",
        before=from_email_address.email if from_email_address else None,
        after=to_email_address.email,
    )


def _new_password(action: str):
    """It ends the other sessions, and with them what they hold open."""
    record = _recorder(action)

    def ended(sender, user: User, **_) -> None:
        record(sender, user)
        rights_changed(user.agent_id)

    return ended


def _recorder(action: str):
    def record(sender, user: User, authenticator=None, **_) -> None:
        metadata = {"kind": authenticator.type} if authenticator is not None else {}
        audit.record(action, actor=_actor(user), subject=user, source="sign-in", **metadata)

    return record


def _actor(user: User) -> Caller:
    """The person by name only: a sign-in needs no rights, so none are read."""
    return Caller(user.agent_id, "user", user.agent.title, Standing(user.agent_id))
