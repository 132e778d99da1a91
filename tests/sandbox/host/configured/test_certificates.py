"""The machine's own file of certificates: which one counts, and what of it goes into a box."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.host.configured import certificates
from tests.sandbox.host.configured.conftest import Machine

ONE = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"
TRUSTED = "-----BEGIN TRUSTED CERTIFICATE-----\nBBBB\n-----END TRUSTED CERTIFICATE-----"
INSIDE = ".config/pullwright/certificates.pem"


def test_certificates_go_in_without_what_stands_beside_them_and_every_tool_is_told(machine: Machine) -> None:
    key = "-----BEGIN " + "PRIVATE KEY-----\nCCCC\n-----END " + "PRIVATE KEY-----"
    found = machine({"~/.npmrc": 'cafile = "~/own.pem"\n', "~/own.pem": f"# ours\n{key}\n{ONE}\nwords\n{TRUSTED}\n"})
    assert certificates.gather(found) == found.home / "own.pem"
    assert found.files[INSIDE].decode() == f"{ONE}\n{TRUSTED}\n"
    assert set(found.env.values()) == {f"/home/box/{INSIDE}"}
    assert {"PIP_CERT", "NODE_EXTRA_CA_CERTS", "CARGO_HTTP_CAINFO", "COMPOSER_CAFILE"} <= set(found.env)


def test_the_environment_counts_above_files_and_what_is_not_there_is_passed_over(
    machine: Machine, tmp_path: Path
) -> None:
    (tmp_path / "given.pem").write_text(ONE)
    found = machine({"~/.npmrc": "cafile=~/own.pem\n", "~/own.pem": TRUSTED}, PIP_CERT=str(tmp_path / "given.pem"))
    assert certificates.gather(found) == tmp_path / "given.pem"
    found = machine({"~/.npmrc": "cafile=~/own.pem\n", "~/own.pem": TRUSTED}, PIP_CERT=str(tmp_path / "none.pem"))
    assert certificates.gather(found) == found.home / "own.pem"


@pytest.mark.parametrize("name", ["/" + "a" * 300, "relative.pem", "", "/etc/\0", "~nobody/own.pem"])
def test_a_name_of_no_file_is_no_configuration(machine: Machine, name: str) -> None:
    found = machine({"~/.npmrc": f"cafile={name}\n"}, SSL_CERT_FILE=name)
    assert certificates.gather(found) is None
    assert (found.files, found.env) == ({}, {})


def test_a_file_without_certificates_is_told_and_not_used(machine: Machine) -> None:
    found = machine({"~/.config/pip/pip.conf": "[global]\ncert = ~/own.pem\n", "~/own.pem": "words"})
    assert certificates.gather(found) is None
    assert found.env == {}
    assert found.notes == [f"`{found.home / 'own.pem'}` holds no certificates."]


def test_a_tilde_in_the_middle_of_a_path_is_the_file_s_own(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "own~1.pem").write_text(ONE)
    found = machine(SSL_CERT_FILE=str(tmp_path / "own~1.pem"))
    assert certificates.gather(found) == tmp_path / "own~1.pem"
    assert found.files[INSIDE].decode() == f"{ONE}\n"
