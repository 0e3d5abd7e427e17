"""Debian packages without root, from this machine's mirror, checked by SHA-256.

``python3 -m scripts.debian NAME/SUITE …`` prints each package's pin as the mirror has it.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from .console import Problem, main, say
from .paths import CACHE
from .pins import Deb

APT_HELPER = Path("/usr/lib/apt/apt-helper")
FETCH_SECONDS = 900


class Unavailable(Exception):
    """The mirror does not hold this file (any more)."""


def mirror() -> str:
    """The Debian mirror of this machine's apt configuration, without a trailing slash."""
    if not shutil.which("apt-get"):
        raise Unavailable("this machine has no apt")
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(SITE)", "Created-By: Packages"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split()
    sites = [site.rstrip("/") for site in listed]
    for site in sites:
        if site.endswith("/debian"):
            return site
    if sites:
        return sites[0]
    raise Unavailable("apt is configured with no Debian mirror")


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _patiently(command: list[str], cwd: Path | None = None) -> subprocess.CompletedProcess:
    try:
        return subprocess.run(
            command, cwd=cwd, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 1, "", "no end within the time allowed")


def download(deb: Deb, folder: Path) -> Path:
    """Fetch one pinned package into ``folder``; a good earlier copy is reused.

    Raises Unavailable when the mirror does not hold it, Problem when it cannot be reached or lies.
    """
    target = folder / Path(deb.path).name.replace(":", "%3a")
    begun = target.exists()
    if begun and sha256(target) == deb.sha256:
        return target
    if not APT_HELPER.exists():
        raise Unavailable("this machine has no apt-helper")
    folder.mkdir(parents=True, exist_ok=True)
    url = f"{mirror()}/{deb.path.replace('+', '%2b')}"
    # apt's own fetcher: it knows the proxies and certificates that apt is configured with
    done = _patiently(
        [
            str(APT_HELPER),
            "-o",
            "APT::Sandbox::User=",
            "download-file",
            url,
            str(target),
            f"SHA256:{deb.sha256}",
        ]
    )
    if done.returncode:
        target.unlink(missing_ok=True)
        text = done.stdout + done.stderr
        if "404" in text:
            raise Unavailable(f"the mirror no longer holds {deb.name} {deb.version}")
        if "No space left" in text:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if "Hash Sum mismatch" in text and begun:  # the rest did not fit what an earlier run left
            return download(deb, folder)
        if "Hash Sum mismatch" in text:
            raise Problem(f"{url} is not the pinned file (SHA-256 differs): nothing was installed")
        raise Problem(
            f"could not fetch {deb.name} from {mirror()}: check the network or proxy and run"
            " again (what is already fetched is kept)"
        )
    return target


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a package's files below ``folder``."""
    if not shutil.which("dpkg-deb"):
        raise Problem("dpkg-deb is missing: install the package dpkg")
    done = subprocess.run(
        ["dpkg-deb", "-x", str(archive), str(folder)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        if "No space left" in done.stderr:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        reason = done.stderr.strip().splitlines()[-1:] or ["unknown reason"]
        raise Problem(f"could not unpack {archive.name}: {reason[0]}")


class PrivateApt:
    """apt with a state directory of its own: no root, no change to the machine."""

    def __init__(self, suites: tuple[str, ...]) -> None:
        self.home = CACHE / "apt"
        for name in ("lists/partial", "cache/archives/partial"):
            (self.home / name).mkdir(parents=True, exist_ok=True)
        sources = self.home / "sources.list"
        sources.write_text("".join(f"deb {mirror()} {suite} main\n" for suite in suites))
        self.options = []
        for option in (
            f"Dir::Etc::sourcelist={sources}",
            "Dir::Etc::sourceparts=-",
            f"Dir::State={self.home}",
            f"Dir::State::Lists={self.home / 'lists'}",
            "Dir::State::status=/dev/null",
            f"Dir::Cache={self.home / 'cache'}",
            "APT::Sandbox::User=",
            "Acquire::Languages=none",
            "Acquire::Check-Valid-Until=false",  # a mirror may be frozen
        ):
            self.options += ["-o", option]

    def _run(self, *command: str) -> str:
        done = _patiently([command[0], "-qq", *self.options, *command[1:]], self.home)
        if done.returncode:
            raise Unavailable((done.stderr.strip().splitlines() or ["apt failed"])[-1])
        return done.stdout

    def update(self) -> None:
        """Read the mirror's indexes."""
        self._run("apt-get", "update")

    def pin(self, name: str) -> Deb:
        """The newest version of a package that the mirror offers."""
        text = self._run("apt-cache", "show", "--no-all-versions", name)
        fields = dict(re.findall(r"^(Package|Version|Filename|SHA256): (.*)$", text, re.M))
        if "SHA256" not in fields:
            raise Unavailable(f"the mirror holds no {name}")
        return Deb(fields["Package"], fields["Version"], fields["Filename"], fields["SHA256"])


def _show() -> int:
    for word in sys.argv[1:]:
        name, _, suite = word.partition("/")
        apt = PrivateApt((suite or "sid",))
        apt.update()
        say(repr(apt.pin(name)))
    return 0


if __name__ == "__main__":
    main(_show)
