//! What values are on the other side of a split test.

use benchmarks::Outcome;

use crate::meaning::{fails, passes, passes_weakly};
use crate::{asserts, verdict};

#[tokio::test]
async fn kinds_that_equal_built_in_values_count_as_those() {
    let source = "from collections import Counter, OrderedDict, namedtuple\nfrom enum import IntEnum\n\
                  Pair = namedtuple('Pair', 'a b')\nclass Two(IntEnum):\n    TWO = 2\n\
                  VALUES = [Counter('aab'), OrderedDict(b=1, a=2), Pair(1, 2), Two.TWO, {1: 0}.keys()]\n\
                  def f(i):\n    return VALUES[i]\n";
    let problem = asserts(
        "",
        &[
            "assert f(0) == {'a': 2, 'b': 1}",
            "assert f(1) == {'a': 2, 'b': 1}",
            "assert f(2) == (1, 2)",
            "assert f(3) == 2",
            "assert f(4) == {1}",
        ],
    );
    let verdict = verdict(&problem, source).await;
    assert_eq!(verdict.outcome, Outcome::Accepted, "{}", verdict.message);
}

#[tokio::test]
async fn what_is_made_of_plain_values_travels_as_what_it_is() {
    let body = [
        "from collections import Counter, OrderedDict, deque",
        "import datetime, decimal, fractions",
        "things = candidate()",
        "assert list(things[0]) == [0, 1, 2] and things[0] != [0, 1, 2] and len(things[0]) == 3",
        "assert things[1] == deque([1, 2]) and things[1].maxlen == 5",
        "assert things[2].most_common(1) == [('a', 2)] and things[2] == {'a': 2, 'b': 1}",
        "assert sorted(things[3]) == [2, 4] and 1 in things[4] and (3, 4) in things[5]",
        "assert things[6] == fractions.Fraction(1, 3) and float(things[6]) == 1 / 3",
        "assert things[7] == decimal.Decimal('0.1') and things[8] == datetime.date(2020, 1, 1)",
        "assert things[9] - datetime.timedelta(days=1) == datetime.datetime(2020, 1, 1, 5)",
        "things[10].append(7)",
        "assert things[10] == b'ab\\x07' and list(things[11].items()) == [(2, 1), (1, 2)]",
    ];
    let answer = "import collections, datetime, decimal, fractions\ndef f():\n    \
                  d = {1: 2, 3: 4}\n    \
                  return [range(3), collections.deque([1, 2], 5), collections.Counter('aab'), \
                  d.values(), d.keys(), d.items(), fractions.Fraction(1, 3), \
                  decimal.Decimal('0.1'), datetime.date(2020, 1, 1), \
                  datetime.datetime(2020, 1, 2, 5), bytearray(b'ab'), \
                  collections.OrderedDict([(2, 1), (1, 2)])]\n";
    passes(&body, answer).await;
    let back =
        ["from collections import deque", "assert candidate(deque([1, 2]), range(2)) == [1, 0]"];
    passes_weakly(&back, "def f(queue, numbers):\n    return [queue.popleft(), numbers[0]]\n")
        .await;
}

#[tokio::test]
async fn numbers_of_numpy_are_numbers_and_arrays_of_a_test_travel() {
    let numpy = "import numpy as np\n";
    let near = ["assert candidate([1.0, 2.0]) == 1.5", "assert abs(candidate([1.0]) - 1) < 1e-6"];
    passes(&near, &format!("{numpy}def f(x):\n    return np.mean(x)\n")).await;
    let sums = ["for _ in [1]:", "    assert candidate([1, 2]) == [1, 3]"];
    passes(&sums, &format!("{numpy}def f(x):\n    return list(np.cumsum(x))\n")).await;
    let arrays = [
        "import numpy as np",
        "assert candidate(np.array([1, 2])) == 3",
        "assert candidate(np.array([[1.5]])) == 1.5 and candidate(np.zeros((0, 3))) == 1",
    ];
    passes(&arrays, "def f(x):\n    return x.sum() + x.shape.count(0)\n").await;
}

#[tokio::test]
async fn what_holds_bytes_is_not_bytes() {
    let array = "import array\ndef f():\n    return array.array('b', b'abc')\n";
    fails(&["assert candidate() == b'abc'"], array).await;
    let body = ["data = bytearray(b'ab')", "candidate(data)", "assert data == bytearray(b'abc')"];
    passes(&body, "def f(data):\n    data.append(99)\n").await;
}

#[tokio::test]
async fn frozen_sets_stay_frozen() {
    passes(
        &["assert candidate({frozenset([1, 2])}) == 1"],
        "def f(x):\n    return len({*x, frozenset([2, 1])})\n",
    )
    .await;
    let hashed = ["assert candidate(frozenset([1, 2])) == 1"];
    passes(&hashed, "def f(x):\n    return len({x})\n").await;
    let told = [
        "for _ in [1]:",
        "    got = candidate([1, 2])",
        "    assert set(got) == {frozenset([1]), frozenset([2])}",
        "    assert isinstance(got[0], frozenset)",
    ];
    passes(&told, "def f(x):\n    return [frozenset([it]) for it in x]\n").await;
}

#[tokio::test]
async fn moments_keep_their_zones() {
    let body = [
        "from datetime import datetime, time, timedelta, timezone",
        "east = timezone(timedelta(hours=5))",
        "got = candidate(datetime(1970, 1, 1, tzinfo=east))",
        "assert got == datetime(1970, 1, 1, 1, tzinfo=east)",
        "assert got.isoformat() == '1970-01-01T01:00:00+05:00' and got != datetime(1970, 1, 1, 1)",
        "assert candidate(datetime(1970, 1, 1)) == datetime(1970, 1, 1, 1)",
    ];
    passes(&body, "from datetime import timedelta\ndef f(x):\n    return x + timedelta(hours=1)\n")
        .await;
    let times = ["from datetime import time", "for _ in [1]: assert candidate() == time(5, 30)"];
    passes(&times, "from datetime import time\ndef f():\n    return time(5, 30)\n").await;
    let zoned =
        "from datetime import *\ndef f():\n    return datetime(1970, 1, 1, tzinfo=timezone.utc)\n";
    let naive = [
        "from datetime import datetime",
        "for _ in [1]: assert candidate() == datetime(1970, 1, 1)",
    ];
    fails(&naive, zoned).await;
}
