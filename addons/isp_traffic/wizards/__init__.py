from . import isp_device_scan
from . import isp_device_scan_line
