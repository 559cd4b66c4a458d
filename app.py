"""The console's entry script: frame, navigation, one page."""

import streamlit as st

from fleet.ui import frame, navigation

st.set_page_config(page_title="Sales Fleet", layout="wide", initial_sidebar_state=244)
page = st.navigation(navigation.sections(), expanded=True)
frame.draw_logo()
navigation.sidebar_foot()
page.run()
