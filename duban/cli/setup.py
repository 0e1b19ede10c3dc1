"""Setting up: the home folder, the database, the office with its register."""

from collections.abc import Iterator

from typer import echo

from config import wording
from config.calendar import load_calendar
from config.office import load_office
from config.policy import load_policy
from config.settings import Settings, load_settings
from config.statutes import limits, load_statutes, statute_on
from models import database, drafts
from models.clock import now
from models.commands.intake import Statutory, register_office
from models.errors import DubanError
from models.workdays import Calendar

STATUTES = "cn"
"""The rules by which an inspection itself sets limits."""


class NoHome(DubanError):
    """The home folder cannot be made."""


def init(office: str) -> None:
    """Register an office in a database of its own; nothing is changed where there is one, or anything is wrong."""
    settings = load_settings()
    draft = load_office(office)
    calendar = load_calendar(draft.calendar, settings.local_calendar, settings.decrees)
    load_policy(settings.policy_in_force)
    statutory = list(_statutory(draft, calendar))
    _make_home(settings)
    engine = database.open_database(settings.database)
    try:
        with database.connected(engine) as connection:
            found = database.revision(connection)
        if found is not None:  # an older one is upgraded only when asked
            database.require_schema(engine)
        database.upgrade(settings.database)
        with database.writing(engine) as session:
            count = register_office(session, draft, statutory, calendar, now())
    finally:
        engine.dispose()
    echo(f"Registered {draft.name}: {len(draft.findings)} findings, {count} measures with their parts.")
    echo(
        f"Everything lies in {settings.home}; 'duban status' shows the register, 'duban doctor' what is still to do."
    )


def upgrade() -> None:
    """Bring the database to this program's schema."""
    settings = load_settings()
    database.upgrade(settings.database)
    echo(f"The database is at schema {database.HEAD}.")


def _statutory(office: drafts.Office, calendar: Calendar) -> Iterator[Statutory]:
    """Yield what the rule in force on the day of the feedback wants of the office."""
    feedback_on = office.inspection.feedback_on
    statute = statute_on(load_statutes(STATUTES), feedback_on)
    rule = f"{statute.title}{statute.article or ''}"
    for limit in limits(statute, feedback_on, calendar):
        yield Statutory(limit.name, limit.due_on, wording.LIMITS[office.locale][limit.name], rule)


def _make_home(settings: Settings) -> None:
    try:
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise NoHome(
            f"{settings.home} cannot be made ({error.strerror}); name a folder of your own in DUBAN_HOME."
        ) from error
