from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import pytest
from sqlmodel import Session, select

from models.commands.evidence import NoSuchFile, add_evidence
from models.database import writing
from models.evidence import Evidence
from models.ledger import Fact
from models.lifecycle import Refused
from models.queries.measure import UnknownMeasure
from models.vocabulary import EvidenceKind, FactKind, Resolution, State
from tests.factory import Factory, actor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

CONTENT = "验收证明".encode()
HASH = sha256(CONTENT).hexdigest()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with writing(engine) as session:
        factory = Factory(session)
        factory.add_measure("1.1-1")
        factory.add_measure("1.1-2", state=State.DONE, resolution=Resolution.COMPLETED)
        yield session


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "evidence"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "验收.pdf"
    path.write_bytes(CONTENT)
    return path


def add(session: Session, folder: Path, file: Path, **given: Any) -> Evidence:
    """Add work to 1.1-1 as its unit, unless told otherwise."""
    return add_evidence(
        session,
        folder,
        given.get("number", "1.1-1"),
        file,
        given.get("kind", EvidenceKind.WORK),
        actor(session, given.get("by", "bus-responsible")),
    )


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_file_is_kept_under_its_own_hash_and_described_in_the_table(
    session: Session, folder: Path, file: Path
) -> None:
    evidence = add(session, folder, file)
    assert (evidence.name, evidence.size, evidence.sha256) == ("验收.pdf", len(CONTENT), HASH)
    assert evidence.kind is EvidenceKind.WORK
    assert evidence.added_by == actor(session, "bus-responsible").person.id
    assert files_in(folder) == {evidence.path: CONTENT} == {f"{HASH[:2]}/{HASH}": CONTENT}


def test_adding_a_file_is_a_fact(session: Session, folder: Path, file: Path) -> None:
    evidence = add(session, folder, file, kind=EvidenceKind.PERMIT)
    fact = session.exec(select(Fact).where(Fact.kind == FactKind.EVIDENCE)).one()
    assert (fact.measure_id, fact.person_id, fact.at) == (evidence.measure_id, evidence.added_by, evidence.added_at)
    assert json.loads(fact.payload) == {
        "name": "验收.pdf",
        "size": len(CONTENT),
        "sha256": HASH,
        "evidence_kind": "permit",
    }


def test_the_same_file_twice_is_the_same_piece(session: Session, folder: Path, file: Path) -> None:
    first = add(session, folder, file)
    assert add(session, folder, file.rename(file.with_name("again.pdf"))) is first
    assert len(session.exec(select(Evidence)).all()) == 1
    assert len(session.exec(select(Fact).where(Fact.kind == FactKind.EVIDENCE)).all()) == 1


def test_one_file_may_show_several_things_and_lies_there_once(session: Session, folder: Path, file: Path) -> None:
    add(session, folder, file)
    add(session, folder, file, kind=EvidenceKind.PERMIT)
    assert len(session.exec(select(Evidence)).all()) == 2
    assert list(files_in(folder).values()) == [CONTENT]


def test_the_supervisor_may_add_evidence_too(session: Session, folder: Path, file: Path) -> None:
    assert add(session, folder, file, by="bus-supervisor").name == "验收.pdf"


def test_a_stranger_adds_no_evidence(session: Session, folder: Path, file: Path) -> None:
    with pytest.raises(Refused) as refusal:
        add(session, folder, file, by="bus-head")
    assert str(refusal.value) == "bus-head has no part in 1.1-1 on 2023-11-15; its unit or supervisor adds evidence."
    assert not folder.exists()


def test_what_is_done_takes_no_more_evidence(session: Session, folder: Path, file: Path) -> None:
    with pytest.raises(Refused, match=r"1\.1-2 is done; reopen it before adding evidence\."):
        add(session, folder, file, number="1.1-2")
    assert not folder.exists()


def test_evidence_for_no_measure_is_one_sentence(session: Session, folder: Path, file: Path) -> None:
    with pytest.raises(UnknownMeasure, match=r"No measure has the number '9\.9'"):
        add(session, folder, file, number="9.9")


def test_a_file_that_is_not_there_is_one_sentence(session: Session, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(NoSuchFile) as refusal:
        add(session, folder, tmp_path / "none.pdf")
    sentence = f"{tmp_path / 'none.pdf'} cannot be read (No such file or directory); give the path of a file."
    assert str(refusal.value) == sentence


def test_a_folder_is_no_evidence(session: Session, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(NoSuchFile, match="Is a directory"):
        add(session, folder, tmp_path)
    assert session.exec(select(Evidence)).all() == []


class ReplacedWhileRead(type(Path())):  # type: ignore[misc]
    """A file that somebody replaces as soon as it is opened."""

    def open(self, *args: Any, **given: Any) -> IO[Any]:
        opened: IO[Any] = super().open(*args, **given)
        self.unlink()
        Path(self).write_bytes(b"something else")
        return opened


def test_a_file_that_is_replaced_while_it_is_read_is_refused_and_leaves_nothing(
    session: Session, folder: Path, file: Path
) -> None:
    with pytest.raises(NoSuchFile, match=r"changed while it was read; add it again\."):
        add(session, folder, ReplacedWhileRead(file))
    assert files_in(folder) == {}
    assert session.exec(select(Evidence)).all() == []
