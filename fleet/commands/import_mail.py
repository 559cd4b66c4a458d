"""`fleet import mail PATH`: mails in, each once; what cannot be read is reported with its place."""

import argparse
import json
from pathlib import Path

from fleet.adapters.clock import SystemClock, stamp
from fleet.commands.console_io import Console
from fleet.commands.opening import opened, settings_of


def run_mail(args: argparse.Namespace, console: Console) -> int:
    """Import one mailbox."""
    from fleet.adapters.mail_in import read_mails
    from fleet.adapters.store.mail import store_mails
    from fleet.mailbox.message import ParsedMail, parse_message

    now = SystemClock().now()
    rejects: list[dict[str, str]] = []
    mails: list[ParsedMail] = []
    with opened(args) as store:
        for where, raw in read_mails(Path(args.path)):
            parsed = parse_message(raw) if raw else None
            if parsed is None or not parsed.from_address:
                rejects.append({"line": where, "reason": "no mail with a sender"})
            else:
                mails.append(parsed)
        counts = store_mails(store, mails, now)
    name = None
    if rejects:
        folder = settings_of(args).home / "rejects"
        folder.mkdir(exist_ok=True)
        file = folder / f"mail-{stamp(now).replace(':', '')}.jsonl"
        file.write_text("".join(json.dumps(row) + "\n" for row in rejects), "utf-8")
        name = str(file)
    odd = [(oddity, mail) for mail in mails for oddity in mail.odd]
    repaired = [
        {"table": "emails", "field": "body", "from": oddity, "to": "repaired", "rows": n}
        for oddity, n in sorted({o: sum(x == o for x, _ in odd) for o, _ in odd}.items())
    ]
    answer = {
        "imported": {"emails": counts["imported"]}, "unchanged": counts["unchanged"],
        "repaired": repaired, "rejected": len(rejects), "rejects_file": name,
    }  # fmt: skip
    text = f"{counts['imported']} mails imported, {counts['unchanged']} known already"
    console.document(answer, text + (f", {len(rejects)} rejected: {name}" if name else ""))
    return 0
