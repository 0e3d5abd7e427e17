"""Write the translation templates and merge ``es_MX``: ``python3 -m scripts.i18n [--check]``.

Odoo exports from a kept database with all addons; the export has the terms, the committed
``es_MX.po`` the translations. A term that the committed file lacks takes what Odoo knows, or stays
empty and is reported. ``--check`` writes nothing and fails when a committed file is out of date.
"""

from __future__ import annotations

import argparse
import importlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from . import postgres, setup
from .console import Problem, main, say, step
from .database import LANGUAGE, Databases
from .paths import ADDONS, CACHE, OUR_ADDONS, PYTHON, ROOT
from .reexec import inside

DATABASE = postgres.own("fast_i18n")
#: cluster and folder of the tests, unless told otherwise
CLUSTER = os.environ.get("ISP_PG_CLUSTER") or "test"
HOME = CACHE / CLUSTER
#: places in a catalogue that stand for a model, and for what a model has from its fields
MODEL = re.compile(r"model:ir\.model,name:\w+\.model_(?P<model>\w+)")
PER_MODEL = re.compile(
    r"model:ir\.model\.(?:fields\.selection,name:\w+\.selection__"
    r"|constraint,message:\w+\.constraint_)(?P<model>\w+)"
)
#: what Odoo stamps anew at each export
DATES = ("POT-Creation-Date", "PO-Revision-Date")


@dataclass
class Catalogue:
    """A committed translation file and the text that it should have."""

    path: Path
    before: str
    after: str

    @property
    def changed(self) -> bool:
        """Whether the committed file is out of date."""
        return self.before != self.after


def paths(addon: str) -> tuple[Path, Path]:
    """Template and translation of an addon."""
    folder = ADDONS / addon / "i18n"
    return folder / f"{addon}.pot", folder / f"{LANGUAGE}.po"


# === EXPORT === #


def prepare(databases: Databases) -> None:
    """A fresh database with all addons: an update would keep old texts of noupdate records."""
    log = HOME / "logs" / "i18n-install.log"
    template = databases.template()
    with step("Odoo: making the database of the export"):
        part = f"{DATABASE}_part"
        databases.copy(template, part)
        databases.install(part, OUR_ADDONS, log)
        databases.rename(part, DATABASE)


def export(databases: Databases) -> dict[Path, str]:
    """What Odoo exports for every catalogue: made in a copy, for Odoo writes into the addons."""
    copy = HOME / "i18n"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(ADDONS, copy / "addons", ignore=shutil.ignore_patterns("__pycache__"))
    conf = copy / "odoo.conf"
    folders = ",".join(map(str, [*databases.source.addons_paths, copy / "addons"]))
    conf.write_text(f"[options]\naddons_path = {folders}\ndata_dir = {databases.data_dir}\n")
    words = ["export", "-c", str(conf), "-d", DATABASE, *OUR_ADDONS, "-l", "pot", LANGUAGE]
    with step("Odoo: exporting the terms"):
        done = subprocess.run(
            [str(PYTHON), "-m", "odoo", "i18n", *words],
            env=databases.odoo_environment(),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise Problem(f"Odoo could not export: {(done.stderr.splitlines() or ['no output'])[-1]}")
    found = {}
    for kind in (0, 1):  # templates, translations
        files = {addon: paths(addon)[kind] for addon in OUR_ADDONS}
        texts = {
            addon: (copy / path.relative_to(ROOT)).read_text(encoding="utf-8")
            for addon, path in files.items()
        }
        found |= {files[addon]: text for addon, text in rehome(texts).items()}
    return found


# === OWNERS === #


def _places(catalogue) -> Iterator[tuple]:
    """(entry, place, name after the kind) of what Odoo keeps per model."""
    for entry in catalogue:
        for place in entry.occurrences:
            if found := PER_MODEL.match(place[0]):
                yield entry, place, found["model"]


def _models(catalogue) -> set[str]:
    """Names, with underscores, of the models that a catalogue describes."""
    found = (MODEL.match(place[0]) for entry in catalogue for place in entry.occurrences)
    return {match["model"] for match in found if match}


def rehome(exported: dict[str, str]) -> dict[str, str]:
    """Move what a mixin's addon says about the models of other addons to those addons.

    Odoo counts the choices and constraints that a model has from a mixin as the mixin's. In the
    mixin's catalogue they name addons above it, and are loaded before these have their models:
    they would stay untranslated.

    :param exported: text of one catalogue by addon, all of the same language.
    """
    polib = importlib.import_module("polib")
    catalogues = {addon: polib.pofile(text) for addon, text in exported.items()}
    models = {addon: _models(catalogue) for addon, catalogue in catalogues.items()}
    for addon, catalogue in catalogues.items():
        for entry, place, rest in list(_places(catalogue)):
            if any(_belongs(rest, model) for model in models[addon]):
                continue
            owners = [o for o, names in models.items() if any(_belongs(rest, n) for n in names)]
            if len(owners) == 1:
                entry.occurrences.remove(place)
                _adopt(polib, catalogues[owners[0]], owners[0], entry, place)
        for entry in [entry for entry in catalogue if not entry.occurrences]:
            catalogue.remove(entry)
    return {addon: str(catalogue) for addon, catalogue in catalogues.items()}


def _belongs(rest: str, model: str) -> bool:
    """Whether a place's name starts with the model: ``isp_device__port`` or ``isp_device_uniq``."""
    return rest.startswith(f"{model}_")


def _adopt(polib, catalogue, addon: str, entry, place: tuple) -> None:
    """Add one place to a catalogue, in its order by terms."""
    known = catalogue.find(entry.msgid)
    if not known:
        known = polib.POEntry(msgid=entry.msgid, msgstr=entry.msgstr)
        known.comment = f"module: {addon}"
        later = (n for n, other in enumerate(catalogue) if other.msgid > entry.msgid)
        catalogue.insert(next(later, len(catalogue)), known)
    known.occurrences = sorted({*known.occurrences, place})


# === MERGE === #


def _key(entry) -> tuple:
    return entry.msgctxt, entry.msgid


def _same(old, new) -> bool:
    """Whether two catalogues say the same, dates and order apart."""

    def facts(catalogue) -> list:
        rows = (
            (_key(entry), entry.msgstr, entry.comment, sorted(entry.occurrences))
            for entry in catalogue
        )
        return sorted(rows, key=str)

    return facts(old) == facts(new)


def spoken() -> dict[tuple, str]:
    """Translations that any of our addons has: the same term says the same in all."""
    polib = importlib.import_module("polib")
    files = (path for addon in OUR_ADDONS if (path := paths(addon)[1]).exists())
    catalogues = (polib.pofile(path.read_text(encoding="utf-8")) for path in files)
    entries = (entry for catalogue in catalogues for entry in catalogue if entry.msgstr)
    return {_key(entry): entry.msgstr for entry in entries}


def merge(exported: str, committed: str, elsewhere: dict[tuple, str] | None = None) -> str:
    """Text of a catalogue: terms of the export, header and translations of the committed file.

    :param exported: what Odoo wrote.
    :param committed: the committed file, empty when there is none.
    :param elsewhere: translations of the other catalogues; None for a template (``.pot``).
    """
    polib = importlib.import_module("polib")
    new, old = polib.pofile(exported), polib.pofile(committed)
    known = {_key(entry): entry.msgstr for entry in old if not entry.obsolete}
    for entry in new:
        key = _key(entry)
        if elsewhere is None:
            entry.msgstr = ""
        else:
            entry.msgstr = known.get(key) or entry.msgstr or elsewhere.get(key, "")
    if committed and _same(old, new):
        return committed
    if committed:
        new.header = old.header
        new.metadata = old.metadata | {
            name: new.metadata[name] for name in DATES if name in old.metadata
        }
    return str(new)


def merged(exported: dict[Path, str], addon: str) -> list[Catalogue]:
    """Template and translation of an addon, before and after."""
    found = []
    for path in paths(addon):
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        elsewhere = spoken() if path.suffix == ".po" else None
        after = merge(exported[path], before, elsewhere)
        found.append(Catalogue(path, before, after))
    return found


# === REPORT === #


def _terms(text: str) -> set[tuple]:
    polib = importlib.import_module("polib")
    return {_key(entry) for entry in polib.pofile(text) if not entry.obsolete}


def report(addon: str, catalogues: list[Catalogue]) -> int:
    """Say what changed in an addon; returns the number of its untranslated terms."""
    polib = importlib.import_module("polib")
    translation = polib.pofile(catalogues[-1].after)
    missing = translation.untranslated_entries() + translation.fuzzy_entries()
    changed = "changed" if any(one.changed for one in catalogues) else "up to date"
    say(f"{addon}: {len(translation)} terms, {len(missing)} untranslated, {changed}")
    for one in catalogues:
        if not one.changed:
            continue
        before, after = _terms(one.before), _terms(one.after)
        added, gone = len(after - before), len(before - after)
        counts = f"+{added} -{gone} terms" if added or gone else "the same terms"
        say(f"  {one.path.relative_to(ROOT)}: {counts}")
        for sign, terms in (("+", after - before), ("-", before - after)):
            for _context, term in sorted(terms, key=str):
                say(f"    {sign} {term!r}")
    for entry in missing:
        say(f"  untranslated: {entry.msgid!r}")
    return len(missing)


def run() -> int:
    """Export, merge, write, report; fails when a term has no translation."""
    parser = argparse.ArgumentParser(prog="make i18n")
    parser.add_argument("--check", action="store_true", help="write nothing, fail on differences")
    options = parser.parse_args()
    inside("test", "scripts.i18n")
    setup.prepare("test")
    with postgres.server(CLUSTER, durable=False) as environment:
        databases = Databases(environment, HOME)
        prepare(databases)
        exported = export(databases)
    missing = changed = 0
    for addon in OUR_ADDONS:
        catalogues = merged(exported, addon)
        missing += report(addon, catalogues)
        changed += sum(one.changed for one in catalogues)
        for one in catalogues:
            if one.changed and not options.check:
                one.path.parent.mkdir(exist_ok=True)
                one.path.write_text(one.after, encoding="utf-8")
    files = len(OUR_ADDONS) * 2
    say(f"{missing} terms untranslated; {changed} of {files} files out of date")
    return 1 if missing or (options.check and changed) else 0


if __name__ == "__main__":
    main(run)
