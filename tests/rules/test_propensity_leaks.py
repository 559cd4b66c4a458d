"""Columns that are known too late are refused by what they mean, in several languages."""

import pytest

from fleet.adapters.files import read_policies
from fleet.policy import section
from fleet.propensity.columns import faked_auc, read_column, refuse
from fleet.propensity.leaks import find_leak
from fleet.propensity.policy import PropensityPolicy

POLICY = section(read_policies(), "propensity", PropensityPolicy)
SIGNED = (
    "contract_signed_date", "Vertragsabschlussdatum", "Datum der Vertragsunterzeichnung",
    "Unterschriftsdatum", "Date de signature du contrat", "date_signature_contrat",
    "Fecha de firma del contrato", "fecha_firma_contrato", "data firma contratto",
    "Data della firma", "data_assinatura_contrato", "Data de assinatura",
    "datum_ondertekening_contract", "Contractdatum", "ContractSignedAt", "signed_at",
)  # fmt: skip
LEFT = (
    "churn_reason", "Kündigungsgrund", "KuendigungsGrund", "Grund der Kündigung",
    "Motif de résiliation", "motif_resiliation", "motivo_baja", "Motivo de cancelación",
    "motivo della disdetta", "motivo_cancelamento", "opzegreden", "reden van vertrek",
)  # fmt: skip
LASTED = (
    "duration", "call_duration", "callDuration", "Call Duration (sec)", "Gesprächsdauer",
    "gespraechsdauer", "Anrufdauer", "Dauer des Gesprächs", "Durée de l'appel", "durée_appel",
    "Duración de la llamada", "Durata della chiamata", "Duração da ligação", "gespreksduur",
    "Duur van het gesprek",
)  # fmt: skip
CLOSED = (
    "closed_at", "close_value", "won_date", "lost_reason", "Verlustgrund", "motif de perte",
    "motivo de pérdida", "motivo perdita", "motivo da perda", "verliesreden", "fecha_cierre",
    "date de clôture", "data_chiusura", "data_fechamento", "sluitingsdatum", "Abschlussdatum",
)  # fmt: skip
STATED = ("deal_stage", "Lead Status", "statut_affaire", "esito_chiamata", "Tags", "Last Activity")
KNOWN_BEFORE = (
    "Total Time Spent on Website", "Lead Source", "poutcome", "Previous campaign outcome", "pdays",
    "contract type", "Vertragsart", "loan duration", "education", "Hochschulabschluss", "origin",
    "Signed up for newsletter", "session_duration_web", "persona", "country", "day_of_week",
    "order_of_visit", "emp.var.rate", "Winterthur branch", "state", "frühere Ergebnisse",
)  # fmt: skip


@pytest.mark.parametrize("name", SIGNED + LEFT + LASTED + CLOSED + STATED)
def test_a_name_that_means_something_known_too_late_is_a_leak(name: str) -> None:
    why = find_leak(name, ["a", "b"], [0, 1], POLICY)
    assert why is not None
    assert why.startswith("known only after contact or outcome")


@pytest.mark.parametrize("name", KNOWN_BEFORE)
def test_a_name_of_something_known_before_is_none(name: str) -> None:
    assert find_leak(name, ["a", "b"], [0, 1], POLICY) is None


@pytest.mark.parametrize(
    "values",
    [
        ["Closed by the partner", "web", "web", "fair"],
        ["Ringing", "switched off", "web", "fair"],
        ["kein Interesse", "Messe", "Web", "Web"],
        ["contrat signé", "salon", "web", "web"],
        ["no contesta", "feria", "web", "web"],
    ],
)
def test_values_that_mean_an_outcome_are_a_leak_whatever_the_name(values: list[str]) -> None:
    why = find_leak("field 7", values * 20, [1, 0, 0, 1] * 20, POLICY)
    assert why is not None
    assert "by its values" in why
    assert find_leak("previous field 7", values * 20, [1, 0, 0, 1] * 20, POLICY) is None


@pytest.mark.parametrize(("winner", "whose"), [(1, "winners"), (0, "losers")])
def test_a_column_filled_on_one_side_only_is_a_leak(winner: int, whose: str) -> None:
    labels = [1, 0] * 100
    values = ["x" if label == winner else None for label in labels]
    assert find_leak("note 3", values, labels, POLICY) == f"filled for {whose} only"


def test_a_strong_column_that_is_known_before_is_not_refused() -> None:
    labels = [1, 0] * 200
    raw = ["gold" if label else "tin" for label in labels]
    column = read_column("tier", raw, POLICY)
    assert refuse(column, labels, POLICY) is None
    assert faked_auc(column, labels) == pytest.approx(1.0)


def test_a_column_of_names_fakes_nothing() -> None:
    labels = [1, 0, 0] * 100
    column = read_column("name", [f"n{row}" for row in range(300)], POLICY)
    strength = faked_auc(column, labels)
    assert strength is not None
    assert strength == 0.5
