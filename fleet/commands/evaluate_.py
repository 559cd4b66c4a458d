"""`fleet evaluate PATH`: judge traces at the levels of step, trajectory and system."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fleet.adapters.files import read_policies
from fleet.commands.console_io import Console
from fleet.errors import InputError
from fleet.settings import read_settings

FINDING = 10
FORMATS = ("auto", "otlp", "langsmith", "mlflow", "langfuse", "openai", "jsonl")
STATES = ("ISSUE", "CONTRADICTION", "FAILED", "REJECTED")
FEW = 10
CALLS = "calls.jsonl"
HOW = {"structural": "without a model", "llm": "by a model"}


def configure(parser: argparse.ArgumentParser, _common: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("path", type=Path, metavar="PATH", help="a file or a folder of traces")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write the five report files here")
    parser.add_argument("--format", choices=FORMATS, default="auto")
    parser.add_argument(
        "--fail-under", type=_share, metavar="X", help="exit 10 when the mean score is below X"
    )
    parser.add_argument(
        "--fail-on", choices=STATES, metavar="STATE",
        help="exit 10 on any ISSUE, CONTRADICTION, FAILED run or REJECTED record",
    )  # fmt: skip
    parser.add_argument("--no-model", action="store_true", help="judge by structure only")
    parser.add_argument("--policy", type=Path, metavar="FILE", help="a TOML like policies.toml")
    parser.add_argument(
        "--issue-names", type=Path, metavar="FILE",
        help="JSON lines {op: rename|merge|split, id, title|into}, oldest first: what issues are "
        "called, and which are counted as one",
    )  # fmt: skip
    parser.add_argument(
        "--judgements", type=Path, metavar="PATH",
        help="sum up judgements made elsewhere: CLEAR's results, a folder or a zip",
    )  # fmt: skip
    parser.add_argument(
        "--calibrate", type=Path, metavar="FILE",
        help="fit the chance of success on the labelled traces, write the table to FILE",
    )  # fmt: skip


def run(args: argparse.Namespace, console: Console) -> int:
    """Judge the traces; a finding is no error unless asked for."""
    from fleet.adapters.evaluation_run import evaluate, make_folder, write_json, write_text
    from fleet.adapters.trace_files import TraceFiles
    from fleet.evaluation.policy import EvaluationPolicy
    from fleet.policy import digest, section

    policy = section(read_policies(args.policy), "evaluation", EvaluationPolicy)
    source = TraceFiles(args.path, args.format)
    if args.calibrate:
        return _calibrate(args, console, source, policy)
    names = _issue_names(args.issue_names)
    if args.out:
        make_folder(args.out)
    progress = (lambda n: console.note(f"{n} runs read")) if sys.stderr.isatty() else lambda _: None
    with _model_judge(args, read_policies(args.policy)) as model:
        found = evaluate(source, policy, args.out, model, progress, names)
    summary = found.summary | {"policy_digest": digest(policy)}
    if args.judgements:
        from fleet.adapters.judgement_files import read_judgements
        from fleet.evaluation.judgements import sum_up

        summary["judgements"] = sum_up(read_judgements(args.judgements))
    if args.out:
        from fleet.adapters.evaluation_report import render_report

        write_json(args.out / "issues.json", found.issues)
        write_text(args.out / "report.html", render_report(summary, found.issues, found.worst))
        write_json(args.out / "summary.json", summary)
    for problem in source.problems[:FEW]:
        console.note(f"{problem.file}#{problem.line}: {problem.reason}")
    if not summary.get("model", {"complete": True})["complete"]:
        console.note(f"not complete: {summary['model']['failed']} judgements failed, run again")
    console.document(summary, _text(summary, args.out))
    return FINDING if _fails(args, summary) else 0


def _issue_names(path: Path | None) -> Any:
    from fleet.adapters.jsonl import read_lines
    from fleet.evaluation.issue_names import NONE, names_of

    if path is None:
        return NONE
    changes, bad = read_lines(path)
    if bad:
        raise InputError(f"--issue-names {bad[0]}")
    try:
        return names_of(changes)
    except InputError as error:
        raise InputError(f"--issue-names {path}: {error}") from None


@contextmanager
def _model_judge(args: argparse.Namespace, policies: dict[str, Any]) -> Iterator[Any]:
    """Open the model judge when a gateway is configured and wanted; else there is none."""
    settings = read_settings(getattr(args, "home", None))
    if settings.gateway_url is None or args.no_model:
        yield None
        return
    from fleet.adapters.collector import spare_collector

    spare_collector()
    from fleet.adapters.clock import SystemClock
    from fleet.adapters.gateway import open_chat
    from fleet.adapters.judge_calls import JudgeLog, ModelJudge
    from fleet.evaluation.model_judge import ModelPolicy
    from fleet.policy import section

    policy = section(policies, "evaluation_model", ModelPolicy)
    chat = open_chat(settings, policies, clock=SystemClock())
    if chat is None:
        yield None
        return
    try:
        with JudgeLog(args.out / CALLS if args.out else None) as log:
            yield ModelJudge(chat, settings.model, policy, log)
    finally:
        chat.close()


def _share(word: str) -> float:
    try:
        value = float(word)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{word!r} is no number from 0 to 1")
    return value


def _fails(args: argparse.Namespace, summary: dict[str, Any]) -> bool:
    """Missing evidence is no pass: without a score or a judgement, `--fail-under` fails."""
    score = summary["score"]["value"]
    incomplete = not summary.get("model", {"complete": True})["complete"]
    if args.fail_under is not None and (incomplete or score is None or score < args.fail_under):
        return True
    failed = any(i["code"] in ("run_failed", "step_failed") for i in summary["issues"]["top"])
    hit = {
        "ISSUE": summary["issues"]["n"] > 0,
        "CONTRADICTION": summary["contradictions"]["n"] > 0,
        "FAILED": failed,
        "REJECTED": summary["read"]["rejected"] > 0,
    }
    return bool(args.fail_on and hit[args.fail_on])


def _calibrate(args: argparse.Namespace, console: Console, source: Any, policy: Any) -> int:
    from fleet.adapters.evaluation_run import labelled_signals, write_text
    from fleet.evaluation.calibrate import calibration_toml, fit

    signals, labels, tasks = labelled_signals(source, policy)
    few = min(sum(labels), len(labels) - sum(labels))
    if few < policy.min_class:
        raise InputError(
            f"{args.path} has {few} labelled runs of the rarer outcome, {policy.min_class} are "
            "needed: give traces with an outcome, score or reward"
        )
    about = f"{args.path.name}: {len(labels)} runs, {len(set(tasks))} tasks"
    fitted = fit(signals, labels, l2=policy.l2, fitted_on=about, groups=tasks)
    write_text(args.calibrate, calibration_toml(fitted))
    console.document({"fitted_on": about, "runs": len(labels), "file": str(args.calibrate)})
    return 0


def _text(summary: dict[str, Any], out: Path | None) -> str:
    how = HOW[summary["method"]]
    lines = [
        f"{summary['trajectories']} runs, {summary['steps']} steps, judged {how}",
        f"score {_figure(summary['score'])}",
        f"chance of success {_figure(summary['success_probability'])}",
        f"step score {_figure(summary['step_score'])}",
    ]
    labels = summary["labels"]
    if labels and labels["auc_cross_validated"]:
        lines.append(
            f"recorded success {_figure(labels['success_rate'])}; foreseen with AUC "
            f"{_figure(labels['auc_cross_validated'])} out of fold, by the shipped table "
            f"{_figure(labels['auc'])}"
        )
    for issue in summary["issues"]["top"][:FEW]:
        where = f" ({issue['node']})" if issue["node"] else ""
        lines.append(f"▼ {issue['title']}{where}: {issue['runs']} runs, {issue['id']}")
    if summary["contradictions"]["n"]:
        lines.append(f"◆ {summary['contradictions']['n']} runs whose steps and outcome disagree")
    if summary["read"]["rejected"]:
        lines.append(f"○ {summary['read']['rejected']} records could not be read")
    lines += [f"○ {kind}: {n} runs" for kind, n in list(summary["odd"].items())[:FEW]]
    return "\n".join([*lines, f"report: {out / 'report.html'}"] if out else lines)


def _figure(figure: dict[str, Any]) -> str:
    if figure["value"] is None:
        return "unknown: no run could be judged"
    return f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f}, n {figure['n']})"
