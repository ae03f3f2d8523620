"""The page that shows how one gets in, who is in, and what changed."""

from flask import render_template
from flask.typing import ResponseReturnValue

from pds.accounts import changes, factors, passkeys, recovery
from pds.accounts import sessions as kept
from pds.web import sessions
from pds.web.account import blueprint
from pds.web.context import bank


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Show passkeys, codes, sessions and the newest changes."""
    visitor = sessions.visitor()
    who = visitor.account_id
    with bank().read() as snap:
        mine = passkeys.of_account(snap, who)
        page = {
            "passkeys": mine,
            "codes_left": recovery.left(snap, who),
            "sessions": kept.of_account(snap, who),
            "changes": changes.newest(snap, who),
        }
    return render_template(
        "account/overview.html",
        **page,
        here=visitor.session,
        may_remove=len(mine) > 1 or may_go_without(),
    )


def may_go_without() -> bool:
    """Say whether this visitor may remove the last passkey."""
    is_local = bank().settings.is_local
    return factors.may_go_without(sessions.visitor().session.role, is_local=is_local)
