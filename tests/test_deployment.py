"""The files in deploy/ that no test can run: their form by a linter, and what they promise."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from importlib.metadata import requires
from itertools import chain
from math import ceil
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bff.server.options import GraphQLOptions
from bff.settings import Settings
from tests.support.packages import delivered
from tests.support.servers import ROOT
from tests.support.services import program

DEPLOY = ROOT / "deploy"
PIN = re.compile(r"^([\w.-]+==.+?) *\\$", re.MULTILINE)


def pinned(lock: str) -> dict[str, str]:
    """Versions by the names of packages, for this machine."""
    found = map(Requirement, PIN.findall((ROOT / lock).read_text()))
    here = [each for each in found if each.marker is None or each.marker.evaluate()]
    return {each.name: str(each.specifier).removeprefix("==") for each in here}


def manifests() -> dict[str, Any]:
    """The Kubernetes objects by their kinds."""
    return {each["kind"]: each for each in yaml.safe_load_all((DEPLOY / "kubernetes" / "bff.yaml").read_text())}


def pod() -> Any:
    return manifests()["Deployment"]["spec"]["template"]["spec"]


def container() -> Any:
    (found,) = pod()["containers"]
    return found


def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    return found


@pytest.mark.services
def test_the_containerfile_pleases_its_linter() -> None:
    linted = subprocess.run([program("hadolint"), str(DEPLOY / "Containerfile")], capture_output=True, text=True)
    assert (linted.stdout, linted.returncode) == ("", 0)


@pytest.mark.services
def test_kubernetes_knows_every_field_of_the_manifests() -> None:
    command = [program("kubernetes-validate"), "--strict", str(DEPLOY / "kubernetes" / "bff.yaml")]
    validated = subprocess.run(command, capture_output=True, text=True)
    assert validated.returncode == 0, validated.stdout + validated.stderr


def test_the_image_has_what_was_tested_and_no_tools() -> None:
    image, tested = pinned("deploy/requirements.lock"), pinned("requirements.lock")
    assert image.items() <= tested.items()
    assert {"asyncpg", "redis", "uvicorn"} <= image.keys()
    assert not {"pytest", "mypy", "ruff"} & image.keys()


def test_what_builds_the_image_is_pinned_as_well() -> None:
    build, tested = pinned("deploy/build.lock"), pinned("requirements.lock")
    assert build.items() <= tested.items()
    system = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
    assert {Requirement(each).name for each in system} <= build.keys()
    needed = [Requirement(each) for name in build for each in requires(name) or ()]
    assert {canonicalize_name(each.name) for each in needed if _is_needed(each)} <= build.keys()
    assert not re.search(r"pip install (?!--require-hashes|--no-deps dist)", (DEPLOY / "Containerfile").read_text())


def test_the_tool_of_make_mutants_is_pinned_and_goes_with_what_is_tested() -> None:
    tool, tested = pinned("tests/mutants.lock"), pinned("requirements.lock")
    assert {name: version for name, version in tool.items() if tested.get(name, version) != version} == {}
    (asked,) = map(Requirement, tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["mutants"])
    assert (asked.name, str(asked.specifier)) == ("mutmut", f"=={tool['mutmut']}")


def _is_needed(requirement: Requirement) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": ""})


@pytest.mark.parametrize("lock", ["requirements.lock", "deploy/requirements.lock"])
def test_a_lock_has_all_that_the_server_needs_and_no_address_of_a_registry(lock: str) -> None:
    needed = {canonicalize_name(each.name): each.version for each in delivered() if each.name != "gjj-bff"}
    assert len(needed) > 40
    assert needed.items() <= pinned(lock).items()
    assert not re.search(r"https?:|^--", (ROOT / lock).read_text(), re.MULTILINE)


@pytest.mark.parametrize("lock", ["requirements.lock", "deploy/requirements.lock"])
def test_a_lock_is_no_older_than_what_is_asked_for(lock: str) -> None:
    pins = pinned(lock)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    assert [each for each in map(Requirement, asked) if pins.get(each.name, "") not in each.specifier] == []


def test_every_variable_is_a_setting() -> None:
    given = set(manifests()["ConfigMap"]["data"]) | {each["name"] for each in container()["env"]}
    given |= set(services()["bff-1"]["environment"])
    given |= set(re.findall(r"\bBFF_\w+(?==)", (DEPLOY / "Containerfile").read_text()))
    assert {name.removeprefix("BFF_").lower() for name in given} <= Settings.model_fields.keys()


def test_a_pod_is_asked_whether_it_lives_and_whether_it_is_ready() -> None:
    probes = {name: container()[f"{name}Probe"]["httpGet"]["path"] for name in ("startup", "liveness", "readiness")}
    assert probes == {"startup": "/healthz", "liveness": "/healthz", "readiness": "/readyz"}


def test_the_end_has_the_time_that_requests_and_submissions_may_take() -> None:
    settings = Settings()
    requests = ceil(settings.request_timeout.total_seconds()) + 1
    needed = requests + 2 * settings.core_timeout.total_seconds()
    paused = int(container()["lifecycle"]["preStop"]["exec"]["command"][1])
    assert pod()["terminationGracePeriodSeconds"] >= paused + needed
    assert all(int(services()[name]["stop_grace_period"].removesuffix("s")) >= needed for name in ("bff-1", "bff-2"))


def test_the_cluster_sets_no_variable_of_ours() -> None:
    """For a Service that is called bff it would set BFF_PORT to an address, and the server would not start."""
    assert manifests()["Service"]["metadata"]["name"] == "bff"
    assert pod()["enableServiceLinks"] is False


def test_pods_reach_what_they_need_and_are_reached_by_two() -> None:
    policy = manifests()["NetworkPolicy"]["spec"]
    assert policy["podSelector"] == manifests()["Deployment"]["spec"]["selector"]
    assert set(policy["policyTypes"]) == {"Ingress", "Egress"}
    assert [each["port"] for rule in policy["ingress"] for each in rule["ports"]] == ["http", "metrics"]
    assert {each["port"] for rule in policy["egress"] for each in rule["ports"]} == {53, 5432, 6379, 443}
    assert all(each.get("to") or each.get("from") for each in policy["ingress"] + policy["egress"])
    assert {each["name"] for each in container()["ports"]} == {"http", "metrics"}


def test_the_ingress_says_who_serves_it_and_leads_to_graphql_alone() -> None:
    ingress = manifests()["Ingress"]["spec"]
    assert ingress["ingressClassName"] == "nginx"
    assert ingress["tls"][0]["hosts"] == [each["host"] for each in ingress["rules"]]
    assert [path["path"] for rule in ingress["rules"] for path in rule["http"]["paths"]] == ["/graphql"]


def test_some_pods_stay_while_machines_are_emptied() -> None:
    budget = manifests()["PodDisruptionBudget"]["spec"]
    deployment = manifests()["Deployment"]["spec"]
    assert 0 < budget["minAvailable"] < deployment["replicas"]
    assert budget["selector"] == deployment["selector"] == {"matchLabels": deployment["template"]["metadata"]["labels"]}


def test_memory_has_room_for_the_hashes_that_run_at_once() -> None:
    settings = Settings()
    hashes = settings.password_hashes_at_once * settings.password_memory_kib // 1024
    assert int(container()["resources"]["limits"]["memory"].removesuffix("Mi")) >= 2 * hashes
    assert "cpu" in container()["resources"]["requests"]


def test_nothing_secret_is_in_a_file() -> None:
    secret = {"BFF_DATABASE_URL", "BFF_CACHE_URL", "BFF_LIMITS_URL", "BFF_CORE_PASSWORD"}
    referred = {each["name"] for each in container()["env"] if "secretKeyRef" in each.get("valueFrom", {})}
    assert referred == secret
    assert not secret & manifests()["ConfigMap"]["data"].keys()


def test_no_container_has_more_rights_than_it_needs() -> None:
    assert pod()["securityContext"]["runAsNonRoot"] is True
    rights = container()["securityContext"]
    assert (rights["allowPrivilegeEscalation"], rights["capabilities"]) == (False, {"drop": ["ALL"]})
    assert rights["readOnlyRootFilesystem"] is True
    assert services()["bff-1"]["cap_drop"] == ["ALL"]


def test_images_name_a_version() -> None:
    images = [container()["image"], *(each["image"] for name, each in services().items())]
    assert [each for each in images if each != "gjj-bff" and not re.search(r":v?\d", each)] == []


def test_compose_has_two_processes_behind_nginx_that_believe_its_address_only() -> None:
    found = services()
    assert {"nginx", "bff-1", "bff-2", "postgresql", "redis"} <= found.keys()
    address = found["nginx"]["networks"]["inside"]["ipv4_address"]
    assert {found[name]["environment"]["BFF_TRUSTED_PROXIES"] for name in ("bff-1", "bff-2")} == {address}
    assert [name for name, each in found.items() if "ports" in each] == ["nginx", "prometheus", "alertmanager"]
    assert all(port.startswith("127.0.0.1:") for each in found.values() for port in each.get("ports", ()))


def test_prometheus_looks_at_each_process_and_tells_the_alertmanager() -> None:
    found = services()
    config = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yaml").read_text())
    port = found["bff-1"]["environment"]["BFF_METRICS_PORT"]
    assert config["scrape_configs"][0]["static_configs"][0]["targets"] == [f"bff-1:{port}", f"bff-2:{port}"]
    assert config["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"] == ["alertmanager:9093"]
    assert "alertmanager" in found
    assert config["global"]["evaluation_interval"] == config["global"]["scrape_interval"]


@pytest.mark.services
def test_the_alertmanager_takes_its_file() -> None:
    command = [program("amtool"), "check-config", str(DEPLOY / "prometheus" / "alertmanager.yaml")]
    checked = subprocess.run(command, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_nginx_lets_bodies_as_large_as_the_server_s_bound_through() -> None:
    limit = re.search(r"client_max_body_size (\d+)k;", (DEPLOY / "nginx" / "graphql.conf").read_text())
    assert limit
    assert int(limit[1]) * 1024 == GraphQLOptions().max_body_bytes


def test_nginx_finds_processes_that_were_made_anew_at_their_old_addresses() -> None:
    found = services()
    named = dict(each.split(":") for each in found["nginx"]["extra_hosts"])
    assert named == {name: found[name]["networks"]["inside"]["ipv4_address"] for name in ("bff-1", "bff-2")}
    assert len(set(named.values())) == 2


def test_what_nginx_keeps_fits_into_its_folder_and_that_into_its_memory() -> None:
    """A folder in memory that may grow beyond the limit is how nginx is killed."""
    nginx, text = services()["nginx"], (DEPLOY / "nginx" / "nginx.conf").read_text()
    (folder,) = re.findall(r"^/var/cache/nginx:size=(\d+)m$", "\n".join(nginx["tmpfs"]), re.MULTILINE)
    cache = sum(map(int, re.findall(r"(?:max_size|min_free)=(\d+)m", text)))
    zones = sum(map(int, re.findall(r"zone=\w+:(\d+)m", text)))
    assert 2 * cache <= int(folder)
    assert 2 * (int(folder) + zones) <= int(nginx["mem_limit"].removesuffix("m"))


def test_the_logs_of_containers_are_bounded() -> None:
    assert all("max-size" in each["logging"]["options"] for each in services().values())


@pytest.mark.parametrize(("ready", "renewed", "status"), [("0", ["bff-1", "bff-2"], 0), ("1", ["bff-1"], 1)])
def test_a_roll_goes_on_only_once_the_first_is_ready(
    ready: str, renewed: list[str], status: int, tmp_path: Path
) -> None:
    """With a program in place of podman that writes down what it is asked for."""
    compose = tmp_path / "compose"
    compose.write_text(f'#!/bin/sh\necho "$1 $@" >> {tmp_path}/asked\n[ "$1" != exec ] || exit {ready}\n')
    compose.chmod(0o755)
    environment = {"COMPOSE": str(compose), "READY_WITHIN": "1", "PATH": os.environ["PATH"]}
    done = subprocess.run([DEPLOY / "roll.sh"], env=environment, capture_output=True, check=False)
    asked = (tmp_path / "asked").read_text().splitlines()
    assert done.returncode == status
    assert [each.split()[-1] for each in asked if each.startswith("up ")] == renewed


def test_members_over_tls_need_one_more_file_of_compose() -> None:
    (name, more), *others = yaml.safe_load((DEPLOY / "compose.tls.yaml").read_text())["services"].items()
    text = (DEPLOY / "nginx" / "tls.conf").read_text()
    assert (name, others) == ("nginx", [])
    assert [port.split(":")[1] for port in more["ports"]] == re.findall(r"listen (\d+)", text)
    assert {each.split(":")[-2] for each in more["volumes"]} == {"/etc/nginx/tls.d/tls.conf", "/etc/nginx/certificates"}
