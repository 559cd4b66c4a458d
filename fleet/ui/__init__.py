"""The only package that imports Streamlit: resources, state, renderers."""
