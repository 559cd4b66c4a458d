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
STATED = (
    "Status",
    "Convert Timestamp",
    "Last contacted at",
    "deal_stage",
    "Lead Status",
    "statut_affaire",
    "esito_chiamata",
    "Tags",
    "Last Activity",
)
BOUGHT = (
    "purchase_date", "PurchasedAt", "Enrolment Fee Paid", "enrolled_at", "payment_status",
    "proposal_accepted", "onboarding_completed", "revenue_booked", "Closed Revenue", "NPS",
    "Kaufdatum", "Angebot angenommen", "date d'achat", "devis accepté", "fecha_de_compra",
    "propuesta aceptada", "data di acquisto", "preventivo accettato", "data da compra",
    "proposta aceita", "aankoopdatum", "offerte geaccepteerd",
)  # fmt: skip
FORECAST = (
    "Win Probability", "probability", "Forecast Category", "Abschlusswahrscheinlichkeit",
    "probabilité de signature", "probabilidad_de_cierre", "Probabilità di chiusura",
    "probabilidade de fechamento", "winkans",
)  # fmt: skip
KNOWN_BEFORE = (
    "previous purchases", "Last purchase date", "payment method", "subscription plan", "Bid size",
    "purchase intent", "enrolled in newsletter", "paid search", "job status", "Marital Status",
    "estado", "provincia", "default", "contact", "probable industry",
    "Total Time Spent on Website", "Lead Source", "poutcome", "Previous campaign outcome", "pdays",
    "contract type", "Vertragsart", "loan duration", "education", "Hochschulabschluss", "origin",
    "Signed up for newsletter", "session_duration_web", "persona", "country", "day_of_week",
    "order_of_visit", "emp.var.rate", "Winterthur branch", "state", "frühere Ergebnisse",
)  # fmt: skip


@pytest.mark.parametrize("name", SIGNED + LEFT + LASTED + CLOSED + STATED + BOUGHT + FORECAST)
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


def test_a_form_that_only_winners_have_is_a_leak_though_it_holds_zeros() -> None:
    labels = [int(row % 10 == 0) for row in range(600)]
    values = [0.0 if label else None for label in labels]
    assert find_leak("revenue said", values, labels, POLICY) == "filled for winners only"


def test_a_column_that_some_winners_fill_and_no_loser_is_a_leak_when_it_is_no_accident() -> None:
    labels = [int(row % 10 == 0) for row in range(600)]
    some = ["yes" if label and row % 50 == 0 else None for row, label in enumerate(labels)]
    assert find_leak("has shop", some, labels, POLICY) == (
        "filled for winners only, though for 20% of them"
    )
    few = ["yes" if label and row % 100 == 0 else None for row, label in enumerate(labels)]
    assert find_leak("has shop", few, labels, POLICY) is None  # six of six, by accident perhaps
    mixed = [value or ("no" if row == 7 else None) for row, value in enumerate(some)]
    assert find_leak("has shop", mixed, labels, POLICY) is None  # a loser has one too


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


def test_numbers_that_are_absent_on_one_side_fake_what_their_absence_tells() -> None:
    labels = [int(row % 4 == 0) for row in range(400)]
    raw = ["0" if label else "" for label in labels]
    assert faked_auc(read_column("revenue said", raw, POLICY), labels) == pytest.approx(1.0)
