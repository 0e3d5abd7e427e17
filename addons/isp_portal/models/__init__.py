from . import isp_portal_page
from . import isp_portal_dashboard
from . import isp_portal_payments
from . import isp_portal_invoices
from . import isp_portal_pay
from . import isp_portal_documents
from . import res_config_settings
