"""Outcomes of a call to the outside world that is not a plain success."""


class OutboxRetry(Exception):
    """Nothing was sent (no connection, refused before sending): try again later."""


class OutboxUnknown(Exception):
    """The request may have been carried out: ask the other side before anything else."""


class OutboxReject(Exception):
    """The other side refused for good.

    :param str code: its error code
    :param str text: its explanation
    """

    def __init__(self, code, text=""):
        super().__init__(f"{code}: {text}")
        self.code = str(code)
        self.text = text
