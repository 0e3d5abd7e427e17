from . import fiscal
from . import month
from . import portal
from . import self_invoice
