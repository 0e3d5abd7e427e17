"""What only SW does: an idempotency key, and tokens."""

from __future__ import annotations

import pytest
from isp_cfdi_services.pac import base
from isp_cfdi_services.pac.sw import SwAdapter
from isp_cfdi_services.tfd import parse_tfd


@pytest.fixture
def kind():
    return SwAdapter


def count(pac):
    return len(pac.get("/_control/stamps"))


def test_other_document_under_the_same_key_is_never_stamped(pac, adapter, sealed, key):
    adapter.stamp(sealed(), key)
    before = count(pac)
    with pytest.raises(base.PacAlreadyStamped) as caught:
        adapter.stamp(sealed(), key)
    assert caught.value.code == "CFDI3307"
    assert caught.value.xml is None
    assert count(pac) == before


def test_s6_307_without_the_document_stays_unanswered_until_it_comes(pac, adapter, sealed, key):
    sent = sealed()
    adapter.stamp(sent, key)
    pac.post("/_control/mode", {"mode": "307_empty"})
    with pytest.raises(base.PacAlreadyStamped):
        adapter.recover(sent, key)
    assert adapter.recover(sent, key).recovered


def test_cfdi3307_names_the_uuid_that_the_pac_holds(pac, adapter, sealed, key):
    held = parse_tfd(adapter.stamp(sealed(), key).xml).uuid
    with pytest.raises(base.PacAlreadyStamped, match=held):
        adapter.stamp(sealed(), key)


def test_fixed_token_needs_no_login(pac, sealed, key):
    adapter = SwAdapter(pac.url, base.Credentials(token="demo-pac-token"))
    assert adapter.stamp(sealed(), key).xml
    stale = SwAdapter(pac.url, base.Credentials(token="another"))
    with pytest.raises(base.PacAuth) as caught:
        stale.stamp(sealed(), key + "2")
    assert caught.value.code == "401"


def test_token_that_the_server_forgot_is_renewed(adapter, sealed, key):
    adapter._token, adapter._token_until = "forgotten", 9e12
    assert adapter.stamp(sealed(), key).xml
