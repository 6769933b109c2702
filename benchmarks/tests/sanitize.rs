//! What EvalPlus' sanitiser makes of an answer, fact by fact, and how long ours takes.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use benchmarks::sanitize;
use datasets::{Benchmark, Dataset, Problem};
use flate2::read::GzDecoder;
use serde_json::Value;
use sha2::{Digest, Sha256};

#[test]
fn what_the_entry_point_does_not_reach_is_dropped() {
    let answer = "import os\nLIMIT = 3\nOTHER = 4\ndef g():\n    return LIMIT\ndef f():\n    return g()\n\
                  def h():\n    return OTHER\nprint(f())\n";
    let kept = "import os\nLIMIT = 3\ndef g():\n    return LIMIT\ndef f():\n    return g()";
    assert_eq!(sanitize(answer, Some("f")), kept);
}

#[test]
fn without_an_entry_point_every_definition_stays() {
    let answer = "x = 1\ndef f():\n    return 1\nprint(x)\n";
    assert_eq!(sanitize(answer, None), "x = 1\ndef f():\n    return 1");
}

#[test]
fn a_missing_entry_point_leaves_the_imports_or_else_everything() {
    assert_eq!(sanitize("import os\ndef g():\n    return 1\n", Some("f")), "import os");
    assert_eq!(sanitize("def g():\n    return 1\n", Some("f")), "def g():\n    return 1");
}

#[test]
fn functions_that_return_nothing_and_decorated_ones_are_dropped() {
    let answer =
        "def f():\n    print(1)\n@cache\ndef f():\n    return 1\nasync def f():\n    return 2\n";
    assert_eq!(sanitize(answer, Some("f")), "async def f():\n    return 2");
}

#[test]
fn the_first_definition_of_a_name_counts() {
    let answer = "def f():\n    return 1\nf = 2\nclass f:\n    x = 3\n";
    assert_eq!(sanitize(answer, Some("f")), "def f():\n    return 1");
}

#[test]
fn any_mention_of_a_name_is_a_need_even_an_attribute_or_a_keyword() {
    let answer = "a = 1\nb = 2\nc = 3\nd = 4\ndef f(x: d):\n    return f'{x.a}', g(b=1), 'c'\n";
    let kept = "a = 1\nb = 2\nd = 4\ndef f(x: d):\n    return f'{x.a}', g(b=1), 'c'";
    assert_eq!(sanitize(answer, Some("f")), kept);
}

#[test]
fn an_assignment_is_named_by_the_first_plain_name_on_either_side() {
    let answer =
        "t.u = v\n(w) = v\nx: int = 5\ny, z = 1, 2\nx += 1\ndef f():\n    return v, w, x, y, z\n";
    let kept = "t.u = v\nx: int = 5\ndef f():\n    return v, w, x, y, z";
    assert_eq!(sanitize(answer, Some("f")), kept);
}

#[test]
fn a_future_import_is_dropped() {
    let answer = "from __future__ import annotations\nfrom os import (\n  path)\nx = 1\n";
    assert_eq!(sanitize(answer, Some("x")), "from os import (\n  path)\nx = 1");
}

#[test]
fn comments_of_a_body_stay_and_those_after_it_go() {
    let answer = "def f():\n    return 1  # one\n\n    # deep\n  # shallow\n# outside\nx = 1\n";
    assert_eq!(sanitize(answer, Some("f")), "def f():\n    return 1  # one\n\n    # deep");
}

#[test]
fn imports_come_first_wherever_they_stood() {
    let answer = "def f():\n    return os\nimport os; import re\n";
    assert_eq!(sanitize(answer, Some("f")), "import os\nimport re\ndef f():\n    return os");
}

#[test]
fn a_single_line_is_kept_with_or_without_code_in_it() {
    assert_eq!(sanitize("I cannot do that.", Some("f")), "I cannot do that.");
    assert_eq!(sanitize("    import os\n    x y", Some("f")), "import os");
    assert_eq!(sanitize("", Some("f")), "");
}

/// Files of recorded completions with how many tasks EvalPlus knows of them, and the first eight
/// bytes of the SHA-256 of all that EvalPlus 0.3.1 makes of those on CPython 3.11, joined by NUL.
const UPSTREAM: [(&str, usize, &str); 7] = [
    ("humaneval.codegemma-7b", 164, "ed592b78a8dbfed6"),
    ("humaneval.codegen-16b-mono.t08.s0-9", 1640, "d2e064b50ee9047d"),
    ("humaneval.codegen-350m-mono", 164, "4ae64e875916a504"),
    ("humaneval.codegen-6b-mono", 164, "522d95ed5205cf38"),
    ("humaneval.deepseek-coder-6.7b", 164, "380d0253082ad74b"),
    ("humaneval.rd-gene", 164, "4e60386e66494dff"),
    ("mbpp.chatgpt-2023-11", 378, "6a51e04dd522c3a4"),
];

#[test]
fn recorded_completions_come_out_as_evalplus_leaves_them() {
    let data = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data"));
    if !data.is_dir() {
        println!("skipped: {} is absent", data.display());
        return;
    }
    let open = |benchmark, file| Dataset::load(benchmark, &data.join(file)).unwrap();
    let human_eval = open(Benchmark::HumanEvalPlus, "humaneval-plus/HumanEvalPlus.jsonl.gz");
    let mbpp = open(Benchmark::MbppPlus, "mbpp-plus/MbppPlus.jsonl.gz");
    let problem = |id: &str| human_eval.get(id).or_else(|| mbpp.get(id));
    for (name, count, digest) in UPSTREAM {
        let samples = rows(data.join(format!("completions/{name}.samples.jsonl.gz")));
        let sanitized = samples.iter().filter_map(|sample| {
            let problem = problem(sample["task_id"].as_str()?)?;
            Some(sanitize(&text_of(sample, problem), problem.entry_point.as_deref()))
        });
        let sanitized: Vec<String> = sanitized.collect();
        assert_eq!(sanitized.len(), count, "{name}");
        let hash = Sha256::digest(sanitized.join("\0"));
        let hexadecimal: String = hash[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hexadecimal, digest, "{name}");
    }
}

fn rows(path: PathBuf) -> Vec<Value> {
    let lines =
        BufReader::new(GzDecoder::new(File::open(path).expect("the folder is complete"))).lines();
    lines
        .map(|line| {
            let line = line.expect("the file is whole");
            serde_json::from_str(&line).expect("each line is JSON")
        })
        .collect()
}

/// As the command line of EvalPlus' sanitiser puts a completion under its prompt.
fn text_of(sample: &Value, problem: &Problem) -> String {
    match (sample["solution"].as_str(), sample["completion"].as_str()) {
        (Some(solution), _) => solution.to_owned(),
        (None, completion) => {
            format!("{}\n{}", problem.prompt, completion.expect("a sample has either"))
        }
    }
}

#[test]
fn a_long_answer_takes_a_moment_whatever_it_holds() {
    let pieces = [
        "x = 1\n",
        "(\n",
        "\"\"\"\n",
        "'''\"\"\"\n",
        "def f():\n",
        "try:\n    x\n",
        "@d\n",
        "prose of a kind\n",
        "def f():\n    return 1\n\nprose of a kind\n",
        "# note\n",
        "\0\n",
        "    \n",
        "x = 1;",
    ];
    for piece in pieces {
        let answer = piece.repeat((256 << 10) / piece.len()) + "prose of a kind";
        let started = Instant::now();
        sanitize(&answer, Some("f"));
        let took = started.elapsed();
        assert!(took < Duration::from_secs(60), "{piece:?} took {took:?}");
    }
}

#[test]
fn what_nests_too_deep_to_parse_is_returned_and_not_crashed_on() {
    for piece in ["(", "[", "x.", "- ", "not ", "lambda: ", "f'{", "{(]", "f(]", "a if b else "] {
        let answer = piece.repeat((1 << 20) / piece.len());
        assert_eq!(sanitize(&answer, Some("f")), answer, "{piece}");
    }
}
