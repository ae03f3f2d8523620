"""Settings refuse what is missing, unknown or contradictory, in one sentence."""

import pytest

from pds.core.settings import Settings, SettingsError

PUBLIC = {
    "INFOBANK_ISSUER": "https://bank.example",
    "INFOBANK_LOG_ORIGIN": "bank.example/log",
    "INFOBANK_OPERATOR_NAME": "Example Bank",
}


def test_nothing_set_is_a_small_local_bank():
    settings = Settings.from_environment({})

    assert settings.issuer == "http://localhost:8000"
    assert settings.log_origin == "localhost:8000/log"
    assert settings.is_local
    assert settings.is_sqlite
    assert not settings.demo


def test_the_port_moves_the_issuer():
    settings = Settings.from_environment({"INFOBANK_PORT": "9000"})

    assert settings.issuer == "http://localhost:9000"


def test_a_public_bank_says_everything():
    settings = Settings.from_environment(PUBLIC)

    assert not settings.is_local
    assert settings.operator_name == "Example Bank"


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"INFOBANK_PROT": "1"}, "INFOBANK_PROT"),
        ({"INFOBANK_PORT": "eighty"}, "INFOBANK_PORT"),
        ({"INFOBANK_PORT": "70000"}, "INFOBANK_PORT"),
        ({"INFOBANK_DEMO": "perhaps"}, "INFOBANK_DEMO"),
        ({"INFOBANK_ISSUER": "ftp://localhost"}, "INFOBANK_ISSUER"),
        ({"INFOBANK_ISSUER": "http://bank.example"}, "INFOBANK_ISSUER"),
        ({"INFOBANK_KEY_DIR": "var/data/keys"}, "INFOBANK_KEY_DIR"),
        ({"INFOBANK_WORKERS": "2"}, "INFOBANK_DATABASE_URL"),
        (
            {
                "INFOBANK_WORKERS": "2",
                "INFOBANK_DATABASE_URL": "postgresql+psycopg:///bank",
            },
            "INFOBANK_REDIS_URL",
        ),
        ({"INFOBANK_CERTIFICATION_PROFILE": "4"}, "INFOBANK_CERTIFICATION_PROFILE"),
        ({"INFOBANK_LOG_ORIGIN": "a b"}, "INFOBANK_LOG_ORIGIN"),
    ],
)
def test_a_contradiction_names_the_setting(changes, named):
    with pytest.raises(SettingsError, match=named):
        Settings.from_environment(changes)


@pytest.mark.parametrize("name", ["INFOBANK_LOG_ORIGIN", "INFOBANK_OPERATOR_NAME"])
def test_a_public_bank_has_no_default_name(name):
    without = {key: value for key, value in PUBLIC.items() if key != name}

    with pytest.raises(SettingsError, match=name):
        Settings.from_environment(without)


def test_the_demo_is_refused_in_public():
    with pytest.raises(SettingsError, match="INFOBANK_DEMO"):
        Settings.from_environment(PUBLIC | {"INFOBANK_DEMO": "1"})


def test_variables_of_the_tests_are_let_be():
    Settings.from_environment(
        {"INFOBANK_TEST_POSTGRES_URL": "x", "INFOBANK_SAMPLES": "y"}
    )
