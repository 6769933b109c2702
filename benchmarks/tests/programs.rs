//! Programs within limits of the problem's own: CodeContests and Codeforces.
//!
//! The data lies in the project's sibling folder `shared`; where that is absent, a test says so and
//! passes.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[path = "scene/judge.rs"]
mod judge;
#[path = "scene/shared.rs"]
mod shared;

use std::sync::Arc;
use std::time::Duration;

use benchmarks::{Candidate, Checker, Outcome, Profile, Reward, Verdict};
use datasets::{
    Answers, Benchmark, Dataset, Language, Problem, Programs, Streams, TestCase, Tests, Validator,
};
use serde_json::Value;

use judge::judge;
use shared::shared;

/// The numbers of the tests that fail, for each of the 24 candidates, beside the measured ones.
async fn failing(checker: Checker, field: &'static str) {
    let Some(problems) = shared("codecontests/problems.jsonl.gz") else { return };
    let dataset = Arc::new(Dataset::load(Benchmark::CodeContests, &problems).unwrap());
    assert_eq!(dataset.problems.len(), 10);
    let judge = Arc::new(judge(Profile::CodeContests2022).compare_by(checker).run_all());
    let text = std::fs::read_to_string(shared("codecontests/candidates.jsonl").unwrap()).unwrap();
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 24);
    for pair in rows.chunks(2) {
        let tasks: Vec<_> = pair
            .iter()
            .map(|row| {
                let (judge, dataset, row) = (Arc::clone(&judge), Arc::clone(&dataset), row.clone());
                tokio::spawn(async move {
                    let problem = dataset.get(row["problem"].as_str().unwrap()).unwrap();
                    let source = Candidate::solution(row["code"].as_str().unwrap());
                    let verdict = judge.judge(problem, &source).await.unwrap();
                    let failed = |(_, outcome): &(usize, &Outcome)| **outcome != Outcome::Accepted;
                    let ours: Vec<usize> =
                        verdict.each.iter().enumerate().filter(failed).map(|(at, _)| at).collect();
                    let number =
                        |it: &Value| it.get("index").unwrap_or(it).as_u64().unwrap() as usize;
                    let theirs: Vec<usize> =
                        row[field].as_array().unwrap().iter().map(number).collect();
                    let name = format!("{} {}", row["problem"], row["candidate"]);
                    assert_eq!(ours, theirs, "{name}: {}", verdict.message);
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_measured_tests_fail_when_words_are_compared() {
    failing(Checker::Tokens, "failing_tests_token_compare").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_measured_tests_fail_when_lines_are_compared() {
    failing(Checker::Lines, "failing_tests_line_compare").await;
}

fn problem(answers: Answers, streams: Streams, cases: &[(&str, &str)]) -> Problem {
    let case = |(stdin, expected): &(&str, &str)| TestCase {
        stdin: (*stdin).to_owned(),
        expected: (*expected).to_owned(),
    };
    let programs = Programs {
        cases: cases.iter().map(case).collect(),
        time: Duration::from_millis(500),
        memory: 64 << 20,
        answers,
        streams,
    };
    Problem {
        id: "test".to_owned(),
        prompt: String::new(),
        language: Language::Python,
        entry_point: None,
        reference: None,
        tests: Tests::Programs(programs),
        contest: None,
    }
}

async fn verdict(problem: &Problem, source: &str) -> Verdict {
    judge(Profile::Strict1).judge(problem, &Candidate::solution(source)).await.unwrap()
}

#[tokio::test]
async fn a_problem_with_several_answers_and_no_checker_gives_no_reward() {
    let several = problem(Answers::Several, Streams::Standard, &[("", "1")]);
    let verdict = verdict(&several, "print(1)").await;
    assert_eq!((verdict.outcome, Reward::default().of(&verdict)), (Outcome::Ungraded, None));
    let empty = problem(Answers::One, Streams::Standard, &[]);
    assert_eq!(self::verdict(&empty, "print(1)").await.outcome, Outcome::Ungraded);
    let interactive = problem(Answers::Interactive, Streams::Standard, &[("", "1")]);
    assert_eq!(self::verdict(&interactive, "print(1)").await.outcome, Outcome::Ungraded);
}

#[tokio::test]
async fn limits_are_those_of_the_problem() {
    let one = problem(Answers::One, Streams::Standard, &[("3\n", "6"), ("4\n", "8")]);
    let outcome = async |source: &str| verdict(&one, source).await.outcome;
    assert_eq!(outcome("print(2 * int(input()))").await, Outcome::Accepted);
    assert_eq!(outcome("while True:\n    pass").await, Outcome::TimeLimit);
    assert_eq!(outcome("x = bytearray(1 << 30)\nprint(6)").await, Outcome::MemoryLimit);
    assert_eq!(outcome("print(6)").await, Outcome::WrongAnswer);
    assert_eq!(outcome("print(").await, Outcome::CompileError);
    let verdict = verdict(&one, "print(6)").await;
    assert_eq!(verdict.each, [Outcome::Accepted, Outcome::WrongAnswer]);
    assert_eq!(verdict.message, "word 1 of its output is `6` and should be `8` on test 1");
}

#[tokio::test]
async fn numbers_with_a_point_and_yes_or_no_may_be_written_otherwise() {
    let one = problem(Answers::One, Streams::Standard, &[("1 3\n", "0.333333\nYes")]);
    let third = "a, b = map(int, input().split())\nprint(a / b)\nprint('YES')";
    assert_eq!(verdict(&one, third).await.outcome, Outcome::Accepted);
    assert_eq!(verdict(&one, "print(0.3334)\nprint('Yes')").await.outcome, Outcome::WrongAnswer);
}

#[tokio::test]
async fn what_may_be_printed_grows_with_what_is_expected() {
    let long = "1\n".repeat(2_500_000);
    let one = problem(Answers::One, Streams::Standard, &[("", &long)]);
    assert_eq!(verdict(&one, "print('1\\n' * 2_500_000)").await.outcome, Outcome::Accepted);
    let files = problem(Answers::One, Streams::Files, &[("", &long)]);
    let writes = "open('output.txt', 'w').write('1\\n' * 2_500_000)";
    assert_eq!(verdict(&files, writes).await.outcome, Outcome::Accepted);
    let short = problem(Answers::One, Streams::Standard, &[("", "1")]);
    let outcome = verdict(&short, "print('1\\n' * 2_500_000)").await.outcome;
    assert_eq!(outcome, Outcome::OutputLimit);
}

#[tokio::test]
async fn files_take_the_place_of_standard_streams() {
    let files = problem(Answers::One, Streams::Files, &[("3\n", "6")]);
    let source = "n = int(open('input.txt').read())\nopen('output.txt', 'w').write(str(2 * n))\n";
    let verdict = verdict(&files, source).await;
    assert_eq!(verdict.outcome, Outcome::Accepted, "{verdict:?}");
    let silent = self::verdict(&files, "print(6)").await.outcome;
    assert_ne!(silent, Outcome::Accepted);
    let read = "n = int(open('input.txt').read())\n";
    for source in [
        "import sys\nsys.stdin = open('input.txt')\nsys.stdout = open('output.txt', 'w')\n\
         print(2 * int(input()))\n"
            .to_owned(),
        format!("{read}f = open('output.txt', 'w')\nf.write(str(2 * n))\n"),
        format!("import os\n{read}open('output.txt', 'w').write(str(2 * n))\nos._exit(0)\n"),
        format!(
            "from __future__ import annotations\n{read}print(2 * n, file=open('output.txt', 'w'))\n"
        ),
        format!(
            "import sys, atexit\n{read}f = open('output.txt', 'w')\n\
                 atexit.register(lambda: f.write(str(2 * n)))\nsys.exit()\n"
        ),
    ] {
        let verdict = self::verdict(&files, &source).await;
        assert_eq!(verdict.outcome, Outcome::Accepted, "{source}: {verdict:?}");
    }
    assert_eq!(self::verdict(&files, "print(").await.outcome, Outcome::CompileError);
}

#[tokio::test]
async fn an_output_over_which_a_checker_stumbles_is_wrong() {
    let checked = |checker: &str, cases: &[(&str, &str)]| {
        problem(Answers::Checked { checker: checker.to_owned() }, Streams::Standard, cases)
    };
    let cases = [("6\n", "2")];
    let numbers = "import sys\nn, _, d = (int(open(name).read()) for name in sys.argv[1:])\nprint(int(n % d == 0))\n";
    for output in ["'?'", "''", "'9' * 5000"] {
        let source = format!("print({output})");
        let verdict = verdict(&checked(numbers, &cases), &source).await;
        assert_eq!(verdict.outcome, Outcome::WrongAnswer, "{output}: {verdict:?}");
    }
    let says_no_twice = "import sys\nright = open(sys.argv[3]).read().strip() == '2'\nprint(int(right))\nsys.exit(not right)\n";
    let outcome = async |checker: &str, cases: &[(&str, &str)], source: &str| {
        verdict(&checked(checker, cases), source).await.outcome
    };
    assert_eq!(outcome(says_no_twice, &cases, "print(3)").await, Outcome::WrongAnswer);
    assert_eq!(outcome(says_no_twice, &cases, "print(2)").await, Outcome::Accepted);
    let broken =
        "import sys\nif open(sys.argv[1]).read() == '6\\n':\n    raise ValueError\nprint(0)\n";
    assert_eq!(outcome(broken, &cases, "print(3)").await, Outcome::CheckerFailed);
    assert_eq!(outcome(broken, &cases, "").await, Outcome::CheckerFailed);
    // What another test says counts all the same.
    let two = [("6\n", "2"), ("7\n", "7")];
    assert_eq!(outcome(broken, &two, "print(3)").await, Outcome::WrongAnswer);
    // Though nobody asks a broken one for ever.
    let verdict = verdict(&checked(broken, &[cases[0]; 9]), "print(3)").await;
    assert_eq!((verdict.outcome, verdict.tests.run), (Outcome::CheckerFailed, 3));
}

#[tokio::test]
async fn a_validator_in_python_gets_its_arguments() {
    let validator = Validator {
        language: Language::Python,
        source: "import sys\nanswer = open(sys.argv[2]).read()\n\
                 sys.exit(42 if sys.stdin.read().split() == answer.split() else 43)\n"
            .to_owned(),
        headers: vec![],
    };
    let problem = problem(Answers::Validated(validator), Streams::Standard, &[("6\n", "2")]);
    assert_eq!(verdict(&problem, "print(2)").await.outcome, Outcome::Accepted);
    assert_eq!(verdict(&problem, "print(3)").await.outcome, Outcome::WrongAnswer);
}

#[tokio::test]
async fn a_checker_decides_where_there_are_several_answers() {
    let checked = |checker: &str| {
        let checker = Answers::Checked { checker: checker.to_owned() };
        problem(checker, Streams::Standard, &[("6\n", "2")])
    };
    let divisor = checked(
        "import sys\nn, _, d = (int(open(name).read()) for name in sys.argv[1:])\n\
         print(1 if 1 < d < n and n % d == 0 else 0)\n",
    );
    for (source, outcome) in [
        ("print(3)", Outcome::Accepted),
        ("print(4)", Outcome::WrongAnswer),
        ("1 / 0", Outcome::RuntimeError),
        // The checker of this problem cannot read it.
        ("print('three')", Outcome::WrongAnswer),
    ] {
        assert_eq!(verdict(&divisor, source).await.outcome, outcome, "{source}");
    }
    for checker in ["print('right')", "while True:\n    pass", "import os\nos._exit(3)", "print(1"]
    {
        let verdict = verdict(&checked(checker), "print(3)").await;
        assert_eq!(verdict.outcome, Outcome::CheckerFailed, "{checker}");
        assert_eq!(Reward::default().of(&verdict), None);
    }
}

/// A validator that asks for the double of a number, three times, and then for silence.
const DOUBLES: &str = "import sys\n\
    for number in (3, 4, 5):\n    \
        print(number, flush=True)\n    \
        if sys.stdin.readline().strip() != str(2 * number):\n        \
            sys.exit(43)\n\
    print('over', flush=True)\n\
    sys.exit(43 if sys.stdin.read() else 42)\n";

fn conversation(validator: &str) -> Problem {
    let (language, headers) = (Language::Python, Vec::new());
    let validator = Validator { language, source: validator.to_owned(), headers };
    let mut problem = problem(Answers::Conversed(validator), Streams::Standard, &[("", "")]);
    if let Tests::Programs(programs) = &mut problem.tests {
        programs.time = Duration::from_millis(300);
    }
    problem
}

#[tokio::test]
async fn a_candidate_talks_with_its_validator() {
    let doubles = conversation(DOUBLES);
    let right = "while (line := input()) != 'over':\n    print(2 * int(line), flush=True)";
    for (source, expected) in [
        (right.to_owned(), Outcome::Accepted),
        // It is refused at once, whatever it does then.
        ("print(7, flush=True)\nwhile True:\n    pass".to_owned(), Outcome::WrongAnswer),
        ("print(7, flush=True)\nwhile True:\n    input()".to_owned(), Outcome::WrongAnswer),
        ("print(7, flush=True)\nimport time\ntime.sleep(60)".to_owned(), Outcome::WrongAnswer),
        // It says too much at the end, or ends badly before it was accepted.
        (format!("{right}\nprint('more')"), Outcome::WrongAnswer),
        (format!("{right}\nraise SystemExit(1)"), Outcome::RuntimeError),
        (format!("{right}\nwhile True:\n    pass"), Outcome::TimeLimit),
        ("pass".to_owned(), Outcome::WrongAnswer),
        ("print('6' * (8 << 20), flush=True)".to_owned(), Outcome::OutputLimit),
        ("while True:\n    pass".to_owned(), Outcome::TimeLimit),
        ("x = [0] * (1 << 28)".to_owned(), Outcome::MemoryLimit),
        // The number of an exit is the validator's to give, not its own.
        ("raise SystemExit(42)".to_owned(), Outcome::RuntimeError),
    ] {
        let verdict = verdict(&doubles, &source).await;
        assert_eq!(verdict.outcome, expected, "{source}: {}", verdict.message);
    }
}

#[tokio::test]
async fn who_waited_for_whom_is_said() {
    let mut doubles = conversation(DOUBLES);
    // Both must have come to where they wait, on a busy machine as well.
    if let Tests::Programs(programs) = &mut doubles.tests {
        programs.time = Duration::from_secs(2);
    }
    let silent = verdict(&doubles, "input()\ninput()").await;
    assert_eq!(silent.outcome, Outcome::Idle);
    assert!(silent.message.starts_with("it did not answer the validator"), "{}", silent.message);
    // The line has no end, so the validator waits for it.
    let unfinished = verdict(&doubles, "input()\nprint(6, end='', flush=True)\ninput()").await;
    assert_eq!(unfinished.outcome, Outcome::Idle, "{}", unfinished.message);
    assert!(unfinished.message.contains("waited for each other"), "{}", unfinished.message);
}

#[tokio::test]
async fn a_validator_that_breaks_or_hangs_decides_nothing() {
    for broken in ["raise SystemExit(0)", "import os\nos.abort()", "def", "while True:\n    pass"] {
        let verdict = verdict(&conversation(broken), "pass").await;
        assert_eq!(verdict.outcome, Outcome::CheckerFailed, "{broken}: {}", verdict.message);
        assert_eq!(Reward::default().of(&verdict), None);
    }
}
