"""Which files of the npm packages the report is made with; read by the wheel's build as well."""

from typing import Final

BUNDLE: Final = "echarts.min.js"
"""The full bundle: the smaller ones of the same release have neither treemap nor custom series."""

SOURCES: Final = {
    BUNDLE: "echarts/dist/echarts.min.js",
    "LICENSE": "echarts/LICENSE",
    "NOTICE": "echarts/NOTICE",
    "LICENSE-d3": "echarts/licenses/LICENSE-d3",
    "LICENSE-zrender": "zrender/LICENSE",
}
"""Name in ``crossfoot/report/vendor`` of a wheel, and path under ``node_modules``."""
