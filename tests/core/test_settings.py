"""Settings refuse what is missing, unknown or contradictory, in one sentence."""

import pytest

from pds.core.environment import SettingsError
from pds.core.settings import Settings

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


@pytest.mark.parametrize(
    ("written", "understood"),
    [
        ("redis://cache", "redis://cache"),
        ("redis://:secret@cache:6380/2", "redis://:secret@cache:6380/2"),
        ("rediss://[::1]:6379/0?db=3", "rediss://[::1]:6379/0?db=3"),
        ("valkey://cache:6379", "redis://cache:6379"),
        ("valkeys://cache:6379", "rediss://cache:6379"),
        ("unix:///run/valkey.sock", "redis+unix:///run/valkey.sock"),
        ("redis+unix:///run/r.sock?db=1", "redis+unix:///run/r.sock?db=1"),
        ("valkey+unix:///run/v.sock", "redis+unix:///run/v.sock"),
        ("", None),
    ],
)
def test_each_form_of_a_shared_store_is_understood(written, understood):
    settings = Settings.from_environment({"INFOBANK_REDIS_URL": written})

    assert settings.redis_url == understood


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("memcached://secret@cache", "must begin with redis"),
        ("cache:6379", "must begin with redis"),
        ("redis://:secret@:6379", "must name a host"),
        ("redis:///0", "must name a host"),
        ("redis://:secret@cache:99999", "port from 1 to 65535"),
        ("redis://:secret@cache:0", "no port 0"),
        ("redis://:secret@cache/zero", "number of a database"),
        ("redis://:secret@cache?ssl_cert_reqs=none", "nothing after a question mark"),
        ("redis+unix://run/valkey.sock", "socket by its full path"),
        ("unix://", "socket by its full path"),
        ("unix:///run/v.sock?db=a", "nothing after a question mark"),
    ],
)
def test_a_malformed_shared_store_is_refused_without_its_password(written, said):
    with pytest.raises(SettingsError, match="INFOBANK_REDIS_URL") as caught:
        Settings.from_environment({"INFOBANK_REDIS_URL": written})

    assert said in str(caught.value)
    assert "secret" not in str(caught.value)


def with_authority(tmp_path, url):
    pem = tmp_path / "root.pem"
    pem.write_text("PEM")
    return {
        "INFOBANK_TIMESTAMP_URL": url,
        "INFOBANK_TIMESTAMP_CERTIFICATE": str(pem),
    }


@pytest.mark.parametrize(
    "url", ["https://time.example/tsr", "https://t.example:8443", "http://localhost:1"]
)
def test_an_authority_has_an_address_and_a_certificate(tmp_path, url):
    settings = Settings.from_environment(with_authority(tmp_path, url))

    assert settings.timestamp_url == url
    assert settings.timestamp_every == 24 * 60 * 60
    for missing in ("URL", "CERTIFICATE"):
        environ = with_authority(tmp_path, url)
        del environ[f"INFOBANK_TIMESTAMP_{missing}"]
        with pytest.raises(SettingsError, match="go together"):
            Settings.from_environment(environ)


@pytest.mark.parametrize(
    "url",
    [
        "http://time.example",
        "ftp://localhost",
        "time.example",
        "https://",
        "https://me:secret@time.example",
        "https://time.example:port",
        "https://time.example/ a",
        "https://時刻.example",
    ],
)
def test_an_authority_that_is_not_reached_safely_is_refused(tmp_path, url):
    with pytest.raises(SettingsError, match="INFOBANK_TIMESTAMP_URL"):
        Settings.from_environment(with_authority(tmp_path, url))


@pytest.mark.parametrize("seconds", ["0", "59", "daily"])
def test_time_is_not_asked_for_too_often(seconds):
    with pytest.raises(SettingsError, match="INFOBANK_TIMESTAMP_EVERY"):
        Settings.from_environment({"INFOBANK_TIMESTAMP_EVERY": seconds})


@pytest.fixture
def paths(tmp_path):
    names = ("module.so", "pin", "token", "root.pem", "credentials")
    found = {name: tmp_path / name for name in names}
    for path in found.values():
        path.touch()
    return {name: str(path) for name, path in found.items()}


def provider(kind, paths, **changes):
    """Return a complete environment of a key provider, changed."""
    known = {
        "file": {},
        "systemd": {"CREDENTIALS_DIRECTORY": paths["credentials"]},
        "pkcs11": {
            "INFOBANK_PKCS11_MODULE": paths["module.so"],
            "INFOBANK_PKCS11_TOKEN": "bank",
            "INFOBANK_PKCS11_PIN_FILE": paths["pin"],
        },
        "transit": {
            "INFOBANK_TRANSIT_URL": "https://vault.example:8200/",
            "INFOBANK_TRANSIT_TOKEN_FILE": paths["token"],
        },
    }
    whole = {"INFOBANK_KEY_PROVIDER": kind, **known.get(kind, {}), **changes}
    return {name: value for name, value in whole.items() if value is not None}


@pytest.mark.parametrize("kind", ["file", "systemd", "pkcs11", "transit"])
def test_each_key_provider_has_what_it_needs(paths, kind):
    keys = Settings.from_environment(provider(kind, paths)).keys

    assert keys.key_provider == kind
    assert keys.transit_mount == "transit"
    assert keys.transit_url in ("", "https://vault.example:8200")


def test_key_files_are_the_default():
    assert Settings.from_environment({}).keys.key_provider == "file"
    # systemd may set this for other reasons.
    settings = Settings.from_environment({"CREDENTIALS_DIRECTORY": "/run/x"})
    assert settings.keys.key_provider == "file"


@pytest.mark.parametrize(
    ("kind", "changes", "named"),
    [
        ("hsm", {}, "INFOBANK_KEY_PROVIDER"),
        ("systemd", {"CREDENTIALS_DIRECTORY": None}, "CREDENTIALS_DIRECTORY"),
        ("pkcs11", {"INFOBANK_PKCS11_MODULE": None}, "INFOBANK_PKCS11_MODULE"),
        ("pkcs11", {"INFOBANK_PKCS11_MODULE": "/no/such"}, "INFOBANK_PKCS11_MODULE"),
        ("pkcs11", {"INFOBANK_PKCS11_TOKEN": None}, "INFOBANK_PKCS11_TOKEN"),
        ("pkcs11", {"INFOBANK_PKCS11_PIN_FILE": None}, "INFOBANK_PKCS11_PIN_FILE"),
        ("transit", {"INFOBANK_TRANSIT_URL": None}, "INFOBANK_TRANSIT_URL"),
        ("transit", {"INFOBANK_TRANSIT_TOKEN_FILE": None}, "INFOBANK_TRANSIT_TOKEN_"),
        ("file", {"INFOBANK_TRANSIT_URL": "https://v.example"}, "KEY_PROVIDER=transit"),
        ("file", {"INFOBANK_CREDENTIALS_DIR": "/run/x"}, "KEY_PROVIDER=systemd"),
        ("transit", {"INFOBANK_PKCS11_TOKEN": "bank"}, "KEY_PROVIDER=pkcs11"),
        ("transit", {"INFOBANK_TRANSIT_URL": "http://v.example"}, "TRANSIT_URL"),
        ("transit", {"INFOBANK_TRANSIT_URL": "https://u:p@v.example"}, "TRANSIT_URL"),
        ("transit", {"INFOBANK_TRANSIT_URL": "https://v.example/?a"}, "TRANSIT_URL"),
        ("transit", {"INFOBANK_TRANSIT_URL": "https://v.example:x"}, "TRANSIT_URL"),
        ("transit", {"INFOBANK_TRANSIT_URL": "https://"}, "TRANSIT_URL"),
        ("transit", {"INFOBANK_TRANSIT_KEY": "a?b"}, "INFOBANK_TRANSIT_KEY"),
        ("transit", {"INFOBANK_TRANSIT_SECRETS": "secret"}, "INFOBANK_TRANSIT_SECRETS"),
    ],
)
def test_a_contradiction_about_keys_names_the_setting(paths, kind, changes, named):
    with pytest.raises(SettingsError, match=named):
        Settings.from_environment(provider(kind, paths, **changes))


@pytest.mark.parametrize("host", ["localhost:8200", "127.0.0.1:8100", "[::1]:8100"])
def test_a_key_server_on_this_machine_may_speak_plain_http(paths, host):
    changes = {"INFOBANK_TRANSIT_URL": f"http://{host}"}
    settings = Settings.from_environment(provider("transit", paths, **changes))
    assert settings.keys.transit_url == f"http://{host}"


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("systemd", "INFOBANK_CREDENTIALS_DIR"),
        ("pkcs11", "INFOBANK_PKCS11_PIN_FILE"),
        ("transit", "INFOBANK_TRANSIT_TOKEN_FILE"),
    ],
)
def test_what_opens_the_keys_does_not_lie_with_the_data(paths, tmp_path, kind, name):
    inside = {"INFOBANK_DATA_DIR": str(tmp_path), name: paths["pin"]}
    with pytest.raises(SettingsError, match=f"{name} lies inside"):
        Settings.from_environment(provider(kind, paths, **inside))


def test_backups_end_before_erased_keys_do():
    read = Settings.from_environment
    days = {"INFOBANK_ERASURE_DAYS": "10", "INFOBANK_BACKUP_DAYS": "9"}
    assert read(days).keys.erasure_days == 10
    with pytest.raises(SettingsError, match="INFOBANK_BACKUP_DAYS must be less"):
        read({**days, "INFOBANK_BACKUP_DAYS": "10"})
