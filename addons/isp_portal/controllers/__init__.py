from . import change
from . import common
from . import entry
from . import dashboard
from . import payments
from . import pay
from . import documents
from . import service
