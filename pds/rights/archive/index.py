"""The page that says what an archive holds, in both languages; needs no network."""

from collections.abc import Mapping
from datetime import datetime
from html import escape
from typing import Final

from pds.core.clock import TOKYO
from pds.core.vocabulary import categories

_STYLE: Final = (
    "body{font-family:sans-serif;line-height:1.7;max-width:44rem;margin:2rem auto;"
    "padding:0 1rem}table{border-collapse:collapse;width:100%}"
    "td,th{border-bottom:1px solid #ccc;padding:.3rem;text-align:left}"
)
_PARTS: Final = (
    ("records/", "記録(表計算用と機械用)", "Records, for spreadsheets and programs"),
    ("fhir/", "健康の記録(FHIR R4)", "Health records as FHIR R4"),
    ("purchases/", "買い物の記録", "Purchases"),
    ("originals/", "取り込んだ元のファイル", "Files as you brought them in"),
    ("consents/", "同意とその受領書", "Consents and their receipts"),
    ("notices/", "同意の際に示された説明", "What you were shown when you agreed"),
    ("mandates/", "委任の記録", "Your mandates"),
    ("instructions/", "あなたの指示とその履歴", "Your instructions with their history"),
    ("judgements/", "銀行があなたに代わって行った判断", "What the bank judged for you"),
    ("disclosures/record.csv", "提供の一覧", "Who received what"),
    ("disclosures/proofs/", "ログの証明", "Proofs of the log"),
    ("schemas/", "形式の定義", "Definitions of the formats"),
)


def page(issuer: str, at: datetime, counts: Mapping[str, int]) -> bytes:
    """Return the page.

    Args:
        issuer: address of the bank.
        at: when the archive was made.
        counts: records by category.
    """
    when = at.astimezone(TOKYO).strftime("%Y-%m-%d %H:%M")
    rows = "".join(_row(category, counts[category]) for category in sorted(counts))
    parts = "".join(
        f"<li><code>{escape(path)}</code> {escape(ja)} / {escape(en)}</li>"
        for path, ja, en in _PARTS
    )
    text = (
        '<!doctype html><html lang="ja"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>あなたのデータ / Your data</title><style>{_STYLE}</style>"
        "<h1>あなたのデータ / Your data</h1>"
        f"<p>{escape(issuer)}, {when} (Asia/Tokyo)</p>"
        "<p>別の情報銀行に持っていけます。署名は manifest.jwt にあります。<br>"
        "You can bring this file to another information bank. It is signed in"
        " manifest.jwt.</p>"
        f"<ul>{parts}</ul>"
        "<table><tr><th>種類 / Kind</th><th>件数 / Records</th><th></th></tr>"
        f"{rows}</table></html>"
    )
    return text.encode()


def _row(category: str, count: int) -> str:
    words = categories.get(category).words
    name = f"{escape(words['ja'].name)} / {escape(words['en'].name)}"
    link = f"records/{category}.csv"
    return (
        f'<tr><td>{name}</td><td>{count:,}</td><td><a href="{link}">CSV</a></td></tr>'
    )
