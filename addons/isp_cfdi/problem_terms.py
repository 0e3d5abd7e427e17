"""Texts of the rules of the pure core as terms that Odoo translates.

They are the texts of ``services/problem_texts.py``, letter for letter: Odoo finds terms to
translate in literals only, and the core knows no Odoo.
"""

from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

PROBLEM_TERMS = {
    "XSD": _lt("%(text)s"),
    "XSD_VALUE": _lt("%(field)s of %(element)s cannot be “%(value)s”."),
    "XSD_MISSING": _lt("%(field)s of %(element)s is missing."),
    "XSD_EXTRA": _lt("%(element)s has no %(field)s."),
    "XSD_ELEMENT": _lt("%(element)s does not belong where it is."),
    "OWN_TOTAL": _lt("The lines add up to %(found)s, the invoice says %(expected)s."),
    "OWN_RATE": _lt("The exchange rate of %(currency)s is missing."),
    "OWN_NEGATIVE": _lt(
        "Line %(line)s is negative (%(amount)s): write it as a discount of another line, or"
        " as a credit note."
    ),
    "OWN_QUANTITY": _lt("The quantity of line %(line)s must be above zero."),
    "OWN_PRICE": _lt("Line %(line)s: %(quantity)s times %(price)s is not %(amount)s."),
    "OWN_TEXT": _lt("Line %(line)s has no description."),
    "OWN_LINES": _lt("The document has no line."),
    "OWN_PAYMENTS": _lt("A payment document needs at least one payment."),
    "OWN_DOCUMENTS": _lt("Payment %(number)s settles no invoice."),
    "OWN_PAID": _lt("%(paid)s cannot be paid of invoice %(invoice)s, which owes %(balance)s."),
    "OWN_PART": _lt("Invoice %(invoice)s: part payment %(part)s is not between 1 and 999."),
    "OWN_EQUIVALENCE": _lt(
        "Invoice %(invoice)s: the equivalence has more than %(digits)s decimals."
    ),
    "OWN_NOTHING": _lt("Nothing can be paid of a document of %(total)s."),
    "401": _lt("The document is older than %(hours)s hours; build it again."),
    "CFDI40101": _lt(
        "The date %(fecha)s is in the future or not a date; check the clock and zone."
    ),
    "CFDI40103": _lt("A document of type %(kind)s carries no payment form."),
    "CFDI40104": _lt("SAT does not know the payment form %(form)s."),
    "CFDI40105": _lt(
        "Payment form %(form)s does not fit %(method)s: PPD wants 99, PUE a real one."
    ),
    "CFDI40107": _lt("The subtotal %(value)s has more than %(digits)s decimals."),
    "CFDI40108": _lt("The subtotal must be %(expected)s, the sum of the lines."),
    "CFDI40109": _lt("The subtotal of a payment is 0."),
    "CFDI40110": _lt("The discount must be %(expected)s and not above the subtotal."),
    "CFDI40112": _lt("The discount %(value)s has more than %(digits)s decimals."),
    "CFDI40114": _lt("The exchange rate of pesos is 1 or left out."),
    "CFDI40115": _lt("The exchange rate of %(currency)s is missing."),
    "CFDI40116": _lt("The currency XXX has no exchange rate."),
    "CFDI40119": _lt("The total must be %(expected)s: subtotal, discount and taxes."),
    "CFDI40121": _lt("Documents of type %(kind)s cannot be issued here."),
    "CFDI40122": _lt("Export %(export)s wants a foreign trade complement, which is not supported."),
    "CFDI40124": _lt("The payment method is missing: PUE or PPD."),
    "CFDI40126": _lt("SAT does not know the postal code %(zip)s of the place of issue."),
    "CFDI40130": _lt(
        "Global information goes with PUBLICO EN GENERAL on type I, and only there; a person"
        " with the generic RFC needs the own name and no global information."
    ),
    "CFDI40132": _lt("Only an issuer of tax regime 621 may bill two months at once."),
    "CFDI40134": _lt("Month %(months)s does not fit the period %(period)s: 01 to 12."),
    "CFDI40135": _lt("Months %(months)s do not fit the period 05: 13 to 18."),
    "CFDI40136": _lt("Year %(year)s is neither the current one nor the one before."),
    "CFDI40138": _lt("The issuer's RFC %(rfc)s is not valid."),
    "CFDI40140": _lt("SAT does not know the issuer's tax regime %(regime)s."),
    "CFDI40141": _lt(
        "The issuer's tax regime %(regime)s is not for the kind of person of its RFC."
    ),
    "CFDI40143": _lt("The customer's RFC %(rfc)s is not valid."),
    "CFDI40147": _lt("SAT does not know the customer's fiscal postal code %(zip)s."),
    "CFDI40149": _lt(
        "With a generic RFC the customer's postal code is that of the issuer, %(zip)s."
    ),
    "CFDI40151": _lt("A country of residence goes with the foreign RFC XEXX010101000 only."),
    "CFDI40152": _lt("The country of residence of a foreigner cannot be Mexico."),
    "CFDI40153": _lt("A foreign tax id wants the country of residence."),
    "CFDI40154": _lt("A foreign tax id goes with the foreign RFC XEXX010101000 only."),
    "CFDI40157": _lt("SAT does not know the customer's tax regime %(regime)s."),
    "CFDI40158": _lt(
        "The customer's tax regime %(regime)s is not for the kind of person of the RFC."
    ),
    "CFDI40159": _lt("With a generic RFC the customer's tax regime must be 616."),
    "CFDI40160": _lt("SAT does not know the use %(use)s."),
    "CFDI40161": _lt("Use %(use)s does not fit the customer's tax regime %(regime)s."),
    "CFDI40162": _lt("Line %(line)s: SAT does not know the product code %(value)s."),
    "CFDI40165": _lt("Line %(line)s: SAT does not know the unit code %(value)s."),
    "CFDI40166": _lt("The price of line %(line)s must be above zero."),
    "CFDI40167": _lt("The amount of line %(line)s must be between %(low)s and %(high)s."),
    "CFDI40168": _lt("The discount of line %(line)s has more decimals than its amount."),
    "CFDI40169": _lt("The discount of line %(line)s is above its amount."),
    "CFDI40171": _lt("Line %(line)s is subject to taxes but has none."),
    "CFDI40172": _lt("Line %(line)s is not subject to taxes but has some."),
    "CFDI40173": _lt("The taxes of line %(line)s are empty."),
    "CFDI40177": _lt("An exempt tax of line %(line)s carries a rate or an amount."),
    "CFDI40178": _lt("A tax of line %(line)s lacks its rate or amount."),
    "CFDI40179": _lt("Line %(line)s: SAT does not know the rate %(rate)s of tax %(tax)s."),
    "CFDI40180": _lt("A tax of line %(line)s must be between %(low)s and %(high)s."),
    "CFDI40184": _lt("A withheld tax of line %(line)s cannot be exempt."),
    "CFDI40185": _lt(
        "Line %(line)s: SAT does not know the rate %(rate)s of the withheld tax %(tax)s."
    ),
    "CFDI40186": _lt("A withheld tax of line %(line)s must be between %(low)s and %(high)s."),
    "CFDI40201": _lt("A document of type %(kind)s has no summary of taxes."),
    "CFDI40202": _lt("The withheld taxes have more than %(digits)s decimals."),
    "CFDI40203": _lt("The withheld taxes must be %(expected)s in all."),
    "CFDI40204": _lt("The transferred taxes have more than %(digits)s decimals."),
    "CFDI40205": _lt("The transferred taxes must be %(expected)s in all."),
    "CFDI40206": _lt("The sum of the withheld taxes is missing."),
    "CFDI40208": _lt("The withheld tax %(tax)s must appear once in the summary."),
    "CFDI40211": _lt("The withheld tax %(tax)s must be %(expected)s, the sum of the lines."),
    "CFDI40212": _lt(
        "The sum of the transferred taxes is missing, or written for exempt ones alone."
    ),
    "CFDI40215": _lt("The base of tax %(tax)s must be %(expected)s, the sum of the lines."),
    "CFDI40218": _lt("Tax %(tax)s must appear once in the summary, by kind and rate."),
    "CFDI40221": _lt("Tax %(tax)s must be %(expected)s, the sum of the lines."),
    "CRP20102": _lt("A payment is no export: 01."),
    "CRP20104": _lt("The currency of a payment document is XXX."),
    "CRP20106": _lt("A payment document carries no payment method."),
    "CRP20107": _lt("A payment document carries no payment conditions."),
    "CRP20108": _lt("A payment document carries no discount."),
    "CRP20110": _lt("The total of a payment document is 0."),
    "CRP20111": _lt("A payment document has one line only."),
    "CRP20113": _lt("The line of a payment document must be %(field)s %(expected)s."),
    "CRP20201": _lt("%(field)s must be %(expected)s."),
    "CRP20212": _lt("Payment %(number)s: SAT does not take the payment form %(form)s."),
    "CRP20213": _lt("Payment %(number)s has no currency."),
    "CRP20214": _lt("Payment %(number)s: the exchange rate of %(currency)s is missing."),
    "CRP20215": _lt("Payment %(number)s: the exchange rate of pesos is 1."),
    "CRP20217": _lt("Payment %(number)s is below the %(least)s that its invoices take."),
    "CRP20218": _lt("Payment %(number)s must be above zero."),
    "CRP20219": _lt("Payment %(number)s has more than %(digits)s decimals."),
    "CRP20223": _lt("Payment %(number)s: the name of the foreign bank is missing."),
    "CRP20224": _lt("Payment %(number)s: form %(form)s takes no %(field)s."),
    "CRP20225": _lt(
        "Payment %(number)s: %(field)s must have %(digits)s digits with form %(form)s."
    ),
    "CRP20229": _lt("Payment %(number)s: only form 03 carries a payment chain."),
    "CRP20230": _lt("Payment %(number)s: the payment chain is not complete."),
    "CRP20236": _lt("Invoice %(invoice)s has no currency."),
    "CRP20237": _lt("Invoice %(invoice)s: the exchange rate is missing."),
    "CRP20238": _lt("Invoice %(invoice)s: the equivalence is 1 in the currency of the payment."),
    "CRP20239": _lt("Invoice %(invoice)s: the balance and what is paid must be above zero."),
    "CRP20240": _lt("Invoice %(invoice)s: an amount has more than %(digits)s decimals."),
    "CRP20244": _lt("Invoice %(invoice)s: what is left must be %(expected)s and not negative."),
    "CRP20246": _lt("Invoice %(invoice)s is subject to taxes but has none."),
    "CRP20247": _lt("Invoice %(invoice)s is not subject to taxes but has some."),
    "CRP20248": _lt("Invoice %(invoice)s: its taxes are empty."),
    "CRP20251": _lt("Invoice %(invoice)s: a withheld tax cannot be exempt."),
    "CRP20258": _lt("Invoice %(invoice)s: an exempt tax carries a rate or an amount."),
    "CRP20259": _lt("Invoice %(invoice)s: a tax lacks its rate or amount."),
    "CRP20261": _lt("Invoice %(invoice)s: tax %(tax)s must be between %(low)s and %(high)s."),
    "CRP20263": _lt("Payment %(number)s: the withheld tax %(tax)s must appear once."),
    "CRP20265": _lt("Payment %(number)s: the withheld tax %(tax)s must be %(expected)s."),
    "CRP20268": _lt("Payment %(number)s: the base of tax %(tax)s must be %(expected)s."),
    "CRP20271": _lt("Payment %(number)s: tax %(tax)s must appear once, by kind and rate."),
    "CRP20274": _lt("Payment %(number)s: tax %(tax)s must be %(expected)s."),
}
