"""The evidence pack: one decision as a PDF, with every number and digest it stands on."""

from fpdf import FPDF

from fleet.domain.trust import is_simulated
from fleet.runtime.gate_view import GateView
from fleet.ui.gate_charts import NAMES
from fleet.ui.untrusted import plain
from fleet.ui.version_names import plain_name

WIDTHS = (44, 18, 22, 22, 22, 18, 18, 26)
HEAD = ("Dimension", "n", "Estimate", "Lower", "Upper", "Bar", "Floor", "State")


def evidence_pack(view: GateView) -> bytes:
    """Return the PDF; the same decision gives the same bytes."""
    pdf = FPDF()
    pdf.set_creation_date(view.at)
    pdf.set_title(f"Release decision {view.artifact} {view.version}")
    pdf.add_page()
    pdf.set_font("helvetica", "B", 16)
    outcome = view.decision.outcome.value
    _line(pdf, f"{plain_name(view.artifact, view.version)}: {outcome}", 9)
    pdf.set_font("helvetica", "", 10)
    if is_simulated(view.version):
        _line(
            pdf, "Simulated: customers, reviewers and time were played. No evidence for a release."
        )
    _line(pdf, f"Version {view.version} of {view.artifact}")
    _line(pdf, f"Decided at {view.at.isoformat()}, record {view.recorded or 'none, as of now'}")
    _line(pdf, f"{view.runs} runs, {view.since or 'no first'} to {view.until or 'no last'}")
    if view.decision.needed_n:
        _line(pdf, f"{view.decision.needed_n} more runs would settle it at the present rates")
    pdf.ln(3)
    _table(pdf, view)
    _section(pdf, "Reasons", view.decision.reasons)
    _section(
        pdf,
        "Without one or two dimensions",
        [
            f"{' and '.join(NAMES[name] for name in each.names)}: {each.outcome} ({each.reason})"
            for each in view.ablation
        ],
    )
    if view.decision.comparison:
        rows = view.decision.comparison.differences
        _section(
            pdf, f"Against the champion {view.baseline or ''}, paired by scenario",
            [
                f"{NAMES[d.name]}: {d.lower:+.3f} to {d.upper:+.3f}, {d.pairs} pairs, {d.state}"
                for d in rows
            ],
        )  # fmt: skip
    _section(
        pdf, "Digests",
        [f"evidence {view.decision.evidence_digest}", f"policy {view.decision.policy_digest}"],
    )  # fmt: skip
    return bytes(pdf.output())


def _table(pdf: FPDF, view: GateView) -> None:
    pdf.set_font("helvetica", "B", 9)
    _row(pdf, HEAD)
    pdf.set_font("helvetica", "", 9)
    for j in view.decision.judgments:
        measured = j.has_evidence
        _row(
            pdf,
            (
                NAMES[j.name], str(j.n), f"{j.estimate:.3f}" if j.estimate is not None else "-",
                f"{j.lower:.3f}" if measured else "-", f"{j.upper:.3f}" if measured else "-",
                f"{j.rule.promote_bar:g}", f"{j.rule.rollback_floor:g}", j.state,
            ),
        )  # fmt: skip


def _row(pdf: FPDF, cells: tuple[str, ...]) -> None:
    for width, cell in zip(WIDTHS, cells, strict=True):
        pdf.cell(width, 6, _latin(cell))
    pdf.ln(6)


def _section(pdf: FPDF, title: str, lines: "list[str] | tuple[str, ...]") -> None:
    pdf.ln(3)
    pdf.set_font("helvetica", "B", 11)
    _line(pdf, title, 7)
    pdf.set_font("helvetica", "", 9)
    for line in lines:
        _line(pdf, line, 5)


def _line(pdf: FPDF, text: str, height: float = 6) -> None:
    pdf.multi_cell(0, height, _latin(text), new_x="LMARGIN", new_y="NEXT")


def _latin(text: str) -> str:
    """The built-in fonts write Latin-1; other characters are shown as question marks."""
    return plain(text).encode("latin-1", "replace").decode("latin-1")
