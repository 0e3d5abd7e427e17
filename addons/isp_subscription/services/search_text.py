"""Words by which a service is found: names without accents, phones without +52, numbers.

Pure text, no database. A word is never empty and contains no space, so that PostgreSQL takes the
words of a text as the lexemes of an index (`array_to_tsvector`) without parsing them again.
"""

import ipaddress
import re
import unicodedata

COUNTRY_CODE = "52"
PHONE_DIGITS = 10
#: What people dial or read aloud: without the area code (8 and 7 digits), and the last four.
PHONE_TAILS = (8, 7, 4)
_NOT_WORD = re.compile(r"[^\w.:/@-]+")
_PHONE = re.compile(r"\+?[\d\s().-]{7,}")


def normalise(text: str | None) -> str:
    """Return ``text`` in lower case, without accents, its words separated by one space."""
    decomposed = unicodedata.normalize("NFKD", (text or "").casefold())
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return _NOT_WORD.sub(" ", plain).strip()


def phone_digits(text: str | None) -> str:
    """Return the digits of a phone number, without the country code of Mexico.

    Example: "+52 1 (55) 1234-5678" -> "5512345678"; the "1" of old mobile numbers goes too.
    """
    digits = re.sub(r"\D", "", text or "")
    if len(digits) > PHONE_DIGITS and digits.startswith(COUNTRY_CODE):
        digits = digits.removeprefix(COUNTRY_CODE)
    if len(digits) == PHONE_DIGITS + 1 and digits.startswith("1"):
        digits = digits[1:]
    return digits


def number_words(number: str | None) -> list[str]:
    """Return the ways to write a contract number: "rw-000123" -> itself, "000123", "123"."""
    words = normalise(number).split()
    for digits in re.findall(r"\d+", " ".join(words)):
        words += [digits, digits.lstrip("0") or "0"]
    return list(dict.fromkeys(words))


def phone_words(phone: str | None) -> list[str]:
    """Return the whole number and the ends of it that people remember."""
    digits = phone_digits(phone)
    if not digits:
        return []
    return [digits, *(digits[-tail:] for tail in PHONE_TAILS if len(digits) > tail)]


def index_text(names: list[str | None], numbers: list[str | None], phones: list[str | None]) -> str:
    """Return the words to index, each once; every word can be found by its beginning."""
    words = [word for name in names for word in normalise(name).split()]
    words += [word for number in numbers for word in number_words(number)]
    words += [word for phone in phones for word in phone_words(phone)]
    return " ".join(dict.fromkeys(words))


def query_forms(text: str | None) -> list[list[str]]:
    """Return the ways to read a question, each a list of beginnings of words.

    "55 1234 5678" is three words (or the parts of a contract number) and also one phone number.
    """
    forms = [normalise(text).split()]
    if _PHONE.fullmatch((text or "").strip()) and not is_address(text):
        forms.append([phone_digits(text)])
    return [words for index, words in enumerate(forms) if words and words not in forms[:index]]


def longest(forms: list[list[str]]) -> list[str]:
    """Return the reading that is looked for inside words: the one as it was typed."""
    return forms[0] if forms else []


def is_address(text: str | None) -> bool:
    """Return whether ``text`` is, or begins like, an IP address (two dots or colons at least)."""
    text = (text or "").strip()
    return bool(re.fullmatch(r"\d{1,3}(\.\d{1,3}){2,3}\.?|[0-9a-f]*:[0-9a-f:]+", text, re.I))


def prefix_query(forms: list[list[str]]) -> str:
    """Return the text of a PostgreSQL ``tsquery``: in one of the forms, every word begins one."""
    return " | ".join("(" + " & ".join(map(_lexeme, words)) + ")" for words in forms)


def _lexeme(word: str) -> str:
    quoted = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{quoted}':*"


def clean_address(text: str | None) -> str | None:
    """Return the canonical form of an IP address, or of a network ("10.0.0.0/30").

    :raise ValueError: when it is neither
    """
    text = (text or "").strip()
    if not text:
        return None
    if "/" in text:
        return str(ipaddress.ip_interface(text))
    return str(ipaddress.ip_address(text))


def reference_forms(text: str | None) -> list[str]:
    """Return how a typed or scanned reference may be stored: as given, and without spaces."""
    text = (text or "").strip()
    joined = re.sub(r"\s+", "", text)
    return list(dict.fromkeys(form for form in (text, joined, joined.upper()) if form))
