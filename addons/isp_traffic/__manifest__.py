{
    "name": "ISP Traffic",
    "summary": "Traffic of each line by SNMP: bulk polling, history, month, week and live graphs",
    "version": "19.0.1.0.0",
    "category": "Services/ISP",
    "author": "ISP Suite contributors",
    "license": "LGPL-3",
    "development_status": "Beta",
    "depends": ["isp_portal"],
    "external_dependencies": {"python": ["pysnmp"]},
    "data": [
        "security/isp_traffic_security.xml",
        "security/ir.model.access.csv",
        "data/ir_cron_data.xml",
        # The actions of these views are used by the buttons of those after them.
        "views/isp_traffic_day_views.xml",
        "views/isp_interface_views.xml",
        "views/isp_device_views.xml",
        "views/isp_traffic_cycle_views.xml",
        "views/isp_subscription_views.xml",
        "views/res_config_settings_views.xml",
        "views/chart_templates.xml",
        "views/dashboard_templates.xml",
        "views/live_templates.xml",
        "views/isp_traffic_menus.xml",
    ],
    "assets": {
        "web.assets_frontend": [
            "isp_traffic/static/src/scss/traffic.scss",
            "isp_traffic/static/src/interactions/*.js",
        ],
    },
    "uninstall_hook": "uninstall_hook",
}
