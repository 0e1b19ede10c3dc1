"""Adding evidence: the bytes go into a folder addressed by their own hash, the table says what they show."""

import os
from hashlib import file_digest
from pathlib import Path
from shutil import copyfile
from uuid import uuid4

from sqlmodel import Session, select

from models.commands.actor import Actor
from models.commands.ledger import record
from models.errors import DubanError
from models.evidence import Evidence
from models.lifecycle import Refused
from models.queries.measure import find_measure
from models.queries.office import roles_toward
from models.vocabulary import EvidenceKind, FactKind, State


class NoSuchFile(DubanError):
    """The evidence cannot be read."""


def add_evidence(
    session: Session, folder: Path, number: str, file: Path, kind: EvidenceKind, actor: Actor
) -> Evidence:
    """Keep a file as evidence for a measure; the same file twice is the same piece.

    The bytes are on the disk before the row is written, so that no row ever names what is not there. Raises
    `UnknownMeasure`, `NoSuchFile`, and `Refused` for a stranger to the measure or one that is done.
    """
    measure = find_measure(session, number)
    if not roles_toward(session, actor.person, measure, actor.on):
        raise Refused(
            f"{actor.person.name} has no part in {number} on {actor.on}; its unit or supervisor adds evidence."
        )
    if measure.state is State.DONE:
        raise Refused(f"{number} is done; reopen it before adding evidence.")
    sha256, size = _store(file, folder)
    known = session.exec(
        select(Evidence).where(Evidence.measure_id == measure.id, Evidence.sha256 == sha256, Evidence.kind == kind)
    ).first()
    if known is not None:
        return known
    evidence = Evidence(
        measure_id=measure.id or 0,
        kind=kind,
        name=file.name,
        path=str(_place(sha256)),
        size=size,
        sha256=sha256,
        added_by=actor.person.id or 0,
        added_at=actor.at,
    )
    session.add(evidence)
    record(
        session,
        FactKind.EVIDENCE,
        actor.at,
        measure_id=measure.id,
        person_id=actor.person.id,
        name=file.name,
        size=size,
        sha256=sha256,
        evidence_kind=kind,
    )
    session.flush()
    return evidence


def _place(sha256: str) -> Path:
    return Path(sha256[:2]) / sha256


def _store(file: Path, folder: Path) -> tuple[str, int]:
    """Copy a file to the place that its hash names, whole or not at all."""
    try:
        with file.open("rb") as source:
            sha256 = file_digest(source, "sha256").hexdigest()
    except OSError as error:
        raise NoSuchFile(f"{file} cannot be read ({error.strerror}); give the path of a file.") from error
    target = folder / _place(sha256)
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{uuid4().hex}")
        copyfile(file, part)
        with part.open("rb") as copy:
            if file_digest(copy, "sha256").hexdigest() != sha256:
                part.unlink()
                raise NoSuchFile(f"{file} changed while it was read; add it again.")
            os.fsync(copy.fileno())
        part.rename(target)
    return sha256, target.stat().st_size
