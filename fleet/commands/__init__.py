"""One module a command, imported when the command is named: `configure` and `run`."""
