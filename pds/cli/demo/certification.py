"""Invented documents of the demo world's certification: some kept, some ending soon."""

from datetime import timedelta
from typing import Final

from audit.work import Work
from pds.accounts.papers import Paper
from pds.oversight.criteria import documents
from pds.oversight.criteria.documents import Wish

_ACTOR: Final = "operator:demo"
_TEXT: Final = "text/plain"

_DOCUMENTS: Final = (
    ("E-01", "2026年3月期 計算書類(見本)", "経理責任者", 290),
    ("E-02", "サイバー保険 証券の写し(見本)", "法務責任者", 41),
    ("E-04", "担当者の教育の記録(見本)", "人事責任者", 300),
    ("E-05", "ISMS認証 登録証の写し(見本)", "安全管理責任者", 512),
    ("S-01", "情報セキュリティ方針 第3版(見本)", "安全管理責任者", 330),
    ("S-02", "安全管理措置の説明 第2版(見本)", "安全管理責任者", 330),
    ("S-06", "脆弱性診断の報告 2026年秋(見本)", "安全管理責任者", 25),
    ("S-09", "委託先とクラウドの台帳(見本)", "安全管理責任者", 200),
    ("S-10", "教育と誓約の記録(見本)", "人事責任者", 180),
    ("E-07", "通常認定 第000号(見本)", "安全管理責任者", 600),
    ("G-01", "顧客本位の原則と取締役会の決議(見本)", "代表取締役", 700),
    ("G-02", "相談窓口の手順書(見本)", "窓口責任者", 400),
    ("N-14", "モデル約款との対照表(見本)", "法務責任者", 365),
    ("L-03", "消費者契約法についての法務意見(見本)", "法務責任者", 365),
)
"""Criterion, title, who answers for it, and days that it counts."""


def keep(work: Work) -> None:
    """Keep each document; the text says that it is an example."""
    for criterion_id, title, keeper, days in _DOCUMENTS:
        text = f"{title}\n\nこれは見本の書類です。This is an example.\n"
        wish = Wish(
            criterion_id=criterion_id,
            title=title,
            keeper=keeper,
            valid_until=work.now + timedelta(days=days),
            paper=Paper(_TEXT, text.encode()),
        )
        documents.keep(work, wish, actor=_ACTOR)
