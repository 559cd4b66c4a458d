"""The report of an evaluation as one HTML file that is safe to open.

Every text from a trace is escaped, control and direction marks are shown, nothing is a link, and a
content security policy forbids scripts, images and requests even if an escape were ever missed.
"""

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

MAX_ISSUES, MAX_RUNS, MAX_NODES = 100, 100, 60
TEXT_CHARS = 400
UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
STYLE = """
:root { color-scheme: light dark; --line: #8884; --dim: #777; --bar: #2f6f8f; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums;
  display: block; overflow-x: auto; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem;
  border-bottom: 1px solid var(--line); }
td.n, th.n { text-align: right; white-space: nowrap; } .dim { color: var(--dim); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: 1rem; }
.tile { border: 1px solid var(--line); border-radius: .5rem; padding: .7rem 1rem; }
.tile b { font-size: 1.6rem; display: block; }
code { overflow-wrap: anywhere; white-space: pre-wrap; }
details { border-bottom: 1px solid var(--line); padding: .4rem 0; } summary { cursor: pointer; }
"""


def render_report(
    summary: Mapping[str, Any],
    issues: Sequence[Mapping[str, Any]],
    runs: Sequence[Mapping[str, Any]],
) -> str:
    """Return the whole page; `runs` come in the order they are to be looked at."""
    title = f"Evaluation of {int(summary['trajectories'])} runs"
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        '<meta name="referrer" content="no-referrer">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{title}</title>",
        f"<style>{STYLE}</style></head><body>",
        f"<h1>{title}, {int(summary['steps'])} steps</h1>",
        f"<p class=dim>{_how(summary)} Brackets are 95 % intervals.</p>",
        *_tiles(summary),
        *_labels(summary.get("labels")),
        *_dimensions(summary["dimensions"]),
        *_issues(issues),
        *_contradictions(summary["contradictions"]),
        *_nodes(summary["nodes"]),
        *_runs(runs),
        *_problems(summary),
        "</body></html>",
    ]
    return "\n".join(parts) + "\n"


def _how(summary: Mapping[str, Any]) -> str:
    if summary["method"] != "llm":
        fitted = safe(summary["calibration"]["fitted_on"])
        return f"Judged by structure, without a model; the chance of success is fitted on {fitted}."
    model = summary["model"]
    whole = "" if model["complete"] else f" Not complete: {int(model['failed'])} judgements failed."
    return f"Judged by the model {safe(model['name'])}; its chances are not calibrated.{whole}"


def safe(value: Any, limit: int = TEXT_CHARS) -> str:
    """Escape any value for HTML text or a quoted attribute; hidden marks are shown as ␦."""
    text = "" if value is None else str(value)
    cut = text if len(text) <= limit else text[:limit] + "…"
    return html.escape(UNSAFE.sub("␦", cut), quote=True)


def _figure(figure: Mapping[str, Any] | None) -> str:
    if figure is None or figure["value"] is None:
        return "unknown"
    return (
        f"{figure['value']:.3f} <span class=dim>[{figure['low']:.3f}, {figure['high']:.3f}]</span>"
    )


def _number(value: Any, interval: Sequence[float] | None = None) -> str:
    if value is None:
        return "unknown"
    span = f" <span class=dim>[{interval[0]:.3f}, {interval[1]:.3f}]</span>" if interval else ""
    return f"{value:.3f}{span}"


def _tiles(summary: Mapping[str, Any]) -> Iterable[str]:
    tiles = (
        ("Score", summary["score"]),
        ("Chance of success", summary["success_probability"]),
        ("Step score", summary["step_score"]),
        ("Confidence", summary["confidence"]),
    )
    yield "<div class=tiles>"
    for name, figure in tiles:
        value = "unknown" if figure["value"] is None else f"{figure['value']:.3f}"
        span = "" if figure["low"] is None else f"{figure['low']:.3f} to {figure['high']:.3f}, "
        small = f"<span class=dim>{span}n {figure['n']}</span>"
        yield f"<div class=tile>{name}<b>{value}</b>{small}</div>"
    yield "</div>"


def _labels(labels: Mapping[str, Any] | None) -> Iterable[str]:
    if not labels:
        return
    yield "<h2>Against the recorded outcomes</h2><table>"
    rows = (
        ("recorded success", labels["success_rate"]),
        ("AUC of the shipped calibration (flatters the runs it was fitted on)", labels["auc"]),
        ("AUC refitted here, out of fold by task", labels["auc_cross_validated"]),
        ("AUC of counting steps", labels["auc_counting_steps"]),
        ("gain over counting", labels.get("auc_gain_over_counting")),
        ("Brier score", labels.get("brier")),
    )
    for name, figure in rows:
        yield f"<tr><td>{name}</td><td class=n>{_figure(figure)}</td></tr>"
    yield "</table>"


def _dimensions(dimensions: Mapping[str, Any]) -> Iterable[str]:
    yield "<h2>Dimensions</h2><table>"
    yield "<tr><th>dimension</th><th class=n>mean</th><th class=n>runs</th></tr>"
    for name, figure in dimensions.items():
        yield (f"<tr><td>{safe(name.replace('_', ' '))}</td><td class=n>{_figure(figure)}</td>"
               f"<td class=n>{figure['n']}</td></tr>")  # fmt: skip
    yield "</table>"


def _severity(issue: Mapping[str, Any]) -> str:
    low, high = issue["severity_range"] or (None, None)
    return f"{issue['severity']:.2f}" + (f" ({low:.2f} – {high:.2f})" if low != high else "")


def _issues(issues: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    yield f"<h2>Issues ({len(issues)})</h2>"
    for issue in issues[:MAX_ISSUES]:
        where = f" <span class=dim>{safe(issue['node'])}</span>" if issue["node"] else ""
        yield (
            f"<details><summary>{safe(issue['title'])}{where}: {issue['runs']} runs, "
            f"share {_figure(issue['frequency'])}, severity {_severity(issue)} "
            f"<code>{safe(issue['id'])}</code></summary><table>"
        )
        if "success_with" in issue:
            for name in ("success_with", "success_without"):
                words = f"{name.replace('_', ' ')} it"
                yield f"<tr><td>{words}</td><td>{_figure(issue[name])}</td></tr>"
        for example in issue["examples"]:
            yield (f"<tr><td>{safe(example['trace_id'])} <span class=dim>{safe(example['step_id'])}"
                   f"</span></td><td><code>{safe(example['quote'])}</code></td></tr>")  # fmt: skip
        yield "</table></details>"
    if len(issues) > MAX_ISSUES:
        yield f"<p class=dim>{len(issues) - MAX_ISSUES} more in issues.json.</p>"


def _contradictions(found: Mapping[str, Any]) -> Iterable[str]:
    yield f"<h2>Levels that disagree ({int(found['n'])})</h2>"
    if not found["runs"]:
        return
    yield (
        "<table><tr><th>run</th><th>kind</th><th class=n>steps</th><th class=n>chance</th>"
        "<th class=n>outcome</th></tr>"
    )
    for run in found["runs"][:MAX_RUNS]:
        yield (
            f"<tr><td>{safe(run['trace_id'])}</td><td>{safe(run['kind'].replace('_', ' '))}</td>"
            f"<td class=n>{_number(run['step_mean'])}</td>"
            f"<td class=n>{_number(run['success_probability'], run['success_interval'])}</td>"
            f"<td class=n>{_number(run['outcome'])}</td></tr>"
        )
    yield "</table>"


def _nodes(nodes: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    yield (
        "<h2>Nodes and tools</h2><table><tr><th>node</th><th class=n>steps</th>"
        "<th class=n>score</th><th class=n>failed</th><th class=n>P95 ms</th></tr>"
    )
    for node in nodes[:MAX_NODES]:
        late = node["latency_ms"]["p95"]
        yield (
            f"<tr><td>{safe(node['node'])}</td><td class=n>{node['steps']}</td>"
            f"<td class=n>{_figure(node['score'])}</td><td class=n>{_figure(node['failed'])}</td>"
            f"<td class=n>{'' if late is None else f'{late:.0f}'}</td></tr>"
        )
    yield "</table>"


def _runs(runs: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    yield "<h2>Runs to look at first</h2>"
    for run in runs[:MAX_RUNS]:
        yield (
            f"<details><summary>{safe(run['trace_id'])}: chance of success "
            f"{_number(run['success_probability'], run['success_interval'])}, "
            f"score {_number(run['score'], run['score_interval'])} "
            f"<span class=dim>{safe(run['task'], 120)}</span></summary><table>"
        )
        for finding in run["findings"]:
            yield (
                f"<tr><td class=n>{safe(finding['position'])}</td><td>{safe(finding['text'])}</td>"
                f"<td><code>{safe(finding['quote'])}</code></td></tr>"
            )
        for sentence in run["odd"]:
            yield f"<tr><td></td><td colspan=2 class=dim>{safe(sentence)}</td></tr>"
        yield "</table></details>"


def _problems(summary: Mapping[str, Any]) -> Iterable[str]:
    read = summary["read"]
    if not read["rejected"] and not summary["odd"]:
        return
    yield "<h2>What was strange in the input</h2>"
    yield f"<p>{int(read['rejected'])} records rejected.</p><table>"
    for problem in read["problems"]:
        yield (f"<tr><td>{safe(problem['file'])}#{int(problem['line'])}</td>"
               f"<td>{safe(problem['reason'])}</td></tr>")  # fmt: skip
    for sentence, count in summary["odd"].items():
        yield f"<tr><td>{safe(sentence)}</td><td>{int(count)} runs</td></tr>"
    yield "</table>"
