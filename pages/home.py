"""Home: what waits for the reviewer now."""

from fleet.ui import frame, home, resources

store = resources.store()
if store is None:
    frame.preparing()
else:
    home.render(store)
