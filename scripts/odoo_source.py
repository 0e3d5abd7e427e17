"""Odoo 19: ``ODOO_SRC``, else the pinned Debian package, else the mirror's, else the nightly."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import tarfile
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from . import debian
from .console import Problem, say, step
from .paths import CACHE, only_one, write_whole
from .pins import LINKED, NIGHTLY, ODOO, Deb

HOME = CACHE / "odoo"
#: names the folder that stands in for the pinned version where the mirror lacks it
INSTEAD = HOME / f"{ODOO.version}.instead"
PACKAGES = Path("usr/lib/python3/dist-packages")
#: listed in the bundles of ``mail`` but not shipped in the Debian package
MISSING_JS = Path("odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js")


@dataclass(frozen=True)
class Source:
    """An unpacked Odoo: what goes on ``sys.path`` and ``addons_path``, and its origin."""

    python_path: Path
    addons_paths: tuple[Path, ...]
    origin: str


def _from_folder(folder: Path, origin: str) -> Source:
    inside = [path for path in (folder / "odoo" / "addons", folder / "addons") if path.is_dir()]
    if not (folder / "odoo" / "release.py").is_file() or not inside:
        raise Problem(
            f"{folder} holds no Odoo (no odoo/release.py): set ODOO_SRC to a checkout of Odoo 19"
        )
    release = (folder / "odoo" / "release.py").read_text()
    if "version_info = (19, 0" not in release:
        raise Problem(f"{folder} is not Odoo 19.0: set ODOO_SRC to a checkout of the branch 19.0")
    return Source(folder, tuple(inside), origin)


def _install(odoo: Deb, linked: list[Deb]) -> Path:
    """Unpack Odoo and the files it links to beside the cache, then move them into place at once."""
    final = HOME / odoo.version
    if (final / PACKAGES).is_dir():
        return final
    part = HOME / f"{odoo.version}.part"
    downloads = CACHE / "downloads"
    with step(f"Odoo {odoo.version}: fetching ({len(linked) + 1} packages)"):
        archives = [debian.download(deb, downloads) for deb in (odoo, *linked)]
    with step("Odoo: unpacking"):
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        for archive in archives:
            debian.unpack(archive, part)
        stub = part / PACKAGES / MISSING_JS
        if not stub.exists():
            stub.parent.mkdir(parents=True, exist_ok=True)
            stub.write_text("// not shipped by the distribution; nothing here uses it\n")
        part.rename(final)
        for archive in archives:
            archive.unlink()
    return final


def _offered() -> tuple[Deb, list[Deb]]:
    """The newest versions the mirror offers, for when the pinned ones are gone."""
    apt = debian.PrivateApt(("sid",))
    apt.update()
    names = [deb.name for deb in LINKED if deb.name != "fonts-font-awesome"]
    font_awesome = [deb for deb in LINKED if deb.name == "fonts-font-awesome"]  # only 4.7 fits
    return apt.pin(ODOO.name), font_awesome + [apt.pin(name) for name in names]


def _nightly() -> Path:
    """Odoo's own archive, for machines whose mirror has no Odoo 19."""
    final = HOME / "nightly"
    archive = CACHE / "downloads" / "odoo-nightly.tar.gz"
    archive.parent.mkdir(parents=True, exist_ok=True)
    with step("Odoo: fetching Odoo's nightly archive"):
        try:
            with urllib.request.urlopen(NIGHTLY, timeout=60) as answer, archive.open("wb") as file:
                shutil.copyfileobj(answer, file)
        except (urllib.error.URLError, http.client.HTTPException, TimeoutError) as error:
            raise Problem(
                "no Odoo 19 to be had: neither the Debian mirror nor Odoo's archive answered"
                f" ({error}). Check the network, or set ODOO_SRC to a checkout of Odoo 19"
            ) from error
    part = HOME / "nightly.part"
    shutil.rmtree(part, ignore_errors=True)
    try:
        with tarfile.open(archive) as tar:
            if hasattr(tarfile, "data_filter"):  # Python 3.11.4
                tar.extraction_filter = tarfile.data_filter
            tar.extractall(part)
    except (tarfile.TarError, EOFError) as error:
        raise Problem("Odoo's nightly archive came incomplete: run again") from error
    archive.unlink()
    shutil.rmtree(final, ignore_errors=True)
    part.rename(final)
    return final


def _remember(source: Source) -> Source:
    HOME.mkdir(parents=True, exist_ok=True)
    text = json.dumps(
        {
            "python_path": str(source.python_path),
            "addons_paths": [str(path) for path in source.addons_paths],
            "origin": source.origin,
        }
    )
    write_whole(HOME / "current.json", text)
    return source


def _pinned() -> Source | None:
    folder = HOME / ODOO.version / PACKAGES
    return _from_folder(folder, f"Debian package {ODOO.version}") if folder.is_dir() else None


def _instead() -> Source | None:
    """What an earlier run took because the pinned version was not to be had."""
    try:
        folder = HOME / INSTEAD.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    if (folder / PACKAGES).is_dir():
        return _from_folder(folder / PACKAGES, f"Debian package {folder.name} (not the pinned one)")
    for inside in sorted(folder.glob("odoo-*")):
        return _from_folder(inside, "nightly archive")
    return None


def _fetch() -> Source:
    try:
        folder = _install(ODOO, list(LINKED))
        return _from_folder(folder / PACKAGES, f"Debian package {ODOO.version}")
    except debian.Unavailable as reason:
        say(
            f"Odoo: {reason}; taking the newest version the mirror offers instead of the pinned one"
        )
    try:
        with step("Odoo: asking the mirror what it has"):
            odoo, linked = _offered()
        folder = _install(odoo, linked)
    except debian.Unavailable as reason:
        say(f"Odoo: {reason}; going on with Odoo's nightly archive")
        folder = _nightly()
    write_whole(INSTEAD, folder.name)
    source = _instead()
    if not source:
        raise Problem("the nightly archive of Odoo has an unknown shape: set ODOO_SRC")
    return source


def ensure() -> Source:
    """Odoo 19, fetched when it is not there yet."""
    if os.environ.get("ODOO_SRC"):
        return _remember(_from_folder(Path(os.environ["ODOO_SRC"]).resolve(), "ODOO_SRC"))
    with only_one(CACHE / "odoo.lock"):
        return _remember(_pinned() or _instead() or _fetch())


def current() -> Source:
    """The Odoo that ``ensure`` chose last."""
    try:
        kept = json.loads((HOME / "current.json").read_text())
    except FileNotFoundError:
        return ensure()
    return Source(Path(kept["python_path"]), tuple(map(Path, kept["addons_paths"])), kept["origin"])
