//! The page as a whole. Its look is checked by eye; `a_page_to_look_at` writes one.

use benchmarks::{EvalPlusStatus, Outcome, TestCount, Upstream, Verdict};

use super::{html, outcomes::ORDER};
use crate::summary::{Judged, Run, Score};

const HOSTILE: &str = "</script><img src=x onerror=alert(1)>\u{202e}\x1b[31m<!--\u{2028}{{style}}";

#[test]
fn a_small_page_reads_as_expected() {
    let mut run = run(vec![
        judged("HumanEval/0", 0, Outcome::Accepted),
        judged("HumanEval/0", 1, Outcome::WrongAnswer),
        judged("HumanEval/1", 0, Outcome::Accepted),
        judged("HumanEval/1", 1, Outcome::Ungraded),
    ]);
    run.judged[1].verdict.message = "assert candidate([1.0, 2.0], 0.3) == False".to_owned();
    run.judged[3].verdict.message = "failed to mount `/proc`".to_owned();
    insta::assert_snapshot!(body_without_script(&html(&run)));
}

#[test]
fn hostile_text_stays_text_wherever_it_stands() {
    let mut judged = judged(HOSTILE, 0, Outcome::RuntimeError);
    judged.program = HOSTILE.to_owned();
    judged.verdict.message = HOSTILE.to_owned();
    judged.verdict.stderr = HOSTILE.to_owned();
    judged.verdict.upstream = Some(Upstream::HumanEval { result: HOSTILE.to_owned() });
    let mut run = run(vec![judged.clone(), judged]);
    for text in
        [&mut run.benchmark, &mut run.profile, &mut run.samples, &mut run.python, &mut run.started]
    {
        *text = HOSTILE.to_owned();
    }
    run.scores[0].tests = HOSTILE.to_owned();
    run.notes = vec![HOSTILE.to_owned()];

    let page = html(&run);
    assert!(!page.contains("<img"), "an element came from the run");
    assert!(!page.contains("<!--"), "a comment came from the run");
    assert_eq!(page.matches("</script>").count(), 2, "a script element ended early");
    for unseen in ['\u{202e}', '\x1b', '\u{2028}'] {
        assert!(!page.contains(unseen), "{unseen:?} can still act");
    }
    assert!(page.contains("‹U+202E›‹ESC›[31m"));
    assert_eq!(page.matches("color-scheme: light dark").count(), 1, "a slot in a value was filled");
}

#[test]
fn the_page_refers_to_nothing_outside_itself() {
    let page = html(&run(ORDER.map(|outcome| judged("HumanEval/0", 0, outcome)).to_vec()));
    for reference in ["http:", "https:", "url(", "@import", "src=", "<link", "<iframe", "srcset"] {
        assert!(!page.contains(reference), "{reference}");
    }
}

#[test]
fn the_policy_names_this_style_and_this_script() {
    // Hash of the empty text, as `openssl dgst -sha256 -binary </dev/null | base64` prints it.
    assert_eq!(super::policy_hash(""), "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    let page = html(&run(Vec::new()));
    for (tag, source) in [("style", super::STYLE), ("script", super::SCRIPT)] {
        assert!(page.contains(&format!("{tag}-src '{}'", super::policy_hash(source))));
        assert!(page.contains(&format!("<{tag}>{source}</{tag}>")));
    }
}

#[test]
fn ungraded_samples_raise_an_alarm() {
    let quiet = html(&run(vec![judged("HumanEval/0", 0, Outcome::WrongAnswer)]));
    assert!(!quiet.contains("class=\"alarm\""));
    let loud = html(&run(vec![judged("HumanEval/0", 0, Outcome::Ungraded)]));
    assert!(loud.contains("<strong>1 sample ungraded.</strong>"));
}

#[test]
fn a_run_without_samples_has_a_page() {
    let mut empty = run(Vec::new());
    empty.scores.clear();
    assert!(html(&empty).contains("There is no score"));
}

#[test]
fn long_programs_and_many_failures_keep_the_page_bounded() {
    let long = "x < y\n".repeat(1_000);
    let huge: Vec<Judged> = (0..6_000)
        .map(|at| {
            let mut sample =
                judged(&format!("HumanEval/{}", at % 164), at / 164, Outcome::RuntimeError);
            sample.program = long[..6_000].to_owned();
            sample.verdict.message = long[..1_500].to_owned();
            sample.verdict.stderr = long[..2_500].to_owned();
            sample
        })
        .collect();
    let page = html(&run(huge));
    assert!(page.len() < 32_000_000, "{} bytes", page.len());
    // 24 of each of 164 tasks fit into 4,000.
    assert!(page.contains("leaves out 2,064 failing samples"), "what is left out is said");
    assert!(page.contains("3,936 long programs are shown only in part"));
}

#[test]
fn sixteen_hundred_ordinary_failures_are_all_there() {
    let failures: Vec<Judged> = (0..1_640)
        .map(|at| {
            let mut sample =
                judged(&format!("HumanEval/{}", at / 10), at % 10, Outcome::WrongAnswer);
            sample.program = "    return x\n".repeat(9_000 / 13);
            sample
        })
        .collect();
    let page = html(&run(failures));
    assert!(!page.contains("class=\"left-out\">To stay small") && !page.contains("only in part"));
    assert!(page.len() < 20_000_000, "{} bytes", page.len());
}

#[test]
fn a_page_to_look_at() {
    let mut judged_samples = Vec::new();
    for task in 0..164_usize {
        for sample in 0..10_usize {
            judged_samples.push(plausible(task, sample));
        }
    }
    let mut run = run(judged_samples);
    run.scores = vec![
        score("base", 1, 0.628, 0.561, 0.690),
        score("base", 10, 0.866, 0.805, 0.910),
        score("base+plus", 1, 0.571, 0.503, 0.637),
        score("base+plus", 10, 0.823, 0.757, 0.874),
    ];
    run.notes = vec!["12 of 176 tasks have no sample; the scores are over the others.".to_owned()];
    let page = html(&run);
    let place = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/report-example.html");
    if std::fs::write(place, &page).is_err() {
        println!("no page was left at {place}");
    }
    assert!(page.contains("62.8\u{a0}%"));
}

/// A sample like those of a real run: tasks differ in how hard they are, and some programs are odd.
fn plausible(task: usize, sample: usize) -> Judged {
    let dice = (task * 7_919 + sample * 104_729) % 1_000;
    let hardness = (task * 37 % 100) * 8;
    let outcome = match dice {
        _ if task == 17 && sample == 3 => Outcome::Ungraded,
        _ if dice >= hardness => Outcome::Accepted,
        0..300 => Outcome::WrongAnswer,
        300..520 => Outcome::RuntimeError,
        _ => ORDER[1 + dice % 10],
    };
    let mut judged = judged(&format!("HumanEval/{task}"), sample, outcome);
    judged.program = format!(
        "from typing import List\n\n\ndef solve_{task}(numbers: List[int], threshold: float) -> bool:\n    \
         \"\"\" Check whether any two numbers are closer than the threshold. \"\"\"\n    for i, a in enumerate(numbers):\n        \
         for b in numbers[i + 1:]:\n            if abs(a - b) < threshold:  # sample {sample}\n                return True\n    return False\n"
    );
    let verdict = &mut judged.verdict;
    verdict.cpu_seconds = dice as f64 / 400.0;
    verdict.wall_seconds = dice as f64 / 380.0;
    verdict.memory = 9_000_000 + dice as u64 * 41_000;
    verdict.message = match outcome {
        Outcome::Accepted => String::new(),
        Outcome::Ungraded => "failed to mount `/proc` in the jail: EPERM".to_owned(),
        Outcome::WrongAnswer => format!("assert candidate([{task}, {sample}], 0.3) == True"),
        Outcome::RuntimeError if sample.is_multiple_of(2) => {
            "NameError: name 'math' is not defined".to_owned()
        }
        Outcome::RuntimeError => {
            format!("IndexError: list index out of range\nin solve_{task}, line 7")
        }
        Outcome::SecurityViolation => HOSTILE.to_owned(),
        _ => String::new(),
    };
    if outcome == Outcome::RuntimeError {
        verdict.stderr = "Traceback (most recent call last):\n  File \"solution.py\", line 7, in <module>\n\x1b[31mboom\x1b[0m\n".to_owned();
    }
    if outcome == Outcome::NoCode {
        judged.program.clear();
    } else if outcome == Outcome::OutputLimit {
        judged.program = "print('flood' * 1_000)\n".repeat(3_000);
    }
    let fails = outcome != Outcome::Accepted;
    judged.verdict.upstream = Some(Upstream::EvalPlus {
        base: if fails { EvalPlusStatus::Fail } else { EvalPlusStatus::Pass },
        plus: if fails { EvalPlusStatus::Timeout } else { EvalPlusStatus::Pass },
        base_fail_tests: if fails { vec![sample] } else { Vec::new() },
        plus_fail_tests: if fails { (0..40).collect() } else { Vec::new() },
    });
    judged
}

fn run(judged: Vec<Judged>) -> Run {
    Run {
        benchmark: "humaneval+".to_owned(),
        profile: "evalplus-0.3.1".to_owned(),
        samples: "deepseek-coder-6.7b.samples.jsonl.gz".to_owned(),
        tier: "t1".to_owned(),
        python: "3.11.2".to_owned(),
        started: "2026-11-23 14:02 UTC".to_owned(),
        seconds: 41.3,
        workers: 2,
        scores: vec![score("", 1, 0.5, 0.2, 0.8)],
        judged,
        notes: Vec::new(),
        asked: None,
    }
}

fn score(tests: &str, k: usize, estimate: f64, low: f64, high: f64) -> Score {
    Score { tests: tests.to_owned(), k, estimate, low, high }
}

fn judged(task_id: &str, sample: usize, outcome: Outcome) -> Judged {
    Judged {
        task_id: task_id.to_owned(),
        sample,
        program: "def f():\n    return 1\n".to_owned(),
        verdict: Verdict {
            outcome,
            tests: TestCount { total: 7, run: 4, passed: 3 },
            each: Vec::new(),
            weak: false,
            waited_seconds: 0.0,
            repeated: false,
            upstream: None,
            cpu_seconds: 0.031,
            wall_seconds: 0.04,
            memory: 12_400_000,
            message: String::new(),
            stderr: String::new(),
        },
    }
}

/// The page between `<body>` and its script, with the data but without the code.
fn body_without_script(page: &str) -> &str {
    let (_, body) = page.split_once("<body>").expect("the page has a body");
    body.split_once("</script>").expect("the page has data").0
}
