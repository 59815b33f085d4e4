"""Imports: through the ordinary pipeline, rejected rows by name, and harmless to repeat."""

import pytest
from openpyxl import Workbook

from core.jobs import imports
from core.jobs.import_rows import plain_mapping
from core.kernel.errors import Forbidden, Invalid, NotFound
from core.records import commands


@pytest.fixture
def bring(lab, tmp_path):
    """Import text as a file; gives the result."""

    def run(text, object_name="x_job", username="admin", name="jobs.csv", **options):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        job = imports.prepare(lab.caller(username), object_name, path, **options)
        return imports.run(job)

    return run


def counts(result):
    return result.created, result.updated, result.unchanged, len(result.rejected)


def test_headings_are_fields_and_references_go_by_a_unique_field(lab, bring):
    code, part = lab.name(), lab.name("P")
    lab.part(code=part)
    result = bring(f"code,subject,fee,day,part.code\n{code},Lift,12.5,2026-03-01,{part}\n")
    assert counts(result) == (1, 0, 0, 0)
    found = commands.upsert(lab.caller(), "x_job", ("code", code), {})
    record = lab.get("x_job", found.id)
    assert (record["fee"], record["day"], record["subject"]) == ("12.50", "2026-03-01", "Lift")
    assert record["part"] is not None


def test_a_key_makes_the_import_repeatable(lab, bring):
    one, two = lab.name(), lab.name()
    text = f"code,subject\n{one},Lift\n{two},Hoist\n"
    assert counts(bring(text, key="code")) == (2, 0, 0, 0)
    assert counts(bring(text, key="code")) == (0, 0, 2, 0)
    assert counts(bring(text.replace("Hoist", "Crane"), key="code")) == (0, 1, 1, 0)


def test_each_bad_row_is_rejected_alone_with_its_number_and_faults(lab, bring):
    text = "subject,amount,fee\nLift,1,2\n,x,y\nHoist,2,1.005\nCrane,-1,1\n"
    result = bring(text)
    assert counts(result) == (2, 0, 0, 2)
    told = [(r.row.number, sorted(e.field for e in r.error.errors)) for r in result.rejected]
    assert told in (
        [(3, ["amount", "fee"]), (5, ["amount"])],
        [(3, ["amount", "fee", "subject"]), (5, ["amount"])],
    )


def test_chunks_keep_their_order_and_their_good_rows(lab, bring, monkeypatch):
    monkeypatch.setattr(imports, "CHUNK", 3)
    codes = [lab.name() for _ in range(8)]
    rows = "".join(f"{code},{'' if place == 4 else 'Lift'}\n" for place, code in enumerate(codes))
    result = bring(f"code,subject\n{rows}")
    assert counts(result) == (7, 0, 0, 1)
    assert result.rejected[0].row.cells["code"] == codes[4]


def test_a_dry_run_checks_everything_and_keeps_nothing(lab, bring):
    before = lab.fingerprint()
    result = bring("subject,amount\nLift,1\n,2\n", dry_run=True)
    assert counts(result) == (1, 0, 0, 1)
    assert lab.fingerprint() == before


@pytest.mark.parametrize(
    ("fees", "found"),
    [
        (["1.234,50", "7"], ["1234.50", "7.00"]),
        (["2,5", "1.000"], None),
        (["2,5", "0,25"], ["2.50", "0.25"]),
        (["2.5", "7"], ["2.50", "7.00"]),
        (["1,234", "7"], None),
        (["1,234.50", "7"], None),
    ],
)
def test_a_decimal_comma_is_found_and_what_is_unclear_is_refused(lab, bring, fees, found):
    codes = [lab.name() for _ in fees]
    rows = "".join(f"{code};Lift;{fee}\n" for code, fee in zip(codes, fees, strict=True))
    result = bring(f"code;subject;fee\n{rows}")
    if found is None:
        assert "import.bad_number" in {
            e.message_id for r in result.rejected for e in r.error.errors
        }
        return
    assert result.rejected == []
    made = [commands.upsert(lab.caller(), "x_job", ("code", code), {}).id for code in codes]
    assert [lab.get("x_job", i)["fee"] for i in made] == found


def test_a_workbook_is_as_good_as_a_text_file(lab, tmp_path):
    book = Workbook()
    book.active.append(["subject", "fee"])
    book.active.append(["Lift", 12.5])
    path = tmp_path / "jobs.xlsx"
    book.save(path)
    result = imports.run(imports.prepare(lab.caller(), "x_job", path))
    assert counts(result) == (1, 0, 0, 0)


@pytest.mark.parametrize(
    ("text", "options", "kind", "message_id"),
    [
        ("subjekt\nLift\n", {}, Invalid, "record.invalid"),
        ("subject\nLift\n", {"key": "subject"}, Invalid, "import.key"),
        ("subject\nLift,1\n", {}, Invalid, "import.too_wide"),
        ("subject\nLift\n", {"object_name": "x_jop"}, NotFound, None),
        ("subject\nLift\n", {"username": "sales"}, Forbidden, "record.forbidden"),
    ],
)
def test_a_file_that_cannot_be_taken_writes_nothing(lab, bring, text, options, kind, message_id):
    before = lab.fingerprint()
    fault = lab.refused(kind, lambda: bring(text, **options))
    assert message_id in {None, fault.message_id}
    assert lab.fingerprint() == before


def test_an_unknown_heading_is_named_with_the_nearest_field(lab):
    wrong = lab.refused(Invalid, plain_mapping, lab.services.model.snapshot, "x_job", ["subjekt"])
    assert wrong.errors[0].params["hint"] == "subject"
