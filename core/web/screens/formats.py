"""Values as people read them: numbers, money, dates and times in the person's language.

Babel is asked once per language and currency; what it says is kept as plain patterns, so that a list of rows costs
string formatting only.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from string import ascii_letters
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import get_currency_symbol

from core.kernel.money import MINOR_UNITS, plain, round_half_up

TAGS = {"en": "en", "zh_CN": "zh-Hans", "zh_TW": "zh-Hant"}
"""Language -> value of the HTML attribute ``lang``."""

_LOCALES = {"en": "en_US", "zh_CN": "zh_Hans_CN", "zh_TW": "zh_Hant_TW"}


class Formats:
    """The way one language and time zone write values."""

    def __init__(self, language: str, timezone: str, currency: str) -> None:
        """Prepare the formats.

        Args:
            language: ``en``, ``zh_CN`` or ``zh_TW``.
            timezone: IANA zone that times are shown in.
            currency: ISO code used where a money field names none.
        """
        self.language = language if language in _LOCALES else "en"
        self.timezone = ZoneInfo(timezone)
        self.currency = currency
        self._locale = _LOCALES[self.language]
        symbols = Locale.parse(self._locale).number_symbols["latn"]
        self._marks = str.maketrans({",": symbols["group"], ".": symbols["decimal"]})

    def number(self, value: Decimal | int, least: int = 0) -> str:
        """Write a number with digit groups and at least ``least`` decimals."""
        written = plain(value, least) if isinstance(value, Decimal) else str(value)
        whole, point, fraction = written.partition(".")
        return (
            f"{int(whole):,}{point}{fraction}".translate(self._marks) if _plain(whole) else written
        )

    def money(self, value: Decimal, currency: str | None, *, is_price: bool = False) -> str:
        """Write an amount with its currency's sign; a price keeps the decimals that it has."""
        code = currency or self.currency
        places = MINOR_UNITS.get(code, 2)
        amount = value if is_price else round_half_up(value, places)
        sign = "-" if amount < 0 else ""
        return f"{sign}{self.sign(code)}{self.number(abs(amount), places)}"

    def sign(self, currency: str) -> str:
        """Give a currency's sign; at home, ¥ and $ need no country before them."""
        shown = symbol(currency, self._locale)
        return shown.lstrip(ascii_letters) or shown if currency == self.currency else shown

    def percent(self, value: Decimal) -> str:
        """Write a percentage; 12.5 is 12.5 %."""
        return f"{self.number(value)}%"

    def day(self, value: date) -> str:
        """Write a day: ``Nov 13, 2026``, ``2026年11月13日``."""
        return _date(value, self._locale)

    def moment(self, value: datetime) -> str:
        """Write a moment in the person's time zone, to the minute."""
        return _moment(
            value.astimezone(self.timezone).replace(second=0, microsecond=0), self._locale
        )

    def local_input(self, value: datetime) -> str:
        """Write a moment as ``<input type=datetime-local>`` wants it."""
        return value.astimezone(self.timezone).strftime("%Y-%m-%dT%H:%M")

    def from_local_input(self, text: str) -> str:
        """Turn the text of ``<input type=datetime-local>`` into ISO 8601 in UTC; other text stays as it is."""
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return text
        aware = moment if moment.tzinfo else moment.replace(tzinfo=self.timezone)
        return aware.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@lru_cache(maxsize=64)
def formats(language: str, timezone: str, currency: str) -> Formats:
    """Give the formats of a language, time zone and currency; made once."""
    return Formats(language, timezone, currency)


@lru_cache(maxsize=512)
def symbol(currency: str, locale: str) -> str:
    """Give the sign that a locale writes before amounts of a currency."""
    sign = get_currency_symbol(currency, locale)
    return f"{sign}\u00a0" if sign.isalpha() else sign


@lru_cache(maxsize=4096)
def _date(value: date, locale: str) -> str:
    return format_date(value, "medium", locale)


@lru_cache(maxsize=4096)
def _moment(value: datetime, locale: str) -> str:
    day = format_date(value, "medium", locale)
    return f"{day} {format_datetime(value, 'HH:mm', locale=locale)}"


def _plain(whole: str) -> bool:
    return whole.lstrip("-").isdigit() and whole != "-0"
