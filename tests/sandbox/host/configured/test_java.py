"""maven's and gradle's repositories, as this machine is configured with them."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from sandbox.host.configured import java
from sandbox.host.configured.gathering import Gathering, basic
from tests.sandbox.host.configured.conftest import Machine

SETTINGS = "~/.m2/settings.xml"
MIRROR = "<mirror><id>m</id><url>https://m.x/a</url></mirror>"
ENTITY = '<!DOCTYPE a [<!ENTITY b "c">]><settings><mirror><id>&b;</id><url>https://m.x/</url></mirror></settings>'


def gathered(machine: Machine, files: dict[str, str] | None = None, **environ: str) -> Gathering:
    found = machine(files, **environ)
    java.gather(found)
    return found


def maven(machine: Machine, inside: str, **environ: str) -> Gathering:
    return gathered(machine, {SETTINGS: f"<settings>{inside}</settings>"}, **environ)


def written(found: Gathering) -> ElementTree.Element:
    return ElementTree.fromstring(found.files[".m2/settings.xml"])


def test_a_machine_that_says_nothing_gives_nothing(machine: Machine) -> None:
    found = gathered(machine)
    assert (found.files, found.env, found.hosts, found.notes) == ({}, {}, set(), [])


def test_a_mirror_and_a_repository_are_written_anew_with_what_maven_escapes(machine: Machine) -> None:
    repository = "<repository><id>r</id><url> https://r.x/?a&amp;b </url></repository>"
    plugins = "<pluginRepository><id>p</id><url>https://p.x/</url></pluginRepository>"
    profile = f"<profiles><profile>{repository}{plugins}</profile></profiles>"
    found = written(maven(machine, f"<mirrors>{MIRROR}</mirrors>{profile}"))
    assert [one.text for one in found.findall("mirrors/mirror/*")] == ["m", "*", "https://m.x/a"]
    assert found.findtext("profiles/profile/repositories/repository/url") == "https://r.x/?a&b"
    assert found.findtext("profiles/profile/pluginRepositories/pluginRepository/url") == "https://p.x/"
    assert found.findtext("activeProfiles/activeProfile") == found.findtext("profiles/profile/id")


def test_a_mirror_that_only_blocks_is_none(machine: Machine) -> None:
    blocking = "<mirror><id>b</id><url>https://b.x/</url><blocked>true</blocked></mirror>"
    assert maven(machine, f"<mirrors>{blocking}</mirrors>").files == {}


def test_the_login_of_a_server_goes_through_the_gateway_with_its_variables_filled_in(machine: Machine) -> None:
    space = 'xmlns="http://maven.apache.org/SETTINGS/1.0.0"'
    server = "<server><id>m</id><username>u</username><password>${WORD}</password></server>"
    text = f"<settings {space}><servers>{server}</servers><mirrors>{MIRROR}</mirrors></settings>"
    found = gathered(machine, {SETTINGS: text}, WORD="se-cret")
    (route,) = found.routes.values()
    assert (route.base, route.authorization) == ("https://m.x/a/", basic("u", "se-cret").authorization)
    assert "se-cret" not in str(found.files)


def test_a_password_that_maven_keeps_encrypted_is_said_to_be_not_used(machine: Machine) -> None:
    server = "<server><id>m</id><username>u</username><password>{COQLCE6DU6=}</password></server>"
    found = maven(machine, f"<servers>{server}</servers><mirrors>{MIRROR}</mirrors>")
    assert found.routes == {}
    assert found.notes == ["maven: the password of server `m` is encrypted, and is not used."]


@pytest.mark.parametrize("text", ["<a>" * 50_000, "<settings>", "\0", ENTITY])
def test_settings_that_cannot_be_read_break_nothing(machine: Machine, text: str) -> None:
    assert gathered(machine, {SETTINGS: text}).files == {}


def test_gradle_s_scripts_are_read_for_addresses_each_with_its_own_login(machine: Machine) -> None:
    first = 'maven {\n url "https://a.x/"\n credentials {\n username "u"\n password "word"\n }\n}\n'
    second = 'maven { url = uri("https://b.x/") }\nmaven { url "https://b.x/" }\n'
    found = gathered(
        machine, {"~/.gradle/init.gradle": second + first, "~/.gradle/init.d/c.gradle.kts": 'url = uri("https://c.x/")'}
    )
    script = found.files[".gradle/init.d/host.gradle"].decode()
    (route,) = found.routes.values()
    assert (route.base, route.secrets[0]) == ("https://a.x/", "word")
    assert [script.count(f"uri('https://{host}/')") for host in ("a.x", "b.x", "c.x")] == [0, 1, 1]
    assert "word" not in script


def test_gradle_s_home_is_where_the_environment_has_it(machine: Machine, tmp_path: object) -> None:
    files = {"/etc/gradle/init.gradle": "url 'https://g.x/'", "~/.gradle/init.gradle": "url 'https://h.x/'"}
    assert gathered(machine, files, GRADLE_USER_HOME="/etc/gradle").hosts == {"g.x:443"}
