"""Every table of the schema, in one place for those who need them all."""

from models.acknowledgement import Acknowledgement, Unacknowledged
from models.due import DueChange, RelativeLimit
from models.evidence import Evidence
from models.extension import Extension
from models.indexes import PARTIAL
from models.inspection import Finding, Inspection
from models.ledger import Fact
from models.measure import Dependency, Measure
from models.office import Address, Holding, Leave, Office, Person, Post, Unit, UnitDuty
from models.outbox import Attachment, Attempt, Message, Resolution
from models.reminder import Reminder
from models.robot import Robot
from models.run import Run
from models.seal import Leaves, Seal
from models.submission import Signature, Submission
from models.suspension import Suspension
from models.watch import Watch

__all__ = [
    "PARTIAL",
    "Acknowledgement",
    "Address",
    "Attachment",
    "Attempt",
    "Dependency",
    "DueChange",
    "Evidence",
    "Extension",
    "Fact",
    "Finding",
    "Holding",
    "Inspection",
    "Leave",
    "Leaves",
    "Measure",
    "Message",
    "Office",
    "Person",
    "Post",
    "RelativeLimit",
    "Reminder",
    "Resolution",
    "Robot",
    "Run",
    "Seal",
    "Signature",
    "Submission",
    "Suspension",
    "Unacknowledged",
    "Unit",
    "UnitDuty",
    "Watch",
]
