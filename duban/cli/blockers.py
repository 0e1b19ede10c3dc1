"""The blockers: which open gate holds up how many measures, for how long, and on whom it hangs."""

from duban.cli.desk import at_work
from duban.cli.dossier import GATES
from duban.cli.output import print_json
from duban.cli.screen import console, table
from models.database import reading
from models.queries.blockers import blockers
from models.queries.register import leaves, register
from models.queries.roster import roster
from models.vocabulary import Gate


def show(*, as_of: str | None, unit: str | None, as_json: bool) -> None:
    """Print the open gates, the one that holds up most first; of one unit, those that hold up its measures."""
    with at_work(as_of) as desk, reading(desk.place.engine) as session:
        entries = register(session, desk.place.policy.escalation.lights, desk.place.calendar, desk.on)
        found = blockers(session, entries, desk.on)
        if unit is not None:
            name = roster(session, desk.on).unit(unit).name
            own = {entry.number for entry in leaves(entries) if entry.unit == name}
            found = [one for one in found if own & set(one.holds)]
    if as_json:
        print_json({"as_of": desk.as_of, "blockers": found})
        return
    made = table(
        "holds", "days", "since", "waited for", "number", "title", "hangs on", "held up", numbers=("holds", "days")
    )
    for one in found:
        made.add_row(
            str(len(one.holds)),
            str(one.days),
            str(one.since),
            " or ".join(GATES[Gate(gate)] for gate in one.gate.split(" or ")),
            one.number,
            one.title,
            one.hangs_on or "its parts",
            " ".join(one.holds),
        )
    console().print(made if found else "No measure waits for another one.")
