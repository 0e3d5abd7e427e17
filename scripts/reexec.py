"""Go on inside the virtual environment: for commands that need its packages."""

from __future__ import annotations

import os
import sys

from . import python_env
from .paths import ROOT


def inside(kind: str, module: str) -> None:
    """Start ``module`` anew with the environment's Python, unless this process runs there already.

    :param kind: lock that the environment must hold: ``run`` or ``test``.
    :param module: dotted name of the calling command, for example ``scripts.i18n``.
    """
    python = python_env.ensure(kind)
    # the folder tells, not the program: that is a link to the machine's own Python
    if os.path.realpath(sys.prefix) == os.path.realpath(python.parent.parent):
        return
    sys.stdout.flush()
    os.chdir(ROOT)
    os.execv(python, [str(python), "-m", module, *sys.argv[1:]])  # noqa: S606
