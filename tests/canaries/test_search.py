"""The search for canaries finds them; one that finds nothing proves nothing."""

import base64
import gzip
import io
import json
import zipfile
import zlib
from urllib.parse import quote

import pytest

from tests.canaries.search import Finder

TEXT = "金糸雀 canary/7?"
NOISE = bytes(range(256)) * 3
FORMS = {
    "utf-8": TEXT.encode(),
    "utf-16-le": TEXT.encode("utf-16-le"),
    "utf-16-be": TEXT.encode("utf-16-be"),
    "json": json.dumps(TEXT).encode(),
    "percent": quote(TEXT, safe="").encode(),
    "percent, small": quote(TEXT, safe="").lower().encode(),
    "hex": TEXT.encode().hex().encode(),
    "HEX": TEXT.encode().hex().upper().encode(),
    "zlib": zlib.compress(b"before " + TEXT.encode()),
    "gzip": gzip.compress(b"before " + TEXT.encode() * 9),
    "hex of utf-16": TEXT.encode("utf-16-le").hex().encode(),
    **{
        f"base64 after {shift} of {kind}": encode(b"x" * shift + TEXT.encode(kind))
        for shift in range(3)
        for kind in ("utf-8", "utf-16-le")
        for encode in (base64.b64encode,)
    },
    "base64 for addresses": base64.urlsafe_b64encode(TEXT.encode() + b"and more"),
}


@pytest.mark.parametrize("name", FORMS)
def test_every_form_is_found_among_noise(name):
    finder = Finder({"it": TEXT})
    assert finder.hits(NOISE + FORMS[name] + NOISE) == {"it"}
    assert finder.hits(NOISE) == set()


def test_a_zip_file_is_looked_into(tmp_path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", "nothing" * 50)
        archive.writestr("b.txt", TEXT * 50)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.bin").write_bytes(NOISE + packed.getvalue())
    assert Finder({"it": TEXT}).below(tmp_path) == {("it", "a.bin")}
    assert Finder({"it": TEXT}).hits(b"PK\x03\x04cut") == set()
