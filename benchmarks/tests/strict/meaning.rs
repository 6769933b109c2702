//! That a test means the same when its answer lives in another process.

use benchmarks::{Outcome, Verdict};
use datasets::Problem;

use crate::{asserts, check, verdict};

/// Judge `answer` by a `check` with this body.
pub(crate) async fn passes(body: &[&str], answer: &str) {
    assert!(!passes_somehow(body, answer).await.weak);
}

/// What changes its arguments and returns something as well may have changed what is expected.
pub(crate) async fn passes_weakly(body: &[&str], answer: &str) {
    assert!(passes_somehow(body, answer).await.weak);
}

async fn passes_somehow(body: &[&str], answer: &str) -> Verdict {
    let verdict = verdict(&check(body), answer).await;
    assert_eq!(verdict.outcome, Outcome::Accepted, "{}: {answer}", verdict.message);
    verdict
}

pub(crate) async fn fails(body: &[&str], answer: &str) -> Outcome {
    let verdict = verdict(&check(body), answer).await;
    assert_ne!(verdict.outcome, Outcome::Accepted, "{answer}");
    verdict.outcome
}

#[tokio::test]
async fn a_claim_counts_every_test() {
    let problem = asserts("", &["assert f(1) == 2", "assert f(2) == 3", "assert f(3) == 5"]);
    let verdict = verdict(&problem, "def f(x):\n    return x + 1\n").await;
    assert_eq!(verdict.outcome, Outcome::WrongAnswer);
    assert_eq!((verdict.tests.total, verdict.tests.run, verdict.tests.passed), (3, 3, 2));
    assert!(verdict.message.contains("it returned 4 in call 2"), "{}", verdict.message);
}

#[tokio::test]
async fn loops_and_helpers_of_a_test_work() {
    let body = [
        "import random",
        "for _ in range(50):",
        "    x = random.randint(0, 9)",
        "    assert candidate([x, 1], flag=True) == [x, 1, 1]",
    ];
    passes(&body, "def f(items, flag=False):\n    return items + [1]\n").await;
    assert_eq!(
        fails(&body, "def f(items, flag=False):\n    return items\n").await,
        Outcome::WrongAnswer
    );
}

#[tokio::test]
async fn exceptions_are_those_of_the_answer() {
    let body = [
        "try:",
        "    candidate(-1)",
        "except ValueError as error:",
        "    assert str(error) == 'negative'",
        "else:",
        "    assert False",
    ];
    passes(&body, "def f(x):\n    raise ValueError('negative')\n").await;
    let own =
        "class Negative(ValueError):\n    pass\n\ndef f(x):\n    raise Negative('negative')\n";
    passes(&body, own).await;
    assert_eq!(fails(&body, "def f(x):\n    return x\n").await, Outcome::WrongAnswer);
    assert_eq!(fails(&body, "def f(x):\n    return [][1]\n").await, Outcome::RuntimeError);
}

#[tokio::test]
async fn generators_are_asked_for_one_value_at_a_time() {
    let body = ["import itertools", "assert list(itertools.islice(candidate(), 3)) == [0, 1, 2]"];
    passes(&body, "def f():\n    x = 0\n    while True:\n        yield x\n        x += 1\n").await;
    fails(&body, "def f():\n    yield from (0, 2, 3)\n").await;
}

#[tokio::test]
async fn functions_travel_both_ways() {
    let body = [
        "calls = []",
        "def note(x):",
        "    calls.append(x)",
        "    return x * 2",
        "twice = candidate(note)",
        "assert twice(3) == 12",
        "assert calls == [3, 6]",
    ];
    let answer = "def f(function):\n    return lambda x: function(function(x))\n";
    passes(&body, answer).await;
    fails(&body, "def f(function):\n    return lambda x: 12\n").await;
}

#[tokio::test]
async fn objects_of_a_test_can_be_used_by_the_answer() {
    let body = [
        "class Node:",
        "    def __init__(self, value, next=None):",
        "        self.value, self.next = value, next",
        "    def __len__(self):",
        "        return 7",
        "head = Node(1, Node(2))",
        "assert candidate(head) == 10 and head.value == 5",
    ];
    let answer = "def f(node):\n    total = len(node)\n    first = node\n    while node:\n        \
                  total += node.value\n        node = node.next\n    first.value = 5\n    return total\n";
    let body: Vec<String> = body.iter().map(|line| (*line).to_owned()).collect();
    let own = asserts("", &["a = Acc(5)", "assert a._name == 'x' and a._number == 5"]);
    let acc = "class Acc:\n    def __init__(self, n):\n        self._number, self._name = n, 'x'\n";
    assert_eq!(verdict(&own, acc).await.outcome, Outcome::Accepted);
    let names =
        ["from types import SimpleNamespace", "assert candidate(SimpleNamespace(v=4)) == 5"];
    passes(&names, "def f(x):\n    return x.v + 1\n").await;
    // A node is true although it is not: `__len__` is 7.
    passes(&body.iter().map(String::as_str).collect::<Vec<_>>(), answer).await;
}

#[tokio::test]
async fn a_test_keeps_its_private_parts() {
    let body = [
        "class Box:",
        "    _secret = 41",
        "    value = 1",
        "    def method(self):",
        "        return 2",
        "for _ in [1]:",
        "    assert candidate(Box()) == 42",
    ];
    let attempts = [
        "def f(box):\n    return box._secret + 1\n",
        "def f(box):\n    return box.method.__globals__\n",
        "def f(box):\n    return box.__class__\n",
        "def f(box):\n    return box.__dict__\n",
    ];
    for answer in attempts {
        fails(&body, answer).await;
    }
}

#[tokio::test]
async fn classes_of_the_answer_are_used_and_the_verdict_is_weak_where_they_decide() {
    let setup = "root = Node(1)\nroot.left = Node(2)\n";
    let answer = "class Node:\n    def __init__(self, value):\n        self.value = value\n        \
                  self.left = self.right = None\n\ndef f(node):\n    return 0 if node is None else \
                  1 + max(f(node.left), f(node.right))\n";
    let plain = verdict(&asserts(setup, &["assert f(root) == 2"]), answer).await;
    assert_eq!((plain.outcome, plain.weak), (Outcome::Accepted, false), "{}", plain.message);

    let made = asserts("", &["node = Node(5)\nnode.left = Node(6)", "assert f(node) == 2"]);
    let made = verdict(&made, answer).await;
    assert_eq!((made.outcome, made.weak), (Outcome::Accepted, false), "{}", made.message);

    let vector = "class Vector:\n    def __init__(self, x):\n        self.x = x\n    def __add__(self, \
                  other):\n        return Vector(self.x + other.x)\n    def __eq__(self, other):\n        \
                  return self.x == other.x\n";
    let decides = asserts("", &["assert Vector(1) + Vector(2) == Vector(3)"]);
    let decides = verdict(&decides, vector).await;
    assert_eq!((decides.outcome, decides.weak), (Outcome::Accepted, true), "{}", decides.message);
}

#[tokio::test]
async fn a_test_that_derives_from_a_class_of_the_answer_runs_beside_it_and_is_weak() {
    let problem = asserts("", &["class Own(Base):\n    pass", "assert Own().f() == 3"]);
    let verdict = verdict(&problem, "class Base:\n    def f(self):\n        return 3\n").await;
    assert_eq!((verdict.outcome, verdict.weak), (Outcome::Accepted, true), "{}", verdict.message);
}

#[tokio::test]
async fn failures_have_their_names() {
    let cases = [
        ("def f(x:\n", Outcome::CompileError),
        ("", Outcome::NoCode),
        ("x = 1\n", Outcome::RuntimeError),
        ("def f(x):\n    return 1 / 0\n", Outcome::RuntimeError),
        ("def f(x):\n    while True:\n        pass\n", Outcome::TimeLimit),
        ("def f(x):\n    import time\n    time.sleep(99)\n", Outcome::Idle),
        ("def f(x):\n    return bytearray(1 << 40)\n", Outcome::MemoryLimit),
        ("import os\nos._exit(0)\n", Outcome::EarlyExit),
        ("import os\nos.fork()\n", Outcome::RuntimeError),
    ];
    for body in [["assert candidate(1) == 2"], ["for x in [1]: assert candidate(x) == 2"]] {
        for (source, outcome) in cases {
            let verdict = verdict(&check(&body), source).await;
            let told = format!("{body:?}, {source}: {}", verdict.message);
            assert_eq!(verdict.outcome, outcome, "{told}");
        }
    }
}

#[tokio::test]
async fn exceptions_of_the_library_and_of_classes_below_are_caught() {
    let library = [
        "import dataclasses, json, statistics",
        "for kind in [json.JSONDecodeError, statistics.StatisticsError, dataclasses.FrozenInstanceError]:",
        "    try:",
        "        candidate(kind.__name__)",
        "    except kind:",
        "        continue",
        "    assert False",
    ];
    let answer = "import dataclasses, json, statistics\n\
                  @dataclasses.dataclass(frozen=True)\nclass Cold:\n    x: int = 0\n\
                  def f(name):\n    if name == 'JSONDecodeError':\n        json.loads('{')\n    \
                  if name == 'StatisticsError':\n        statistics.mean([])\n    Cold().x = 1\n";
    passes(&library, answer).await;
    fails(&library, "def f(name):\n    raise ValueError(name)\n").await;
    let below = asserts(
        "",
        &[
            "try:\n    f(1)\nexcept Base as error:\n    assert str(error) == 'low'\nelse:\n    assert False",
        ],
    );
    let classes = "class Base(Exception):\n    pass\n\nclass Low(Base):\n    pass\n\n\
                   def f(x):\n    raise Low('low')\n";
    let told = verdict(&below, classes).await;
    assert_eq!(told.outcome, Outcome::Accepted, "{}", told.message);
}

#[tokio::test]
async fn objects_of_a_class_that_the_test_names_can_be_used() {
    let answer = "import enum\nclass Node:\n    count = 0\n    def __init__(self, val):\n        \
                  self.val = val\n    def __hash__(self):\n        return self.val\n    \
                  def __eq__(self, other):\n        return self.val == other.val\n    \
                  def __matmul__(self, other):\n        return self.val * other.val\n    \
                  def __format__(self, spec):\n        return spec + str(self.val)\n\n\
                  class Color(enum.Enum):\n    RED = 1\n    BLUE = 2\n\n\
                  def f(node):\n    return Node(node.val + Node.count)\n";
    let uses = asserts(
        "",
        &[
            "assert f(Node(2)).val == 2",
            "assert {Node(1): 7}[Node(1)] == 7 and len({Node(3), Node(3)}) == 1",
            "assert Node(2) @ Node(3) == 6 and f'{Node(4):>}' == '>4'",
            "Node.count = 5\nassert f(Node(1)).val == 6",
            "assert [it.value for it in Color] == [1, 2] and Color['RED'].value == 1",
        ],
    );
    let told = verdict(&uses, answer).await;
    assert_eq!((told.outcome, told.weak), (Outcome::Accepted, true), "{}", told.message);
}

#[tokio::test]
async fn generators_are_sent_values_and_coroutines_awaited() {
    let body = [
        "sums = candidate()",
        "next(sums)",
        "assert sums.send(5) == 5 and sums.send(2) == 7",
        "sums.close()",
    ];
    passes(&body, "def f():\n    sum = 0\n    while True:\n        sum += (yield sum) or 0\n")
        .await;
    let body = [
        "import asyncio",
        "async def both():",
        "    return await asyncio.gather(candidate(1), candidate(2))",
        "assert asyncio.run(both()) == [2, 3] and asyncio.run(candidate(3)) == 4",
        "try:",
        "    asyncio.run(candidate(0))",
        "    assert False",
        "except ZeroDivisionError:",
        "    pass",
    ];
    let answer =
        "import asyncio\nasync def f(x):\n    await asyncio.sleep(0)\n    return x + x // x\n";
    passes(&body, answer).await;
}

#[tokio::test]
async fn a_decorated_function_keeps_its_name_and_its_words() {
    let body = [
        "@candidate",
        "def add(a, b):",
        "    'Adds.'",
        "    return a + b",
        "assert add(1, b=2) == 3 and add.__name__ == 'add' and add.__doc__ == 'Adds.'",
    ];
    let wraps = "import functools\ndef f(function):\n    @functools.wraps(function)\n    \
                 def inner(*a, **k):\n        return function(*a, **k)\n    return inner\n";
    passes(&body, wraps).await;
    fails(&body, &wraps.replace("@functools.wraps(function)", "")).await;
}

#[tokio::test]
async fn what_an_exception_knows_is_known_to_the_test() {
    let body = [
        "try:",
        "    candidate(3)",
        "    assert False",
        "except Exception as error:",
        "    assert error.missing == 3 and error.parts == [1, 2] and str(error) == 'needs 3'",
        "try:",
        "    candidate(0)",
        "    assert False",
        "except FileNotFoundError as error:",
        "    assert error.filename == 'nowhere' and error.errno == 2",
        "try:",
        "    candidate(-1)",
        "    assert False",
        "except OSError as error:",
        "    assert str(error) == 'no more'",
    ];
    let answer = "class Short(Exception):\n    def __init__(self, missing):\n        \
                  super().__init__(f'needs {missing}')\n        \
                  self.missing, self.parts, self.args_of = missing, [1, 2], print\n\
                  def f(x):\n    if x < 0:\n        raise OSError('no more')\n    if x:\n        raise Short(x)\n    open('nowhere')\n";
    passes(&body, answer).await;
}

#[tokio::test]
async fn a_test_that_changes_what_is_around_its_answer_runs_beside_it_and_is_weak() {
    let printed = [
        "import contextlib, io",
        "said = io.StringIO()",
        "with contextlib.redirect_stdout(said):",
        "    candidate('Ann')",
        "assert said.getvalue() == 'Hello Ann\\n'",
    ];
    let file = [
        "import os, tempfile",
        "path = os.path.join(tempfile.mkdtemp(), 'x')",
        "with open(path, 'w') as file:",
        "    file.write('Ann')",
        "candidate(path)",
    ];
    let patched = [
        "from unittest.mock import patch",
        "with patch('builtins.input', return_value='Ann'):",
        "    candidate(input())",
    ];
    let answer = "def f(x):\n    text = open(x).read() if '/' in x else x\n    \
                  assert text == 'Ann'\n    print('Hello', text)\n";
    for body in [&printed[..], &file, &patched] {
        let judged = verdict(&check(body), answer).await;
        assert_eq!(judged.outcome, Outcome::Accepted, "{}: {body:?}", judged.message);
        assert!(judged.weak);
    }
    // Something of its own that opens is no file.
    let door = [
        "class Door:",
        "    def open(self):",
        "        return 1",
        "assert candidate(Door().open()) == 1",
    ];
    passes(&door, "def f(x):\n    return x\n").await;
}

#[tokio::test]
async fn tests_are_found_where_they_are_looked_for() {
    let test = "import unittest\nclass Sums(unittest.TestCase):\n    def test_sum(self):\n        \
                self.assertEqual(f(2), 3)\n\
                assert unittest.main(argv=['x'], exit=False).result.wasSuccessful()";
    let problem = asserts("", &[test]);
    let judged = verdict(&problem, "def f(x):\n    return x + 1\n").await;
    assert_eq!(judged.outcome, Outcome::Accepted, "{}", judged.message);
    let judged = verdict(&problem, "def f(x):\n    return x\n").await;
    assert_eq!(judged.outcome, Outcome::WrongAnswer, "{}", judged.message);
}

#[tokio::test]
async fn a_test_of_classes_that_its_prompt_defines_runs_beside_its_answer_and_is_weak() {
    let prompt = "from dataclasses import dataclass\n@dataclass\nclass Node:\n    value: int = 0\n    \
                  next: 'Node' = None\n\n";
    let body = [
        "head = candidate([1, 2])",
        "assert isinstance(head, Node) and head.value == 1 and head.next.value == 2",
        "assert head == Node(1, Node(2))",
    ];
    let answer = format!(
        "{prompt}def f(values):\n    head = None\n    for value in reversed(values):\n        \
         head = Node(value, head)\n    return head\n"
    );
    let problem = Problem { prompt: format!("{prompt}def f(values):\n    pass\n"), ..check(&body) };
    let told = verdict(&problem, &answer).await;
    assert_eq!(told.outcome, Outcome::Accepted, "{}", told.message);
    assert!(told.weak);
}

#[tokio::test]
async fn threads_of_a_test_each_get_their_own_answers() {
    let body = [
        "from concurrent.futures import ThreadPoolExecutor",
        "with ThreadPoolExecutor(8) as pool:",
        "    assert list(pool.map(candidate, range(200))) == [x * x for x in range(200)]",
    ];
    passes(&body, "def f(x):\n    return x * x\n").await;
}
