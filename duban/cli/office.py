"""The office: who there is, who answers for what, and who cannot be reached."""

from collections.abc import Iterator
from datetime import date, time
from zoneinfo import ZoneInfo

from typer import Exit

from config.office import load_office
from config.problems import Problem
from config.settings import Settings, load_settings
from duban.cli.desk import at_work, typed
from duban.cli.output import print_json
from duban.cli.screen import console, table
from models import drafts
from models.database import reading
from models.queries.roster import AddressLine, Held, PersonLine, Roster, assemble, roster
from models.vocabulary import Duty


def show(path: str | None, *, as_of: str | None, as_json: bool) -> None:
    """Print the office of the register, or the one of a folder, as it is on a day."""
    on, _, found = _read(path, as_of)
    if as_json:
        print_json({"as_of": on, "units": found.units, "posts": found.posts, "persons": found.persons})
        return
    units = table("unit", "slug", "also called", "responsible", "deputy in charge")
    for unit in found.units:
        behind = (unit.duties.get(duty, "") for duty in (Duty.RESPONSIBLE, Duty.DEPUTY))
        units.add_row(unit.name, unit.slug, " ".join(unit.aliases), *behind)
    posts = table("post", "slug", "unit", "held by", "answers as")
    for post in found.posts:
        absent = f" for {post.absent}, who is away" if post.absent else ""
        holder = f"{post.holder or 'nobody'}{' (acting)' if post.acting else ''}{absent}"
        posts.add_row(post.name, post.slug, post.unit, holder, ", ".join(post.roles))
    persons = table("person", "slug", "reached by", "holds")
    for person in found.persons:
        persons.add_row(person.name, person.slug, _reached(person), "、".join(person.posts))
    console().print(f"As of {on}", "", units, "", posts, "", persons, sep="\n")


def _reached(person: PersonLine) -> str:
    """Return a person's addresses, the first one first, and which of them are disabled."""
    return "; ".join(
        f"{one.channel} {one.target}{' (disabled)' if one.disabled_at else ''}" for one in person.addresses
    )


def check(path: str | None, *, as_of: str | None, as_json: bool) -> None:
    """Print what is wrong with an office, and end with 1 if anything is. Raises `Malformed`."""
    on, settings, found = _read(path, as_of)
    problems = list(_problems(found, settings, on))
    if as_json:
        print_json({"as_of": on, "problems": problems})
    else:
        screen = console()
        for problem in problems:
            screen.print(str(problem))
        screen.print(
            f"{len(problems)} problems."
            if problems
            else f"All {len(found.posts)} posts are held on {on}, and everybody's channel has a URL."
        )
    if problems:
        raise Exit(1)


def _problems(found: Roster, settings: Settings, on: date) -> Iterator[Problem]:
    for post in found.vacant:
        yield Problem(f"post {post.name}", f"is held by nobody on {on}; give it a holder, be it an acting one")
    for person in found.persons:
        if not person.live:
            yield Problem(f"person {person.name}", "has no address in use; add one, or enable one again")
        for channel in dict.fromkeys(address.channel for address in person.live):
            if settings.channel_url(channel) is None:
                remedy = "add its URL to DUBAN_CHANNELS, or correct the name"
                yield Problem(f"person {person.name}", f"is reached by '{channel}', which no setting names; {remedy}")


def _read(path: str | None, as_of: str | None) -> tuple[date, Settings, Roster]:
    """Return the day, the settings, and the office: the one in a folder, or else the register's."""
    if path is None:
        with at_work(as_of) as desk, reading(desk.place.engine) as session:
            return desk.on, desk.place.settings, roster(session, desk.on)
    draft = load_office(path)
    on = typed(as_of, time.min, ZoneInfo(draft.timezone)).date()
    return on, load_settings(), _roster_of(draft, on)


def _roster_of(draft: drafts.Office, on: date) -> Roster:
    names = {unit.slug: unit.name for unit in draft.units}
    holds = [
        (hold.acting, hold.since, hold.post, person.slug)
        for person in draft.persons
        for hold in person.holds
        if hold.since <= on and (hold.until is None or on < hold.until)
    ]
    return assemble(
        units=[(unit.slug, unit.name, unit.aliases) for unit in draft.units],
        posts=[(post.slug, post.name, names[post.unit]) for post in draft.posts],
        persons=[
            (person.slug, person.name, tuple(AddressLine(*address) for address in person.reached_at))
            for person in draft.persons
        ],
        duties={unit.slug: draft.posts_of(unit) for unit in draft.units if unit.responsible},
        # the last word counts: a full holder before an acting one, then the later of two
        held={
            post: Held(who, acting) for acting, _, post, who in sorted(holds, key=lambda hold: (not hold[0], hold[1]))
        },
    )
