//! That what one side changes changes on the other.

use benchmarks::Outcome;

use crate::meaning::{fails, passes, passes_weakly};
use crate::{asserts, verdict};

#[tokio::test]
async fn what_a_function_does_to_its_arguments_is_seen() {
    let body = [
        "items, seen = [3, [1], 2], {}",
        "inner = items[1]",
        "result = candidate(items, seen)",
        "assert items == [2, [1, 9], 3]",
        "assert seen == {'a': 1} and result is items and inner is items[1]",
    ];
    let answer = "def f(items, seen):\n    items.reverse()\n    items[1].append(9)\n    \
                  seen['a'] = 1\n    return items\n";
    passes_weakly(&body, answer).await;
    fails(&body, "def f(items, seen):\n    return [2, [1, 9], 3]\n").await;
}

#[tokio::test]
async fn changes_to_arguments_happen_to_the_same_objects() {
    let named = ["x = [3, 1, 2]", "candidate(x=x)", "assert x == [1, 2, 3]"];
    passes(&named, "def f(x):\n    x.sort()\n").await;
    let moved = [
        "a, b = [1], [2]",
        "both = [a, b]",
        "candidate(both)",
        "assert both == [[2, 3], [1]] and both[0] is b and a == [1] and b == [2, 3]",
    ];
    passes(&moved, "def f(x):\n    x.reverse()\n    x[0].append(3)\n").await;
    let kinds = [
        "from collections import Counter, defaultdict, deque",
        "q, c, d = deque([1, 2], 5), Counter('a'), defaultdict(list)",
        "candidate(q, c, d)",
        "assert list(q) == [2, 1] and q.maxlen == 5",
        "assert c == Counter('aab') and c['z'] == 0",
        "assert d == {'k': [1]} and d['new'] == []",
    ];
    let answer = "def f(q, c, d):\n    q.reverse()\n    c.update('ab')\n    d['k'].append(1)\n";
    passes(&kinds, answer).await;
    let inner = [
        "x = [[2, 1], 'a']",
        "got = candidate(x)",
        "got.append(5)",
        "assert x == [[1, 2, 5], 'a'] and got is x[0]",
    ];
    passes_weakly(&inner, "def f(x):\n    x[0].sort()\n    return x[0]\n").await;
    let in_tuple =
        ["x = ([2, 1], {'k': {3}})", "candidate(x)", "assert x == ([1, 2], {'k': {3, 4}})"];
    passes(&in_tuple, "def f(x):\n    x[0].sort()\n    x[1]['k'].add(4)\n").await;
    let own = [
        "class Own:",
        "    def __init__(self, key):",
        "        self.key = key",
        "things = [Own(2), Own(1)]",
        "first = things[0]",
        "candidate(things)",
        "assert [it.key for it in things] == [1, 2] and things[1] is first",
    ];
    passes(&own, "def f(x):\n    x.sort(key=lambda it: it.key)\n").await;
    let rows = ["assert candidate([[0] * 2] * 2) == [[1, 0], [1, 0]]"];
    fails(&rows, "def f(x):\n    return [[1, 0], [0, 0]]\n").await;
}

#[tokio::test]
async fn what_an_object_of_the_test_holds_can_be_changed() {
    let body = [
        "class Node:",
        "    def __init__(self):",
        "        self.children, self.counts = [], {'a': {'b': 1}}",
        "node = Node()",
        "children = node.children",
        "assert candidate(node) == 2",
        "assert node.children == [1, 2] and node.children is children",
        "assert node.counts == {'a': {'b': 2}}",
    ];
    let answer = "def f(node):\n    node.children.append(1)\n    kept = node.children\n    \
                  kept.append(2)\n    node.counts['a']['b'] += 1\n    return len(node.children)\n";
    passes(&body, answer).await;
    fails(&body, &answer.replace("kept = node.children", "kept = list(node.children)")).await;
}

#[tokio::test]
async fn what_a_function_returns_is_the_same_thing_on_both_sides() {
    let fresh = ["first = candidate()", "first.append(1)", "assert candidate() == []"];
    passes(&fresh, "def f(found=None):\n    return found or []\n").await;
    fails(&fresh, "def f(found=[]):\n    return found\n").await;
    let same = ["assert candidate(1) is candidate(1) and candidate(1) is not candidate(2)"];
    passes(&same, "KNOWN = {}\ndef f(x):\n    return KNOWN.setdefault(x, [x])\n").await;
    fails(&same, "def f(x):\n    return [x]\n").await;
    let bag = asserts(
        "",
        &["bag = Bag()\nbag.add(1)\nseen = bag.all()\nbag.add(2)\nseen.append(9)\n\
           assert seen == [1, 9] and bag.all() == [1, 2]"],
    );
    let class = "class Bag:\n    def __init__(self):\n        self.items = []\n    \
                 def add(self, item):\n        self.items.append(item)\n    \
                 def all(self):\n        return list(self.items)\n";
    assert_eq!(verdict(&bag, class).await.outcome, Outcome::Accepted);
    let leaks = class.replace("list(self.items)", "self.items");
    assert_eq!(verdict(&bag, &leaks).await.outcome, Outcome::WrongAnswer);
    let names = asserts(
        "",
        &["register('a')\nassert NAMES == ['a']\nregister('b')\nassert NAMES == ['a', 'b']"],
    );
    let answer = "NAMES = []\ndef register(name):\n    NAMES.append(name)\n";
    let judged = verdict(&names, answer).await;
    assert_eq!(judged.outcome, Outcome::Accepted, "{}", judged.message);
}

#[tokio::test]
async fn much_can_be_changed_in_what_an_object_of_the_test_holds() {
    let body = [
        "class Box:",
        "    def __init__(self):",
        "        self.items, self.known = [], {}",
        "for n in (900, 3000):",
        "    box = Box()",
        "    candidate(box, n)",
        "    assert box.items == list(range(n)) and len(box.known) == n // 3",
    ];
    let answer = "def f(box, n):\n    items, known = box.items, box.known\n    \
                  for i in range(n):\n        items.append(i)\n    \
                  for i in range(n // 3):\n        known[f'key{i}'] = i\n";
    passes(&body, answer).await;
}
