"""Hostile bulletins, from the core's book through the front door into a real Chromium: nothing runs, nothing is loaded
and nobody is taken elsewhere. The same bodies unsanitised show that the browser would have done all of it."""

from __future__ import annotations

import json
import re
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from selenium import webdriver

from tests.content.hostile import BODIES, FOR_SANITISERS
from tests.support.browsers import running_browser
from tests.support.servers import Bff, Core

pytestmark = pytest.mark.browser

PARSED = "<!doctype html><meta charset=utf-8>{preamble}<div>{body}</div>"
"""As a page that a server puts together."""
ASSIGNED = """<!doctype html><meta charset=utf-8>{preamble}<div id=place></div>
<script>place.innerHTML = {script}; place.innerHTML = place.innerHTML;</script>"""
"""As an app shows it, and once more, so that what is written is parsed again."""
PREAMBLE = "<script>window.hit = () => top.hits.add({name})</script>"
FRAMES = """<!doctype html><meta charset=utf-8><title>frames</title>
<script>window.hits = new Set(); window.hit = () => hits.add('top')</script>"""
SHOW = """const [paths, done] = arguments;
// What loads, moves or refreshes late still has a second after the last frame.
const load = path => new Promise(loaded => {
  const frame = document.createElement('iframe');
  frame.onload = loaded; frame.src = path; document.body.append(frame);
});
const touch = frame => {
  let seen; try { seen = frame.contentDocument.querySelectorAll('div *') } catch { return }
  for (const each of seen ?? []) {
    each.dispatchEvent(new MouseEvent('mouseover', {bubbles: true}));
    each.focus?.();
    each.dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true}));
  }
};
Promise.all(paths.map(load)).then(() => {
  document.querySelectorAll('iframe').forEach(touch);
  setTimeout(() => done([...hits]), 1000);
});"""
PLACES = """return [...document.querySelectorAll('iframe')].map(frame => {
  try { return frame.contentWindow.location.pathname } catch { return null }
})"""


@dataclass(frozen=True)
class Seen:
    """Names of the bodies that ran a script, URLs that were asked for, and where the frames are in the end."""

    hits: set[str]
    requests: set[str]
    places: list[str | None]


@contextmanager
def serving(pages: Mapping[str, str]) -> Iterator[str]:
    """A web server with these pages and nothing else."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = pages.get(self.path)
            self.send_response(404 if page is None else 200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write((page or "").encode())

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (likewise)
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def pages_of(bodies: Mapping[str, str]) -> dict[str, str]:
    pages = {}
    for name, body in bodies.items():
        preamble = PREAMBLE.format(name=json.dumps(name))
        pages[f"/parsed/{quote(name)}"] = PARSED.format(preamble=preamble, body=body)
        script = json.dumps(body).replace("<", "\\u003c")
        pages[f"/assigned/{quote(name)}"] = ASSIGNED.format(preamble=preamble, script=script)
    return pages


def logged(browser: webdriver.Chrome) -> list[Any]:
    """What was logged since the last look."""
    entries: list[Any] = browser.get_log("performance")  # type: ignore[no-untyped-call] # Selenium's
    return entries


def shown(browser: webdriver.Chrome, bodies: Mapping[str, str]) -> Seen:
    pages = pages_of(bodies)
    with serving({"/": FRAMES, **pages}) as url:
        browser.get(f"{url}/")
        logged(browser)
        hits = set(browser.execute_async_script(SHOW, list(pages)))
        places = browser.execute_script(PLACES)
        requests = {
            found["params"]["request"]["url"].removeprefix(url)
            for entry in logged(browser)
            if (found := json.loads(entry["message"])["message"])["method"] == "Network.requestWillBeSent"
        }
    return Seen(hits, requests - {*pages, "/favicon.ico"}, places)


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    with running_browser(tmp_path / "profile", {"performance": "ALL"}) as browser:
        browser.set_script_timeout(60)
        yield browser


def publish(core: Core) -> None:
    with closing(sqlite3.connect(core.book)) as db, db:
        rows = [(f"HOSTILE{at:03}", name, body) for at, (name, body) in enumerate(BODIES.items())]
        db.executemany("INSERT INTO article (WZBH, LMDM, BT, FBRQ, ZW) VALUES (?, '01', ?, '20181025', ?)", rows)


def sanitised(bff: Bff) -> dict[str, str]:
    found = [bff.data("Bulletin", {"id": f"HOSTILE{at:03}"})["bulletin"] for at in range(len(BODIES))]
    return {each["title"]: each["body"] for each in found}


def test_no_hostile_body_does_anything(fresh_bff: Bff, fresh_core: Core, browser: webdriver.Chrome) -> None:
    publish(fresh_core)
    bodies = sanitised(fresh_bff)
    seen = shown(browser, bodies)
    assert list(bodies) == list(BODIES)
    assert seen.hits == set()
    assert seen.requests == set()
    assert seen.places == list(pages_of(bodies))


def test_unsanitised_they_would_have(browser: webdriver.Chrome) -> None:
    seen = shown(browser, BODIES)
    loading = {name: set(re.findall(r"http://evil\.example/\w[\w.]*", body)) for name, body in BODIES.items()}
    assert {name for name, urls in loading.items() if not urls} - seen.hits == FOR_SANITISERS | {"base"}
    assert set().union(*loading.values()) <= {url.rstrip("?") for url in seen.requests}
    assert "http://evil.example/n.png" in seen.requests  # by the base
    assert None in seen.places  # somebody was taken elsewhere
