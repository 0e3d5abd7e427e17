"""What the user sees: progress lines, and one clear line when something is wrong."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time
from collections.abc import Iterator

START = time.monotonic()


class Problem(Exception):
    """Something the user can mend. Its text is one line: what is wrong and what to do."""


def say(text: str) -> None:
    """Print one progress line with the seconds since the start."""
    sys.stdout.write(f"[{time.monotonic() - START:6.1f} s] {text}\n")
    sys.stdout.flush()


@contextlib.contextmanager
def step(text: str) -> Iterator[None]:
    """Announce a step and say how long it took."""
    say(f"{text} …")
    began = time.monotonic()
    yield
    say(f"{text}: done in {time.monotonic() - began:.1f} s")


def explain(error: BaseException) -> str:
    """One line for an error that reached the top."""
    if isinstance(error, Problem):
        return str(error)
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return "the disk is full: free some space (about 4 GB are needed) and run the command again"
    if isinstance(error, PermissionError) and error.filename:
        return f"no permission for {error.filename}: run as its owner, or remove it and run again"
    return f"{type(error).__name__}: {error}"


def main(function) -> None:
    """Run a command's function and turn errors into one line and exit code 1."""
    try:
        code = function()
    except KeyboardInterrupt:
        sys.stderr.write("\ninterrupted\n")
        code = 130
    except BrokenPipeError:  # the reader of our output has seen enough
        sys.stderr.close()
        code = 0
    except (Problem, OSError) as error:
        sys.stderr.write(f"\nPROBLEM: {explain(error)}\n")
        if os.environ.get("ISP_DEBUG"):
            raise
        code = 1
    sys.exit(code or 0)
