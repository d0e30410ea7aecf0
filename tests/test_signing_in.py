"""Signing in at a real OpenID Connect provider, in a real browser."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsers import WAIT_MS, AppServer, browsing, chromium, free_port
from sqlalchemy import update

import labeling
from labeling.errors import SettingsError
from labeling.review.people import Person, add_person, deactivate, list_people
from labeling.tables import AnnotatorRow
from labeling.webapp import app_command
from labeling.workspace import Workspace

pytest.importorskip("streamlit", reason="the extra `app` is not installed")
pytest.importorskip("playwright.sync_api", reason="playwright drives the browser")
pytest.importorskip("authlib", reason="Authlib signs people in")
if chromium() is None:
    pytest.skip("no Chromium on this machine: `apt install chromium`", allow_module_level=True)

from oidc_provider import Provider, providing

SECRETS = """
[auth]
redirect_uri = "http://127.0.0.1:{port}/oauth2callback"
cookie_secret = "of these tests alone, and long enough"
client_id = "labeling"
client_secret = "of these tests alone"
server_metadata_url = "{issuer}/.well-known/openid-configuration"
"""


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with providing() as provider:
        yield provider


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Workspace:
    home = tmp_path_factory.mktemp("sign-in") / "home"
    workspace = labeling.init_workspace(home)
    (home / "labeling.toml").write_text('admin_emails = ["root@corp.example"]\n', "utf-8")
    (home / ".streamlit").mkdir()
    return workspace


@pytest.fixture(scope="module")
def server(workspace: Workspace, provider: Provider) -> Iterator[AppServer]:
    home = workspace.home
    server = AppServer(home=home, port=free_port(), log=home / "app.log")
    secrets = SECRETS.format(port=server.port, issuer=provider.issuer)
    (home / ".streamlit" / "secrets.toml").write_text(secrets, "utf-8")
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with browsing() as browser:
        yield browser


def sign_in(browser: Any, server: AppServer, provider: Provider, **claims: Any) -> str:
    """Return what the app says to someone for whom the provider vouches."""
    provider.claims = claims
    context = browser.new_context()
    page = context.new_page()
    page.goto(server.address)
    page.click("button:has-text('Sign in')", timeout=WAIT_MS)
    page.wait_for_function(
        "() => /Sign out|deactivated/.test(document.body.innerText)", timeout=WAIT_MS
    )
    said = str(page.inner_text("body"))
    context.close()
    return said


def person(workspace: Workspace, name: str) -> Person:
    return next(person for person in list_people(workspace.database) if person.name == name)


def test_someone_unknown_becomes_an_annotator_under_their_verified_address(
    workspace: Workspace, server: AppServer, provider: Provider, browser: Any
) -> None:
    said = sign_in(
        browser, server, provider, sub="1", name="Ada", email="ada@x.example", email_verified=True
    )
    assert "ada@x.example" in said
    assert person(workspace, "ada@x.example").role == "annotator"
    sign_in(browser, server, provider, sub="1", name="Ada L.", email="new@x.example")
    assert [one.name for one in list_people(workspace.database)] == ["ada@x.example"]


def test_the_address_of_an_admin_counts_only_when_it_is_verified(
    workspace: Workspace, server: AppServer, provider: Provider, browser: Any
) -> None:
    sign_in(browser, server, provider, sub="2", name="Eve", email="root@corp.example")
    assert person(workspace, "Eve").role == "annotator"
    sign_in(
        browser,
        server,
        provider,
        sub="3",
        name="Root",
        email="root@corp.example",
        email_verified=True,
    )
    assert person(workspace, "root@corp.example").role == "admin"


def test_someone_whom_an_admin_added_keeps_their_role(
    workspace: Workspace, server: AppServer, provider: Provider, browser: Any
) -> None:
    add_person(workspace.database, "rita@x.example", role="reviewer")
    sign_in(
        browser, server, provider, sub="4", name="Rita", email="rita@x.example", email_verified=True
    )
    assert person(workspace, "rita@x.example").role == "reviewer"
    assert person(workspace, "rita@x.example").signs_in


def test_someone_who_was_deactivated_is_not_let_in(
    workspace: Workspace, server: AppServer, provider: Provider, browser: Any
) -> None:
    sign_in(browser, server, provider, sub="5", name="Bob")
    deactivate(workspace.database, "Bob")
    said = sign_in(browser, server, provider, sub="5", name="Bob")
    assert "Bob was deactivated" in said
    with workspace.database.writing() as session:
        session.execute(update(AnnotatorRow).values(is_active=True))


def test_a_name_in_the_address_is_nobody_where_people_sign_in(
    server: AppServer, browser: Any
) -> None:
    page = browser.new_page()
    page.goto(f"{server.address}/people?you=root@corp.example")
    page.wait_for_selector("button:has-text('Sign in')", timeout=WAIT_MS)
    assert page.locator("[data-testid=stDataFrame]").count() == 0
    page.close()


def test_another_host_name_gets_no_session(server: AppServer) -> None:
    statuses = {}
    for name in ("127.0.0.1", "rebound.example"):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        upgrade = {
            "Host": f"{name}:{server.port}",
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        }
        connection.request("GET", "/_stcore/stream", headers=upgrade)
        statuses[name] = connection.getresponse().status
        connection.close()
    assert statuses == {"127.0.0.1": 101, "rebound.example": 403}


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "pins.example"])
def test_the_app_does_not_listen_for_others_where_nobody_signs_in(
    tmp_path: Path, host: str
) -> None:
    with pytest.raises(SettingsError, match="nobody has to sign in"):
        app_command(8501, host, home=tmp_path)


def test_the_app_listens_for_others_where_people_sign_in(
    workspace: Workspace, server: AppServer
) -> None:
    command = app_command(8501, "0.0.0.0", home=workspace.home, names=("pins.example",))
    assert "--server.address=0.0.0.0" in command
    assert "--server.allowedHosts=pins.example" in command
