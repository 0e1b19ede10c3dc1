"""The load: who is sent how much."""

from rich.text import Text

from duban.cli.desk import at_work
from duban.cli.output import print_json
from duban.cli.screen import DIM, console, table
from models.database import reading
from models.queries.load import load, mondays
from models.vocabulary import Bearer


def show(bearer: Bearer, weeks: int, *, as_of: str | None, as_json: bool) -> None:
    """Print the messages of each week, by person or channel, the heaviest load first."""
    with at_work(as_of) as desk, reading(desk.place.engine) as session:
        since = mondays(desk.on, weeks)
        found = load(session, bearer, since, desk.place.zone)
    if as_json:
        rows = [
            {"name": one.name, "messages": one.messages, "total": one.total, "reminders": one.reminders}
            for one in found
        ]
        print_json({"weeks": since, "loads": rows})
        return
    screen = console()
    if not found:
        screen.print("Nobody was sent anything in these weeks.")
        return
    headings = [f"{day:%m-%d}" for day in since]
    made = table(bearer, *headings, "messages", "reminders", numbers=(*headings, "messages", "reminders"))
    for one in found:
        cells = [Text(str(count), "" if count else DIM) for count in one.messages]
        made.add_row(one.name, *cells, str(one.total), str(one.reminders))
    screen.print(made)
