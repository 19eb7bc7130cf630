from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pseudocode.errors import SettingsError
from pseudocode.settings import (
    ONLY_THE_PERSON,
    Settings,
    hide_secrets,
    load_settings,
    user_config,
)


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def project(path: Path, table: str) -> Path:
    write(path / "pyproject.toml", f"[tool.pseudocode]\n{table}\n")
    return path


def load(path: Path, environ: dict[str, str] | None = None, **flags: Any) -> Settings:
    return load_settings(flags, project=path, environ=environ or {})


def test_without_anything_the_defaults_hold(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert settings == Settings()
    assert settings.origins == {}


def test_a_price_may_be_zero_and_needs_the_other_one(tmp_path: Path) -> None:
    settings = load(tmp_path, price_in=0, price_out="2.5")
    assert (settings.price_in, settings.price_out) == (0.0, 2.5)
    with pytest.raises(SettingsError, match="price_out must be above zero"):
        load(tmp_path, price_in=0, price_out=-1)
    with pytest.raises(SettingsError, match="price_in and price_out go together"):
        load(tmp_path, {"PSEUDOCODE_PRICE_IN": "1"})
    with pytest.raises(SettingsError, match="cannot set price_in"):
        load(project(tmp_path, "price_in = 0\nprice_out = 0"))


def test_the_stronger_source_wins(tmp_path: Path) -> None:
    write(user_config(), "max_rounds = 2\nmodel = 'a'\ntimeout = 1\ncandidates = 1\n")
    project(tmp_path, "max_rounds = 3\nmodel = 'b'\ntimeout = 2\n")
    environ = {"PSEUDOCODE_MAX_ROUNDS": "4", "PSEUDOCODE_MODEL": "c"}
    settings = load(tmp_path, environ, max_rounds=5, model=None)
    assert settings.max_rounds == 5
    assert settings.model == "c"
    assert settings.timeout == 2.0
    assert settings.candidates == 1


def test_each_value_says_where_it_comes_from(tmp_path: Path) -> None:
    write(user_config(), "candidates = 1\n")
    project(tmp_path, "timeout = 2")
    settings = load(tmp_path, {"PSEUDOCODE_MODEL": "c"}, max_rounds=5)
    assert settings.origins == {
        "candidates": str(user_config()),
        "timeout": str(tmp_path / "pyproject.toml"),
        "model": "the environment",
        "max_rounds": "the command line",
    }


def test_a_named_configuration_file_replaces_the_usual_one(tmp_path: Path) -> None:
    write(user_config(), "model = 'usual'\n")
    other = write(tmp_path / "other.toml", "max_rounds = 9\n")
    settings = load_settings({}, project=tmp_path, environ={}, config=other)
    assert (settings.max_rounds, settings.model) == (9, "")


def test_a_named_configuration_file_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="there is no such file"):
        load_settings({}, project=tmp_path, environ={}, config=tmp_path / "none.toml")


@pytest.mark.parametrize("name", ONLY_THE_PERSON)
def test_a_project_cannot_redirect_keys_or_open_walls(tmp_path: Path, name: str) -> None:
    project(tmp_path, f"{name} = 'off'")
    with pytest.raises(SettingsError, match=f"a project cannot set {name}"):
        load(tmp_path)


@pytest.mark.parametrize("name", ONLY_THE_PERSON)
def test_the_person_can(tmp_path: Path, name: str) -> None:
    if name in ("price_in", "price_out"):
        write(user_config(), "price_in = 2\nprice_out = 2\n")
        assert getattr(load(tmp_path), name) == 2.0
    elif name == "keyring":
        write(user_config(), "keyring = false\n")
        assert load(tmp_path).origins["keyring"] == str(user_config())
    else:
        value = "sqlite:///team.db" if name == "library_url" else "strict"
        write(user_config(), f"{name} = '{value}'\n")
        assert getattr(load(tmp_path), name) == value


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://anna:s3cret@db/code", "postgresql://anna:***@db/code"),
        ("postgresql://anna@db/code?user=a&password=s3cret", "postgresql://anna@db/code?user=a&"),
        ("postgresql+psycopg://:s3cret%40@/code?host=/run", "postgresql+psycopg://:***@/code"),
        ("sqlite:////home/a@b/team.db", "sqlite:////home/a@b/team.db"),
    ],
)
def test_the_password_of_the_shared_library_is_not_shown(
    tmp_path: Path, url: str, shown: str
) -> None:
    environ = {"PSEUDOCODE_LIBRARY_URL": url, "OTHER": "1"}
    settings = load(tmp_path, environ)
    assert settings.library_url.startswith(shown)
    assert "s3cret" not in repr(settings)
    assert settings.library_address == url
    hide_secrets(settings, environ)
    assert ("PSEUDOCODE_LIBRARY_URL" in environ) == ("s3cret" not in url)


@pytest.mark.parametrize(
    "url",
    ["s3cret", "mysql://a:s3cret@db/x", "postgresql:a:s3cret@db", "postgresql://a:s3c/ret@x/y"],
)
def test_what_is_no_url_of_a_database_is_not_repeated(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsError, match="library_url") as caught:
        load(tmp_path, library_url=url)
    assert "s3c" not in str(caught.value)


def test_the_usual_variable_names_the_server(tmp_path: Path) -> None:
    environ = {"OPENAI_BASE_URL": "http://one/v1"}
    assert load(tmp_path, environ).base_url == "http://one/v1"
    environ["PSEUDOCODE_BASE_URL"] = "http://two/v1"
    assert load(tmp_path, environ).base_url == "http://two/v1"


def test_empty_and_foreign_variables_are_passed_over(tmp_path: Path) -> None:
    environ = {"PSEUDOCODE_MODEL": "", "OPENAI_BASE_URL": "", "PSEUDOCODE_MODE": "generate"}
    assert load(tmp_path, environ) == Settings()


def test_the_sandbox_is_switched_off_by_a_flag_only(tmp_path: Path) -> None:
    assert load(tmp_path, sandbox="off").sandbox == "off"
    with pytest.raises(SettingsError, match="only be asked for by --sandbox off"):
        load(tmp_path, {"PSEUDOCODE_SANDBOX": "off"})
    write(user_config(), "sandbox = 'off'\n")
    with pytest.raises(SettingsError, match="only be asked for by --sandbox off"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("line", "kept"),
    [("true", True), ("false", False), ("'off'", False), ("0", False), ("'Yes'", True)],
)
def test_whether_answers_are_kept_is_a_yes_or_a_no(tmp_path: Path, line: str, kept: bool) -> None:
    project(tmp_path, f"cache = {line}")
    assert load(tmp_path).cache is kept
    assert load(tmp_path, {"PSEUDOCODE_CACHE": "no"}).cache is False
    assert load(tmp_path, {"PSEUDOCODE_CACHE": "no"}, cache=True).cache is True


BAD = {
    "max_rounds = 'many'": "max_rounds must be a number",
    "max_rounds = 0": "max_rounds must be above zero",
    "max_rounds = -1": "max_rounds must be above zero",
    "max_rounds = true": "max_rounds cannot be of type bool",
    "max_rounds = [1]": "max_rounds cannot be",
    "max_rounds = inf": "max_rounds must be",
    "max_rounds = nan": "max_rounds must be",
    "max_rounds = 2.5": "max_rounds must be",
    "timeout = nan": "timeout must be above zero",
    "timeout = inf": "timeout must be above zero",
    f"timeout = {'9' * 400}": "timeout must be",
    "temperature = 2.1": "temperature must be between 0 and 2",
    "temperature = nan": "temperature must be between 0 and 2",
    "modle = 'x'": "there is no setting 'modle'; did you mean model?",
    "cache = 'maybe'": "cache must be true or false, not maybe",
    "cache = 2": "cache must be true or false",
    "cache_mb = 0": "cache_mb must be above zero",
    "library = 'all'": "library must be one of person, project, off",
    "origins = 'x'": "there is no setting 'origins'",
    "model = 'x": "cannot be read",
    "model = 1979-05-27": "model cannot be",
}


@pytest.mark.parametrize("line", BAD, ids=[line[:20] for line in BAD])
def test_what_cannot_be_used_is_named_with_its_place(tmp_path: Path, line: str) -> None:
    project(tmp_path, line)
    with pytest.raises(SettingsError) as caught:
        load(tmp_path)
    assert BAD[line] in str(caught.value)
    assert str(tmp_path / "pyproject.toml") in str(caught.value)


@pytest.mark.parametrize("text", ["tool = 5", "[tool]\npseudocode = 3", "tool.pseudocode = ['x']"])
def test_a_table_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    write(tmp_path / "pyproject.toml", text + "\n")
    with pytest.raises(SettingsError):
        load(tmp_path)


@pytest.mark.parametrize("value", ["0", "2", "0.7"])
def test_temperatures_from_nothing_to_two_will_do(tmp_path: Path, value: str) -> None:
    environ = {"PSEUDOCODE_TEMPERATURE": value}
    assert load(tmp_path, environ).temperature == float(value)


def test_a_bad_variable_and_a_bad_flag_name_their_place(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="the environment: max_rounds must be a number"):
        load(tmp_path, {"PSEUDOCODE_MAX_ROUNDS": "x"})
    with pytest.raises(SettingsError, match="the command line: sandbox must be one of strict"):
        load(tmp_path, sandbox="none")


def test_a_folder_or_text_that_is_no_toml_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="cannot be read"):
        load(tmp_path)
    (tmp_path / "pyproject.toml").unlink()
    (tmp_path / "pyproject.toml").mkdir()
    with pytest.raises(SettingsError, match="cannot be read"):
        load(tmp_path)


names = st.sampled_from(["model", "sandbox", "timeout", "max_rounds", "temperature", "odd"])
values = st.text() | st.integers() | st.floats() | st.booleans() | st.lists(st.integers())


@given(st.dictionaries(names, values))
def test_any_flags_are_settings_or_an_error(flags: dict[str, Any]) -> None:
    try:
        settings = load_settings(flags, project=Path("nowhere"), environ={})
    except SettingsError:
        return
    assert 0 < settings.timeout < 1e12
    assert settings.max_rounds is None or settings.max_rounds >= 1
    assert set(settings.origins) == set(flags)


KEY = "sk-very-secret-4711"
LOGIN = "someone:p%40ss-4712"
WITH_LOGIN = f"http://{LOGIN}@127.0.0.1:8080/v1"


def test_the_login_of_a_url_is_parted_from_what_is_shown(tmp_path: Path) -> None:
    settings = load(tmp_path, {"OPENAI_BASE_URL": WITH_LOGIN, "OPENAI_API_KEY": KEY})
    assert (settings.base_url, settings.login) == ("http://127.0.0.1:8080/v1", LOGIN)
    assert settings.api_key == KEY
    assert not [secret for secret in (KEY, LOGIN, "4712") if secret in repr(settings)]


@pytest.mark.parametrize(
    "url", ["", "nonsense", "http://h", "http://h/v1?a=b", "http://[::1]:1/v1", "HTTPS://h:1/v1"]
)
def test_a_url_without_login_stays_as_it_is(tmp_path: Path, url: str) -> None:
    settings = load(tmp_path, base_url=url)
    assert (settings.base_url, settings.login) == (url, "")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("base_url", "http://someone:p/4711@h/v1"),
        ("api_key_env", "sk-very-4711"),
        ("base_url", ["http://someone:4711@h"]),
    ],
)
def test_a_misplaced_secret_is_not_repeated(tmp_path: Path, name: str, value: Any) -> None:
    with pytest.raises(SettingsError, match=name) as caught:
        load(tmp_path, **{name: value})
    assert "4711" not in str(caught.value)


@pytest.mark.parametrize("name", ["api_key", "login"])
def test_secrets_cannot_be_put_into_files(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match=f"there is no setting '{name}'"):
        load(project(tmp_path, f"{name} = 'x'"))


def test_what_was_read_is_taken_out_of_the_environment(tmp_path: Path) -> None:
    environ = {
        "MY_KEY": KEY,
        "COPY": KEY,
        "PSEUDOCODE_API_KEY_ENV": "MY_KEY",
        "PSEUDOCODE_BASE_URL": WITH_LOGIN,
        "PATH": "/bin",
    }
    hide_secrets(load(tmp_path, environ), environ)
    assert environ == {"PATH": "/bin", "PSEUDOCODE_API_KEY_ENV": "MY_KEY"}


def test_a_key_that_is_a_common_word_takes_only_itself_away(tmp_path: Path) -> None:
    environ = {"OPENAI_API_KEY": "1", "VERBOSE": "1", "OPENAI_BASE_URL": "http://127.0.0.1/v1"}
    hide_secrets(load(tmp_path, environ), environ)
    assert environ == {"VERBOSE": "1", "OPENAI_BASE_URL": "http://127.0.0.1/v1"}


def test_other_keys_are_named_by_what_they_do(tmp_path: Path) -> None:
    write(user_config(), '[keys]\n"desk.approve" = "A"\ndesk.stop = "x,escape"\n')
    assert load(tmp_path).keys == {"desk.approve": "A", "desk.stop": "x,escape"}


@pytest.mark.parametrize("table", ["keys = 3", "[keys]\n'desk.stop' = 3", "[keys]\n'x' = ''"])
def test_keys_that_are_none_are_told(tmp_path: Path, table: str) -> None:
    write(user_config(), table)
    with pytest.raises(SettingsError, match="keys"):
        load(tmp_path)


def test_a_project_does_not_move_keys(tmp_path: Path) -> None:
    project(tmp_path, "keys = {x = 'y'}")
    with pytest.raises(SettingsError, match="no setting 'keys'"):
        load(tmp_path)
