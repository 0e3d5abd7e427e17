"""Versions and SHA-256 sums of what is not a Python package.

The sums are what is trusted: a mirror may be old, frozen or unsigned. ``python3 -m scripts.debian``
prints the lines for the versions a mirror offers today.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Deb:
    """A Debian package: name, version, pool path below the mirror, SHA-256 of the file."""

    name: str
    version: str
    path: str
    sha256: str


ODOO = Deb(
    "odoo-19",
    "19.0.0+dfsg-1",
    "pool/main/o/odoo/odoo-19_19.0.0+dfsg-1_all.deb",
    "9d2f598b0555db17e291d48ed24df184c70823c053c4c5ed53c467ca7f629bbf",
)
#: Files that the Odoo package links to. Font Awesome must be the 4.7 one of Debian 12.
LINKED = (
    Deb(
        "fonts-font-awesome",
        "5.0.10+really4.7.0~dfsg-4.1",
        "pool/main/f/fonts-font-awesome/fonts-font-awesome_5.0.10+really4.7.0~dfsg-4.1_all.deb",
        "5f09e1adce26d59628a239c538882d53e58978b958233864fc617be9a510018e",
    ),
    Deb(
        "fonts-glyphicons-halflings",
        "1.009~3.4.1+dfsg-7",
        "pool/main/t/twitter-bootstrap3/fonts-glyphicons-halflings_1.009~3.4.1+dfsg-7_all.deb",
        "ebbe027302092d56812b1b22aca7f03387d52d1301d942ea33140e08efc00439",
    ),
    Deb(
        "fonts-inconsolata",
        "3.001+ds-1",
        "pool/main/f/fonts-inconsolata/fonts-inconsolata_3.001+ds-1_all.deb",
        "7ae10c4d43e968eb6974c22283dd4e912824a34472f813108b5a8308dcce149e",
    ),
    Deb(
        "fonts-montserrat",
        "9.000-6",
        "pool/main/f/fonts-montserrat/fonts-montserrat_9.000-6_all.deb",
        "c5f603701f86661a7eed820ff0b0d19e0aa697b316053b7885cc7346370128c1",
    ),
    Deb(
        "fonts-ocr-b",
        "0.3.1~dfsg-2",
        "pool/main/f/fonts-ocr-b/fonts-ocr-b_0.3.1~dfsg-2_all.deb",
        "c3760c25162b33ef4b19f0801a2ffbe956634c1fbbef42610c718edfb06baca9",
    ),
    Deb(
        "fonts-roboto-unhinted",
        "2:3.016-1",
        "pool/main/f/fonts-roboto/fonts-roboto-unhinted_3.016-1_all.deb",
        "e08ef58b6b92ab2554cc5047b84c3eb03fe0df36d9eddaa1326f80783687c2e8",
    ),
    Deb(
        "libjs-jquery-form",
        "12-4",
        "pool/main/j/jquery-goodies/libjs-jquery-form_12-4_all.deb",
        "fbfeedcd3eaf519b3cdcc88e93a1c79f6775da71657bac763f1430fe66e8a1da",
    ),
    Deb(
        "libjs-jquery",
        "3.7.1+dfsg+~3.5.33-1",
        "pool/main/n/node-jquery/libjs-jquery_3.7.1+dfsg+~3.5.33-1_all.deb",
        "818d6383b5b8f33734f682076b02fe3e765af23251ff6bf2b47747a4484e19d3",
    ),
    Deb(
        "libjs-underscore",
        "1.13.8~dfsg+~1.13.0-1",
        "pool/main/u/underscore/libjs-underscore_1.13.8~dfsg+~1.13.0-1_all.deb",
        "4bd04d6b3695e10228b4d479d6963d6b768bcd9aa22e9cef2a014814f5de2906",
    ),
)
NIGHTLY = "https://nightly.odoo.com/19.0/nightly/src/odoo_19.0.latest.tar.gz"
