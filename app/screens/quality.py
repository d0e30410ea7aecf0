"""What the answers say about pins and people: agreement, annotators, gold checks, day by day."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd
import streamlit as st
from marking import apply_pin_styles, figures, when
from pin_stories import open_story
from styles import literal
from visit import Visit, the_workspace

from labeling.review.agreement import Agreement
from labeling.review.annotators import AnnotatorQuality, DayQuality
from labeling.review.quality import QualityReport, quality_report
from screens.estimates import show_estimates

SECONDS = 30
"""What people did meanwhile is seen after so long."""
CHECKS, CONSENSUS = "gold checks right", "as the consensus"


def show(visit: Visit) -> None:
    """Show how good the answers are, and whose."""
    assert visit.job is not None
    st.title("Quality")
    apply_pin_styles()
    show_estimates(visit)
    st.subheader("How good the answers are")
    report = _report(str(visit.workspace.home), visit.job.signal, visit.job.collection)
    if not report.annotators:
        st.info(
            "Nobody answered yet. When people have, this page shows how far they agree, how well "
            "each does on pins whose class is known, and what became of their answers."
        )
        return
    _show_figures(report)
    st.subheader("Annotators")
    _show_annotators(report)
    st.subheader("Day by day")
    _show_days(report.days)
    if report.pairs:
        st.subheader("Who agrees with whom")
        _show_pairs(report)
    if report.checks.missed:
        st.subheader("Gold that may be wrong")
        _show_missed(visit, report)


@st.cache_data(show_spinner="Counting", ttl=SECONDS, max_entries=16)
def _report(home: str, signal: str, collection: str) -> QualityReport:
    return quality_report(the_workspace(), signal, collection)


def _show_figures(report: QualityReport) -> None:
    counts, checks = report.consensus, report.checks.scores
    judged, right = sum(s.checks for s in checks), sum(s.right for s in checks)
    shown = {
        "Answers": (f"{report.answers:,}", f"by {len(report.annotators)} people"),
        "Agreement": (
            "–" if report.agreement.alpha is None else f"{report.agreement.alpha:.2f}",
            _interval(report.agreement),
        ),
        "Gold checks right": (
            f"{right / judged:.0%}" if judged else "–",
            f"{right} of {judged}" if judged else "none asked yet",
        ),
        "Make gold": (f"{counts.gold:,}", f"of {counts.pins:,} pins answered, at the next run"),
        "Wait for answers": (f"{counts.waiting:,}", "asked again"),
        "Wait for a reviewer": (f"{counts.disputed:,}", "answers differ, or flagged"),
    }
    st.html(figures(shown))
    st.caption(
        "Agreement is Krippendorff's alpha: 1 is perfect, 0 is what chance gives; below 0.67 the "
        "guideline needs work."
    )


def _interval(agreement: Agreement) -> str:
    if agreement.low is None or agreement.high is None:
        return "no pin has two answers" if not agreement.pins else f"{agreement.pins:,} pins"
    return f"{agreement.low:.2f} to {agreement.high:.2f}, {agreement.pins:,} pins"


def _show_annotators(report: QualityReport) -> None:
    for one in report.annotators:
        if one.is_distrusted:
            st.warning(
                literal(
                    f"{one.annotator} clearly fails the gold checks, so these answers do not become "
                    "gold."
                )
            )
    scores = _scores(report.annotators)
    if not scores.empty:
        st.altair_chart(_scores_chart(scores))
    table = pd.DataFrame([_row(one) for one in report.annotators])
    nothing = table.columns[(table.isna() | (table == "")).all()]
    st.dataframe(
        table.drop(columns=nothing),
        hide_index=True,
        placeholder="",
        column_config=_columns(),
    )


def _row(one: AnnotatorQuality) -> dict[str, Any]:
    return {
        "annotator": one.annotator,
        "answers": one.answers,
        "skill": one.skill,
        "agrees": None if one.agrees is None else 100 * one.agrees,
        "checks": "" if one.checks is None else f"{one.checks.right} of {one.checks.checks}",
        "seconds": one.median_seconds,
        "hasty": None if one.hasty is None else 100 * one.hasty,
        "skips": 100 * one.skip_rate,
        "flags": 100 * one.flag_rate,
        "role": one.role if one.is_active else f"{one.role}, inactive",
        "last": when(one.last_answer),
    }


def _columns() -> dict[str, Any]:
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    return {
        "annotator": text("Annotator", pinned=True),
        "answers": number("Answers", format="localized"),
        "skill": number(
            "Skill",
            format="%.2f",
            help="How often they are right, by Dawid-Skene from all answers.",
        ),
        "agrees": number(
            "Agrees", format="%.0f%%", help="Their answers that are what all together say."
        ),
        "checks": text("Gold checks", help="Right on pins whose class was known."),
        "seconds": number("Seconds", format="%.1f", help="The median for an answer."),
        "hasty": number("Hasty", format="%.0f%%", help="Answers given in less than a second."),
        "skips": number("Skips", format="%.0f%%"),
        "flags": number("Flags", format="%.0f%%"),
        "role": text("Role"),
        "last": text("Last answer (UTC)"),
    }


def _scores(annotators: tuple[AnnotatorQuality, ...]) -> pd.DataFrame:
    """Return the share of each annotator's gold checks that was right, with its interval."""
    return pd.DataFrame(
        [
            {
                "annotator": one.annotator,
                "right": one.checks.share,
                "low": one.checks.low,
                "high": one.checks.high,
                "checks": one.checks.checks,
            }
            for one in annotators
            if one.checks is not None
        ]
    )


def _scores_chart(scores: pd.DataFrame) -> alt.LayerChart | alt.FacetChart:
    share = alt.Axis(format="%", tickCount=5)
    base = alt.Chart(scores).encode(
        y=alt.Y("annotator:N", title=None, sort=None, axis=alt.Axis(labelLimit=140))
    )
    rules = base.mark_rule(strokeWidth=2, opacity=0.55).encode(
        x=alt.X("low:Q", title="gold checks right, with 95% interval", axis=share).scale(
            domain=[0, 1]
        ),
        x2="high:Q",
        color=alt.value("#808495"),
    )
    dots = base.mark_circle(size=110, opacity=1).encode(
        x="right:Q",
        tooltip=["annotator", alt.Tooltip("right:Q", format=".0%"), "checks"],
    )
    return alt.layer(rules, dots).properties(height=34 * len(scores) + 80)


def _show_days(days: tuple[DayQuality, ...]) -> None:
    table = pd.DataFrame([vars(day) for day in days])
    table["day"] = pd.to_datetime(table["day"]).dt.strftime("%m-%d")
    deeds = table.melt("day", ["answers", "skips", "flags"], "what", "count")
    table[CHECKS] = table["checks_right"] / table["checks"].where(table["checks"] > 0)
    table[CONSENSUS] = table["agrees"].astype(float)
    shares = table.melt("day", [CHECKS, CONSENSUS], "what", "share").dropna()
    left, right = st.columns(2)
    with left:
        st.altair_chart(_deeds_chart(deeds))
    with right:
        if not shares.empty:
            st.altair_chart(_shares_chart(shares))


def _deeds_chart(deeds: pd.DataFrame) -> alt.Chart:
    return (
        alt.Chart(deeds)
        .mark_bar(cornerRadius=2, size=min(36, 360 // max(deeds["day"].nunique(), 1)))
        .encode(
            x=alt.X("day:O", title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
            y=alt.Y("count:Q", title=None, axis=alt.Axis(tickMinStep=1)),
            color=alt.Color("what:N", title=None, sort=None, legend=alt.Legend(orient="top")),
            tooltip=["day", "what", "count"],
        )
        .properties(height=240)
    )


def _shares_chart(shares: pd.DataFrame) -> alt.Chart:
    return (
        alt.Chart(shares)
        .mark_line(point=alt.OverlayMarkDef(size=60), strokeWidth=2)
        .encode(
            x=alt.X("day:O", title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
            y=alt.Y("share:Q", title=None, axis=alt.Axis(format="%")).scale(domain=[0, 1]),
            color=alt.Color("what:N", title=None, legend=alt.Legend(orient="top")),
            tooltip=["day", "what", alt.Tooltip("share:Q", format=".0%")],
        )
        .properties(height=240)
    )


def _show_pairs(report: QualityReport) -> None:
    pairs = pd.DataFrame([vars(pair) for pair in report.pairs])
    pairs["share"] *= 100
    number = st.column_config.NumberColumn
    st.dataframe(
        pairs,
        hide_index=True,
        column_config={
            "first": "Annotator",
            "second": "and",
            "pins": number("Pins of both", format="localized"),
            "share": number("Same class", format="%.0f%%"),
            "kappa": number("Cohen's kappa", format="%.2f", help="Chance taken off."),
        },
    )


def _show_missed(visit: Visit, report: QualityReport) -> None:
    missed = report.checks.missed
    st.caption("Most of those who were checked on these said otherwise. Choose one to look at it.")
    event = st.dataframe(
        pd.DataFrame(
            {
                "gold": [one.gold for one in missed],
                "said instead": [one.instead for one in missed],
                "wrong": [f"{one.wrong} of {one.answers}" for one in missed],
                "pin": [one.pin_id for one in missed],
            }
        ),
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key="missed",
    )
    chosen = [missed[number].pin_id for number in event["selection"]["rows"]]
    if chosen and st.session_state.get("opened_missed") != chosen:
        open_story(visit, chosen[0])
    st.session_state["opened_missed"] = chosen
