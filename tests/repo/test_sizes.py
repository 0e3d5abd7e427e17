"""Budgets that keep the code readable."""

from __future__ import annotations

import ast

from .tree import parse, relative, tracked

FILE_LINES = 300
TEST_FILE_LINES = 400
FUNCTION_LINES = 50
#: A little more than code: the formatter gives each attribute a line.
MARKUP_LINES = 350
BYTES = 1_000_000
#: Files of others, kept as they are.
FOREIGN = ("/static/lib/", "/services/resources/", "/tests/files/", "/i18n/")


def _ours(*suffixes):
    return [
        path
        for path in tracked()
        if path.suffix in suffixes and not any(part in f"/{relative(path)}" for part in FOREIGN)
    ]


def _is_test(path):
    return "tests" in path.parts


def _lines(path):
    return path.read_text(encoding="utf-8").count("\n")


def test_python_files_are_short():
    long = [
        f"{relative(path)}: {_lines(path)} lines"
        for path in _ours(".py")
        if _lines(path) > (TEST_FILE_LINES if _is_test(path) else FILE_LINES)
    ]
    assert not long, "\n".join(long)


def test_functions_are_short():
    long = []
    for path in _ours(".py"):
        for node in ast.walk(parse(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                size = node.end_lineno - node.lineno + 1
                if size > FUNCTION_LINES:
                    long.append(f"{relative(path)}:{node.lineno} {node.name}: {size} lines")
    assert not long, "\n".join(long)


def test_markup_and_scripts_are_short():
    long = [
        f"{relative(path)}: {_lines(path)} lines"
        for path in _ours(".xml", ".js", ".scss", ".typ", ".sh")
        if _lines(path) > MARKUP_LINES
    ]
    assert not long, "\n".join(long)


def test_one_model_per_file():
    crowded = []
    for path in _ours(".py"):
        if path.parent.name != "models" or "addons" not in path.parts:
            continue
        models = [
            node.name
            for node in parse(path).body
            if isinstance(node, ast.ClassDef)
            and any("Model" in ast.unparse(base) for base in node.bases)
        ]
        if len(models) > 1:
            crowded.append(f"{relative(path)}: {', '.join(models)}")
    assert not crowded, "\n".join(crowded)


def test_no_heavy_file():
    heavy = [
        f"{relative(path)}: {path.stat().st_size} bytes"
        for path in tracked()
        if path.stat().st_size > BYTES
    ]
    assert not heavy, "\n".join(heavy)


def test_no_shared_test_vectors():
    """Vectors of others are read where they are; only our own golden files are committed."""
    assert not [relative(path) for path in tracked() if "vectors" in path.parts]
