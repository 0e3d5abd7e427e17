"""What a scanner and a reader see of a document: zbar and poppler, as anybody has them."""

import io
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from unittest import SkipTest

from PIL import Image

# 100: a bad fax, 150: an office scanner, 203: the thermal printers of shops.
RESOLUTIONS = (100, 150, 203)


def need(*programs):
    """Skip where the programs are missing; the list of system packages of the project has them.

    :raise SkipTest: one is not installed
    """
    for program in programs:
        if not shutil.which(program):
            raise SkipTest(f"{program} is not installed")


def scan_image(png):
    """Return the set of codes that zbar reads from a picture.

    :param bytes png: content of the picture
    """
    need("zbarimg")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture.png"
        path.write_bytes(png)
        # zbar ends with 4 when it found nothing, which is an answer too
        done = subprocess.run(
            ["zbarimg", "-q", "--raw", str(path)], capture_output=True, text=True, check=False
        )
    return set(done.stdout.split())


def render_pdf(content, dpi):
    """Return the only page of a PDF as a PNG in colour.

    :raise AssertionError: there is more than one page
    """
    need("pdftoppm")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "document.pdf"
        path.write_bytes(content)
        command = ["pdftoppm", "-r", str(dpi), "-png", str(path), str(Path(folder) / "page")]
        subprocess.run(command, capture_output=True, check=True)
        pages = sorted(Path(folder).glob("page*.png"))
        assert len(pages) == 1, f"{len(pages)} pages"
        return pages[0].read_bytes()


def is_black_and_white(png):
    """Return whether a picture has no colour at all (shades of grey are edges of letters)."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    return all(red == green == blue for _count, (red, green, blue) in image.getcolors(1 << 24))


def pdf_text(content):
    """Return the text of a PDF in reading order, spaces collapsed."""
    need("pdftotext")
    done = subprocess.run(
        ["pdftotext", "-raw", "-", "-"], input=content, capture_output=True, check=True
    )
    return re.sub(r"\s+", " ", done.stdout.decode())
