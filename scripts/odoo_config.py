"""Make one Odoo configuration out of ``config/common.conf`` and a thin file beside it.

Usage: ``python3 -m scripts.odoo_config demo --set http_port=8069 [--output FILE]``

Values may hold ``${NAME}`` (required), ``${NAME:-default}`` and ``$$`` (a dollar sign), taken from
the environment. Only the standard library is used: the production image runs this module too.
"""

from __future__ import annotations

import argparse
import configparser
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

CONFIG = Path(__file__).resolve().parent.parent / "config"
COMMON = "common"
SECTION = "options"
NAME = re.compile(r"[a-z][a-z0-9_]*")
VARIABLE = re.compile(r"\$(?:(?P<escaped>\$)|\{(?P<name>[A-Za-z_]\w*)(?::-(?P<default>[^}]*))?\})")


class ConfigError(Exception):
    """The configuration cannot be made; the message is one line for a human."""


def flavours(folder: Path = CONFIG) -> list[str]:
    """Names of the thin configurations."""
    return sorted(path.stem for path in folder.glob("*.conf") if path.stem != COMMON)


def read(path: Path) -> dict[str, str]:
    """Options of one file, unresolved.

    :raises ConfigError: when it is missing, malformed, or says an option twice.
    """
    parser = configparser.RawConfigParser()
    try:
        with path.open(encoding="utf-8") as lines:
            parser.read_file(lines)
    except FileNotFoundError:
        raise ConfigError(f"there is no {path.name} in {path.parent.name}/") from None
    except configparser.Error as error:
        raise ConfigError(f"{path.name}: {str(error).splitlines()[0]}") from None
    if parser.sections() != [SECTION]:
        raise ConfigError(f"{path.name}: expected the one section [{SECTION}]")
    return dict(parser.items(SECTION))


def resolve(options: Mapping[str, str], variables: Mapping[str, str]) -> dict[str, str]:
    """Replace the variables of all values.

    :raises ConfigError: naming every required variable that is missing or empty.
    """
    missing: set[str] = set()

    def value_of(match: re.Match[str]) -> str:
        if match["escaped"]:
            return "$"
        found = variables.get(match["name"]) or match["default"]
        if found is None:
            missing.add(match["name"])
        return found or ""

    resolved = {}
    for name, value in options.items():
        resolved[name] = VARIABLE.sub(value_of, value)
        if "\n" in resolved[name]:
            raise ConfigError(f"{name}: a value must be one line")
    if missing:
        raise ConfigError(f"set these environment variables: {', '.join(sorted(missing))}")
    return resolved


def render(
    flavour: str,
    overrides: Mapping[str, str] | None = None,
    variables: Mapping[str, str] | None = None,
    folder: Path = CONFIG,
) -> str:
    """Text of the finished configuration.

    :param flavour: name of a thin file: ``demo``, ``test`` or ``production``.
    :param overrides: options that win over both files; taken literally.
    :param variables: what ``${NAME}`` stands for; the process environment by default.
    :raises ConfigError: for an unknown flavour or option name, or a missing variable.
    """
    if flavour not in flavours(folder):
        raise ConfigError(
            f"no configuration {flavour!r}: take one of {', '.join(flavours(folder))}"
        )
    overrides = dict(overrides or {})
    if wrong := [name for name in overrides if not NAME.fullmatch(name)]:
        raise ConfigError(f"not an option name: {', '.join(sorted(wrong))}")
    if wrong := [name for name, value in overrides.items() if "\n" in value]:
        raise ConfigError(f"a value must be one line: {', '.join(sorted(wrong))}")
    written = {**read(folder / f"{COMMON}.conf"), **read(folder / f"{flavour}.conf")}
    kept = {name: value for name, value in written.items() if name not in overrides}
    options = resolve(kept, os.environ if variables is None else variables) | overrides
    lines = [f"; Made from config/{COMMON}.conf and config/{flavour}.conf: change those, not this."]
    lines += [f"[{SECTION}]", *(f"{name} = {value}".rstrip() for name, value in options.items())]
    return "\n".join(lines) + "\n"


def write(path: Path, text: str) -> None:
    """Write a configuration that only its owner can read, whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    part.replace(path)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name.strip(), value.strip()


def main(argv: list[str] | None = None) -> int:
    """Entry point; returns the exit code."""
    parser = argparse.ArgumentParser(prog="scripts.odoo_config", description=__doc__.split("\n")[0])
    parser.add_argument("flavour", metavar="|".join(flavours()))
    parser.add_argument(
        "--set", action="append", type=_pair, default=[], metavar="NAME=VALUE", dest="overrides"
    )
    parser.add_argument("--output", type=Path, metavar="FILE")
    options = parser.parse_args(argv)
    try:
        text = render(options.flavour, dict(options.overrides))
        if options.output:
            write(options.output, text)
        else:
            sys.stdout.write(text)
    except (ConfigError, OSError) as error:
        print(f"odoo_config: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
