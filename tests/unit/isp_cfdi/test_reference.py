"""Which test shows which row of the CFDI reference.

``SECTION_2``: defects seen elsewhere (O of OCA's module, S of satcfdi) and what users of other
products demanded.  ``SECTION_4``: recovery of a stamp.  ``SECTION_5``: states of a document.
``SECTION_6``: answers to a cancellation and SAT's words.  A test is ``file::name``; files of
the addon are read from ``addons/isp_cfdi/tests``, the others from ``tests/unit``.
"""

from __future__ import annotations

import ast
import re
from functools import lru_cache

import pytest

from tests.conftest import ROOT

SECTION_2 = {
    "O1": "test_amounts.py::test_o1_lines_without_product_are_kept",
    "O2": "test_amounts.py::test_o2_foreign_currency_has_its_rate"
    " isp_cfdi/test_builder.py::test_o2_foreign_currency_needs_its_rate",
    "O3": "test_amounts.py::test_o3_exempt_has_neither_rate_nor_amount"
    " isp_cfdi/test_builder.py::test_o3_exempt_tax_has_neither_rate_nor_amount",
    "O4": "test_amounts.py::test_o4_withholding_goes_to_retenciones"
    " isp_cfdi/test_builder.py::test_o4_withholding_is_positive_and_in_its_own_group",
    "O5": "test_amounts.py::test_o5_ieps_is_part_of_the_base_of_iva"
    " isp_cfdi/test_builder.py::test_o5_ieps_is_part_of_the_base_of_iva",
    "O6": "test_amounts.py::test_o6_small_quantities_and_cents"
    " isp_cfdi/test_builder.py::test_o6_quantity_keeps_six_decimals",
    "O7": "test_issue.py::test_o7_generic_rfc_with_a_name_is_no_global"
    " test_issue.py::test_o7_o15_global_has_one_concept_per_receipt"
    " isp_cfdi/test_rules.py::test_o7_generic_rfc_with_a_persons_name_needs_no_global_information",
    "O8": "simulators_pac/test_requests.py::test_o8_every_pac_stamps_and_gives_the_xml_alone",
    "O9": "test_cancellation.py::test_o9_raw_answer_is_kept_before_it_is_read"
    " simulators_pac/test_cancelling.py::test_o9_receipt_is_bytes_whatever_the_pac_sends",
    "O10": "test_cancellation.py::test_o10_unknown_codes_never_mean_cancelled",
    "O11": "test_recovery.py::test_o11_status_is_sats_and_a_uuid_is_never_sent_again",
    "O12": "test_rep.py::test_o12_one_group_per_rate"
    " isp_cfdi/test_rep.py::test_o12_one_group_per_rate"
    " isp_cfdi/test_rep.py::test_o12_part_payment_keeps_its_part_of_the_taxes",
    "O13": "test_issue.py::test_o13_posting_calls_nobody_and_one_problem_stops_nobody",
    "O14": "isp_cfdi/test_place_and_text.py::test_o14_s1_fecha_follows_the_postal_code"
    " isp_cfdi/test_rules.py::test_o14_fecha_is_at_most_72_hours_old_and_never_in_the_future",
    "O15": "test_issue.py::test_o7_o15_global_has_one_concept_per_receipt"
    " isp_cfdi/test_global.py::test_o15_one_concept_per_receipt",
    "O16": "test_issue.py::test_o16_folios_are_unique_per_issuer_and_series"
    " isp_cfdi/test_place_and_text.py::test_o16_unstamped_document_has_no_qr"
    " test_report.py::test_data_come_from_the_stamped_xml",
    "S1": "isp_cfdi/test_place_and_text.py::test_o14_s1_fecha_follows_the_postal_code"
    " isp_cfdi/test_place_and_text.py::test_s1_every_postal_code_has_a_mexican_clock",
    "S2": "isp_cfdi/test_rep_vectors.py::test_s2_totals_are_equal"
    " isp_cfdi/test_rep_vectors.py::test_s2_taxes_of_every_payment_are_equal"
    " isp_cfdi/test_rep_vectors.py::test_s2_built_document_states_the_same",
    "S3": "isp_cfdi/test_rep.py::test_s3_pesos_say_an_exchange_rate_of_one",
    "S4": "isp_cfdi/test_properties.py::test_s4_half_up",
    "S5": "isp_cfdi/test_place_and_text.py::test_s5_qr_escapes_the_rfc_and_trims_the_total"
    " isp_cfdi/test_resources.py::test_s5_schema_and_style_sheets_are_compiled_once",
    "S6": "simulators_pac/test_requests.py::test_s6_every_call_gives_up"
    " simulators_pac/test_requests.py::test_s6_sat_that_never_answers_is_no_answer"
    " simulators_pac/test_requests.py"
    "::test_s6_http_is_talked_in_one_place_which_sets_the_timeouts"
    " simulators_pac/test_faults.py::test_s6_unreadable_answers_are_unknown_outcomes"
    " simulators_pac/test_faults.py::test_s6_an_unreadable_answer_to_the_question_is_unknown_too"
    " simulators_pac/test_faults.py::test_s6_success_with_warnings_or_without_incidents"
    " simulators_pac/test_finkok.py::test_s6_307_without_the_document_is_asked_for"
    " simulators_pac/test_sw.py"
    "::test_s6_307_without_the_document_stays_unanswered_until_it_comes",
    "S7": "isp_cfdi/test_place_and_text.py::test_s7_dates_never_come_from_the_clock_of_the_host",
    "S8": "isp_cfdi/test_rules.py::test_s8_broken_xml_is_a_problem_not_a_crash"
    " isp_cfdi/test_vectors.py::test_s8_stamped_document_equals_itself_without_the_stamp"
    " test_stamping.py::test_stamped_bytes_are_kept_as_they_came",
    "S9": "isp_cfdi/test_resources.py::test_s9_nothing_is_opened_at_import",
    "already-stamped loop": "test_stamping.py::test_answer_lost_after_stamping_is_recovered",
    "rejects for cents": "isp_cfdi/test_bad_input.py::test_cents_never_get_lost"
    " isp_cfdi/test_balance.py::test_a_cent_more_or_less_is_still_a_valid_invoice",
    "REP without taxes": "test_rep.py::test_invoice_without_tax"
    " isp_cfdi/test_rep.py::test_invoice_without_taxes_says_so",
    "rate of six decimals": "isp_cfdi/test_builder.py::test_rates_are_grouped_apart",
    "empty FolioSustitucion": "isp_cfdi/test_cancelation.py"
    "::test_without_a_substitute_the_attribute_is_left_out",
    "empty Folios": "test_cancellation.py::test_o10_unknown_codes_never_mean_cancelled",
    "after a rejected cancelation": "test_cancellation.py::test_cancel_rejected_can_be_asked_again",
}

SECTION_4 = {
    "crash, timeout or unreadable answer": ""
    " test_stamping.py::test_worker_killed_while_sending_asks_first"
    " test_stamping.py::test_answer_lost_after_stamping_is_recovered"
    " test_stamping.py::test_strange_answers_change_nothing"
    " test_recovery.py::test_finkok_gives_the_stamp_of_a_lost_answer"
    " test_recovery.py::test_finkok_sends_the_same_bytes_when_there_is_no_stamp"
    " test_recovery.py::test_strange_answers_of_finkok_change_nothing"
    " simulators_pac/test_faults.py::test_lost_and_late_answers_are_settled",
    "307 timbre previo": "test_stamping.py::test_307_without_document_waits_for_it"
    " simulators_pac/test_stamping.py::test_same_bytes_and_key_give_the_first_document",
    "CFDI3307": "test_recovery.py::test_cfdi3307_is_told_and_never_sent_under_another_key"
    " simulators_pac/test_sw.py::test_other_document_under_the_same_key_is_never_stamped"
    " simulators_pac/test_sw.py::test_cfdi3307_names_the_uuid_that_the_pac_holds",
    "definite reject": "test_stamping.py::test_reject_is_repaired_with_the_same_folio"
    " test_recovery.py::test_answers_about_the_certificate_and_the_data_are_final"
    " simulators_pac/test_faults.py::test_known_codes_are_a_definite_no"
    " simulators_pac/test_faults.py::test_other_codes_are_never_a_definite_no",
    "Fecha older than 72 h": "test_recovery.py::test_too_old_and_never_stamped_is_built_again"
    " test_recovery.py::test_too_old_but_stamped_is_never_built_again"
    " test_recovery.py::test_refusal_after_the_memory_of_the_pac_needs_a_person"
    " test_stamping.py::test_too_old_is_built_again",
    "change of PAC": "test_recovery.py::test_another_pac_only_after_the_first_one_said_no",
    "never rebuild while unknown": ""
    " test_recovery.py::test_bytes_stay_while_the_outcome_is_unknown",
    "backoff": "test_recovery.py::test_waiting_times_are_settings",
    "alerts at 24 h and 60 h": "test_recovery.py::test_alerts_after_a_day_and_before_the_limit",
    "checks on receipt": "test_stamping.py::test_stamped_bytes_are_kept_as_they_came"
    " test_stamping.py::test_answer_for_another_document_is_never_taken"
    " simulators_pac/test_faults.py::test_another_document_in_the_answer_is_seen",
    "no network in phase 1": "test_document.py::test_paid_invoice_gets_a_ready_document",
}

SECTION_5 = {
    "draft": "test_document.py::test_missing_data_never_stops_the_payment"
    " test_document.py::test_repaired_data_make_it_ready_and_close_the_activity",
    "ready": "test_document.py::test_paid_invoice_gets_a_ready_document",
    "sent": "test_stamping.py::test_answer_lost_after_stamping_is_recovered",
    "error": "test_stamping.py::test_reject_is_repaired_with_the_same_folio",
    "stamped": "test_stamping.py::test_fiscal_files_cannot_change"
    " test_recovery.py::test_o11_status_is_sats_and_a_uuid_is_never_sent_again",
    "cancel_requested": "test_cancellation.py::test_every_answer_of_the_table"
    " test_cancellation.py::test_not_found_yet_is_asked_again",
    "cancel_in_process": "test_cancellation.py::test_recipient_accepts_or_refuses",
    "cancel_rejected": "test_cancellation.py::test_cancel_rejected_can_be_asked_again",
    "cancelled": "test_cancellation.py::test_sat_confirms_before_the_document_is_cancelled",
    "no unlink from sent on": "test_stamping.py::test_fiscal_files_cannot_change"
    " test_security.py::test_nobody_makes_or_changes_a_document_by_rpc",
    "invoice reversed only at cancelled": ""
    " test_cancellation.py::test_invoice_is_undone_only_when_sat_says_cancelled",
}

#: Codes of one request, each with the state it leads to, are one table in one test.
ANSWERS = "test_cancellation.py::test_every_answer_of_the_table"
WORDS = "test_cancellation.py::test_every_word_of_sat"
SECTION_6 = {
    "201": ANSWERS,
    "202": ANSWERS,
    "203": ANSWERS,
    "205": f"{ANSWERS} test_cancellation.py::test_not_found_yet_is_asked_again",
    "207 / 208": ANSWERS,
    "no_cancelable": f"{ANSWERS} test_cancellation.py::test_live_relations_refuse",
    "708, 300, 305": ANSWERS,
    "304, 711": ANSWERS,
    "798 / 799": ANSWERS,
    "empty, None, anything else": ""
    " test_cancellation.py::test_o10_unknown_codes_never_mean_cancelled",
    "substitute first": "test_substitute.py::test_substitute_is_stamped_before_the_request_is_sent",
    "polls": "test_cancellation.py::test_polls_follow_the_plan",
    "Cancelado": WORDS,
    "Vigente, En proceso": WORDS,
    "Vigente, Solicitud rechazada": WORDS,
    "Vigente, No cancelable": WORDS,
    "Vigente, Cancelable": f"{WORDS} test_cancellation.py"
    "::test_request_that_sat_never_registered_is_presented_again",
    "No Encontrado, or N": WORDS,
}

SECTIONS = (SECTION_2, SECTION_4, SECTION_5, SECTION_6)
REFERENCE = ROOT.parent / "shared/reference/cfdi.md"


@lru_cache(maxsize=64)
def names_in(file):
    """Names of the tests of a file."""
    folder = "tests/unit" if "/" in file else "addons/isp_cfdi/tests"
    tree = ast.parse((ROOT / folder / file).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(
    ("row", "tests"), [pair for section in SECTIONS for pair in section.items()]
)
def test_row_has_its_test(row, tests):
    named = False
    for test in tests.split():
        file, _colons, name = test.partition("::")
        assert name in names_in(file), f"{row}: {test}"
        named = named or f"_{row.lower()}_" in name
    assert named or not re.fullmatch(r"[OS]\d+", row), f"{row}: no test is named after it"


def test_every_row_of_the_reference_is_here():
    if not REFERENCE.is_file():
        pytest.skip("shared/reference is not beside this checkout")
    text = REFERENCE.read_text(encoding="utf-8")
    defects = re.findall(r"^\| ([OS]\d+) \|", text, re.MULTILINE)
    assert len(defects) == 25
    assert set(defects) <= set(SECTION_2)
    states = text.partition("## 5. Document states")[2].partition("## 6.")[0]
    assert set(re.findall(r"^\| ([a-z_]+) \|", states, re.MULTILINE)) - {"state"} <= set(SECTION_5)
