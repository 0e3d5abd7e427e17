"""The post office over a real socket, with Python's own mail client."""

import smtplib
from email.message import EmailMessage

import pytest

from tests.simulators.common import SimulatorProcess, free_port


@pytest.fixture
def office(tmp_path):
    arguments = ("--smtp-port", str(free_port()), "--state", str(tmp_path / "mail.jsonl"))
    with SimulatorProcess("mail", *arguments) as running:
        yield running


def send(office, to="rosa@example.com", subject="Aviso de corte"):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "hola@isp.example", to, subject
    message["Message-Id"] = "<one@isp.example>"
    message.set_content("Debes $349.00\n.punto al inicio\nAdiós")
    message.add_alternative("<p>Debes <b>$349.00</b></p>", subtype="html")
    port = office.get("/_control/health")["smtp_port"]
    with smtplib.SMTP("127.0.0.1", port, timeout=5) as client:
        client.send_message(message)


def test_message_is_taken_whole(office):
    send(office)
    (message,) = office.get("/_control/messages?to=rosa")
    assert message["to"] == ["rosa@example.com"]
    assert message["subject"] == "Aviso de corte"
    assert message["message_id"] == "<one@isp.example>"
    assert message["body"].strip() == "<p>Debes <b>$349.00</b></p>"


def test_messages_survive_a_restart_and_can_be_narrowed(office):
    send(office, "rosa@example.com", "Uno")
    send(office, "tomas@example.com", "Dos")
    office.stop()
    office.start()
    assert [row["id"] for row in office.get("/_control/messages")] == [2, 1]
    assert [row["subject"] for row in office.get("/_control/messages?to=tomas")] == ["Dos"]
    assert office.get("/_control/messages?subject=tres") == []


@pytest.mark.parametrize(
    ("kind", "error", "taken"),
    [
        ("busy", smtplib.SMTPRecipientsRefused, 0),
        ("no_such_user", smtplib.SMTPRecipientsRefused, 0),
        ("refuse", smtplib.SMTPServerDisconnected, 0),
        ("drop", smtplib.SMTPServerDisconnected, 1),
    ],
)
def test_faults_strike_once(office, kind, error, taken):
    office.post("/_control/fail", {"kind": kind})
    with pytest.raises(error):
        send(office)
    assert len(office.get("/_control/messages")) == taken
    send(office)
    assert len(office.get("/_control/messages")) == taken + 1


def test_forgetting(office):
    send(office)
    office.delete("/_control/messages")
    assert office.get("/_control/messages") == []
