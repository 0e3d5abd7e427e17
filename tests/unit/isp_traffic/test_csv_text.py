"""Files of measured traffic, as a spreadsheet reads them."""

import csv
import io

from isp_traffic_services.csv_text import csv_bytes


def test_file_that_a_spreadsheet_opens_as_it_is():
    data = csv_bytes(["Día", "Bajada, total"], [["2026-11-01", 10**13], ["2026-11-02", None]])
    assert data.startswith(b"\xef\xbb\xbf") and data.endswith(b"\r\n")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert rows == [
        ["Día", "Bajada, total"],
        ["2026-11-01", "10000000000000"],
        ["2026-11-02", ""],
    ]


def test_no_text_is_a_formula():
    texts = ["=1+1", "+1", "-1", "@x", "\tx", "a=1", -5]
    rows = csv_bytes(["h"], [[text] for text in texts]).decode("utf-8-sig").split("\r\n")[1:-1]
    assert rows == ["'=1+1", "'+1", "'-1", "'@x", "'\tx", "a=1", "-5"]
