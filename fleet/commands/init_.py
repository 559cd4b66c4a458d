"""`fleet init`: create or upgrade the store; running it again changes nothing."""

import argparse

from fleet.commands.console_io import Console

FIRST_REVISION = "0001"


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    del common
    parser.add_argument("--sample", action="store_true", help="load the shipped sample CRM")


def run(args: argparse.Namespace, console: Console) -> int:
    """Create the home, the tables and, when asked, the sample."""
    from fleet.adapters.clock import SystemClock
    from fleet.adapters.store.migrate import upgrade
    from fleet.adapters.store.open import open_store
    from fleet.errors import InputError
    from fleet.settings import read_settings

    settings = read_settings(getattr(args, "home", None))
    try:
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{settings.home} cannot be made: {error.strerror}") from None
    store = open_store(settings.store_url, home=settings.home)
    try:
        applied = upgrade(store)
        if FIRST_REVISION in applied and store.head_file:
            store.head_file.forget()  # of a store that was here before
        answer: dict[str, object] = {"home": str(settings.home), "applied": applied}
        if args.sample:
            try:
                from fleet.adapters.sample import load_sample
            except ModuleNotFoundError:
                raise InputError("this build carries no sample: run `fleet import crm`") from None
            answer["sample"] = load_sample(store, SystemClock().now())
    finally:
        store.close()
    state = f"applied {', '.join(applied)}" if applied else "already up to date"
    console.document(answer, f"{settings.home}: {state}")
    return 0
