from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Enum, create_engine, func, insert, inspect, literal_column, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlmodel import SQLModel

import models.tables  # noqa: F401 - every table, to be compared with the migrated schema
from models.acknowledgement import Acknowledgement
from models.database import (
    HEAD,
    Unreachable,
    WrongSchema,
    connected,
    open_database,
    reading,
    require_schema,
    take_turns,
    upgrade,
    writing,
)
from models.due import RelativeLimit
from models.extension import Extension
from models.ledger import Fact
from models.office import Leave, Unit
from models.outbox import Attempt, Message, Resolution
from models.reminder import Reminder
from models.run import Run
from models.submission import Signature, Submission
from models.suspension import Suspension
from models.vocabulary import (
    Action,
    Duty,
    FactKind,
    Gate,
    MessageState,
    Outcome,
    Reply,
    ReplyBy,
    RunKind,
    Slip,
    Verdict,
    WatchKind,
)
from tests.factory import AT, DUE, Factory, id_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine
    from sqlalchemy.engine.interfaces import ReflectedIndex
    from sqlmodel import Session

    from tests.databases import Databases

LATER = DUE + timedelta(days=30)
VOCABULARIES = [
    (table.name, column.name)
    for table in SQLModel.metadata.sorted_tables
    for column in table.columns
    if isinstance(column.type, Enum)
]


def reminder(**given: Any) -> Reminder:
    key: dict[str, Any] = {
        "measure_id": 1,
        "watch": WatchKind.DELIVERY,
        "anchor": DUE,
        "step": "overdue",
        "repetition": 0,
        "post_id": 1,
    }
    return Reminder(**key | {"slip": Slip.URGE, "run_id": 1} | given)


def fill_every_table_with_words(session: Session) -> None:
    factory = Factory(session)
    measure, blocker = factory.add_measure(), factory.add_measure()
    factory.add_evidence(measure)
    factory.add_dependency(measure, blocker)
    person, other = factory.add_person("somebody"), factory.add_person("other")
    own, somebody, another = id_of(measure), id_of(person), id_of(other)
    submission = Submission(
        measure_id=own,
        number=1,
        submitted_on=DUE,
        submitted_by=somebody,
        content="{}",
        sha256="0",
        outcome=Action.RETURN,
        ended_on=DUE,
    )
    session.add_all(
        [
            RelativeLimit(measure_id=own, after_id=id_of(blocker), event=Gate.DONE, within="30 calendar"),
            Suspension(measure_id=own, since=DUE, review_on=LATER, reason="冰冻", suspended_by=somebody),
            Extension(
                measure_id=own,
                number=1,
                asked_on=DUE,
                asked_by=somebody,
                due_before=DUE,
                until=LATER,
                reason="人手不足",
                progress="已清六成",
                late=False,
            ),
            Leave(person_id=somebody, substitute_id=another, since=DUE, until=LATER),
            submission,
        ]
    )
    session.flush()
    session.add(
        Signature(submission_id=id_of(submission), duty=Duty.HEAD, person_id=another, signed_on=DUE),
    )
    message = Message(
        key="1",
        person_id=id_of(person),
        channel="local",
        target="somebody",
        subject="",
        body="",
        state=MessageState.HELD,
        composed_at=AT,
        release_at=AT,
    )
    session.add_all([message, reminder(), Fact(at=AT, kind=FactKind.RUN)])
    session.flush()
    session.add(
        Acknowledgement(
            message_id=id_of(message),
            person_id=somebody,
            post_id=1,
            measure_id=own,
            watch=WatchKind.DELIVERY,
            anchor=DUE,
            step="overdue",
            reply=Reply.ACKNOWLEDGED,
            until=LATER,
            at=AT,
            how=ReplyBy.CODE,
        )
    )
    session.add(Attempt(message_id=id_of(message), number=1, worker="1", started_at=AT, outcome=Outcome.RETRY))
    session.add(
        Resolution(message_id=id_of(message), verdict=Verdict.LOST, person_id=somebody, at=AT, reason="没有收到")
    )
    session.add(
        Run(
            kind=RunKind.SWEEP,
            asked_by="somebody",
            scope="{}",
            as_of=AT,
            on=DUE,
            policy_version="1",
            calendar_version="1",
            started_at=AT,
        )
    )


def index_of(index: ReflectedIndex) -> tuple[str, str, str]:
    conditions = {name: str(option) for name, option in index.get("dialect_options", {}).items()}
    return index["name"] or "", str(index["column_names"]), str(conditions)


def shape(engine: Engine) -> dict[str, Any]:
    """Everything about a schema that the database can tell, table by table."""
    inspector = inspect(engine)
    return {
        table: {
            "columns": sorted(
                (column["name"], str(column["type"]), column["nullable"]) for column in inspector.get_columns(table)
            ),
            "checks": sorted(
                (check["name"] or "", " ".join(check["sqltext"].split()))
                for check in inspector.get_check_constraints(table)
            ),
            "indexes": sorted(index_of(index) for index in inspector.get_indexes(table)),
            "unique": sorted(map(str, inspector.get_unique_constraints(table))),
            "keys": str(inspector.get_pk_constraint(table)),
            "foreign": sorted(map(str, inspector.get_foreign_keys(table))),
            "options": inspector.get_table_options(table) if engine.dialect.name == "sqlite" else {},
        }
        for table in sorted(set(inspector.get_table_names()) - {"alembic_version"})
    }


def test_the_migrated_schema_is_that_of_the_tables(engine: Engine) -> None:
    with engine.connect() as connection:
        context: MigrationContext = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_the_migrated_schema_has_the_constraints_and_partial_indexes_of_the_tables(
    engine: Engine, database_url: str
) -> None:
    # Alembic compares neither the words of a vocabulary nor a CHECK nor the condition of an index.
    created = open_database(database_url)
    SQLModel.metadata.create_all(created)
    assert shape(engine) == shape(created)
    created.dispose()


@pytest.mark.parametrize(("table", "column"), VOCABULARIES)
def test_a_word_outside_a_vocabulary_is_refused(engine: Engine, table: str, column: str) -> None:
    with writing(engine) as session:
        fill_every_table_with_words(session)
    source = SQLModel.metadata.tables[table]
    copied = [literal_column("'nonsense'") if each.name == column else each for each in source.columns]
    copy = insert(source).from_select(list(source.columns.keys()), select(*copied).select_from(source).limit(1))
    with engine.begin() as connection, pytest.raises(IntegrityError, match=r"(?i)check constraint.*"):
        connection.execute(copy)


def test_there_are_vocabularies_in_seventeen_tables() -> None:
    assert len({table for table, _ in VOCABULARIES}) == 17


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE measure SET approval = 'permit'",
        "UPDATE measure SET state = 'awaiting_approval'",
        "UPDATE measure SET due_on = NULL",
        "UPDATE measure SET due_basis = 'unset'",
        "UPDATE measure SET state = 'done'",
        "UPDATE measure SET resolution = 'merged'",
        "UPDATE measure SET standing = (1 = 1)",
        "UPDATE office SET id = 2",
        "UPDATE holding SET until = since",
        "INSERT INTO dependency SELECT id, id, 'done', registered_on FROM measure",
        "UPDATE suspension SET resumed_on = '2023-11-14'",
        "UPDATE suspension SET resumed_on = since",
        "UPDATE suspension SET resumed_by = suspended_by",
        "UPDATE extension SET state = 'granted'",
        "UPDATE extension SET decided_by = asked_by, state = 'granted'",
        "UPDATE extension SET decided_by = asked_by + 1",
        "UPDATE submission SET outcome = NULL",
        "UPDATE submission SET ended_on = NULL",
        "UPDATE due_change SET within = '30 calendar'",
        "UPDATE leave SET until = since",
        "UPDATE leave SET substitute_id = person_id",
    ],
)
def test_a_row_that_contradicts_itself_is_refused(engine: Engine, change: str) -> None:
    with writing(engine) as session:
        fill_every_table_with_words(session)
    with engine.begin() as connection, pytest.raises(IntegrityError, match=r"(?i)check constraint"):
        connection.execute(text(change))


ONCE = {
    "one_open_suspension": (
        "INSERT INTO suspension (measure_id, since, review_on, reason, suspended_by) "
        "SELECT measure_id, since, review_on, reason, suspended_by FROM suspension"
    ),
    "extension_numbered": (
        "INSERT INTO extension (measure_id, number, state, asked_on, asked_by, due_before, until, "
        "reason, progress, late, by_supervisor, decision, document) SELECT measure_id, number, 'lapsed', "
        "asked_on, asked_by, due_before, until, reason, progress, late, by_supervisor, decision, document "
        "FROM extension"
    ),
    "one_open_extension": (
        "INSERT INTO extension (measure_id, number, state, asked_on, asked_by, due_before, until, "
        "reason, progress, late, by_supervisor, decision, document) SELECT measure_id, 2, state, "
        "asked_on, asked_by, due_before, until, reason, progress, late, by_supervisor, decision, document "
        "FROM extension"
    ),
    "submission_numbered": (
        "INSERT INTO submission (measure_id, number, submitted_on, submitted_by, content, sha256) "
        "SELECT measure_id, number, submitted_on, submitted_by, content, sha256 FROM submission"
    ),
    "each_duty_signs_once": (
        "INSERT INTO signature (submission_id, duty, person_id, signed_on) "
        "SELECT submission_id, duty, person_id - 1, signed_on FROM signature"
    ),
    "each_person_signs_once": (
        "INSERT INTO signature (submission_id, duty, person_id, signed_on) "
        "SELECT submission_id, 'supervisor', person_id, signed_on FROM signature"
    ),
}


@pytest.mark.parametrize("change", ONCE.values(), ids=list(ONCE))
def test_what_is_there_once_is_refused_a_second_time(engine: Engine, change: str) -> None:
    with writing(engine) as session:
        fill_every_table_with_words(session)
    with engine.begin() as connection, pytest.raises(IntegrityError, match=r"(?i)unique constraint"):
        connection.execute(text(change))


@pytest.mark.parametrize("verb", ["UPDATE ledger SET payload = '{}'", "DELETE FROM ledger", "TRUNCATE ledger"])
def test_the_ledger_can_only_grow(engine: Engine, verb: str) -> None:
    with writing(engine) as session:
        session.add(Fact(at=AT, kind=FactKind.RUN, payload="what happened"))
    refusal = r"syntax error" if "sqlite" in engine.name and "TRUNCATE" in verb else "the ledger is append-only"
    with engine.begin() as connection, pytest.raises(DBAPIError, match=refusal):
        connection.execute(text(verb))
    with reading(engine) as session:
        assert [fact.payload for fact in session.scalars(select(Fact))] == ["what happened"]


def test_the_same_reminder_is_written_once(engine: Engine) -> None:
    with writing(engine) as session:
        session.add(reminder())
    with pytest.raises(IntegrityError), writing(engine) as session:
        session.add(reminder(slip=Slip.REMIND, run_id=2, instead_of=3))


@pytest.mark.parametrize(
    "other",
    [
        {"measure_id": 2},
        {"watch": WatchKind.START},
        {"anchor": AT.date()},
        {"step": "other"},
        {"repetition": 1},
        {"post_id": 2},
    ],
)
def test_what_differs_in_any_part_of_the_key_is_another_reminder(engine: Engine, other: dict[str, Any]) -> None:
    with writing(engine) as session:
        session.add_all([reminder(), reminder(**other)])
    with reading(engine) as session:
        assert session.scalars(select(func.count()).select_from(Reminder)).one() == 2


def test_upgrading_twice_is_harmless(engine: Engine, migrated_url: str) -> None:
    with writing(engine) as session:
        Factory(session)
    before = shape(engine)
    upgrade(migrated_url)
    require_schema(engine)
    assert shape(engine) == before
    with reading(engine) as session:
        assert [unit.slug for unit in session.scalars(select(Unit))] == ["bus"]


def test_two_may_upgrade_at_once(database_url: str) -> None:
    program = "import sys; from models.database import upgrade; upgrade(sys.argv[1])"
    both = [subprocess.Popen([sys.executable, "-c", program, database_url]) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    engine = open_database(database_url)
    require_schema(engine)
    engine.dispose()


def test_upgrading_brings_an_empty_database_to_the_schema(database_url: str) -> None:
    upgrade(database_url)
    engine = open_database(database_url)
    require_schema(engine)
    engine.dispose()


def test_an_empty_database_is_refused_with_what_to_do(database_url: str) -> None:
    engine = open_database(database_url)
    with pytest.raises(WrongSchema, match=r"holds no duban register yet; run 'duban init'\.$"):
        require_schema(engine)
    engine.dispose()


def test_a_database_that_is_not_there_is_not_made_by_looking(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'none.sqlite'}")
    with pytest.raises(WrongSchema, match="run 'duban init'"):
        require_schema(engine)
    assert list(tmp_path.iterdir()) == []


def test_an_older_database_is_refused_with_what_to_do(engine: Engine) -> None:
    set_revision(engine, "0000")
    with pytest.raises(WrongSchema, match=rf"is at schema 0000, this program needs {HEAD}; run 'duban db upgrade'"):
        require_schema(engine)


def test_a_newer_database_is_refused_and_left_alone(engine: Engine, migrated_url: str) -> None:
    set_revision(engine, "9999")
    sentence = f"The database is at schema 9999, newer than this program's {HEAD}; install the newer duban."
    with pytest.raises(WrongSchema) as refusal:
        require_schema(engine)
    assert str(refusal.value) == sentence
    with pytest.raises(WrongSchema) as refusal:
        upgrade(migrated_url)
    assert str(refusal.value) == sentence
    with engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "9999"


def set_revision(engine: Engine, revision: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://duban:a-secret@127.0.0.1:1/duban",
        "postgresql://duban:a-secret@/duban?host=/nowhere",
        "sqlite:////nowhere/duban.sqlite",
    ],
)
def test_a_database_that_does_not_answer_is_one_sentence_without_a_secret(url: str) -> None:
    engine = open_database(url)
    for opened in (reading(engine), writing(engine), connected(engine)):
        with pytest.raises(Unreachable) as refusal, opened as database:
            database.execute(text("SELECT 1"))
        sentence = str(refusal.value)
        assert sentence.startswith("The database ")
        assert sentence.endswith("; check DUBAN_DATABASE_URL and the server or disk.")
        assert len(sentence.splitlines()) == 1
        assert "a-secret" not in sentence


def test_a_file_that_is_no_database_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("no database at all, but long enough to have a header" * 10)
    with pytest.raises(Unreachable, match="file is not a database"):
        require_schema(open_database(f"sqlite:///{path}"))


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("nonsense", "DUBAN_DATABASE_URL is not a database URL; write postgresql://… or sqlite:///…"),
        ("sqlite+nonsense:///x", "DUBAN_DATABASE_URL is not a database URL; write postgresql://… or sqlite:///…"),
        ("mysql://u:a-secret@h/d", "DUBAN_DATABASE_URL names mysql; duban runs on sqlite and postgresql."),
    ],
)
def test_a_url_of_no_database_is_one_sentence(url: str, sentence: str) -> None:
    with pytest.raises(Unreachable) as refusal:
        open_database(url)
    assert str(refusal.value) == sentence


def test_writing_is_all_or_nothing(engine: Engine) -> None:
    def write_twice() -> None:
        with writing(engine) as session:
            session.add(reminder())
            session.flush()
            session.add(reminder())

    with pytest.raises(IntegrityError):
        write_twice()
    with reading(engine) as session:
        assert session.scalars(select(Reminder)).all() == []


def test_reading_sees_one_state_while_others_write(engine: Engine) -> None:
    with reading(engine) as session:
        before = session.scalars(select(func.count()).select_from(Reminder)).one()
        with writing(engine) as other:
            other.add(reminder())
        assert session.scalars(select(func.count()).select_from(Reminder)).one() == before
    with reading(engine) as session:
        assert session.scalars(select(func.count()).select_from(Reminder)).one() == before + 1


def test_reading_writes_nothing(engine: Engine) -> None:
    with reading(engine) as session:
        session.add(reminder())
    with reading(engine) as session:
        assert session.scalars(select(Reminder)).all() == []


def test_on_sqlite_a_commit_is_on_the_disk_before_it_returns(sqlite_engine: Engine) -> None:
    with sqlite_engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar_one() == 2  # FULL
        assert connection.execute(text("PRAGMA foreign_keys")).scalar_one() == 1


def test_on_sqlite_writing_takes_the_lock_though_it_begins_by_reading(sqlite_engine: Engine) -> None:
    impatient = create_engine(sqlite_engine.url, connect_args={"timeout": 0})
    with writing(sqlite_engine) as session, impatient.connect() as other:
        session.execute(text("SELECT 1"))
        assert other.execute(text("SELECT count(*) FROM unit")).scalar_one() == 0
        with pytest.raises(OperationalError, match="database is locked"):
            other.execute(text("INSERT INTO unit (slug, name, aliases) VALUES ('a', 'a', '')"))
    impatient.dispose()


def test_on_sqlite_the_watches_lie_in_the_order_of_their_next_look(sqlite_engine: Engine) -> None:
    assert inspect(sqlite_engine).get_table_options("watch") == {"sqlite_with_rowid": False}
    assert inspect(sqlite_engine).get_pk_constraint("watch")["constrained_columns"][0] == "look_on"


def test_on_postgresql_one_takes_turns_with_the_others(postgres_engine: Engine) -> None:
    with postgres_engine.begin() as first, postgres_engine.begin() as second:
        take_turns(first)
        second.execute(text("SET LOCAL lock_timeout = '50ms'"))
        with pytest.raises(OperationalError, match="lock timeout"):
            take_turns(second)
    with postgres_engine.begin() as second:
        second.execute(text("SET LOCAL lock_timeout = '50ms'"))
        take_turns(second)


@pytest.fixture
def sqlite_engine(sqlite: Databases) -> Iterator[Engine]:
    """A migrated database on SQLite."""
    with sqlite.opened() as engine:
        yield engine


@pytest.fixture
def postgres_engine(postgresql: Databases) -> Iterator[Engine]:
    """A migrated database on PostgreSQL."""
    with postgresql.opened() as engine:
        yield engine
