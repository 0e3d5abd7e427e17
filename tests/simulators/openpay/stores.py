"""Shops that take cash for Paynet references; names and places are invented."""

import math
from typing import Any

from .errors import ApiError

CHAINS = {"Abarrotes del Lago": 9999.0, "Farmacias Tarasca": 29999.0, "Súper Meseta": 5000.0}
# (name, chain, latitude, longitude, street, city, postal code), degrees
SHOPS = (
    ("CENTRO", "Abarrotes del Lago", 19.703, -101.192, "Madero 120", "Morelia", "58000"),
    ("CHAPULTEPEC", "Farmacias Tarasca", 19.687, -101.175, "Cárdenas 880", "Morelia", "58260"),
    ("PLAZA GRANDE", "Abarrotes del Lago", 19.514, -101.609, "Portal 4", "Pátzcuaro", "61600"),
    ("CARRANZA", "Súper Meseta", 19.421, -102.063, "Carranza 15", "Uruapan", "60000"),
    ("JUÁREZ", "Farmacias Tarasca", 19.415, -102.052, "Juárez 201", "Uruapan", "60050"),
)
EARTH_KM = 6371.0


def _distance(lat1: float, lng1: float, lat2: float, lng2: float) -> float:
    """Kilometres between two points given in degrees."""
    a, b = math.radians(lat1), math.radians(lat2)
    turn = math.radians(lng2 - lng1)
    inner = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(turn / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(inner))


def _record(index: int, shop: tuple) -> dict[str, Any]:
    name, chain, lat, lng, street, city, postal_code = shop
    return {
        "id_store": 4900 + index,
        "id": 100 + index,
        "name": name,
        "last_update": "2026-02-04T00:52:16-06:00",
        "status": "active",
        "geolocation": {"lng": lng, "lat": lat, "place_id": f"simulated-{index}"},
        "address": {
            "line1": street,
            "line2": None,
            "line3": None,
            "state": "MICHOACAN",
            "city": city,
            "postal_code": postal_code,
            "country_code": "MX",
        },
        "paynet_chain": {
            "name": chain,
            "logo": f"http://www.openpay.invalid/logotipos/{index}.png",
            "thumb": f"http://www.openpay.invalid/thumb/{index}.png",
            "max_amount": CHAINS[chain],
        },
    }


def near(query: dict[str, str]) -> list[dict[str, Any]]:
    """Shops around a point that take an amount, nearest first.

    :param query: ``latitud`` and ``longitud`` in degrees, ``kilometers`` and ``amount`` (MXN).
    :raises ApiError: 1001 for missing or wrong numbers.
    """
    try:
        lat, lng = float(query["latitud"]), float(query["longitud"])
        radius, amount = float(query.get("kilometers") or 5), float(query.get("amount") or 0)
    except (KeyError, ValueError) as error:
        raise ApiError(1001, "latitud and longitud are required") from error
    found = [(_distance(lat, lng, s[2], s[3]), _record(i, s)) for i, s in enumerate(SHOPS)]
    found = [(km, s) for km, s in found if km <= radius]
    found.sort(key=lambda item: item[0])
    return [shop for _km, shop in found if shop["paynet_chain"]["max_amount"] >= amount]
