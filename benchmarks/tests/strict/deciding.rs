//! That a verdict is weak where the answer has a say in how it is looked at.

use benchmarks::Outcome;
use datasets::Problem;

use crate::{asserts, verdict};

/// An answer that is wrong, and passes only as what cannot be relied on.
async fn weak(problem: &Problem, answer: &str) {
    let told = verdict(problem, answer).await;
    assert!(told.weak || told.outcome != Outcome::Accepted, "{answer}: {told:?}");
}

async fn strong(problem: &Problem, answer: &str) {
    let told = verdict(problem, answer).await;
    assert!(told.outcome == Outcome::Accepted && !told.weak, "{answer}: {told:?}");
}

#[tokio::test]
async fn a_class_in_the_place_of_a_function_is_used_by_no_second_name() {
    let empty = "class f:\n    def __new__(cls, x):\n        return []\n";
    for (test, more) in [
        ("got = f([1, 2])\nassert same(got, [2, 4])", "def same(a, b):\n    return True\n"),
        ("for _ in '1': assert f([1, 2]) == EXPECTED", "EXPECTED = []\n"),
        ("for _ in '1': assert f([1]) == double_all([1])", "def double_all(x):\n    return []\n"),
        ("try:\n    f(-1)\n    assert False\nexcept MyErr:\n    pass", "MyErr = AssertionError\n"),
    ] {
        weak(&asserts("", &[test]), &[empty, more].concat()).await;
    }
    let bag = "class Bag:\n    def __init__(self, x):\n        pass\n    def items(self):\n        return []\n\
               def same_items(a, b):\n    return True\n";
    let test = "got = Bag([1, 2]).items()\nassert same_items(got, [2, 1])";
    weak(&asserts("", &[test]), bag).await;
}

#[tokio::test]
async fn a_type_of_the_answers_decides_what_is_caught_and_what_is_one_of_it() {
    let pops = "    def pop(self):\n        return None\n";
    let stack = |line: &str| format!("class Stack:\n    {line}\n{pops}");
    let raises = "try:\n    Stack().pop()\n    assert False\nexcept Stack.Empty:\n    pass";
    for line in ["Empty = AssertionError", "Empty = BaseException", "Empty = (AssertionError,)"] {
        weak(&asserts("", &[raises]), &stack(line)).await;
    }
    let is_one = "assert isinstance(Stack().pop(), Stack.Item)";
    weak(&asserts("", &[is_one]), &stack("Item = object")).await;
    let honest = "class Stack:\n    class Empty(Exception):\n        pass\n    def pop(self):\n        \
                  raise Stack.Empty()\n";
    strong(&asserts("", &[raises]), honest).await;
    // What makes the missing values of a dictionary is no type that decides.
    let counts = "from collections import defaultdict\ndef f(x):\n    found = defaultdict(int)\n    \
                  found[x] += 1\n    return found\n";
    strong(&asserts("", &["for it in 'ab': assert f(it) == {it: 1}"]), counts).await;
}

#[tokio::test]
async fn objects_that_are_meant_to_be_two_are_not_one_unnoticed() {
    let point = "class Point:\n    it = None\n    def __new__(cls, *a):\n        \
                 cls.it = cls.it or object.__new__(cls)\n        return cls.it\n    \
                 def add(self, other):\n        return self\n";
    for test in [
        "assert Point(1, 2).add(Point(3, 4)) == Point(4, 6)",
        "assert [Point(1, 2).add(Point(3, 4))] == [Point(4, 6)]",
        "a = Point(1)\nb = Point(2)\nassert a.add(3) is b",
    ] {
        weak(&asserts("", &[test]), point).await;
    }
    let kinds =
        "for k, want in [(5, Kind.PRIME), (4, Kind.COMPOSITE)]:\n    assert classify(k) is want";
    let same = "class Kind:\n    pass\nKind.PRIME = Kind.COMPOSITE = Kind()\ndef classify(n):\n    return Kind.PRIME\n";
    weak(&asserts("", &[kinds]), same).await;
    let itself = "class f:\n    def __init__(self, text):\n        pass\n    def lower(self):\n        return self\n    \
                  strip = lower\n";
    let test = "s = f('ABC')\nassert s.lower() == s and s.strip() == s";
    weak(&asserts("", &[test]), itself).await;
}

#[tokio::test]
async fn what_is_one_at_the_answers_word_is_weak() {
    let itself = "class Node:\n    def __init__(self, value):\n        pass\n    \
                  left = right = head = tail = next = prev = property(lambda s: s, lambda s, v: None)\n    \
                  def members(self):\n        return [self.m, self.m]\n    def get(self, x):\n        return self.m\n    \
                  m = type('M', (), {})()\ndef lca(root, a, b):\n    return root\n";
    let callable = itself
        .replace("def get", "def __call__(self):\n        pass\n    def get")
        .replace("type('M', (), {})", "type('M', (), {'__call__': len})");
    let speaks = format!(
        "import sys\nnames = sys._getframe()\nwhile 'what_is' not in names.f_globals:\n    \
                          names = names.f_back\nnames.f_globals['what_is'] = lambda thing: 'thing'\n{itself}"
    );
    let lies =
        speaks.replace("['what_is'] = lambda thing: 'thing'", "['show'] = lambda thing: None");
    for test in [
        "t = Node(1)\nassert t.head.next is t.tail and t.tail.prev is t.head",
        "t = Node(1)\nassert t.members() == [t.get('x'), t.get('y')]",
        "t = Node(1)\nassert t.get('x') in t.members()",
        "t = Node(1)\nt.left = Node(2)\nt.right = Node(3)\nassert lca(t, t.left, t.right) is t",
    ] {
        for answer in [itself, &callable, &speaks, &lies] {
            weak(&asserts("", &[test]), answer).await;
        }
    }
    let deep = "class Kind:\n    pass\nclass Number:\n    pass\nKind.Number = Number()\n\
                Kind.Number.PRIME = Kind.Number.COMPOSITE = Number()\n\
                def classify(n):\n    return Kind.Number.PRIME\n";
    let kinds = "for n, want in [(5, Kind.Number.PRIME), (4, Kind.Number.COMPOSITE)]:\n    \
                 assert classify(n) is want";
    weak(&asserts("", &[kinds]), deep).await;
    let board = "class Board:\n    def __init__(self):\n        self.made = []\n    def play(self, x):\n        \
                 self.made.append(x)\n    def undo(self):\n        pass\n    def moves(self):\n        return self.made\n";
    let copies = "import copy\nt = Board()\nt.play(1)\nsnap = copy.deepcopy(t)\nt.play(2)\nt.undo()\n\
                  assert snap.moves() == t.moves()";
    weak(&asserts("", &[copies]), board).await;
}

#[tokio::test]
async fn what_a_stand_in_can_do_says_nothing_of_the_answer() {
    for test in [
        "from collections.abc import Iterable\nassert isinstance(C(), Iterable)",
        "assert callable(C())",
        "c = C()\nassert hasattr(c, '__len__') and hasattr(c, '__enter__')",
    ] {
        weak(&asserts("", &[test]), "class C:\n    __hash__ = None\n").await;
    }
    let deck = "class M:\n    pass\nm = M()\nclass Deck:\n    def __init__(self, n):\n        self.cards = [m] * n\n    \
                def rotate(self):\n        pass\n";
    for test in [
        "d = Deck(2)\ntop = d.cards[0]\nd.rotate()\nassert d.cards[-1] is top",
        "d = Deck(3)\nassert d.cards[0] is d.cards[2]",
    ] {
        weak(&asserts("", &[test]), deck).await;
    }
}

#[tokio::test]
async fn a_class_that_only_looks_at_results_is_weak() {
    let answer = "def f(x):\n    return x\nclass assert_sorted:\n    def __init__(self, *a):\n        pass\n";
    for test in [
        "got = f([3, 1, 2])\nassert_sorted(got)",
        "try:\n    assert_sorted(f([3, 1]))\nexcept ValueError:\n    assert False",
        "assert assert_sorted(f([3, 1])) is not None",
    ] {
        weak(&asserts("", &[test]), answer).await;
    }
    let plain = "class Vector:\n    def __new__(cls, *a):\n        return 0\n";
    weak(&asserts("", &["assert Vector(1, 2) + Vector(3, 4) == Vector(4, 6)"]), plain).await;
    let same = "def f(x):\n    return []\nclass same(Exception):\n    pass\n";
    weak(&asserts("", &["got = f([1])\nassert same(got, [2])"]), same).await;
}

#[tokio::test]
async fn ordinary_classes_keep_their_meaning() {
    let color = "from enum import Enum\nclass Color(Enum):\n    RED = 1\n    BLUE = 2\n\
                 def f(text):\n    return Color[text.upper()]\n";
    for test in [
        "assert Color.RED is f('red')",
        "for text, want in [('red', Color.RED), ('blue', Color.BLUE)]:\n    assert f(text) == want",
    ] {
        strong(&asserts("", &[test]), color).await;
    }
    // What a constant is may not be said after what it is compared with.
    for test in ["assert f('red') is Color.RED", "r = f('red')\nassert r == Color.RED"] {
        let told = verdict(&asserts("", &[test]), color).await;
        assert!(told.outcome == Outcome::Accepted && told.weak, "{told:?}");
    }
    let late = "L = [0]\nclass M(type):\n    def __getattr__(c, n):\n        if n.startswith('_'):\n            \
                raise AttributeError(n)\n        return L[0]\nclass Color(metaclass=M):\n    pass\nclass V:\n    \
                pass\ndef f(x):\n    L[0] = V()\n    return L[0]\n";
    for test in ["assert f('red') == Color.RED", "assert f('blue') is Color.BLUE"] {
        weak(&asserts("", &[test]), late).await;
    }
    let errors = "class RED(Exception):\n    pass\nBLUE = RED\ndef f(x):\n    return RED\n";
    weak(&asserts("", &["assert f('red') == RED", "assert f('blue') == BLUE"]), errors).await;
    let nodes = "class Node:\n    def __init__(self, v, next=None):\n        self.v, self.next = v, next\n\
                 def build(xs):\n    return Node(xs[0], build(xs[1:])) if xs else None\n";
    let built = "h = build([1, 2])\nassert isinstance(h, Node)\nassert h.next.v == 2";
    let told = verdict(&asserts("", &[built]), nodes).await;
    assert_eq!(told.outcome, Outcome::Accepted, "{told:?}");
    let account = "class Short(Exception):\n    def __init__(self, need):\n        super().__init__(need)\n        \
                   self.need = need\nclass Account:\n    def __init__(self, has):\n        self.has = has\n    \
                   def withdraw(self, x):\n        if x > self.has:\n            raise Short(x - self.has)\n";
    let short = "a = Account(5)\ntry:\n    a.withdraw(9)\n    assert False\nexcept Short as e:\n    assert e.need == 4";
    strong(&asserts("", &[short]), account).await;
    let cache = "from collections import OrderedDict\nclass Cache(OrderedDict):\n    def put(self, key, value):\n        \
                 self[key] = value\n";
    let put = "c = Cache()\nc.put('a', 1)\nassert c['a'] == 1";
    let told = verdict(&asserts("", &[put]), cache).await;
    assert!(told.outcome == Outcome::Accepted && told.weak, "{told:?}");
    let caught = "import unittest\nclass T(unittest.TestCase):\n    def test_put(self):\n        c = Cache()\n        \
                  c.put('a', 1)\n        self.assertEqual(c['a'], 1)\n\
                  assert unittest.main(argv=['x'], exit=False).result.wasSuccessful()";
    let told = verdict(&asserts("", &[caught]), cache).await;
    assert!(told.outcome == Outcome::Accepted && told.weak, "{told:?}");
    let swallows = "try:\n    v = Vec(1, 2)\n    assert v.x == 1\nexcept BaseException as e:\n    \
                    if isinstance(e, Exception):\n        raise";
    weak(&asserts("", &[swallows]), "class Vec:\n    def __new__(cls, *a):\n        return 0\n")
        .await;
    let kept = "r = build([1])\ns = {r}\nisinstance(r, Node)\nassert r in s";
    let told = verdict(&asserts("", &[kept]), nodes).await;
    assert_eq!(told.outcome, Outcome::Accepted, "{told:?}");
    let copied = "import copy\na = Account(3)\nb = copy.copy(a)\nb.has = 4\nassert a.has == 3";
    let told = verdict(&asserts("", &[copied]), account).await;
    assert!(told.outcome == Outcome::Accepted && told.weak, "{told:?}");
}

#[tokio::test]
async fn objects_that_are_two_are_told_apart_by_the_test_itself() {
    let node = "class Node:\n    def __init__(self, value):\n        self.value, self.next = value, None\n    \
                def last(self):\n        return self.next.last() if self.next else self\n";
    let test = "a = Node(1)\nb = Node(2)\na.next = b\nassert a.last() is b and a.next is b";
    strong(&asserts("", &[test]), node).await;
}

#[tokio::test]
async fn a_name_that_several_threads_look_up_is_one_name() {
    let test = "import threading\nfound = []\n\
                threads = [threading.Thread(target=lambda: found.append(f(1))) for _ in range(8)]\n\
                for it in threads: it.start()\nfor it in threads: it.join()\nassert found == [2] * 8";
    strong(&asserts("", &[test]), "def f(x):\n    return x + 1\n").await;
}

#[tokio::test]
async fn time_that_a_program_does_not_tell_is_counted() {
    use datasets::{Case, Contest, Shapes, Tests, Value};
    let case = |number: i64| Case {
        arguments: vec![Value::Int(number.into())],
        expected: Value::Int(number.into()),
    };
    let tests = Tests::Functional {
        cases: vec![case(0), case(1)],
        tolerance: 0.0,
        shapes: Shapes::default(),
    };
    let problem = Problem { contest: Some(Contest::default()), ..crate::problem("f", tests) };
    let hides = "import sys, time\ndef f(x):\n    names = sys._getframe()\n    \
                 while 'stop_clock' not in names.f_globals:\n        names = names.f_back\n    \
                 names.f_globals['stop_clock']()\n    now = time.process_time()\n    \
                 names.f_globals['process_time'] = lambda: 0.0\n    \
                 while x == 0 and time.process_time() - now < 7.5:\n        pass\n    return x\n";
    assert_eq!(verdict(&problem, hides).await.outcome, Outcome::TimeLimit);
    // Neither is a time below nothing one.
    let back = hides.replace("0.0\n", "-1.0\n").replace("< 7.5", "< 0.0");
    assert_eq!(verdict(&problem, &back).await.outcome, Outcome::TimeLimit);
}
