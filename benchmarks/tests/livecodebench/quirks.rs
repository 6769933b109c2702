//! What the official grader does to honest programs, each seen in the grader itself, and what strict
//! rules say in its place.

use benchmarks::{Outcome, Profile};
use datasets::{Problem, Value};

use crate::{method, program, upstream, verdict};

const SUM: (&str, &str) = ("2\n\n1 2\n", "3\n");

/// The codes of the official grader, and the outcome by strict rules.
async fn both(problem: &Problem, source: &str) -> (Vec<i8>, Outcome) {
    let official = verdict(Profile::LiveCodeBench28fef95, problem, source).await;
    let strict = verdict(Profile::Strict1, problem, source).await;
    (upstream(&official).0, strict.outcome)
}

async fn both_on_sum(body: &str) -> (Vec<i8>, Outcome) {
    both(&program(SUM.0, SUM.1), body).await
}

#[tokio::test]
async fn ordinary_ways_to_read_are_fine() {
    for source in [
        "n = input()\ninput()\nprint(sum(map(int, input().split())))\n",
        "import sys\nprint(sum(map(int, sys.stdin.read().split()[1:])))\n",
        "import sys\nprint(sum(map(int, sys.stdin.buffer.read().split()[1:])))\n",
        "import sys\nprint(sum(map(int, sys.stdin.readlines()[2].split())))\n",
        "from sys import stdin\nstdin.readline(); stdin.readline()\nprint(sum(map(int, stdin.readline().split())))\n",
        "import builtins\nif __name__ == '__main__':\n    print(sum(map(int, builtins.open(0).read().split()[1:])))\n",
        "print(3)\nexit()\n",
        "import sys\nprint('3.0')\nsys.exit(0)\n",
        "try:\n    while True:\n        line = input()\nexcept EOFError:\n    print(sum(map(int, line.split())))\n",
    ] {
        assert_eq!(both_on_sum(source).await, (vec![1], Outcome::Accepted), "{source}");
    }
}

#[tokio::test]
async fn other_ways_fail_in_the_official_grader_alone() {
    let last_line = "line = ''\nfor line in sys.stdin:\n    pass\n";
    for (source, code) in [
        (
            "import sys\nr = sys.stdin.buffer.readline\nr(); r()\nprint(sum(map(int, r().split())))\n",
            -2,
        ),
        ("import sys\nprint(sum(map(int, sys.stdin.buffer.readlines()[2].split())))\n", -4),
        (&format!("import sys\n{last_line}print(sum(map(int, line.split())))\n"), -4),
        ("import sys\nsys.stdout.buffer.write(b'3')\n", -4),
        ("print(sum(map(int, open(0).read().split()[1:])))\n", -2),
        (
            "from sys import stdin\nfor line in stdin:\n    pass\nprint(sum(map(int, line.split())))\n",
            -4,
        ),
        ("from sys import stdout\nstdout.write('3')\n", -2),
        ("count = 2\ndef f():\n    global count\n    count += 1\nf()\nprint(count)\n", -4),
    ] {
        assert_eq!(both_on_sum(source).await, (vec![code], Outcome::Accepted), "{source}");
    }
}

#[tokio::test]
async fn numbers_of_a_line_are_compared_as_decimals() {
    let thirds = program("", "0.333333333 1\n");
    assert_eq!(both(&thirds, "print('0.3333333330 1.000')").await, (vec![1], Outcome::Accepted));
    let more = both(&thirds, "print('0.3333333333333333 1')").await;
    assert_eq!(more, (vec![-2], Outcome::WrongAnswer));
    assert_eq!(both(&program("", "YES"), "print('Yes')").await, (vec![-2], Outcome::WrongAnswer));
}

#[tokio::test]
async fn methods_are_compared_exactly_by_the_grader_and_within_reason_by_strict_rules() {
    let float = method(vec![Value::Float(0.1)], "0.3");
    let source = "class Solution:\n    def f(self, x):\n        return x + 0.2\n";
    assert_eq!(both(&float, source).await, (vec![0], Outcome::Accepted));
    let nested = method(vec![], "[[1, 2]]");
    let flat = method(vec![], "[1, 2]");
    assert_eq!(
        both(&nested, "def f():\n    return [(1, 2)]\n").await,
        (vec![0], Outcome::Accepted)
    );
    assert_eq!(both(&flat, "def f():\n    return (1, 2)\n").await, (vec![1], Outcome::Accepted));
}

#[tokio::test]
async fn an_object_that_equals_everything_deceives_the_grader_alone() {
    let source = "class Any:\n    def __eq__(self, other):\n        return True\n\
                  class Solution:\n    def f(self):\n        return Any()\n";
    assert_eq!(both(&method(vec![], "1"), source).await, (vec![1], Outcome::WrongAnswer));
}

#[tokio::test]
async fn leaving_a_method_by_sys_exit_is_lost_on_the_grader() {
    let source = "class Solution:\n    def f(self):\n        sys.exit(0)\n";
    let problem = method(vec![], "1");
    let verdict = verdict(Profile::LiveCodeBench28fef95, &problem, source).await;
    let (codes, metadata) = upstream(&verdict);
    assert_eq!((codes, metadata["error_code"].as_i64()), (vec![-2], Some(-5)));
    assert_eq!(verdict.outcome, Outcome::EarlyExit);
    assert_eq!(both(&problem, source).await.1, Outcome::EarlyExit);
}

#[tokio::test]
async fn what_waits_is_out_of_time_and_what_does_not_compile_is_an_exception() {
    let problem = method(vec![], "1");
    let late = "import time\ndef f():\n    time.sleep(100)\n";
    let verdict = verdict(Profile::LiveCodeBench28fef95, &problem, late).await;
    assert_eq!((upstream(&verdict).0, verdict.outcome), (vec![-3], Outcome::Idle));
    assert_eq!(both(&problem, "def f(:\n").await, (vec![-4], Outcome::CompileError));
    assert_eq!(both(&problem, "x = 1\n").await, (vec![-4], Outcome::RuntimeError));
}

#[tokio::test]
async fn what_the_grader_imports_answers_it_where_a_task_has_such_a_name() {
    let mut problem = method(vec![Value::Int(1.into()), Value::Int(2.into())], "3");
    problem.entry_point = Some("add".to_owned());
    assert_eq!(both(&problem, "pass\n").await, (vec![1], Outcome::RuntimeError));
    assert_eq!(both(&problem, "def add(a, b):\n    return a + b\n").await.1, Outcome::Accepted);
}

#[tokio::test]
async fn a_method_finds_what_is_imported_for_it_however_it_asks() {
    let problem = method(vec![], "2");
    for source in [
        "def f():\n    return gcd(4, 6)\n",
        "def f():\n    return math.gcd(4, 6)\n",
        "def f():\n    return eval('gc' + 'd(4, 6)')\n",
        "def f():\n    return globals()['gc' + 'd'](4, 6)\n",
        "import sys\ndef f():\n    return sys._getframe().f_globals['gc' + 'd'](4, 6)\n",
        // The same letters to Python.
        "def f():\n    return ｇｃｄ(4, 6)\n",
        "def f():\n    return 2 if stdout is sys.stdout else 3\n",
        "import typing\ndef g(a: 'Li' 'st[int]'): pass\ntyping.get_type_hints(g)\ndef f():\n    return 2\n",
        "def f():\n    sys.getrecursionlimit() < 50000 and 1 / 0\n    return 2\n",
    ] {
        assert_eq!(both(&problem, source).await, (vec![1], Outcome::Accepted), "{source}");
    }
}

#[tokio::test]
async fn the_grader_counts_its_imports_and_forbids_those_from_the_future() {
    let problem = method(vec![], "1");
    let said = async |source| {
        let verdict = verdict(Profile::LiveCodeBench28fef95, &problem, source).await;
        upstream(&verdict).1["error_message"].as_str().unwrap_or_default().to_owned()
    };
    let wrong = said("def f(:\n").await;
    assert!(wrong.ends_with("(<string>, line 38)"), "{wrong}");
    let global = said("global sys\ndef f():\n    return 1\n").await;
    assert!(global.contains("used prior to global declaration"), "{global}");
    let source = "from __future__ import annotations\ndef f():\n    return 1\n";
    let late = said(source).await;
    assert!(late.contains("must occur at the beginning of the file"), "{late}");
    assert_eq!(both(&problem, source).await, (vec![-4], Outcome::Accepted));
}

#[tokio::test]
async fn a_method_that_fails_says_how_and_where() {
    let problem = method(vec![], "1");
    for (source, outcome, words) in [
        ("def f():\n    return 1 / 0\n", Outcome::RuntimeError, "division by zero (line 2)"),
        ("x = 1\n1 / 0\n", Outcome::RuntimeError, "division by zero (line 2)"),
        ("def f():\n    assert False\n", Outcome::RuntimeError, "AssertionError (line 2)"),
        ("class Solution:\n    pass\n", Outcome::RuntimeError, "has no attribute 'f'"),
        ("x = 1\n", Outcome::RuntimeError, "name 'f' is not defined"),
        ("def f(:\n", Outcome::CompileError, "SyntaxError"),
    ] {
        let verdict = verdict(Profile::Strict1, &problem, source).await;
        assert_eq!(verdict.outcome, outcome, "{source}: {verdict:?}");
        assert!(verdict.message.contains(words), "{source}: {verdict:?}");
    }
}

#[tokio::test]
async fn long_numbers_and_much_memory_are_fine_by_either_rules() {
    let digits = "1".to_owned() + &"0".repeat(5000);
    let printed = program("5000\n", &digits);
    assert_eq!(both(&printed, "print(10 ** int(input()))\n").await, (vec![1], Outcome::Accepted));
    let returned = method(vec![Value::Int(5000.into())], &format!("\"{digits}\""));
    let answer = "class Solution:\n    def f(self, x):\n        return str(10 ** x)\n";
    assert_eq!(both(&returned, answer).await, (vec![1], Outcome::Accepted));
    let wide = "x = bytearray(1200 << 20)\nprint(int(input()) * 2)\n";
    assert_eq!(both(&program("4\n", "8"), wide).await, (vec![1], Outcome::Accepted));
}

#[tokio::test]
async fn a_word_in_a_comment_is_no_import_from_the_future() {
    let answer = "# not from __future__\nd = defaultdict(int)\nprint(int(input()) * 2 + d[0])\n";
    assert_eq!(both(&program("4\n", "8"), answer).await, (vec![1], Outcome::Accepted));
    let answer = "# not from __future__\ndef f(x):\n    return defaultdict(int)[x] + 3\n";
    let returned = method(vec![Value::Int(1.into())], "3");
    assert_eq!(both(&returned, answer).await, (vec![1], Outcome::Accepted));
}
