"""Documents by Typst: a template, JSON data and virtual files in, PDF bytes out."""

import json
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

import typst

MAIN = "main.typ"
DATA = "data.json"


class TypstError(Exception):
    """The template could not be compiled; the text says where and why."""


@cache
def _fonts(folders: tuple[str, ...]) -> "typst.Fonts":
    """Return the fonts, searched once per process (the search costs more than a page).

    System fonts are left out: the same data gives the same document on every machine.
    """
    return typst.Fonts(include_system_fonts=False, font_paths=list(folders))


def _checked_name(name: str) -> str:
    """Return ``name`` when it stays inside the compile root.

    :raise TypstError: for absolute paths and for paths that climb out
    """
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or name in (MAIN, DATA):
        raise TypstError(f"file name not allowed: {name}")
    return name


def compile_pdf(
    template: str | Path,
    data: Mapping[str, Any],
    files: Mapping[str, str | bytes] | None = None,
    libraries: Iterable[str | Path] = (),
    fonts: Iterable[str | Path] = (),
) -> bytes:
    """Compile ``template`` to a tagged PDF.

    The template finds its data as ``json("data.json")`` and everything else by bare name in
    its own folder, the root of the compilation: it can read nothing outside.

    :param template: path of the ``.typ`` file
    :param data: JSON-able values (dates and decimals as the text to be printed)
    :param files: virtual files by name: SVG or other text, or bytes of images
    :param libraries: ``.typ`` files to import by their own file name
    :param fonts: folders with fonts, besides the ones built into Typst
    :raise TypstError: when the template is missing or does not compile
    """
    with tempfile.TemporaryDirectory(prefix="isp_typst_") as folder:
        root = Path(folder)
        try:
            shutil.copyfile(template, root / MAIN)
            for library in libraries:
                shutil.copyfile(library, root / Path(library).name)
        except OSError as error:
            raise TypstError(str(error)) from error
        (root / DATA).write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        for name, content in (files or {}).items():
            raw = content.encode() if isinstance(content, str) else bytes(content)
            (root / _checked_name(name)).write_bytes(raw)
        font_set = _fonts(tuple(sorted(map(str, fonts))))
        try:
            return typst.compile(str(root / MAIN), root=str(root), font_paths=font_set)
        except (RuntimeError, typst.TypstError) as error:
            raise TypstError(str(error)) from error
