"""Tables as people really send them, and files that are broken or hostile."""

import zipfile
from datetime import date, datetime

import pytest
from openpyxl import Workbook

from core.gateways import tabular
from core.gateways.tabular import open_table
from core.kernel.errors import Invalid

TEXT = "code,name\r\nA1,Zoë & Søn\r\nB2,Café\r\n"
CHINESE = "编号,名称,城市\r\nC1,深圳恒达电子有限公司,深圳\r\nC2,广州远景贸易,广州\r\n"


@pytest.fixture
def write(tmp_path):
    def put(content, name="table.csv"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return put


def cells(path, **options):
    return [list(row.cells.values()) for row in open_table(path, **options).rows()]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_are_found(write, encoding):
    path = write(TEXT.encode(encoding))
    table = open_table(path)
    assert table.headings == ("code", "name")
    assert cells(path) == [["A1", "Zoë & Søn"], ["B2", "Café"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gbk", "gb18030"])
def test_chinese_tables_stay_chinese(write, encoding):
    path = write(CHINESE.encode(encoding))
    assert open_table(path).headings == ("编号", "名称", "城市")
    assert cells(path)[0] == ["C1", "深圳恒达电子有限公司", "深圳"]


def test_an_encoding_can_be_given(write):
    path = write("編號,名稱\n1,臺北\n".encode("big5"))
    assert cells(path, encoding="big5") == [["1", "臺北"]]


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a;b;c\n1;2,5;3\n", ";"),
        ("a\tb\n1\t2\n", "\t"),
        ("a|b\n1|2\n", "|"),
        ("a\n1\n", ","),
    ],
)
def test_the_delimiter_is_the_most_frequent_in_the_heading(write, text, delimiter):
    path = write(text.encode())
    assert open_table(path).delimiter == delimiter
    assert cells(path)[0][0] == "1"


def test_quotes_line_breaks_blank_rows_and_short_rows(write):
    path = write(b'a,b,c\n"x, ""y""\nz", 2 ,\n\n,,\n3\n')
    rows = list(open_table(path).rows())
    assert [(r.number, list(r.cells.values())) for r in rows] == [
        (2, ['x, "y"\nz', "2", ""]),
        (5, ["3", "", ""]),
    ]


def test_empty_cells_beyond_the_heading_do_no_harm_others_are_refused(write):
    assert cells(write(b"a,b,,\n1,2,,\n")) == [["1", "2"]]
    with pytest.raises(Invalid) as refused:
        cells(write(b"a,b\n1,2\n1,2,3\n"))
    assert (refused.value.message_id, refused.value.params["row"]) == ("import.too_wide", 3)


@pytest.mark.parametrize(
    ("content", "message_id"),
    [
        (b"", "import.no_headings"),
        (b"\n\n", "import.no_headings"),
        (b",,\n1,2,3\n", "import.no_headings"),
        (b"a,b,a\n1,2,3\n", "import.double_heading"),
        (",".join(f"c{n}" for n in range(1001)).encode(), "import.too_many_columns"),
        (b"\xff\xfea\x00,", "import.file"),
    ],
)
def test_a_bad_heading_is_refused(write, content, message_id):
    with pytest.raises(Invalid) as refused:
        open_table(write(content))
    assert refused.value.message_id == message_id


@pytest.mark.parametrize(
    "content",
    [
        b'a,b\n1,2\n3,"open for ever\n4,5\n',
        b"a,b\n1," + b"x" * 1_000_001 + b"\n",
        b'a,b\n"1"2,3\n',
    ],
)
def test_a_table_that_breaks_off_is_told_and_not_swallowed(write, content):
    with pytest.raises(Invalid) as broken:
        cells(write(content))
    assert broken.value.message_id == "import.file"
    assert broken.value.params["cause"]


def test_a_wrong_encoding_is_told(write):
    for content, encoding in (
        (b"a\n\xe9\n", "utf-8"),
        (b"a\n1\n", "no-such"),
        (b"a\n\x81\n", "cp1252"),
    ):
        with pytest.raises(Invalid) as broken:
            cells(write(content), encoding=encoding)
        assert broken.value.message_id == "import.file"


def test_a_file_that_is_not_there_or_not_a_file(tmp_path):
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(Invalid, match=r"import\.file"):
            open_table(path)


class TestWorkbooks:
    @pytest.fixture
    def book(self, tmp_path):
        path = tmp_path / "table.xlsx"
        made = Workbook()
        sheet = made.active
        sheet.append(["code", "when", "qty", "ok", "note", None])
        sheet.append(["A1", date(2026, 3, 1), 3, True, " x "])
        sheet.append([17, datetime.fromisoformat("2026-03-01T12:30"), 2.5, False, None])
        sheet.append([None] * 5)
        sheet.append(["0012", datetime.fromisoformat("2026-03-01T00:00"), 1e15, None, "=1+1"])
        made.save(path)
        return path

    def test_cells_become_plain_text(self, book):
        assert open_table(book).headings == ("code", "when", "qty", "ok", "note")
        assert cells(book) == [
            ["A1", "2026-03-01", "3", "true", "x"],
            ["17", "2026-03-01T12:30:00", "2.5", "false", ""],
            ["0012", "2026-03-01", "1000000000000000", "", ""],
        ]

    def repack(self, book, name, change):
        """Replace a part of the workbook."""
        with zipfile.ZipFile(book) as old:
            parts = {item: old.read(item) for item in old.namelist()}
        parts[name] = change(parts[name])
        with zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED) as new:
            for item, content in parts.items():
                new.writestr(item, content)

    SHEET = "xl/worksheets/sheet1.xml"

    def test_a_claimed_size_costs_nothing(self, book):
        self.repack(book, self.SHEET, lambda xml: xml.replace(b"A1:F5", b"A1:XFD1048576"))
        assert b"XFD1048576" in zipfile.ZipFile(book).read(self.SHEET)
        assert len(cells(book)) == 3

    def test_a_far_cell_is_refused_at_once(self, book):
        far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
        self.repack(book, self.SHEET, lambda xml: xml.replace(b"</sheetData>", far))
        with pytest.raises(Invalid, match="too_wide"):
            cells(book)

    @pytest.mark.parametrize(
        "change",
        [
            lambda xml: xml[: len(xml) // 2],
            lambda xml: xml.replace(b'r="A2"', b'r="???"'),
            lambda xml: (
                b'<!DOCTYPE a [<!ENTITY b "c">]>' + xml.split(b"?>")[-1].replace(b"x", b"&b;", 1)
            ),
        ],
    )
    def test_a_broken_part_is_told(self, book, change):
        self.repack(book, self.SHEET, change)
        with pytest.raises(Invalid) as broken:
            cells(book)
        assert broken.value.message_id == "import.file"

    @pytest.mark.parametrize("content", [b"", b"code,name\n", b"PK\x03\x04 not a zip"])
    def test_what_only_bears_the_name_is_told(self, tmp_path, content):
        path = tmp_path / "table.xlsx"
        path.write_bytes(content)
        with pytest.raises(Invalid, match=r"import\.file"):
            open_table(path)

    def test_a_zip_that_is_no_workbook_is_told(self, tmp_path):
        path = tmp_path / "table.xlsx"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("hello.txt", "hello")
        with pytest.raises(Invalid, match=r"import\.file"):
            open_table(path)

    def test_a_bomb_is_refused_before_it_is_unpacked(self, tmp_path, book):
        path = tmp_path / "bomb.xlsx"
        with (
            zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
            archive.open(self.SHEET, "w") as part,
        ):
            for _ in range(tabular.MAX_UNPACKED // (1 << 20) + 1):
                part.write(bytes(1 << 20))
        assert path.stat().st_size < 1 << 20
        with pytest.raises(Invalid, match=r"import\.too_big"):
            open_table(path)

    def test_too_many_parts_are_refused(self, tmp_path):
        path = tmp_path / "parts.xlsx"
        with zipfile.ZipFile(path, "w") as archive:
            for number in range(tabular.MAX_MEMBERS + 1):
                archive.writestr(f"{number}", "")
        with pytest.raises(Invalid, match=r"import\.too_big"):
            open_table(path)
