"""How numbers and money are written in each language."""

_GROUPS = {"en": (",", "."), "de": (".", ","), "fr": ("\u202f", ","), "es": (".", ",")}
_OTHERS = (".", ",")


def money(value: float, currency: str | None, language: str) -> str:
    """Write an amount, with decimals only when it has some.

    >>> money(1250.0, "EUR", "en"), money(1250.5, "EUR", "de"), money(550.0, None, "en")
    ('1,250 EUR', '1.250,50 EUR', '550')
    """
    group, point = _GROUPS.get(language, _OTHERS)
    text = f"{value:,.2f}" if value % 1 else f"{value:,.0f}"
    plain = text.replace(",", "\0").replace(".", point).replace("\0", group)
    return f"{plain} {currency}" if currency else plain
