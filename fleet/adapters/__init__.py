"""The only files that touch the outside: store, gateway, engine, checkpoints, mail, files."""
