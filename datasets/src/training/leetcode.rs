//! LeetCodeDataset: methods of a class `Solution`, called with known results.
//!
//! Its `check` function wants a Python expression for the method (`Solution().twoSum`), and would run it
//! beside the expected values. It is a list of `assert candidate(nums = [3, 3], target = 6) == [0, 1]`,
//! which is read here, into values that are compared outside the answer's process. The same tests
//! stand in `input_output` as LeetCode words them; those do not say what is a tree.
//!
//! Linked lists and trees stand there as `list_node([1, 2])` and `tree_node([1, None, 2])`, and results that are
//! some in `is_same_list(candidate(...), ...)` and `is_same_tree`. Of those the lists of values are taken: the
//! prompt's helpers, which make nodes of them, the answer's process does not need.

use super::{Posed, TrainingSet, bad, contest_problem, signature, text_entry, text_or_nothing};
use crate::row::Row;
use crate::{Case, Error, Problem, Shape, Shapes, Tests, Value};

/// What LeetCode grants, and says that it grants.
const TOLERANCE: f64 = 1e-5;

/// The problem in a row of any of its versions.
pub(super) fn problem(id: String, row: &mut Row) -> Result<Problem, Error> {
    let entry_point = row.string("entry_point")?;
    let Some(method) = entry_point.strip_prefix("Solution().") else {
        return Err(bad(row, "entry_point", format!("`{entry_point}` is no method of `Solution`")));
    };
    let reference = [row.string("prompt")?, row.string("completion")?].concat();
    let Some(parameters) = signature::parameters(&reference, method) else {
        return Err(bad(row, "completion", format!("it has no plain `def {method}`")));
    };
    let check = row.string("test")?;
    let (cases, shapes) = cases(&check, &parameters).map_err(|reason| bad(row, "test", reason))?;
    // Until version 0.3 there was an object for what is a field now.
    let meta = row.take("meta").unwrap_or(Value::None);
    let difficulty = match text_entry(&meta, "difficulty") {
        Some(difficulty) => difficulty.to_owned(),
        None => text_or_nothing(row, "difficulty"),
    };
    let posed = Posed {
        set: TrainingSet::LeetCode,
        entry_point: Some(method.to_owned()),
        // The statement ends in it.
        starter_code: String::new(),
        difficulty: difficulty.to_lowercase(),
        reference: Some(reference),
    };
    let tests = Tests::Functional { cases, tolerance: TOLERANCE, shapes };
    Ok(contest_problem(id, row.string("query")?, posed, tests))
}

/// The calls that `check` asserts something of, by position, and what their values stand for.
fn cases(check: &str, parameters: &[String]) -> Result<(Vec<Case>, Shapes), String> {
    let mut lines = check.lines().filter(|line| !line.trim().is_empty());
    if lines.next().map(str::trim) != Some("def check(candidate):") {
        return Err("it is no `check(candidate)`".to_owned());
    }
    // A long list goes on in the next line.
    let mut statements: Vec<String> = Vec::new();
    for line in lines {
        match statements.last_mut() {
            Some(statement) if !line.trim_start().starts_with("assert") => {
                *statement += line;
            }
            _ => statements.push(line.trim().to_owned()),
        }
    }
    let (mut cases, mut common) = (Vec::with_capacity(statements.len()), None);
    for statement in &statements {
        let wrong = |reason| format!("`{}`: {reason}", shortened(statement));
        let (case, shapes) = call(statement, parameters).map_err(wrong)?;
        if *common.get_or_insert_with(|| shapes.clone()) != shapes {
            return Err(wrong("it has other lists or trees than those before".to_owned()));
        }
        cases.push(case);
    }
    Ok((cases, common.ok_or("it has no tests")?))
}

/// The call in `assert candidate(nums = [3, 3], target = 6) == [0, 1]`, or in
/// `assert is_same_list(candidate(head = list_node([1, 2])), list_node([2, 1]))`.
fn call(line: &str, parameters: &[String]) -> Result<(Case, Shapes), String> {
    let unknown = || "it is no `assert candidate(...) == value`".to_owned();
    let claim = line.strip_prefix("assert ").ok_or_else(unknown)?;
    let compared = [("is_same_list(", Shape::LinkedList), ("is_same_tree(", Shape::BinaryTree)];
    let (result, claim) = compared
        .into_iter()
        .find_map(|(name, shape)| Some((shape, claim.strip_prefix(name)?.strip_suffix(')')?)))
        .unwrap_or((Shape::Plain, claim));
    let mut rest = claim.strip_prefix("candidate(").ok_or_else(unknown)?;
    let (mut positional, mut named) = (Vec::new(), Vec::new());
    rest = rest.trim_start();
    while !rest.starts_with(')') {
        let end = end_of_value(rest);
        let argument = rest[..end].trim();
        match argument.split_once('=').filter(|(name, _)| is_name(name.trim())) {
            Some((name, text)) => named.push((name.trim(), value(text)?)),
            None if named.is_empty() => positional.push(value(argument)?),
            None => return Err("an argument without a name follows one with".to_owned()),
        }
        rest = rest[end..].trim_start_matches(',').trim_start();
        if rest.is_empty() {
            return Err(unknown());
        }
    }
    let between = if result == Shape::Plain { "==" } else { "," };
    let expected = rest[1..].trim_start().strip_prefix(between).ok_or_else(unknown)?;
    let (shape, expected) = value(expected)?;
    if shape != result {
        return Err("what it compares are not of one kind".to_owned());
    }
    let mut arguments = positional;
    for parameter in parameters.get(arguments.len()..).ok_or("it has too many arguments")? {
        let place = named.iter().position(|(name, _)| name == parameter);
        let place = place.ok_or_else(|| format!("it gives no `{parameter}`"))?;
        arguments.push(named.swap_remove(place).1);
    }
    if let Some((name, _)) = named.first() {
        return Err(format!("there is no parameter `{name}`"));
    }
    let (shapes, arguments) = arguments.into_iter().unzip();
    Ok((Case { arguments, expected }, Shapes { arguments: shapes, result }))
}

/// A value and what it stands for.
fn value(text: &str) -> Result<(Shape, Value), String> {
    let text = text.trim();
    let nodes = [("list_node(", Shape::LinkedList), ("tree_node(", Shape::BinaryTree)];
    let inside = |name: &str| text.strip_prefix(name)?.strip_suffix(')');
    let read = |text: &str| Value::from_python(text).map_err(|error| error.to_string());
    let Some((shape, values)) =
        nodes.into_iter().find_map(|(name, shape)| Some((shape, inside(name)?)))
    else {
        return Ok((Shape::Plain, read(text)?));
    };
    match read(values)? {
        Value::List(values) => Ok((shape, Value::List(shape.normal(values)?))),
        other => Err(format!("the nodes are made of {}", other.kind())),
    }
}

fn is_name(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') && !text.is_empty()
}

/// Where the first comma or closing bracket stands that is in no brackets and no string, or the end.
fn end_of_value(text: &str) -> usize {
    let (mut depth, mut quote, mut escaped) = (0, None, false);
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), b'\\') => escaped = true,
            (Some(open), _) if open == byte => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'(' | b'[' | b'{') => depth += 1,
            (None, b')' | b',') if depth == 0 => return at,
            (None, b')' | b']' | b'}') => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

/// As much of a text as a complaint can hold.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((cut, _)) => format!("{}...", &text[..cut]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_told_apart_by_name_whatever_their_order_and_whatever_is_in_them() {
        let parameters = ["s".to_owned(), "k".to_owned()];
        let called =
            |inside: &str| call(&format!("assert candidate({inside}) == None"), &parameters);
        for inside in [
            r#"k = [1, -2], s = "a == b), \"c\"""#,
            r#""a == b), \"c\"", k = [1, -2]"#,
            r#""a == b), \"c\"",[1, -2]"#,
        ] {
            let (case, shapes) = called(inside).unwrap();
            assert!(shapes.are_plain());
            assert_eq!(case.arguments[0], Value::Str("a == b), \"c\"".to_owned()), "{inside}");
            assert_eq!(case.arguments[1].to_python(), "[1, -2]");
        }
        assert_eq!(called("s = 1").unwrap_err(), "it gives no `k`");
        assert_eq!(called("s = 1, k = 2, j = 3").unwrap_err(), "there is no parameter `j`");
        assert_eq!(called("1, 2, 3").unwrap_err(), "it has too many arguments");
        assert!(called("s = graph([1]), k = 2").unwrap_err().contains("literal"));
        assert!(called("s = list_node(5), k = 2").is_err());
        assert!(call("assert candidate(", &parameters).is_err());
        assert!(call("assert candidate(1", &parameters).is_err());
        assert!(call("assert is_same_list(candidate(1, 2), 2)", &parameters).is_err());
        assert!(call("assert is_same_list(candidate(1, 2), tree_node([2]))", &parameters).is_err());
    }

    #[test]
    fn lists_and_trees_are_told_by_what_makes_them() {
        let parameters = ["root".to_owned(), "k".to_owned()];
        let (case, shapes) = call(
            "assert is_same_list(candidate(k = 2, root = tree_node([1,None,2,None])), list_node([2,1]))",
            &parameters,
        )
        .unwrap();
        assert_eq!(case.arguments[0].to_python(), "[1, None, 2]");
        assert_eq!(case.expected.to_python(), "[2, 1]");
        assert_eq!(shapes.arguments, [Shape::BinaryTree, Shape::Plain]);
        assert_eq!(shapes.result, Shape::LinkedList);
        let mixed = "def check(candidate):\n    assert candidate(list_node([1]), 2) == 3\n    \
                     assert candidate([1], 2) == 3\n";
        assert!(cases(mixed, &parameters).unwrap_err().ends_with("than those before"));
    }
}
