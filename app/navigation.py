"""The pages of the app: which there are, who may open them, what they are opened on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import streamlit as st
from screens import (
    adjudicate,
    answers,
    bulk,
    collection,
    datasets,
    functions,
    map,
    models,
    people,
    quality,
    report,
    review,
    runs,
    signing_in,
    starting,
    watch,
)
from styles import apply_styles, literal
from visit import Job, Visit, errors_said, jobs_of, open_elsewhere, open_pins, the_workspace

from labeling.errors import LabelingError
from labeling.review.people import Person, Role
from labeling.workspace import Workspace

ICON = str(Path(__file__).with_name("icon.svg"))


@dataclass(frozen=True, kw_only=True)
class Screen:
    """One page of the app."""

    title: str
    icon: str
    group: str
    role: Role
    """The least that may open it."""
    show: Callable[[Visit], None]
    needs_job: bool = True
    """Whether it is about a signal on a collection."""

    @property
    def path(self) -> str:
        """Its address."""
        return self.title.lower()


def screen(title: str, icon: str, group: str, role: Role, show: Callable[[Visit], None]) -> Screen:
    """Return a page about a signal on a collection."""
    return Screen(title=title, icon=icon, group=group, role=role, show=show)


SCREENS = (
    screen("Review", "rate_review", "Decide", "annotator", review.show),
    screen("Bulk", "select_all", "Decide", "annotator", bulk.show),
    screen("Answers", "history_edu", "Decide", "annotator", answers.show),
    screen("Adjudicate", "gavel", "Decide", "reviewer", adjudicate.show),
    screen("Quality", "verified", "Understand", "reviewer", quality.show),
    screen("Watch", "monitor_heart", "Understand", "engineer", watch.show),
    screen("Report", "summarize", "Understand", "engineer", report.show),
    screen("Map", "bubble_chart", "Understand", "engineer", map.show),
    screen("Collection", "photo_library", "Understand", "engineer", collection.show),
    screen("Functions", "function", "Build", "engineer", functions.show),
    screen("Runs", "history", "Build", "engineer", runs.show),
    screen("Datasets", "dataset", "Build", "engineer", datasets.show),
    screen("Models", "model_training", "Build", "engineer", models.show),
    Screen(
        title="People",
        icon="group",
        group="Manage",
        role="admin",
        show=people.show,
        needs_job=False,
    ),
)


def main() -> None:
    """Draw the app."""
    st.set_page_config(page_title="labeling", page_icon=ICON, layout="wide")
    st.logo(ICON, size="large")
    apply_styles()
    try:
        workspace = the_workspace()
        person = signing_in.who_is_here(workspace)
    except LabelingError as error:
        st.navigation([st.Page(lambda: None, title="labeling")], position="hidden")
        st.error(literal(str(error)))
        return
    pages: dict[str, list[st.Page]] = {}
    for one in SCREENS:
        seen = person is not None and person.may(one.role)
        page = st.Page(
            partial(open_screen, one, workspace, person),
            title=one.title,
            icon=f":material/{one.icon}:",
            url_path=one.path,
            # registered all the same, so that a link to it asks to sign in, or says why not
            visibility="visible" if seen else "hidden",
        )
        pages.setdefault(one.group, []).append(page)
    # Streamlit keeps the path of its first page for itself and does not serve it: Review has its own
    to_review = partial(_go_to, pages[SCREENS[0].group][0])
    root = st.Page(to_review, title="labeling", url_path="root", default=True, visibility="hidden")
    pages[""] = [root]
    st.navigation(pages, position="sidebar" if person else "hidden", expanded=True).run()


def _go_to(page: st.Page) -> None:
    st.switch_page(page, query_params=st.query_params.to_dict())


def open_screen(one: Screen, workspace: Workspace, person: Person | None) -> None:
    """Show a page to someone who may see it, else what stands in the way."""
    with errors_said():
        if person is None:
            signing_in.show(workspace)
            return
        job = choose_job(workspace, person)
        if not person.may(one.role):
            st.info(f"{one.title} is for the role {one.role}, and yours is {person.role}.")
        elif one.needs_job and job is None:
            starting.show(person)
        else:
            one.show(Visit(workspace=workspace, person=person, job=job))


def choose_job(workspace: Workspace, person: Person) -> Job | None:
    """Show in the sidebar what is worked on and who is here; return the job."""
    jobs = jobs_of(workspace, person)
    # a widget's choice and the address both end with the page: another page goes on with this one
    before = st.session_state.get("working_on")
    asked = st.query_params.get("on") or before
    address = st.query_params.to_dict() | signing_in.in_address(person)
    job = None
    with st.sidebar:
        if jobs:
            # by name, as the order of the jobs changes whenever a run ends
            by_name = {str(one): one for one in jobs}
            names = list(by_name)
            index = names.index(asked) if asked in names else 0
            if asked in names and before not in (None, asked):  # the browser's way back
                st.session_state["job"], index = asked, 0
            name = st.selectbox("Working on", names, index=index, key="job")
            job = by_name[name]
            if asked not in (None, name):
                address.pop("pin", None)  # it is one of the other's
            address["on"] = st.session_state["working_on"] = name
            _show_open(Visit(workspace=workspace, person=person, job=job))
        # at once: each change is a step for the browser's way back
        st.query_params.from_dict(address)
        signing_in.show_person(person)
    if job is not None and asked is not None and asked not in by_name:
        st.warning(literal(f"{asked} is not there, or not for you; this is {name}."))
    return job


def _show_open(visit: Visit) -> None:
    """Say how many pins are open in what is worked on, where others wait elsewhere."""
    assert visit.job is not None
    if elsewhere := open_elsewhere(visit):
        here = open_pins(str(visit.workspace.home)).get(visit.job, 0)
        st.caption(literal(f"{here:,} open here; {elsewhere}."))
