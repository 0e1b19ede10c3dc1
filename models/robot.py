"""The robot: a group's mouthpiece at a vendor, which may only be called so often."""

from datetime import datetime

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from models.columns import UTCDateTime


class Robot(SQLModel, table=True):
    """The last turns taken at a robot, by any process on any machine.

    It is known by a hash of what identifies it at its vendor: two channels may name one robot, and its address is
    a secret. `taken` are instants in ISO 8601, in order.
    """

    fingerprint: str = Field(primary_key=True)
    taken: list[str] = Field(default_factory=list, sa_type=JSON)
    closed_until: datetime = Field(sa_type=UTCDateTime)
