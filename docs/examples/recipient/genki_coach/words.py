"""The words of the pages, in Japanese and English."""

LANGUAGES = ("ja", "en")

WORDS = {
    "title": ("げんきコーチ", "Genki Coach"),
    "about": (
        "げんきコーチは、情報銀行の使い方を示すための架空のサービスです。",
        (
            "Genki Coach is an invented service that shows how an information bank is"
            " used."
        ),
    ),
    "promise": (
        (
            "歩数・睡眠・血圧・買い物の記録をもとに、毎週、健康づくりの助言をお届けします。"
            "何を渡すかは、情報銀行の画面でご自分で選べます。"
        ),
        (
            "Every week we give advice based on your steps, sleep, blood pressure and"
            " purchases. You choose on your bank's page what we may have."
        ),
    ),
    "connect": ("情報銀行とつなぐ", "Connect my information bank"),
    "bank": ("情報銀行", "Information bank"),
    "given": ("同意の内容", "What you agreed to"),
    "asked_column": ("こちらからのお願い", "We asked for"),
    "given_column": ("同意された内容", "You gave"),
    "item": ("項目", "Item"),
    "data": ("データ", "Data"),
    "from_day": ("いつからの記録か", "Records from"),
    "until_day": ("いつまでの記録か", "Records until"),
    "access_until": ("受け取れる期限", "May be fetched until"),
    "open_end": ("今後の記録も含む", "future records too"),
    "yes": ("渡す", "given"),
    "no": ("渡さない", "not given"),
    "records": ("受け取った記録", "What we received"),
    "kind": ("種類", "Kind"),
    "count": ("件数", "Records"),
    "days": ("期間", "Days"),
    "steps": ("1日の歩数", "Steps per day"),
    "day": ("日", "Day"),
    "number_of_steps": ("歩数", "Steps"),
    "spent": ("月ごとの買い物", "Spending by month"),
    "month": ("月", "Month"),
    "yen": ("金額（円）", "Yen"),
    "proofs": ("受け渡しの証明", "Proof of each delivery"),
    "proofs_text": (
        (
            "届いた内容が途中で変わっていないこと、そして受け渡しが情報銀行の改ざんできない"
            "記録に残っていることを、ページごとに確かめました。"
        ),
        (
            "For each page we checked that nothing was changed on the way, and that its"
            " delivery stands in the bank's tamper-evident log."
        ),
    ),
    "page": ("ページ", "Page"),
    "entry": ("記録の番号", "Entry of the log"),
    "tree": ("記録の総数", "Entries in all"),
    "checked": ("内容の確認", "Body"),
    "fits": ("一致しました", "fits its digest and receipt"),
    "next": ("次にできること", "What you can do now"),
    "fetch": ("もう一度受け取る", "Fetch again"),
    "disconnect": ("連携をやめて消す", "Disconnect and delete"),
    "try_withdrawal": (
        (
            "同意の撤回も試せます。情報銀行の画面で同意を撤回してから「もう一度受け取る」を"
            "押してください。すぐに断られ、手元のデータも消えます。"
        ),
        (
            "Try withdrawing, too: withdraw the consent on your bank's page, then press"
            " “Fetch again”. We are refused at once, and delete what we hold."
        ),
    ),
    "open_consent": ("情報銀行で同意を見る", "See the consent at the bank"),
    "connected": (
        "情報銀行とつながり、データを受け取りました。",
        "Connected. Your data has arrived.",
    ),
    "fetched": ("もう一度受け取りました。", "Fetched again."),
    "disconnected": (
        "連携をやめ、受け取ったデータを消しました。",
        "Disconnected. What we had received is deleted.",
    ),
    "denied": (
        "同意されなかったので、何も受け取っていません。",
        "You did not agree, so we received nothing.",
    ),
    "ended": (
        (
            "情報銀行に断られました。同意が撤回されたか、期限が切れています。"
            "受け取ったデータはすべて消しました。"
        ),
        (
            "The bank refused: the consent was withdrawn or has ended. We deleted"
            " everything that we had received."
        ),
    ),
    "too_often": (
        "今日はもう約束した回数だけ受け取りました。明日また受け取れます。",
        "We have fetched as often today as was agreed. Tomorrow we may again.",
    ),
    "not_ours": (
        "受け取った返事は、こちらのお願いへの返事ではありません。何も受け取っていません。",
        "That answer does not belong to a request of ours. We took nothing from it.",
    ),
    "wrong_proof": (
        "届いた内容が証明と合わないので、使わずに捨てました。",
        "What came does not fit its proof, so we threw it away unused.",
    ),
    "no_answer": ("情報銀行から返事がありません。", "The bank does not answer."),
    "refused": ("情報銀行に断られました。", "The bank refused."),
}

CATEGORIES = {
    "health.activity.steps": ("歩数", "Steps"),
    "health.sleep": ("睡眠", "Sleep"),
    "health.vital.blood-pressure": ("血圧", "Blood pressure"),
    "purchase.receipt": ("買い物", "Purchases"),
}


def say(key: str, language: str) -> str:
    """Return the words of a key."""
    return WORDS[key][LANGUAGES.index(language)]


def category(name: str, language: str) -> str:
    """Return what a category is called; its id if we have no name for it."""
    return CATEGORIES.get(name, (name, name))[LANGUAGES.index(language)]
