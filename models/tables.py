"""Every table of the schema, in one place for those who need them all."""

from models.evidence import Evidence
from models.inspection import Finding, Inspection
from models.ledger import Fact
from models.measure import Dependency, Measure
from models.office import Holding, Office, Person, Post, Unit, UnitDuty
from models.outbox import Attempt, Message
from models.reminder import Reminder
from models.run import Run
from models.watch import Watch

__all__ = [
    "Attempt",
    "Dependency",
    "Evidence",
    "Fact",
    "Finding",
    "Holding",
    "Inspection",
    "Measure",
    "Message",
    "Office",
    "Person",
    "Post",
    "Reminder",
    "Run",
    "Unit",
    "UnitDuty",
    "Watch",
]
