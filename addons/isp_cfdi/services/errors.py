"""Errors of the pure core.  Every one carries a text a clerk can act on."""

from __future__ import annotations


class CfdiError(ValueError):
    """The document cannot be built, sealed or read; nothing fiscal exists yet."""


class CfdiDataError(CfdiError):
    """Data is missing or breaks a rule; ``problems`` lists one text per problem."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(self.problems))


class CsdError(CfdiError):
    """The certificate or its key cannot be used to seal."""

    def __init__(self, code: str, text: str) -> None:
        self.code = code
        super().__init__(text)
