"""The pictures of pins, each at an address of its own, so that browsers keep and preload them."""

from __future__ import annotations

import hashlib
import hmac
import secrets

import streamlit as st
from shelves import open_shelf
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from labeling.pin_cards import PinCard, PinShelf

_KEY = secrets.token_bytes(32)
"""Seals addresses: only those that a page showed to someone who is signed in are answered."""
KEPT = "private, max-age=86400, immutable"


def picture_address(shelf: PinShelf, card: PinCard) -> str | None:
    """Return the address of a pin's picture, or None where it has none."""
    if not card.has_picture:
        return None
    name, revision = shelf.collection.name, shelf.collection.revision
    path = f"{name}/{revision}/{card.shard}/{card.row}"
    base = st.get_option("server.baseUrlPath").strip("/")
    return f"{'/' + base if base else ''}/pin-pictures/{path}/{_seal(path)}.jpg"


def answer_picture(request: Request) -> Response:
    """Return the picture that an address names."""
    place = request.path_params
    path = "{collection}/{revision}/{shard}/{row}".format(**place)
    if not hmac.compare_digest(_seal(path), place["seal"]):
        return Response(status_code=404)
    shelf = open_shelf(place["collection"], place["revision"])
    jpeg = None if shelf is None else shelf.jpeg(place["shard"], place["row"])
    if jpeg is None:
        return Response(status_code=404)
    headers = {"Cache-Control": KEPT, "X-Content-Type-Options": "nosniff"}
    return Response(jpeg, media_type="image/jpeg", headers=headers)


def picture_routes() -> list[Route]:
    """Return the routes to add to the server."""
    path = "/pin-pictures/{collection:str}/{revision:int}/{shard:int}/{row:int}/{seal:str}.jpg"
    return [Route(path, answer_picture, methods=["GET"])]


def _seal(path: str) -> str:
    return hmac.new(_KEY, path.encode(), hashlib.sha256).hexdigest()[:32]
