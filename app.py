"""The console's entry script: frame, navigation, one page."""

from pathlib import Path

import streamlit as st

from fleet.ui import frame, navigation, resources

st.set_page_config(page_title="Sales Fleet", layout="wide", initial_sidebar_state="auto")
opened = resources.store()
page = st.navigation(
    navigation.pages(Path(__file__).parent, waiting=frame.waiting(opened)), expanded=True
)
frame.draw(opened)
page.run()
