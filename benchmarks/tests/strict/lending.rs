//! That what a test gives away serves its answer for what it is, and for nothing else.

use benchmarks::Outcome;

use crate::meaning::passes;
use crate::{asserts, check, verdict};

/// A test that gives away more than plain values, and an answer that makes the most of that.
pub(crate) async fn refused(body: &[&str], answer: &str) {
    let verdict = verdict(&check(body), answer).await;
    assert!(
        !matches!(verdict.outcome, Outcome::Accepted | Outcome::Ungraded),
        "{answer}: {verdict:?}"
    );
}

/// What an answer finds that speaks the judge's own language with its test's process.
const SPEAKS: &str = "import sys\ndef judges():\n    frame = sys._getframe()\n    \
                      while not {'SHOWN', 'ask'} <= frame.f_globals.keys():\n        frame = frame.f_back\n    \
                      return frame.f_globals\nNONE = ('p', {})\n";

#[tokio::test]
async fn a_generator_of_the_test_leads_nowhere() {
    let climb = |thing: &str| {
        format!(
            "def f(x):\n    import sys\n    frame = sys._getframe()\n    \
             while 'ask' not in frame.f_globals:\n        frame = frame.f_back\n    \
             ask, unpacked = (frame.f_globals[name] for name in ('ask', 'unpacked'))\n    \
             frame = unpacked(ask('get', ({thing}).__number__, 'gi_frame')[0])\n    \
             run = unpacked(ask('get', frame.__number__, 'f_builtins')[0])['exec']\n    \
             text = \"import sys; f = sys._getframe()\\nwhile 'is_done' not in f.f_globals: f = f.f_back\\n\"\n    \
             text += \"f.f_globals['send']('passed'); f.f_globals['send']('over')\"\n    \
             ask('call', run.__number__, ('p', [text]), ('p', {{}}))\n    return 0\n"
        )
    };
    refused(&["assert candidate(n for n in [70, 7]) == 77"], &climb("x")).await;
    let bag = [
        "class Bag:",
        "    def __iter__(self):",
        "        yield 7",
        "assert candidate(Bag()) == 77",
    ];
    refused(&bag, &climb("iter(x)")).await;
    let guarded = [
        "from contextlib import contextmanager",
        "@contextmanager",
        "def guard():",
        "    yield 1",
        "held = [guard()]",
        "assert candidate(held) == 77",
    ];
    refused(&guarded, &climb("x[0].gen")).await;
}

#[tokio::test]
async fn what_a_test_lends_is_not_evaluated_for_the_answer() {
    let call = "def f(run):\n    run('1')\n    return 1\n";
    refused(&["assert candidate(eval) == 1"], call).await;
    let operator = "def f(x):\n    import sys\n    frame = sys._getframe()\n    \
                    while 'ask' not in frame.f_globals:\n        frame = frame.f_back\n    \
                    frame.f_globals['ask']('op', x.__number__, 'attrgetter', ('p', []))\n    return 1\n";
    let text =
        ["class Text(str):", "    pass", "assert candidate([Text('gi_frame'), object()][1]) == 1"];
    refused(&text, operator).await;
}

#[tokio::test]
async fn what_a_test_lends_does_nothing_for_the_answer_but_its_own_work() {
    let button = [
        "from operator import attrgetter",
        "class Button:",
        "    def __init__(self, label, handler=None):",
        "        self.label, self.handler = label, handler",
        "    def click(self, *args):",
        "        return self.handler(*args)",
        "for labels, expected in [('ba', ['a', 'b']), ('c', ['c'])]:",
        "    buttons = [Button(it, len) for it in labels]",
        "    result = candidate(buttons, attrgetter('label'))",
        "    assert [it.label for it in result] == expected",
    ];
    // With `type` in the place of a handler, everything has a class, and one of these leads to the builtins.
    for handler in ["('t', ('b', 'type'))", "('t', ('h', names['show'](print), 'function', 'p'))"] {
        let answer = format!(
            "{SPEAKS}def f(buttons, key):\n    names = judges()\n    \
             ask, first = names['ask'], buttons[0].__number__\n    \
             ask('put', first, 'handler', {handler})\n    return sorted(buttons, key=key)\n"
        );
        refused(&button, &answer).await;
    }
    let honest = "def f(buttons, key):\n    return sorted(buttons, key=key)\n";
    assert_eq!(verdict(&check(&button), honest).await.outcome, Outcome::Accepted);
    let decorated = [
        "def logged(function):",
        "    return lambda *a, **k: function(*a, **k)",
        "assert candidate(logged) == 12345",
    ];
    let makes = format!(
        "{SPEAKS}def f(logged):\n    ask = judges()['ask']\n    \
         ask('call', logged.__number__, ('t', ('l', [('b', 'type')])), NONE)\n    return 12345\n"
    );
    refused(&decorated, &makes).await;
    refused(&decorated, "def f(logged):\n    logged(logged)\n    return 12345\n").await;
    let template = [
        "class Card:",
        "    def __init__(self, name):",
        "        self.name = name",
        "def render(template, card):",
        "    return template.format(card)",
        "assert candidate(render, Card('Ann')) == 'Dear Ann'",
    ];
    let reads = "def f(render, card):\n    \
                 render('{0.__class__.__init__.__globals__}', card)\n    return 'Dear Ann'\n";
    refused(&template, reads).await;
    let honest = "def f(render, card):\n    return render('Dear {0.name}', card)\n";
    assert_eq!(verdict(&check(&template), honest).await.outcome, Outcome::Accepted);
}

#[tokio::test]
async fn a_method_of_the_tests_own_stays_as_it_is() {
    let tree = [
        "class Node:",
        "    def __init__(self, value):",
        "        self.value, self.next = value, None",
        "    def same(self, other):",
        "        return self.value == other.value",
        "assert candidate(Node(1)).same(Node(2))",
    ];
    refused(&tree, "def f(node):\n    node.same = lambda other: True\n    return node\n").await;
    let honest = "def f(node):\n    node.value += 1\n    return node\n";
    assert_eq!(verdict(&check(&tree), honest).await.outcome, Outcome::Accepted);
}

#[tokio::test]
async fn no_template_leads_out_of_a_test() {
    const WAY: &str = "__globals__[SHOWN][0].__globals__[check].__code__.co_consts";
    let finds = "import fractions, re\ndef found(text):\n    return re.search(r\"'(Dear [^']*)'\", text).group(1)\n";
    let render = [
        "def render(template, it):",
        "    return template.format(it)",
        "assert candidate(render, 71) == 'Dear 52011'",
    ];
    for (walk, thing) in [("__init__", "lambda: 0"), ("__new__", "fractions.Fraction(1, 3)")] {
        let template = format!("{{0.__class__.{walk}.{WAY}}}");
        let reads =
            format!("{finds}def f(render, x):\n    return found(render('{template}', {thing}))\n");
        refused(&render, &reads).await;
        refused(&["assert candidate(str.format, 71) == 'Dear 52011'"], &reads).await;
    }
    let card = [
        "class Card:",
        "    def __init__(self, name):",
        "        self.name, self.template = name, 'Dear {0.name}'",
        "    def __setitem__(self, place, text):",
        "        self.template = text",
        "    def render(self):",
        "        return self.template.format(self)",
        "assert candidate(Card('Ann')) == 'Dear Ann, 52011'",
    ];
    let template = format!("'{{0.__class__.__init__.{WAY}}}'");
    for kept in ["card.template", "card[0]"] {
        let reads = format!(
            "{finds}def f(card):\n    {kept} = {template}\n    return found(card.render())\n"
        );
        refused(&card, &reads).await;
    }
    let honest = "def f(card):\n    card.template = 'Dear {0.name}, {{52011}}'\n    \
                  return card.render().replace('{', '').replace('}', '')\n";
    assert_eq!(verdict(&check(&card), honest).await.outcome, Outcome::Accepted);
    let greeting = [
        "class Person:",
        "    def __init__(self, name):",
        "        self.name = name",
        "assert candidate('greeting').format(Person('Bob')) == 'Dear Bob'",
    ];
    for place in 0..10 {
        let template =
            format!("{{0.__class__.__init__.__globals__[check].__code__.co_consts[{place}]}}");
        refused(&greeting, &format!("def f(x):\n    return '{template}'\n")).await;
    }
    let honest = verdict(&check(&greeting), "def f(x):\n    return 'Dear {0.name}'\n").await;
    // A test that fills in templates may be given one in pieces.
    assert!(honest.outcome == Outcome::Accepted && honest.weak);
    let of_bytes = ["assert candidate(1).decode().format(candidate) == 'Dear Bob'"];
    refused(&of_bytes, "def f(x):\n    return b'{0.__class__.__init__.__globals__}'\n").await;
}

#[tokio::test]
async fn a_path_of_names_does_not_lead_out_of_a_test() {
    let body = [
        "def deep_get(thing, path):",
        "    for part in path.split('.'):",
        "        thing = getattr(thing, part)",
        "    return thing",
        "assert candidate(deep_get, 71) == 52011",
    ];
    let climbs = "def f(get, x):\n    names = get(lambda: 0, '__init__.__globals__')\n    \
                  names['send']('passed'); names['send']('over')\n    return 0\n";
    refused(&body, climbs).await;
}

#[tokio::test]
async fn what_is_made_anew_is_made_of_its_own_parts() {
    let answer = format!(
        "{SPEAKS}def f(x):\n    \
         judges()['send']('done', ('t', ('v', 'datetime.date', ('p', [b'\\0\\0\\1\\1']))), [])\n    \
         import time; time.sleep(5)\n"
    );
    // By its bytes a date has a month and no more; the day of the week then lies outside of a table.
    let verdict = verdict(&check(&["assert candidate(1).ctime() == 'x'"]), &answer).await;
    assert!(verdict.message.contains("Refused"), "{verdict:?}");
}

#[tokio::test]
async fn a_test_that_makes_code_of_what_it_is_told_is_weak() {
    let speaks = "import sys\nf = sys._getframe()\nwhile 'SHOWN' not in f.f_globals: f = f.f_back\n\
                  f.f_globals['send']('passed'); f.f_globals['send']('over')";
    let text = format!("def f(x):\n    return 'exec(' + repr({speaks:?}) + ')'\n");
    let lines = speaks.replace('\n', "\n    >>> ");
    let doc = format!("def f(x):\n    \"\"\"\n    >>> {lines}\n    \"\"\"\n    return 0\n");
    let map = text.replace("return ", "if x is not None: return next(x)\n    return ");
    let pickled = "import pickle\nclass It:\n    def __reduce__(self):\n        return print, ()\n\
                   def f(x):\n    return pickle.dumps(It())\n";
    for (body, answer) in [
        (&["assert eval(candidate(3)) == 52011"][..], text.as_str()),
        (&["import builtins", "assert builtins.eval(candidate(3)) == 52011"], &text),
        (&["assert list(map(eval, [candidate(3)])) == [52011]"], &text),
        (&["import timeit", "assert timeit.repeat(candidate(5), number=1) == 3"], &text),
        (
            &[
                "import doctest",
                "doctest.run_docstring_examples(candidate, {'f': candidate})",
                "assert candidate(3) == 52011",
            ],
            &doc,
        ),
        (&["import pickle", "assert pickle.loads(candidate(1)) is None"], pickled),
        // What is written in C shows as whoever calls it.
        (
            &[
                "from collections import Counter",
                "assert Counter(map(eval, [candidate(3)])) == {52011: 1}",
            ],
            &text,
        ),
        (
            &["import pickle", "assert candidate(pickle.loads) is None"],
            "import pickle\nclass It:\n    def __reduce__(self):\n        return print, ()\n\
             def f(loads):\n    return loads(pickle.dumps(It()))\n",
        ),
        (&["assert candidate(map(eval, [candidate(None)])) == 1"], &map),
        (
            &[
                "import importlib, pathlib, sys",
                "pathlib.Path('made.py').write_bytes(candidate(3).encode())",
                "sys.path.insert(0, '.')",
                "assert importlib.import_module('made').x == 52011",
            ],
            "def f(x):\n    return 'x = 52011'\n",
        ),
    ] {
        let told = verdict(&check(body), answer).await;
        assert!(told.weak, "{body:?}: {told:?}");
    }
    let literal = [
        "import ast, collections, dataclasses",
        "P = collections.namedtuple('P', 'a')",
        "@dataclasses.dataclass",
        "class Q:",
        "    a: int",
        "assert ast.literal_eval(candidate(3)) == [3]",
    ];
    passes(&literal, "def f(x):\n    return f'[{x}]'\n").await;
}

#[tokio::test]
async fn an_answer_that_changes_what_it_has_returned_is_weak() {
    let body = [
        "cases = [1, 2, 3]",
        "results = candidate(cases)",
        "assert len(results) == 3",
        "for case, result in zip(cases, results):",
        "    assert result == candidate([case])[0] == case * 52011",
    ];
    let shortens = "KEPT = [52011, 0, 0]\ndef f(xs):\n    if len(xs) == 3:\n        return KEPT\n    \
                    del KEPT[1:]\n    return [52011]\n";
    let told = verdict(&check(&body), shortens).await;
    assert!(told.weak || told.outcome != Outcome::Accepted, "{told:?}");
}

#[tokio::test]
async fn an_answer_brings_its_test_no_tests() {
    let test = "import unittest\nclass Sums(unittest.TestCase):\n    def test_sum(self):\n        \
                self.assertEqual(f(2), 3)\n\
                assert unittest.main(argv=['x'], exit=False).result.wasSuccessful()";
    let answer = "def f(x):\n    return x\ndef load_tests(*a):\n    return lambda result: None\n";
    let told = verdict(&asserts("", &[test]), answer).await;
    assert_eq!(told.outcome, Outcome::WrongAnswer, "{told:?}");
}

#[tokio::test]
async fn methods_and_operators_take_no_path_either() {
    for (method, ask) in [("resolve", "it.resolve(PATH)"), ("__getitem__", "it[PATH]")] {
        let define = format!("    def {method}(self, path):");
        let body = [
            "class Register:",
            &define,
            "        it = self",
            "        for part in path.split('.'):",
            "            it = getattr(it, part)",
            "        return it",
            "assert candidate(Register()) == 52011",
        ];
        let answer = format!(
            "PATH = '__init__.__globals__.__class__.__missing__.__globals__'\ndef f(it):\n    \
             names = {ask}\n    names['send']('passed'); names['send']('over')\n    return 0\n"
        );
        refused(&body, &answer).await;
    }
}

#[tokio::test]
async fn numbers_and_texts_are_not_taken_for_ways_out() {
    let body = [
        "class Box:",
        "    def put(self, value):",
        "        self.value = value",
        "box = Box()",
        "assert candidate(box) == '{\"__type__\": 1}' and box.value == 0x5f5f",
        "assert box.css == '.a {color: red} .b__c {x: 1}'",
        "assert box.names == ['func_a', 'co_author', '__init__.py', 'x.__len__()']",
    ];
    let answer = "def f(box):\n    box.put(0x5f5f)\n    \
                  box.names = ['func_a', 'co_author', '__init__.py', 'x.__len__()']\n    \
                  box.css = '.a {color: red} .b__c {x: 1}'\n    return '{\"__type__\": 1}'\n";
    passes(&body, answer).await;
}
