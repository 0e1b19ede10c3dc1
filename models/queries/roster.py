"""The roster: the office's units, its posts with their holders, and its persons with what they answer for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from models.errors import DubanError
from models.office import Address, Person, Post, Unit
from models.queries import office
from models.vocabulary import Duty


class UnknownUnit(DubanError):
    """No unit has that name."""


@dataclass(frozen=True, slots=True)
class UnitLine:
    """A unit, and the names of the posts that do its duties; none where no measure is its own."""

    slug: str
    name: str
    aliases: tuple[str, ...]
    duties: dict[Duty, str]

    def is_called(self, name: str) -> bool:
        """Whether the unit goes by a name: its slug, its own, or an alias."""
        return name in (self.slug, self.name, *self.aliases)


@dataclass(frozen=True, slots=True)
class PostLine:
    """A post, who answers for it, in place of whom who is away, and the duties that it does for some unit."""

    slug: str
    name: str
    unit: str
    holder: str | None
    acting: bool
    absent: str | None
    roles: tuple[Duty, ...]


@dataclass(frozen=True, slots=True)
class AddressLine:
    """Where a person is reached, or was until it was disabled."""

    channel: str
    target: str
    disabled_at: datetime | None = None
    disabled_because: str = ""


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A person, where messages reach that person, first things first, the posts held, and the duties with them."""

    slug: str
    name: str
    addresses: tuple[AddressLine, ...]
    posts: tuple[str, ...]
    roles: tuple[Duty, ...]

    @property
    def live(self) -> tuple[AddressLine, ...]:
        """The addresses that are in use."""
        return tuple(address for address in self.addresses if address.disabled_at is None)


@dataclass(frozen=True, slots=True)
class Roster:
    """An office on a day."""

    units: tuple[UnitLine, ...]
    posts: tuple[PostLine, ...]
    persons: tuple[PersonLine, ...]

    @property
    def vacant(self) -> tuple[PostLine, ...]:
        """The posts that nobody holds."""
        return tuple(post for post in self.posts if post.holder is None)

    def unit(self, name: str) -> UnitLine:
        """Return the unit of a slug, name or alias. Raises `UnknownUnit`."""
        found = next((unit for unit in self.units if unit.is_called(name)), None)
        if found is None:
            raise UnknownUnit(f"No unit is called '{name}'; 'duban office show' lists them.")
        return found


def roster(session: Session, on: date) -> Roster:
    """Return the office of the register as it is on a day."""
    units = session.exec(select(Unit).order_by(col(Unit.id))).all()
    posts = session.exec(select(Post).order_by(col(Post.id))).all()
    persons = session.exec(select(Person).order_by(col(Person.id))).all()
    addresses = address_lines(session)
    slugs = {post.id: post.slug for post in posts}
    names = {unit.id: unit.name for unit in units}
    behind = office.duties(session)
    return assemble(
        units=[(unit.slug, unit.name, tuple(unit.aliases.split())) for unit in units],
        posts=[(post.slug, post.name, names[post.unit_id]) for post in posts],
        persons=[(person.slug, person.name, addresses.get(person.id or 0, ())) for person in persons],
        duties={
            unit.slug: {duty: slugs[post] for duty, post in behind.get(unit.id or 0, {}).items()} for unit in units
        },
        held={
            slugs[post]: Held(holder.person.slug, holder.acting, holder.absent.slug if holder.absent else None)
            for post, holder in office.holders(session, on).items()
        },
    )


def address_lines(session: Session) -> dict[int, tuple[AddressLine, ...]]:
    """Return the addresses of every person by id, in their order."""
    found: dict[int, tuple[AddressLine, ...]] = {}
    for one in session.exec(select(Address).order_by(col(Address.person_id), col(Address.rank))).all():
        line = AddressLine(one.channel, one.target, one.disabled_at, one.disabled_because)
        found[one.person_id] = (*found.get(one.person_id, ()), line)
    return found


@dataclass(frozen=True, slots=True)
class Held:
    """By slugs who answers for a post, whether only acting, and in place of whom who is away."""

    person: str | None
    acting: bool
    absent: str | None = None


def assemble(
    *,
    units: Iterable[tuple[str, str, tuple[str, ...]]],
    posts: Iterable[tuple[str, str, str]],
    persons: Iterable[tuple[str, str, tuple[AddressLine, ...]]],
    duties: Mapping[str, Mapping[Duty, str]],
    held: Mapping[str, Held],
) -> Roster:
    """Put a roster together from what goes by slugs.

    Units are (slug, name, aliases), posts (slug, name, name of the unit), persons (slug, name, addresses).
    `duties` holds the post behind each duty by unit, `held` who answers for a post.
    """
    posts, persons = tuple(posts), tuple(persons)
    post_names = {slug: name for slug, name, _ in posts}
    person_names = {slug: name for slug, name, *_ in persons}
    roles = {
        slug: tuple(duty for duty in Duty if any(behind.get(duty) == slug for behind in duties.values()))
        for slug in post_names
    }
    return Roster(
        units=tuple(
            UnitLine(slug, name, aliases, {duty: post_names[post] for duty, post in duties.get(slug, {}).items()})
            for slug, name, aliases in units
        ),
        posts=tuple(
            PostLine(
                slug,
                name,
                unit,
                person_names.get(held.get(slug, _NOBODY).person or ""),
                held.get(slug, _NOBODY).acting,
                person_names.get(held.get(slug, _NOBODY).absent or ""),
                roles[slug],
            )
            for slug, name, unit in posts
        ),
        persons=tuple(
            PersonLine(
                slug,
                name,
                addresses,
                posts=tuple(post_names[post] for post in post_names if held.get(post, _NOBODY).person == slug),
                roles=tuple(
                    duty for duty in Duty if any(duty in roles[post] for post in held if held[post].person == slug)
                ),
            )
            for slug, name, addresses in persons
        ),
    )


_NOBODY = Held(None, acting=False)
