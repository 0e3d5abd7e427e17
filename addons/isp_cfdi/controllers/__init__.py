from . import fiscal
from . import portal
