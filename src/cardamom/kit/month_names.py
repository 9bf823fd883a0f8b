"""The names of Jalali and Hijri months and eras, which Babel does not carry.

Source: CLDR 48, except for Jalali in Arabic: CLDR's transliterations ("فرفردن", "تار") are not what anybody writes.
"""

from typing import Final

JALALI_MONTHS: Final[dict[str, tuple[str, ...]]] = {
    "en": (
        *("Farvardin", "Ordibehesht", "Khordad", "Tir", "Mordad", "Shahrivar"),
        *("Mehr", "Aban", "Azar", "Dey", "Bahman", "Esfand"),
    ),
    "fa": (
        *("فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور"),
        *("مهر", "آبان", "آذر", "دی", "بهمن", "اسفند"),
    ),
    "ar": (
        *("فروردين", "أرديبهشت", "خرداد", "تير", "مرداد", "شهريور"),
        *("مهر", "آبان", "آذر", "دي", "بهمن", "إسفند"),
    ),
    "he": (
        *("פרורדין", "ארדיבהשת", "ח׳רדאד", "תיר", "מרדאד", "שהריור"),
        *("מהר", "אבאן", "אד׳ר", "די", "בהמן", "אספנד"),
    ),
}

HIJRI_MONTHS: Final[dict[str, tuple[str, ...]]] = {
    "en": (
        *("Muharram", "Safar", "Rabiʻ I", "Rabiʻ II", "Jumada I", "Jumada II"),
        *("Rajab", "Shaʻban", "Ramadan", "Shawwal", "Dhuʻl-Qiʻdah", "Dhuʻl-Hijjah"),
    ),
    "ar": (
        *("محرم", "صفر", "ربيع الأول", "ربيع الآخر", "جمادى الأولى", "جمادى الآخرة"),
        *("رجب", "شعبان", "رمضان", "شوال", "ذو القعدة", "ذو الحجة"),
    ),
    "fa": (
        *("محرم", "صفر", "ربیع‌الاول", "ربیع‌الثانی", "جمادی‌الاول", "جمادی‌الثانی"),
        *("رجب", "شعبان", "رمضان", "شوال", "ذیقعده", "ذیحجه"),
    ),
    "he": (
        *("מוחרם", "צפר", "רביע אל-אוול", "רביע א-ת׳אני", "ג׳ומאדא אל-אולא", "ג׳ומאדא א-ת׳אניה"),
        *("רג׳ב", "שעבאן", "רמדאן", "שוואל", "ד׳ו אל־קעדה", "ד׳ו אל־חיג׳ה"),
    ),
}

#: Written after a year of a calendar that is not the language's own.
ERAS: Final[dict[str, dict[str, str]]] = {
    "jalali": {"en": "AP", "ar": "ه\u200d.ش", "he": "AP"},
    "hijri": {"en": "AH", "ar": "هـ", "fa": "ه\u200d.ق.", "he": "הג׳רה"},
}
