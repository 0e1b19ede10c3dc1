"""Posts: they change hands, fall vacant, have acting holders; and who answers while their holder is away."""

from datetime import date

from typer import echo

from duban.cli.acting import acting
from duban.cli.desk import at_work
from duban.cli.screen import counted
from flows.handover import hand_post_over, name_acting_holder
from models.commands.posts import find_post, take_leave
from models.commands.posts import vacate as leave_vacant
from models.database import writing
from models.queries.office import find_person


def hand_over(post: str, to: str, since: date | None, *, by: str | None, as_of: str | None) -> None:
    """Give a post to another person, and tell both."""
    with at_work(as_of) as desk, writing(desk.place.engine) as session:
        actor = acting(desk, session, by)
        done = hand_post_over(session, desk.place, post, to, since or desk.on, actor, desk.as_of)
        former = f" in place of {done.leaver.name}" if done.leaver else ""
        told = f"{done.successor.name} holds {done.post.name} from {done.since} on{former}"
        pending = (
            f"{counted(done.open_measures, 'open measure')} and {counted(done.unsaid, 'unsaid reminder')} go along"
        )
    echo(f"{told}; {pending}.")


def appoint(
    post: str, who: str, since: date | None, until: date | None, *, by: str | None, as_of: str | None
) -> None:
    """Let a person act for a vacant post, and tell that person."""
    with at_work(as_of) as desk, writing(desk.place.engine) as session:
        actor = acting(desk, session, by)
        first = since or desk.on
        name_acting_holder(session, desk.place, post, who, (first, until), actor, desk.as_of)
        names = find_person(session, who).name, find_post(session, post).name
    ending = f" until {until}" if until else ", until it has a holder again"
    echo(f"{names[0]} acts for {names[1]} from {first}{ending}.")


def vacate(post: str, since: date | None, reason: str, *, by: str | None, as_of: str | None) -> None:
    """Leave a post to nobody."""
    with at_work(as_of) as desk, writing(desk.place.engine) as session:
        actor = acting(desk, session, by)
        first = since or desk.on
        leaver = leave_vacant(session, post, first, reason, actor).name
        name = find_post(session, post).name
    echo(f"{leaver} holds {name} until {first}; from then on it is vacant.")


def leave(
    who: str, substitute: str, since: date, until: date, reason: str, *, by: str | None, as_of: str | None
) -> None:
    """Let a substitute answer for a person's posts."""
    with at_work(as_of) as desk, writing(desk.place.engine) as session:
        take_leave(session, who, substitute, since, until, reason, acting(desk, session, by))
        names = [find_person(session, name).name for name in (who, substitute)]
    echo(f"{names[0]} is away from {since} until {until}; {names[1]} answers meanwhile.")
