"""Sample: the dirt that real CRMs have, planted after outcomes were drawn.

Duplicates in other spelling, garbled encodings, odd casing, empty cells, and keys that point at
companies, contacts and products which are gone: such a key is null here, and a data fix says what
the export held, exactly as the importer does it.
"""

from typing import Any

from fleet.adapters.clock import stamp
from fleet.adapters.sample_words import ORIGIN, Chance, Row

TWIN_CONTACTS, TWIN_COMPANIES = 14, 6
GARBLED, SHOUTED, WHISPERED = 16, 12, 12
NO_MAIL, NO_INDUSTRY, NO_AMOUNT = 18, 8, 25
GONE: tuple[tuple[str, str, str, int], ...] = (
    ("contacts", "company_id", "co-9", 12),
    ("opportunities", "company_id", "co-9", 20),
    ("opportunities", "contact_id", "ct-9", 14),
    ("opportunities", "product_id", "pr-9", 8),
)


def spoil(luck: Chance, tables: dict[str, list[Row]]) -> None:
    """Plant the dirt in place, and add `data_fixes` rows for the keys that dangle."""
    contacts, companies = tables["contacts"], tables["companies"]
    mailed = {mail["contact_id"] for mail in tables["emails"]}
    quiet = [row for row in contacts if row["id"] not in mailed]
    for row in luck.rng.sample(quiet, min(NO_MAIL, len(quiet))):
        row["email"] = None
    for row in luck.rng.sample(companies, NO_INDUSTRY):
        row["industry"] = None
    for row in luck.rng.sample(tables["opportunities"], NO_AMOUNT):
        row["amount"] = None
    tables["data_fixes"] = _cut_keys(luck, tables, quiet)
    _misspell(luck, contacts)
    contacts += [_twin_contact(luck, row, n) for n, row in _sample(luck, contacts, TWIN_CONTACTS)]
    companies += [_twin_company(row, n) for n, row in _sample(luck, companies, TWIN_COMPANIES)]


def _sample(luck: Chance, rows: list[Row], count: int) -> list[tuple[int, Row]]:
    return list(enumerate(luck.rng.sample(rows, count), len(rows) + 1))


def _misspell(luck: Chance, contacts: list[Row]) -> None:
    accented = [row for row in contacts if not row["name"].isascii()]
    for row in luck.rng.sample(accented, GARBLED):
        row["name"] = row["name"].encode().decode("cp1252", "replace").replace("\ufffd", "?")
    for row in luck.rng.sample(contacts, SHOUTED):
        row["name"] = row["name"].upper()
    for row in luck.rng.sample(contacts, WHISPERED):
        row["name"] = row["name"].lower()


def _twin_contact(luck: Chance, row: Row, number: int) -> Row:
    address = row["email"].upper() if row["email"] else None
    name = f"{row['last_name']}, {row['first_name']}"
    status = luck.rng.choice(("open", "new"))
    return row | {"id": f"ct-{number:04d}", "name": name, "email": address, "status": status}


def _twin_company(row: Row, number: int) -> Row:
    name = f"  {row['name'].upper()} "
    return row | {"id": f"co-{number:04d}", "name": name, "employees": None, "origin": ORIGIN}


def _cut_keys(luck: Chance, tables: dict[str, list[Row]], quiet: list[Row]) -> list[Row]:
    fixes: list[Row] = []
    for table, field, prefix, count in GONE:
        rows = quiet if table == "contacts" else tables[table]
        for row in luck.rng.sample(rows, min(count, len(rows))):
            if row[field] is None:
                continue
            ghost = f"{prefix}{luck.rng.randrange(100, 999)}"
            row[field] = None
            fixes.append(_fix(luck, table, row["id"], field, ghost))
    return fixes


def _fix(luck: Chance, table: str, row_id: str, field: str, ghost: str) -> dict[str, Any]:
    return {
        "id": f"fix-{table}-{row_id}-{field}",
        "table_name": table,
        "row_id": row_id,
        "field": field,
        "problem": f"dangling key: {field} was {ghost!r}, which is no row; kept as null",
        "status": "open",
        "created_by": ORIGIN,
        "created_at": stamp(luck.today),
    }
