"""What the PAC and SAT remember: an append-only journal, one JSON object per line.

Every event is on disk before it is answered, so a killed simulator forgets nothing that
it told anybody.
"""

import json
import threading
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .crypto import SatSigner


@dataclass
class Document:
    """One stamped CFDI and its life at SAT.  Moments are ISO, UTC."""

    uuid: str
    seal: str
    key: str
    issuer: str
    receiver: str
    total: str
    xml: str
    stamped_at: str
    status: str = "Vigente"
    cancellation: str = ""
    cancellable: bool = True
    requested_at: str = ""
    stamps_asked: int = 1
    sent_sha256: str = ""
    kind: str = "I"
    name: str = ""
    related: list[str] = field(default_factory=list)
    replaces: list[str] = field(default_factory=list)
    acuse: str = ""
    answer: dict | None = None

    def public(self) -> dict:
        """Everything but the XML."""
        values = asdict(self)
        values.pop("xml")
        return values


class Store:
    """Documents by UUID and by seal; ``lock`` makes check-and-stamp one step."""

    def __init__(self, path: str | None, sat_number: str):
        self.lock = threading.RLock()
        self.documents: dict[str, Document] = {}
        self._by_seal: dict[str, str] = {}
        self._by_key: dict[str, str] = {}
        self._path = Path(path) if path else None
        self.signer: SatSigner | None = None
        self._replay()
        if self.signer is None:
            self.signer = SatSigner.generate(sat_number)
            signer = {"key": self.signer.key_pem, "certificate": self.signer.certificate_pem}
            self._write({"signer": signer})

    def add(self, document: Document) -> None:
        """Remember a new document."""
        self._index(document)
        self._write({"document": asdict(document)})

    def change(self, document: Document, **values) -> None:
        """Change fields of a document."""
        for name, value in values.items():
            setattr(document, name, value)
        self._write({"change": {"uuid": document.uuid, **values}})

    def by_seal(self, seal: str) -> Document | None:
        """The document with this seal."""
        return self.documents.get(self._by_seal.get(seal, ""))

    def by_key(self, key: str) -> Document | None:
        """The document stamped with this customid."""
        return self.documents.get(self._by_key.get(key, "")) if key else None

    def referring(self, uuid: str) -> list[Document]:
        """Documents that are valid and refer to this one."""
        alive = (each for each in self.documents.values() if each.status == "Vigente")
        return [each for each in alive if uuid in each.related]

    def _index(self, document: Document) -> None:
        self.documents[document.uuid] = document
        self._by_seal[document.seal] = document.uuid
        if document.key:
            self._by_key[document.key] = document.uuid

    def _write(self, event: dict) -> None:
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self.lock, self._path.open("a", encoding="utf-8") as journal:
            journal.write(json.dumps(event, ensure_ascii=False) + "\n")

    def _replay(self) -> None:
        """Read the journal; a last line cut by a crash was never answered."""
        if self._path is None or not self._path.exists():
            return
        for line in self._path.read_text(encoding="utf-8").splitlines():
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if "signer" in event:
                self.signer = SatSigner(event["signer"]["key"], event["signer"]["certificate"])
            elif "document" in event:
                self._index(Document(**event["document"]))
            else:
                values = event["change"]
                document = self.documents[values.pop("uuid")]
                for name, value in values.items():
                    setattr(document, name, value)
