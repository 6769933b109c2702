//! Which arguments of MBPP+ were tuples, sets and complex numbers before they became JSON.
//!
//! EvalPlus 0.3.1 restores them by task number (`mbpp_deserialize_inputs`). The facts are its; each
//! is one line of a table here. Its quirks are kept, since references and candidates alike see
//! them: a string where a tuple is due becomes a tuple of its characters, and an empty set of task
//! 115 comes out as an empty dict.

use crate::Value;

/// How the arguments of a task are to be typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Typing {
    /// As JSON has them.
    Untouched,
    /// Every argument is a tuple.
    Tuples,
    /// Every argument is a list of tuples.
    ListsOfTuples,
    /// Every argument is a tuple of tuples.
    TuplesOfTuples,
    /// The first argument is a tuple.
    FirstTuple,
    /// The second argument is a tuple.
    SecondTuple,
    /// The first argument is a list of tuples.
    FirstListOfTuples,
    /// The first argument is a list of sets, save that the empty ones are dicts.
    FirstListOfSets,
    /// The first argument is a tuple whose lists are tuples; its other items stay.
    FirstTupleOfItems,
    /// The first argument is a dict of tuples.
    FirstDictOfTuples,
    /// The first argument is a complex number.
    FirstComplex,
    /// A float, then a complex number.
    FloatAndComplex,
    /// Lists are tuples, at every depth.
    TuplesThroughout,
}

impl Typing {
    fn of(task: u32) -> Self {
        match task {
            2 | 116 | 132 | 143 | 222 | 261 | 273 | 394 | 399 | 421 | 424 | 429 | 470 | 560
            | 579 | 596 | 616 | 630 | 726 | 740 | 744 | 809 => Self::Tuples,
            63 | 64 | 70 | 94 | 120 | 237 | 272 | 299 | 400 | 409 | 417 | 438 | 473 | 614 | 780 => {
                Self::ListsOfTuples
            }
            259 | 401 | 445 => Self::TuplesOfTuples,
            250 | 307 | 405 | 446 | 617 | 720 | 763 | 808 => Self::FirstTuple,
            106 | 750 => Self::SecondTuple,
            75 | 413 | 444 | 753 => Self::FirstListOfTuples,
            115 => Self::FirstListOfSets,
            278 => Self::FirstTupleOfItems,
            722 => Self::FirstDictOfTuples,
            252 => Self::FirstComplex,
            124 => Self::FloatAndComplex,
            580 | 615 | 791 => Self::TuplesThroughout,
            _ => Self::Untouched,
        }
    }
}

/// The arguments of one call of the task `id`, typed as EvalPlus types them.
pub(crate) fn arguments(id: &str, mut arguments: Vec<Value>) -> Result<Vec<Value>, String> {
    let task = id.rsplit('/').next().and_then(|number| number.parse().ok());
    let task = task.ok_or_else(|| format!("`{id}` has no task number to type the arguments by"))?;
    let every = |arguments: Vec<Value>, typed: fn(Value) -> Result<Value, String>| {
        arguments.into_iter().map(typed).collect()
    };
    match Typing::of(task) {
        Typing::Untouched => Ok(arguments),
        Typing::Tuples => every(arguments, tuple),
        Typing::ListsOfTuples => every(arguments, list_of_tuples),
        Typing::TuplesOfTuples => every(arguments, |value| tuple(list_of_tuples(value)?)),
        Typing::TuplesThroughout => every(arguments, |value| Ok(tuples_throughout(value))),
        Typing::FirstTuple => nth(&mut arguments, 0, tuple).map(|()| arguments),
        Typing::SecondTuple => nth(&mut arguments, 1, tuple).map(|()| arguments),
        Typing::FirstListOfTuples => nth(&mut arguments, 0, list_of_tuples).map(|()| arguments),
        Typing::FirstListOfSets => nth(&mut arguments, 0, list_of_sets).map(|()| arguments),
        Typing::FirstTupleOfItems => nth(&mut arguments, 0, tuple_of_items).map(|()| arguments),
        Typing::FirstDictOfTuples => nth(&mut arguments, 0, dict_of_tuples).map(|()| arguments),
        Typing::FirstComplex => nth(&mut arguments, 0, complex).map(|()| arguments),
        Typing::FloatAndComplex => {
            nth(&mut arguments, 0, float)?;
            nth(&mut arguments, 1, complex).map(|()| arguments)
        }
    }
}

/// Replace the argument at `index`.
fn nth(
    arguments: &mut [Value],
    index: usize,
    typed: fn(Value) -> Result<Value, String>,
) -> Result<(), String> {
    let count = arguments.len();
    let Some(argument) = arguments.get_mut(index) else {
        return Err(format!("needs {} arguments, but has {count}", index + 1));
    };
    *argument = typed(std::mem::replace(argument, Value::None))?;
    Ok(())
}

/// What iterating over `value` gives in Python.
fn items(value: Value) -> Result<Vec<Value>, String> {
    match value {
        Value::List(items) | Value::Tuple(items) => Ok(items),
        Value::Str(text) => Ok(text.chars().map(|c| Value::Str(c.into())).collect()),
        Value::Dict(pairs) => Ok(pairs.into_iter().map(|(key, _)| key).collect()),
        other => Err(format!("a tuple cannot be made of {}", other.kind())),
    }
}

fn tuple(value: Value) -> Result<Value, String> {
    Ok(Value::Tuple(items(value)?))
}

fn list_of_tuples(value: Value) -> Result<Value, String> {
    Ok(Value::List(items(value)?.into_iter().map(tuple).collect::<Result<_, _>>()?))
}

fn list_of_sets(value: Value) -> Result<Value, String> {
    let sets = items(value)?.into_iter().map(|item| match item {
        Value::List(items) if !items.is_empty() => Value::Set(items),
        _ => Value::Dict(Vec::new()),
    });
    Ok(Value::List(sets.collect()))
}

fn tuple_of_items(value: Value) -> Result<Value, String> {
    let items = items(value)?.into_iter().map(|item| match item {
        Value::List(items) => Value::Tuple(items),
        other => other,
    });
    Ok(Value::Tuple(items.collect()))
}

fn dict_of_tuples(value: Value) -> Result<Value, String> {
    let Value::Dict(pairs) = value else {
        return Err(format!("a dict was expected, not {}", value.kind()));
    };
    let typed = pairs.into_iter().map(|(key, value)| Ok((key, tuple(value)?)));
    Ok(Value::Dict(typed.collect::<Result<_, String>>()?))
}

fn tuples_throughout(value: Value) -> Value {
    match value {
        Value::List(items) => Value::Tuple(items.into_iter().map(tuples_throughout).collect()),
        other => other,
    }
}

fn float(value: Value) -> Result<Value, String> {
    real(&value).map(Value::Float)
}

fn complex(value: Value) -> Result<Value, String> {
    let (real, imaginary) = match &value {
        Value::Str(text) => {
            complex_notation(text).ok_or_else(|| format!("`{text}` is not a complex number"))?
        }
        other => (real(other)?, 0.0),
    };
    Ok(Value::Complex(real, imaginary))
}

fn real(value: &Value) -> Result<f64, String> {
    let notation = match value {
        Value::Float(number) => return Ok(*number),
        Value::Int(number) => number.to_string(),
        Value::Str(text) => text.clone(),
        other => return Err(format!("a number was expected, not {}", other.kind())),
    };
    notation.trim().parse().map_err(|_| format!("`{notation}` is not a number"))
}

/// Python's notation of a complex number: `3`, `2j`, `1-2j`, each with or without parentheses.
fn complex_notation(text: &str) -> Option<(f64, f64)> {
    let text = text.trim();
    let text = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')).unwrap_or(text);
    let Some(text) = text.trim().strip_suffix(['j', 'J']) else {
        return Some((text.trim().parse().ok()?, 0.0));
    };
    // The sign between the parts is the last that neither begins the text nor an exponent.
    let between = text.char_indices().rev().find(|&(place, sign)| {
        matches!(sign, '+' | '-') && place > 0 && !text[..place].ends_with(['e', 'E'])
    });
    let (real, imaginary) = text.split_at(between.map_or(0, |(place, _)| place));
    let real = if real.is_empty() { 0.0 } else { real.parse().ok()? };
    let imaginary = match imaginary {
        "" | "+" => 1.0,
        "-" => -1.0,
        digits => digits.parse().ok()?,
    };
    Some((real, imaginary))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(task: u32, json: &str) -> Result<String, String> {
        let Ok(Value::List(values)) = Value::from_json(json) else { panic!("a JSON list") };
        arguments(&format!("Mbpp/{task}"), values).map(|typed| Value::List(typed).to_python())
    }

    #[test]
    fn every_way_of_typing_does_as_its_name_says() {
        assert_eq!(typed(1, "[[1], 2]").unwrap(), "[[1], 2]");
        assert_eq!(typed(2, "[[1], [2, [3]]]").unwrap(), "[(1,), (2, [3])]");
        assert_eq!(typed(63, "[[[1, 2], [3]]]").unwrap(), "[[(1, 2), (3,)]]");
        assert_eq!(typed(75, "[[[1, 2]], [3]]").unwrap(), "[[(1, 2)], [3]]");
        assert_eq!(typed(106, "[[1], [2]]").unwrap(), "[[1], (2,)]");
        assert_eq!(typed(115, "[[[1, 2], [], {}]]").unwrap(), "[[{1, 2}, {}, {}]]");
        assert_eq!(typed(124, r#"["1", "2j"]"#).unwrap(), "[1.0, complex(0.0, 2.0)]");
        assert_eq!(typed(250, "[[1], 2]").unwrap(), "[(1,), 2]");
        assert_eq!(typed(252, r#"["(1-2j)"]"#).unwrap(), "[complex(1.0, -2.0)]");
        assert_eq!(typed(259, "[[[1]], [[2]]]").unwrap(), "[((1,),), ((2,),)]");
        assert_eq!(typed(278, "[[1, [2, [3]]]]").unwrap(), "[(1, (2, [3]))]");
        assert_eq!(typed(722, r#"[{"a": [1, 2]}, 3]"#).unwrap(), "[{'a': (1, 2)}, 3]");
        assert_eq!(typed(580, "[[1, [2, [3]]]]").unwrap(), "[(1, (2, (3,)))]");
    }

    #[test]
    fn a_string_in_place_of_a_tuple_falls_into_characters() {
        assert_eq!(typed(2, r#"["ab", {"k": 1}]"#).unwrap(), "[('a', 'b'), ('k',)]");
    }

    #[test]
    fn what_python_could_not_convert_is_an_error() {
        assert_eq!(typed(2, "[5]").unwrap_err(), "a tuple cannot be made of an integer");
        assert_eq!(typed(124, "[1]").unwrap_err(), "needs 2 arguments, but has 1");
        assert_eq!(typed(252, r#"["one"]"#).unwrap_err(), "`one` is not a complex number");
    }

    #[test]
    fn complex_numbers_are_read_in_every_notation_python_writes() {
        assert_eq!(complex_notation("(1e-05-2e+20j)"), Some((1e-5, -2e20)));
        assert_eq!(complex_notation("-0j"), Some((0.0, -0.0)));
        assert_eq!(complex_notation("-j"), Some((0.0, -1.0)));
        assert_eq!(complex_notation("(-inf+infj)"), Some((f64::NEG_INFINITY, f64::INFINITY)));
        assert_eq!(complex_notation("5"), Some((5.0, 0.0)));
        assert_eq!(complex_notation("1+2"), None);
    }
}
