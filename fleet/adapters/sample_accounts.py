"""Sample: the sales team, products, companies and their contacts."""

from datetime import datetime

from fleet.adapters.sample_words import ORIGIN, Chance, Row, slug, words, written

TEAM = 20
COMPANIES = 230
CONTACTS = 1_000
SENIORITY = {
    "executive": 12.0,
    "director": 22.0,
    "manager": 34.0,
    "specialist": 24.0,
    "junior": 8.0,
}
SOURCES = {
    "referral": 12.0,
    "inbound web": 26.0,
    "event": 14.0,
    "partner": 10.0,
    "outbound": 28.0,
    "purchased list": 10.0,
}
OFFICES = ("London", "Hamburg", "Lyon", "Chicago")
MANAGERS = 4
SUBSIDIARY_SHARE = 0.07
NO_TITLE_SHARE = 0.05
EMPLOYEES = (8, 20, 35, 60, 90, 140, 220, 400, 750, 1_400, 3_200, 8_000)


def make_people(luck: Chance) -> list[Row]:
    """Return the sales team: four managers, and sellers spread over their offices."""
    rows: list[Row] = []
    used: set[str] = set()
    for number in range(1, TEAM + 1):
        first, last = _name(luck, used)
        lead = number <= MANAGERS
        office = OFFICES[(number - 1) % len(OFFICES)]
        rows.append(
            {
                "id": f"pe-{number:03d}",
                "name": f"{first} {last}",
                "email": f"{slug(first)}.{slug(last)}@{words()['seller_domain']}",
                "role": "sales manager" if lead else "account executive",
                "manager": None if lead else rows[(number - 1) % MANAGERS]["name"],
                "office": office,
                **written(luck.days_ago(760, 900)),
            }
        )
    return rows


def make_products(luck: Chance) -> list[Row]:
    """Return the price list."""
    return [
        {"id": f"pr-{n:02d}", "currency": "EUR", **written(luck.days_ago(760, 800)), **item}
        for n, item in enumerate(words()["products"], 1)
    ]


def make_companies(luck: Chance, people: list[Row]) -> list[Row]:
    """Return companies with distinct names; some belong to an earlier one."""
    rows: list[Row] = []
    names: set[str] = set()
    while len(rows) < COMPANIES:
        company = _company(luck, len(rows) + 1, people)
        if company["name"] in names:
            continue
        names.add(company["name"])
        if rows and luck.rng.random() < SUBSIDIARY_SHARE:
            company["parent_id"] = luck.rng.choice(rows)["id"]
        rows.append(company)
    return rows


def _company(luck: Chance, number: int, people: list[Row]) -> Row:
    rng = luck.rng
    country = rng.choices(words()["countries"], [c["weight"] for c in words()["countries"]])[0]
    industry = rng.choice(list(words()["industries"]))
    stem, ending = rng.choice(words()["stems"]), rng.choice(words()["industries"][industry])
    employees = max(3, round(rng.choice(EMPLOYEES) * rng.uniform(0.7, 1.4)))
    return {
        "id": f"co-{number:04d}",
        "name": f"{stem} {ending} {rng.choice(country['forms'])}",
        "domain": f"{slug(stem)}-{slug(ending)}-{number:03d}.example",
        "industry": industry,
        "employees": employees,
        "revenue": round(employees * rng.uniform(0.08, 0.4), 2),
        "country": country["name"],
        "city": rng.choice(country["cities"]),
        "parent_id": None,
        "owner_id": rng.choice(people[MANAGERS:])["id"],
        "origin": ORIGIN,
        **written(luck.days_ago(500, 760)),
    }


def make_contacts(luck: Chance, companies: list[Row]) -> list[Row]:
    """Return contacts, more of them at larger companies; addresses are distinct."""
    weights = [float(company["employees"]) ** 0.4 for company in companies]
    places = companies + luck.rng.choices(companies, weights, k=CONTACTS - len(companies))
    used: set[str] = set()
    return [_contact(luck, n, company, used) for n, company in enumerate(places, 1)]


def _contact(luck: Chance, number: int, company: Row, used: set[str]) -> Row:
    country = next(c for c in words()["countries"] if c["name"] == company["country"])
    first, last = luck.rng.choice(country["firsts"]), luck.rng.choice(country["lasts"])
    address = f"{slug(first)}.{slug(last)}@{company['domain']}"
    if address in used:
        address = f"{slug(first)}.{slug(last)}{number}@{company['domain']}"
    used.add(address)
    seniority = luck.weighted(SENIORITY)
    title = luck.rng.choice(words()["titles"][seniority])
    unknown = luck.rng.random() < NO_TITLE_SHARE
    return {
        "id": f"ct-{number:04d}",
        "name": f"{first} {last}",
        "first_name": first,
        "last_name": last,
        "company_id": company["id"],
        "email": address,
        "title": None if unknown else title,
        "seniority": None if unknown else seniority,
        "language": country["language"],
        "country": country["name"],
        "time_zone": country["zone"],
        "owner_id": company["owner_id"],
        "do_not_contact": False,
        "lead_source": luck.weighted(SOURCES),
        "status": "open",
        **written(luck.days_ago(30, 740)),
    }


def _name(luck: Chance, used: set[str]) -> tuple[str, str]:
    while True:
        country = luck.rng.choice(words()["countries"])
        first, last = luck.rng.choice(country["firsts"]), luck.rng.choice(country["lasts"])
        if f"{first} {last}" not in used and first not in used:
            used.update((f"{first} {last}", first))
            return first, last


def is_after(row: Row, moment: datetime) -> bool:
    """Tell whether a row was created after a moment."""
    return datetime.fromisoformat(row["created_at"]) > moment
