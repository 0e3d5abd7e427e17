"""A post office on loopback: takes mail by SMTP, delivers it nowhere, shows it by a control API."""
