"""The watch: what is being timed now, in a narrow table ordered by the next look."""

from datetime import date

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from models.columns import words
from models.escalation import Situation
from models.ladder import NEVER
from models.quiet import read
from models.vocabulary import WatchKind


class Watch(SQLModel, table=True):
    """One thing timed for one measure, derived from it whenever it changes.

    All that a decision needs stands here, and nothing else: on SQLite the table itself is ordered by the
    next look (WITHOUT ROWID), so that what is due lies together however large the register grows. A new
    watch has both its looks at NEVER: the next sweep looks at it, whenever that is. `acknowledged` is what its
    posts have acknowledged or put off, see `models.quiet`.
    """

    __table_args__ = (
        UniqueConstraint("measure_id", "kind", name="one_watch_of_a_kind"),
        {"sqlite_with_rowid": False},
    )

    look_on: date = Field(default=NEVER, primary_key=True)
    measure_id: int = Field(foreign_key="measure.id", primary_key=True)
    kind: WatchKind = Field(sa_type=words(WatchKind), primary_key=True)
    topics: str = ""
    unit_id: int = Field(foreign_key="unit.id")
    anchor: date
    looked_on: date = NEVER
    blocked: bool = False
    acknowledged: str = ""

    @property
    def situation(self) -> Situation:
        """The situation that the watch is in."""
        quiet = read(self.acknowledged)
        return Situation(self.kind, tuple(self.topics.split()), self.anchor, self.looked_on, self.blocked, quiet)
