"""What a line of an invoice must be before it is written: positive and coherent."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from .dto import Concept
from .problems import Problem
from .rounding import quantum

_ZERO = Decimal(0)
#: A price is written with six decimals, so a product may be off by half of one per unit.
_PRICE_SLACK = Decimal("0.000001")


def line_problems(line: int, concept: Concept, digits: int) -> list[Problem]:
    """Why the line cannot be written.  A CFDI knows no negative line.

    SAT's own limits of quantity x price are as wide as half a unit of a whole quantity; what
    we write ourselves must agree to the last decimal of the currency.
    """
    amount, quantity = concept.amount, concept.quantity
    if amount < 0 or concept.discount < 0:
        return [Problem("OWN_NEGATIVE", line=line, amount=min(amount, concept.discount))]
    problems = []
    if quantity <= 0:
        problems.append(Problem("OWN_QUANTITY", line=line))
    product = quantity * concept.unit_price
    if abs(product - amount) > quantum(digits) + quantity * _PRICE_SLACK:
        values = {"quantity": quantity, "price": concept.unit_price, "amount": amount}
        problems.append(Problem("OWN_PRICE", line=line, **values))
    if concept.discount > amount:
        problems.append(Problem("CFDI40169", line=line))
    if not concept.description.strip():
        problems.append(Problem("OWN_TEXT", line=line))
    return problems


def taxable(concept: Concept) -> Concept:
    """The line without taxes whose base is zero, which SAT does not allow.

    A line given away whole (100 % discount) therefore says that it is not taxed, unless its
    ``object_tax`` says otherwise.
    """
    if all(tax.base > _ZERO for tax in concept.taxes):
        return concept
    return replace(concept, taxes=tuple(tax for tax in concept.taxes if tax.base > _ZERO))
