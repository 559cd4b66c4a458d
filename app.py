"""The console's entry script: frame, navigation, one page."""

import streamlit as st

from fleet.ui import frame, navigation, svg

st.set_page_config(
    page_title="Sales Fleet", page_icon=svg.favicon(), layout="wide", initial_sidebar_state=244
)
page = st.navigation(navigation.sections(), expanded=True)
frame.draw_logo()
navigation.sidebar_foot()
page.run()
