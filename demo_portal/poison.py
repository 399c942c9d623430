"""Small PDFs, whole and of the right vehicle, that cost whoever reads them minutes or gigabytes.

Reading the text of `slow` took PDFium 49 s, that of `huge` 4 GB, that of `nested` had no end.
"""

import zlib
from collections.abc import Callable, Sequence
from functools import cache

FONT = b"/Type/Font/Subtype/Type1/BaseFont/Helvetica"
FIRST = 6  # number of the first object after catalog, pages, page, its content and its font
FONTS = 20
FORMS, LEVELS = 10, 9


def slow(reference: str) -> bytes:
    """Make a report with 20 fonts, each of which maps the same 256 characters to Unicode a million times."""
    names = b"".join(b"/F%d %d 0 R" % (number, FIRST + number) for number in range(FONTS))
    words = b"".join(b"BT /F%d 12 Tf 72 %d Td (ha) Tj ET " % (number, 650 - 30 * number) for number in range(FONTS))
    fonts = [b"<<%s/ToUnicode %d 0 R>>" % (FONT, FIRST + FONTS)] * FONTS
    return _report(reference, b"/Font<</F 5 0 R%s>>" % names, words, [*fonts, _mappings()])


def huge(reference: str) -> bytes:
    """Make a report whose page unpacks to five million words."""
    return _report(reference, b"/Font<</F 5 0 R>>", b"BT /F 12 Tf " + b"(ha) Tj " * 5_000_000 + b"ET")


def nested(reference: str) -> bytes:
    """Make a report whose page holds ten forms, each of which holds ten forms, nine times over."""
    kind = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]"
    forms = [
        _stream(b"/X Do " * FORMS, kind + b"/Resources<</XObject<</X %d 0 R>>>>" % (FIRST + level + 1))
        for level in range(LEVELS)
    ]
    resources = b"/Font<</F 5 0 R>>/XObject<</X %d 0 R>>" % FIRST
    return _report(reference, resources, b"/X Do ", [*forms, _stream(b"", kind)])


POISONS: dict[str, Callable[[str], bytes]] = {"slow-pdf": slow, "huge-pdf": huge, "nested-pdf": nested}


def _report(reference: str, resources: bytes, content: bytes, objects: Sequence[bytes] = ()) -> bytes:
    """Put a PDF of one page together; its page names the vehicle, and then holds the content."""
    identity = b"BT /F 12 Tf 72 700 Td <%s> Tj ET " % f"Stock #: {reference}".encode("latin-1").hex().encode()
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<<%s>>/Contents 4 0 R>>" % resources
    return _file(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        page,
        _stream(identity + content),
        b"<<%s>>" % FONT,
        *objects,
    )


def _file(*objects: bytes) -> bytes:
    parts, offsets = [b"%PDF-1.5\n"], []
    for number, body in enumerate(objects, 1):
        offsets.append(sum(map(len, parts)))
        parts.append(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size, start = len(objects) + 1, sum(map(len, parts))
    end = b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
    return b"".join(parts) + end % (size, table, size, start)


def _stream(data: bytes, entries: bytes = b"") -> bytes:
    """Make a stream; compressed twice, as what repeats itself becomes something that repeats itself again."""
    packed = zlib.compress(zlib.compress(data, 9), 9)
    filters = b"/Filter[/FlateDecode/FlateDecode]/Length %d" % len(packed)
    return b"<<%s%s>>\nstream\n%s\nendstream" % (entries, filters, packed)


@cache
def _mappings() -> bytes:
    ranges = b"100 beginbfrange\n" + b"<0000> <00FF> <0000>\n" * 100 + b"endbfrange\n"
    return _stream(b"1 begincodespacerange <0000> <FFFF> endcodespacerange\n" + ranges * 10_000)
