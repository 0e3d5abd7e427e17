from . import fiscal
from . import portal
from . import self_invoice
