from . import isp_cfdi_cancel
from . import isp_cfdi_certificate_upload
from . import isp_cfdi_month
