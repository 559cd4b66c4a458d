"""Briefs to begin with: invented, and meant to be changed."""

from typing import Any

PRESETS: dict[str, dict[str, Any]] = {
    "Renewal": {
        "goal": "Renew the annual plan before it lapses",
        "segment": "IT leads whose plan ends this quarter",
        "facts": "renewal_price: The price stays at 12 EUR per seat until 31 December.\n"
        "sso: Single sign-on is included in every plan since May.\n"
        "reporting: Teams save 4 hours a week on reporting.\n"
        "survey: Rated 4.7 by 300 customers in an independent survey.",
        "brand_voice": "calm, no pressure",
        "max_touches": 4, "horizon_days": 21, "min_gap_days": 4, "channels": ["email", "call"],
    },
    "First meeting": {
        "goal": "Book a demo with plant managers",
        "segment": "Plant managers of mid-size food makers",
        "facts": "downtime: The line sensor cuts downtime by 18 percent.\n"
        "setup: Setup takes one day and connects over the existing API.\n"
        "iso: Certified to ISO 27001 and hosted in the EU.\n"
        "pilots: Three pilot customers published a case study.\n"
        "training: Onboarding and training are run by our consultants.",
        "brand_voice": "plain and direct",
        "max_touches": 6, "horizon_days": 29, "min_gap_days": 2,
        "channels": ["email", "linkedin", "call"],
    },
    "Win back": {
        "goal": "Win back customers who lapsed last year",
        "segment": "Former customers with more than 50 seats",
        "facts": "import: The new version imports old projects by itself.\n"
        "support: Support answers within 2 hours on working days.\n"
        "fee: No setup fee for returning teams.",
        "brand_voice": "patient, no discounts",
        "max_touches": 3, "horizon_days": 28, "min_gap_days": 7, "channels": ["email"],
    },
}  # fmt: skip
