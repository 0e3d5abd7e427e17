"""Invented names, addresses and tax numbers, deterministic by seed."""

from __future__ import annotations

import datetime
import random
import unicodedata
from dataclasses import dataclass

FEMALE = (
    "Citlali",
    "Ximena",
    "Yaretzi",
    "Erandi",
    "Nayeli",
    "Itzel",
    "Marisol",
    "Guadalupe",
    "Rocío",
    "Alma",
    "Brenda",
    "Lucía",
    "Xóchitl",
    "Paloma",
    "Irma",
    "Noemí",
    "Tzitziki",
    "Araceli",
    "Fabiola",
    "Jimena",
)
MALE = (
    "Tariácuri",
    "Emiliano",
    "Leonel",
    "Cuauhtémoc",
    "Rubén",
    "Saúl",
    "Efraín",
    "Gael",
    "Héctor",
    "Iván",
    "Ulises",
    "Mateo",
    "Noé",
    "Ramiro",
    "Santos",
    "Tonatiuh",
    "Adrián",
    "Baltazar",
    "Ciro",
    "Damián",
)
SURNAMES = (
    "Rangel",
    "Mora",
    "Tzintzun",
    "Equihua",
    "Bautista",
    "Cuiriz",
    "Ambriz",
    "Magaña",
    "Villicaña",
    "Huerta",
    "Talavera",
    "Pureco",
    "Zavala",
    "Corona",
    "Madrigal",
    "Oseguera",
    "Chávez",
    "Barriga",
    "Calderón",
    "Sosa",
    "Ayala",
    "Farías",
    "Guillén",
    "Heredia",
    "Infante",
    "Jacobo",
    "Leyva",
    "Nambo",
    "Orozco",
    "Quintana",
)
STREETS = (
    "Calle Alcatraces",
    "Av. de los Tilos",
    "Calle del Telar",
    "Privada Copal",
    "Calle Colibrí",
    "Av. Lago de Zirahuén",
    "Calle Cantera",
    "Calzada del Ajo",
    "Calle Tejamanil",
    "Calle Uchepo",
)
NEIGHBOURHOODS = (
    "Col. Centro",
    "Col. La Loma",
    "Col. Los Sauces",
    "Fracc. El Mirador",
    "Col. Vista Bella",
)
#: letters of the RFC check digit, Anexo of SAT; "&" and "Ñ" included
RFC_LETTERS = "0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ Ñ"


@dataclass(frozen=True)
class Person:
    """One invented customer."""

    name: str
    rfc: str
    email: str
    phone: str
    street: str
    neighbourhood: str


def plain(text: str) -> str:
    """Capital letters without accents, as SAT writes names."""
    return "".join(
        c for c in unicodedata.normalize("NFD", text.upper()) if not unicodedata.combining(c)
    )


def rfc_check_digit(base: str) -> str:
    """Check digit of an RFC of 11 (company) or 12 (person) characters."""
    total = sum(RFC_LETTERS.index(c) * (13 - i) for i, c in enumerate(base.rjust(12)))
    rest = 11 - total % 11
    return {10: "A", 11: "0"}.get(rest, str(rest))


def _rfc(first: str, father: str, mother: str, born: datetime.date, rng: random.Random) -> str:
    father, mother, first = plain(father), plain(mother), plain(first)
    vowel = next((c for c in father[1:] if c in "AEIOU"), "X")
    base = f"{father[0]}{vowel}{mother[0]}{first[0]}{born:%y%m%d}" + "".join(
        rng.choices("ABCDEFGHJKLMN123456789", k=2)
    )
    return base + rfc_check_digit(base)


def invent(count: int, rng: random.Random) -> list[Person]:
    """``count`` different persons; the first is always the one the documentation shows."""
    people = []
    seen = set()
    while len(people) < count:
        first = rng.choice(FEMALE + MALE)
        father, mother = rng.sample(SURNAMES, 2)
        if not people:
            first, father, mother = "Citlali", "Rangel", "Mora"
        name = f"{first} {father} {mother}"
        if name in seen:
            continue
        seen.add(name)
        born = datetime.date(1958, 1, 1) + datetime.timedelta(rng.randrange(16000))
        user = f"{plain(first)}.{plain(father)}".lower()
        number = f"443 555 {len(people) + 1100:04d}"
        people.append(
            Person(
                name,
                _rfc(first, father, mother, born, rng),
                f"{user}.{len(people) + 1}@example.com",
                number,
                f"{rng.choice(STREETS)} {rng.randrange(3, 480)}",
                rng.choice(NEIGHBOURHOODS),
            )
        )
    return people
