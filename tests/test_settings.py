"""Settings as operators write them: what is meant is understood, and what is wrong is one sentence without secrets."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy.engine import make_url
from structlog.testing import capture_logs

from bff import preflight
from bff.cli import practice_core
from bff.cli.check.command import check, without_settings
from bff.cli.check.findings import Finding
from bff.cli.main import main
from bff.network import server
from bff.preflight import what_is_wrong
from bff.settings import Settings, urls
from bff.settings import names as setting_names
from tests.support.servers import Core
from tests.support.serving import serving

SECRET = "tin-roof-31"


OF_THEIR_OWN = ("secrets_dir", "core_password")


@pytest.mark.parametrize("name", [each for each in Settings.model_fields if each not in OF_THEIR_OWN])
def test_a_setting_that_is_empty_is_not_set(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"BFF_{name.upper()}", "")
    assert getattr(Settings(), name) == Settings.model_fields[name].default


@pytest.mark.parametrize("value", [None, ""])
@pytest.mark.parametrize(
    "command", [["migrate"], ["applications"], ["end-sessions"], ["serve"], ["serve", "--workers", "2"]]
)
def test_no_command_takes_the_practice_core_s_password_by_itself(
    command: list[str], value: str | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if value is None:
        monkeypatch.delenv("BFF_CORE_PASSWORD")
    else:
        monkeypatch.setenv("BFF_CORE_PASSWORD", value)
    assert main(command) == 2
    said = capsys.readouterr().err
    assert said.startswith("BFF_CORE_PASSWORD is not set: ")
    assert said.count("\n") == 1


def test_the_check_says_it_too(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("BFF_CORE_PASSWORD")
    assert main(["check"]) == 1
    assert "BFF_CORE_PASSWORD is not set" in capsys.readouterr().out


def test_a_development_set_up_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BFF_CORE_PASSWORD")
    assert Settings(development=True).core_password.get_secret_value() == "practice"


NO_TIME = ["0", "P36526D"]
NO_PAUSE = ["-1", "P36526D"]
NO_COUNT = ["-1", "1.5"]
NO_NUMBER = [*NO_COUNT, "0"]
NO_FILE = ["/no/such/file"]
NO_ADDRESS = ["no-such-host.invalid", "192.0.2.1", "a b", "x" * 300, "https://here"]
BAD: dict[str, list[str]] = {
    "secrets_dir": NO_FILE,
    "host": NO_ADDRESS,
    "port": ["web", "-1", "65536"],
    "workers": [*NO_NUMBER, "65"],
    "development": ["perhaps"],
    "data_dir": ["/dev/null", "/dev/null/data"],
    "database_url": ["mysql://bff@db.example/bff", "localhost"],
    "cache_url": ["http://cache.example", "localhost"],
    "limits_url": ["http://cache.example", "localhost"],
    "cache": ["perhaps"],
    "cache_entries": NO_NUMBER,
    "cache_fresh_at_most": NO_PAUSE,
    "core_wsdl": [*NO_FILE, "ftp://core.example/core.wsdl", "https://"],
    "core_names_file": NO_FILE,
    "core_url": ["localhost:8001", "core.example", "ftp://core.example", "http://", "http://core.example:port"],
    "core_username": ["bff\x01"],
    "core_password": [],
    "core_channel": ["APP\x07", "A" * 21],
    "core_connect_timeout": NO_TIME,
    "core_timeout": [*NO_TIME, "soon", "-1", "nan", "inf", "9" * 400],
    "core_max_concurrency": [*NO_NUMBER, "1001"],
    "core_max_queue": NO_COUNT,
    "core_breaker_failures": NO_NUMBER,
    "core_breaker_seconds": [*NO_PAUSE, "soon", "nan"],
    "core_closed_pause": NO_PAUSE,
    "core_retry_share": ["some", "-0.1", "1.1", "nan"],
    "core_max_bytes": [*NO_COUNT, "1023"],
    "core_ca_file": NO_FILE,
    "core_client_cert": NO_FILE,
    "core_client_key": [*NO_FILE, __file__],  # without a certificate
    "policy_file": NO_FILE,
    "rates_file": NO_FILE,
    "confirm_every": NO_TIME,
    "confirm_within": NO_PAUSE,
    "follow_every": NO_TIME,
    "content_url": ["http://www.example.cn/", "https://www.example.cn", "www.example.cn", "https:///a"],
    "request_timeout": NO_TIME,
    "head_timeout": NO_TIME,
    "keep_alive": NO_TIME,
    "drain_time": NO_PAUSE,
    "connections": NO_NUMBER,
    "connections_per_network": NO_NUMBER,
    "rate_limit_per_minute": NO_COUNT,
    "network_bytes_a_minute": NO_COUNT,
    "network_refusals_a_minute": NO_COUNT,
    "network_cost_a_minute": NO_COUNT,
    "compiled_selections": ["perhaps"],
    "documents_file": NO_FILE,
    "documents_only": ["perhaps", "true"],
    "public_max_age": NO_PAUSE,
    "cors_origins": [
        "*",
        "app.example.cn",
        "https://*.example.cn",
        "https://a.example.cn/",
        "https://a.cn:port",
        "null",
    ],
    "access_token_lifetime": NO_TIME,
    "session_idle_lifetime": NO_TIME,
    "session_lifetime": NO_TIME,
    "unlock_lifetime": NO_TIME,
    "query_password_demanded": ["perhaps"],
    "sms_codes_an_hour": NO_COUNT,
    "sms_codes_a_day": NO_COUNT,
    "password_memory_kib": [*NO_COUNT, "7", "4194305"],
    "password_iterations": [*NO_NUMBER, "101"],
    "password_hashes_at_once": [*NO_NUMBER, "1001"],
    "audit_retention": [*NO_TIME, "P179D"],
    "metrics_port": ["web", "-1", "65536"],
    "metrics_host": NO_ADDRESS,
    "log_level": ["LOUD", "info"],
    "log_style": ["xml"],
    "trusted_proxies": ["localhost", "127.0.0.1, 10.0.0.0/33", "10.0.0.*"],
}
"""Of each setting, what it cannot be. A password may be anything."""
TOLD_ELSEWHERE = ("policy_file", "rates_file", "core_wsdl", "core_ca_file", "core_client_cert")
"""Settings for which `bff check` has lines that say more."""


def test_of_every_setting_it_is_known_what_it_cannot_be() -> None:
    assert list(BAD) == list(Settings.model_fields)


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in BAD.items() for value in values])
def test_a_bad_value_of_any_setting_is_told_by_its_name_before_anything_starts(
    name: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BFF_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("BFF_PORT", "0")
    monkeypatch.setenv("BFF_METRICS_PORT", "0")
    monkeypatch.setenv(f"BFF_{name.upper()}", value)
    for module, starts in ((server, "run"), (practice_core, "running")):
        monkeypatch.setattr(module, starts, lambda *_: pytest.fail("it has started"))
    by_dev = name != "development" and value == BAD[name][0]  # once a setting is enough
    for command in ("serve", "dev") if by_dev else ("serve",):
        assert main([command]) == 2
        told = capsys.readouterr().err
        assert told.startswith(f"BFF_{name.upper()}")
        assert told.count("\n") == 1
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("name", [name for name in BAD if name not in TOLD_ELSEWHERE and BAD[name]])
def test_a_check_names_a_setting_with_a_bad_value(name: str, core: Core, tmp_path: Path) -> None:
    """In its first line."""
    values = {"core_url": core.url, "data_dir": str(tmp_path), "metrics_port": "0", name: BAD[name][0]}
    environment = {**os.environ, **{f"BFF_{each.upper()}": value for each, value in values.items()}}
    first = "\n".join(_first_line(environment).details)
    assert f"BFF_{name.upper()}" in first


def _first_line(environment: dict[str, str]) -> Finding:
    with pytest.MonkeyPatch.context() as patched:
        for name, value in environment.items():
            patched.setenv(name, value)
        try:
            return asyncio.run(check(Settings()))[0]
        except ValidationError as error:
            return without_settings("\n".join(what_is_wrong(error)))[0]


def test_what_is_meant_is_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "HOST": "[::1]",
        "CORS_ORIGINS": "HTTPS://App.Example.cn:443, http://localhost:3000,https://[fd00::1]:8443",
        "KEEP_ALIVE": "90",
        "CORE_BREAKER_SECONDS": "0",
        "CONTENT_URL": "https://www.example.cn/files",
    }.items():
        monkeypatch.setenv(f"BFF_{name}", value)
    settings = Settings()
    assert settings.host == "::1"
    assert settings.cors_origins == ("https://app.example.cn", "http://localhost:3000", "https://[fd00::1]:8443")
    assert (settings.keep_alive, settings.core_breaker_seconds) == (timedelta(seconds=90), timedelta(0))
    assert settings.content_url == "https://www.example.cn/files"


@pytest.mark.parametrize("port", ["web", "-1", "65536", "1" * 30])
def test_the_practice_core_s_port_is_told_too(
    port: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {"SANDBOX_PORT": port, "BFF_DATA_DIR": str(tmp_path), "BFF_PORT": "0"}.items():
        monkeypatch.setenv(name, value)
    assert main(["dev"]) == 2
    assert capsys.readouterr().err == f"SANDBOX_PORT: {port} is no port\n"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_a_database_url_is_taken_in_each_common_form(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BFF_DATABASE_URL", f"{scheme}://bff:p%2Fa%40b%25c%23d@db.example:6432/bff?sslmode=require")
    url = make_url(Settings().store_url)
    assert (url.drivername, url.username, url.password) == ("postgresql+asyncpg", "bff", "p/a@b%c#d")
    assert (url.host, url.port, url.database, dict(url.query)) == ("db.example", 6432, "bff", {"ssl": "require"})


def test_a_password_may_hold_a_slash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BFF_DATABASE_URL", "postgres://bff:pa/ss@db.example/bff")
    assert make_url(Settings().store_url).password == "pa/ss"


@pytest.mark.parametrize(("given", "path"), [("sqlite:////var/a.db", "/var/a.db"), ("sqlite+aiosqlite:///b", "b")])
def test_sqlite_is_taken_with_and_without_its_driver(given: str, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BFF_DATABASE_URL", given)
    url = make_url(Settings().store_url)
    assert (url.drivername, url.database) == ("sqlite+aiosqlite", path)


WRONG = [
    ("BFF_DATABASE_URL", f"mysql://bff:{SECRET}@db.example/bff"),
    ("BFF_DATABASE_URL", f"postgresql+psycopg2://bff:{SECRET}@db.example/bff"),
    ("BFF_DATABASE_URL", f"db.example/{SECRET}"),
    ("BFF_DATABASE_URL", f"postgresql://bff:{SECRET}@x@db.example/bff"),
    ("BFF_DATABASE_URL", f"postgresql://bff:{SECRET}%@db.example/bff"),
    ("BFF_DATABASE_URL", f"postgresql://bff:{SECRET}#@db.example/bff"),
    ("BFF_DATABASE_URL", f"postgresql://bff:{SECRET}@db.example:port/bff"),
    ("BFF_DATABASE_URL", f"postgresql://bff:{SECRET}@db.example"),
    ("BFF_DATABASE_URL", f"postgresql://bff:{SECRET}@/bff"),
    ("BFF_DATABASE_URL", f"postgresql://bff:{SECRET}@db.example/bff?sslmode=yes"),
    ("BFF_CACHE_URL", f"redis://:a/{SECRET}@cache.example/0"),
    ("BFF_CACHE_URL", f"redis://:{SECRET}/a@cache.example/0"),
    ("BFF_CACHE_URL", f"redis://:{SECRET}@a@cache.example/0"),
    ("BFF_CACHE_URL", f"redis://:{SECRET}#a@cache.example/0"),
    ("BFF_CACHE_URL", f"redis://:{SECRET}%a@cache.example/0"),
    ("BFF_CACHE_URL", f"redis://:{SECRET}@cache.example/first"),
    ("BFF_CACHE_URL", f"redis://:{SECRET}@cache.example:port/0"),
    ("BFF_CACHE_URL", f"http://:{SECRET}@cache.example/0"),
    ("BFF_CACHE_URL", f"redis://:{SECRET}@/0"),
    ("BFF_TRUSTED_PROXIES", "localhost"),
    ("BFF_TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/33"),
    ("BFF_METRICS_PORT", "65536"),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
@pytest.mark.parametrize("command", ["migrate", "applications", "serve", "check"])
def test_a_wrong_setting_is_one_sentence_that_names_it(
    command: str, name: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, value)
    assert main([command]) == (1 if command == "check" else 2)
    said = capsys.readouterr()
    told = said.out if command == "check" else said.err
    assert name in told
    assert SECRET not in said.out + said.err
    if command != "check":
        assert said.err.startswith(f"{name}: ")
        assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "value", "module"),
    [("BFF_DATABASE_URL", "postgresql://bff@db.example/bff", "asyncpg"), ("BFF_CACHE_URL", "redis://a/0", "redis")],
)
def test_an_extra_that_is_not_installed_is_named(name: str, value: str, module: str, tmp_path: Path) -> None:
    """In a process of its own, in which Python finds the package nowhere."""
    hidden = f"import sys; sys.modules[{module!r}] = None\nfrom bff.cli.main import main\nsys.exit(main(['migrate']))"
    environment = {**os.environ, name: value, "BFF_DATA_DIR": str(tmp_path)}
    ended = subprocess.run([sys.executable, "-c", hidden], env=environment, capture_output=True, text=True)
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"{name}: ")
    assert f"pip install 'gjj-bff[{urls.EXTRAS[module]}]'" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("BFF_CORE_PASWORD", "BFF_CORE_PASSWORD"),
        ("BFF_DATABASE_URI", "BFF_DATABASE_URL"),
        ("bff_log_levle", "BFF_LOG_LEVEL"),
        ("BFF_XYZ", ""),
    ],
)
def test_a_misspelt_variable_is_told_with_the_nearest_setting(name: str, nearest: str) -> None:
    assert setting_names.unknown({name: "1", "BFF_PORT": "1", "PATH": "/bin"}) == {name: nearest}


LINKS = {
    "BFF_PORT": "tcp://10.96.0.7:8000",
    "BFF_PORT_8000_TCP": "tcp://10.96.0.7:8000",
    "BFF_PORT_8000_TCP_ADDR": "10.96.0.7",
    "BFF_SERVICE_HOST": "10.96.0.7",
    "BFF_SERVICE_PORT": "8000",
    "BFF_SERVICE_PORT_HTTP": "8000",
    "BFF_METRICS_PORT": "tcp://[fd00::7]:9464",
    "BFF_METRICS_SERVICE_HOST": "fd00::7",
}


def test_what_kubernetes_sets_beside_a_service_of_our_name_is_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in LINKS.items():
        monkeypatch.setenv(name, value)
    assert (Settings().port, Settings().metrics_port) == (8000, None)
    assert setting_names.unknown(LINKS) == {}
    with capture_logs() as said:
        setting_names.warn_of_unknown(LINKS)
    assert [(each["event"], each["name"], each["used"]) for each in said] == [
        ("service_link_ignored", "BFF_PORT", "8000"),
        ("service_link_ignored", "BFF_METRICS_PORT", "None"),
    ]
    assert next(setting_names.sentences(LINKS)) == (
        "BFF_PORT is the address of a Service of Kubernetes and is ignored; 8000 is used"
    )


@pytest.mark.parametrize(("old", "new"), setting_names.RENAMED.items())
def test_a_renamed_variable_is_refused_with_its_new_name(
    old: str, new: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert new.removeprefix("BFF_").lower() in Settings.model_fields
    monkeypatch.setenv(old, "9")
    assert preflight.problems(Settings(development=True, data_dir=tmp_path)) == [f"{old}: is now called {new}"]
    assert setting_names.unknown({old: "9"}) == {old: new}


def test_a_renamed_secret_file_is_refused_with_its_new_name(tmp_path: Path) -> None:
    (tmp_path / "BFF_CORE_PAUSE").write_text("9")
    assert setting_names.renamed({"BFF_SECRETS_DIR": str(tmp_path)}) == {"BFF_CORE_PAUSE": "BFF_CORE_BREAKER_SECONDS"}


def test_a_secret_file_under_another_name_is_told(tmp_path: Path) -> None:
    for name in ("BFF_CORE_PASSWORD", "bff_cache_url", "core-password", "..data"):
        (tmp_path / name).write_text("x")
    assert setting_names.unknown_files(str(tmp_path)) == {"core-password": "BFF_CORE_PASSWORD"}


def test_a_command_tells_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BFF_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("BFF_DATABASE_URI", SECRET)
    assert main(["migrate"]) == 0
    assert capsys.readouterr().err.splitlines()[0] == (
        "BFF_DATABASE_URI is no setting and changes nothing; BFF_DATABASE_URL is one"
    )


def test_a_server_tells_them_when_it_starts(core: Core, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BFF_CORE_PASWORD", SECRET)
    with serving(core, tmp_path / "bff") as served:
        (told,) = [each for each in served.events() if each["event"] == "setting_unknown"]
        assert (told["name"], told["nearest"]) == ("BFF_CORE_PASWORD", "BFF_CORE_PASSWORD")
        assert SECRET not in served.log.read_text()


@pytest.mark.parametrize("options", [[], ["--workers", "2"]], ids=["one", "several"])
@pytest.mark.parametrize(
    ("name", "content"),
    [
        *((name, None) for name in ("POLICY_FILE", "RATES_FILE", "CORE_NAMES_FILE", "DOCUMENTS_FILE", "CORE_CA_FILE")),
        *((name, None) for name in ("CORE_CLIENT_CERT", "CORE_CLIENT_KEY", "CORE_WSDL")),
        *((name, "x = [") for name in ("POLICY_FILE", "RATES_FILE", "CORE_NAMES_FILE", "DOCUMENTS_FILE")),
        ("CORE_NAMES_FILE", "[operations]\nQueryAccount = 1"),
        ("POLICY_FILE", "\udcff"),
        *((name, "no certificate") for name in ("CORE_CA_FILE", "CORE_CLIENT_CERT")),
    ],
)
def test_a_file_that_cannot_be_used_is_named_before_anything_starts(
    name: str,
    content: str | None,
    options: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "file"
    if content is not None:
        file.write_bytes(content.encode("utf-8", "surrogateescape"))
    monkeypatch.setenv(f"BFF_{name}", str(file))
    monkeypatch.setenv("BFF_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("BFF_PORT", "0")
    assert main(["serve", *options]) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"BFF_{name}: {file}")
    assert told.count("\n") == 1
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(("host", "named"), [("127.0.0.1", "BFF_PORT"), ("no-such-host.invalid", "BFF_HOST")])
def test_an_address_that_nothing_can_listen_on_is_named(
    host: str, named: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("BFF_HOST", host)
        monkeypatch.setenv("BFF_PORT", str(taken.getsockname()[1]))
        assert main(["serve"]) == 2
    assert capsys.readouterr().err.startswith(f"{named}: {host}:")


def test_no_processes_are_no_server(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["serve", "--workers", "0"])
    assert ended.value.code == 2
    assert "--workers" in capsys.readouterr().err


def test_a_server_that_imports_its_application_says_it_as_well(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "uvicorn", "--factory", "bff.app:create", "--port", "0"]
    environment = {**os.environ, "BFF_CACHE_URL": f"redis://:a/{SECRET}@cache.example/0", "BFF_DATA_DIR": str(tmp_path)}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 78
    assert ended.stderr.startswith("BFF_CACHE_URL: ")
    assert "Traceback" not in ended.stderr
    assert SECRET not in ended.stderr + ended.stdout
