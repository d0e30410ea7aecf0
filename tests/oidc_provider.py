"""A real OpenID Connect provider, as small as one can be: it vouches for whom the test says."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import uvicorn
from browsers import free_port
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse
from starlette.routing import Route


@dataclass
class Provider:
    """The provider; `claims` are those of whoever signs in next."""

    issuer: str
    claims: dict[str, Any] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    nonces: dict[str, str] = field(default_factory=dict)

    def describe(self, _: Request) -> JSONResponse:
        """Return the discovery document."""
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    def authorize(self, request: Request) -> RedirectResponse:
        """Send the browser back with a code, as after a right password."""
        asked = request.query_params
        code = secrets.token_hex(8)
        self.nonces[code] = asked.get("nonce", "")
        back = urlencode({"code": code, "state": asked["state"]})
        return RedirectResponse(f"{asked['redirect_uri']}?{back}")

    async def token(self, request: Request) -> JSONResponse:
        """Exchange a code for a signed statement of who it is."""
        form = await request.form()
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": "labeling",
            "iat": now,
            "exp": now + 600,
            "nonce": self.nonces.pop(str(form["code"])),
            **self.claims,
        }
        token = jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.key)
        access = secrets.token_hex(8)
        return JSONResponse(
            {"access_token": access, "token_type": "Bearer", "id_token": token, "expires_in": 600}
        )

    def keys(self, _: Request) -> JSONResponse:
        """Return the public key."""
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})


@contextmanager
def providing() -> Iterator[Provider]:
    """Yield a provider that runs."""
    port = free_port()
    provider = Provider(issuer=f"http://127.0.0.1:{port}")
    routes = [
        Route("/.well-known/openid-configuration", provider.describe),
        Route("/authorize", provider.authorize),
        Route("/token", provider.token, methods=["POST"]),
        Route("/keys", provider.keys),
    ]
    config = uvicorn.Config(Starlette(routes=routes), port=port, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield provider
    server.should_exit = True
    thread.join()
