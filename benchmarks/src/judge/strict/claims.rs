//! Tests that are code, read as calls with expectations.
//!
//! Nearly every test of HumanEval and MBPP is `assert f(arguments) == value` in one dress or another.
//! Read as a [`Claim`], such a test needs no interpreter to decide: the arguments go to the candidate,
//! and what it returns is compared here. A test with anything else in it is not read at all, and
//! runs as the program that it is (see [`super::referee`]).

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use datasets::Value;
use ruff_python_ast::{CmpOp, Expr, ExprCall, ExprCompare, Operator, Stmt, UnaryOp};

use super::super::expected::{Key, key_of};
use super::expectation::{Expectation, real};
use crate::syntax::{literal, on_parser_stack, parse};

/// A call and what is expected of its result.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Claim {
    /// The positional arguments.
    pub(super) arguments: Vec<Value>,
    /// What the result must be.
    pub(super) expectation: Expectation,
}

/// Tests that are all claims about one function.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Claims {
    /// The name by which the tests call it.
    pub(super) function: String,
    /// The claims, in the order of the tests.
    pub(super) claims: Vec<Claim>,
}

impl Claims {
    /// The asserts of MBPP, if each is a claim about the same function.
    pub(super) fn of_asserts(asserts: &[String]) -> Option<Self> {
        on_parser_stack(|| {
            let mut claims = Collected::default();
            for source in asserts {
                let module = parse(source)?;
                let [Stmt::Assert(assert)] = module.syntax().body.as_slice() else { return None };
                claims.add(&assert.test, source)?;
            }
            claims.finished()
        })
    }

    /// A `check(candidate)` of HumanEval, if it consists of claims about its parameter.
    pub(super) fn of_check(source: &str) -> Option<Self> {
        on_parser_stack(|| {
            let module = parse(source)?;
            let mut claims = None;
            for statement in &module.syntax().body {
                match statement {
                    Stmt::FunctionDef(function) if function.name.as_str() == "check" => {
                        let [parameter] = function.parameters.args.as_slice() else { return None };
                        let found = in_body(&function.body, source)?;
                        claims = (found.function == parameter.name().as_str()).then_some(found);
                    }
                    // `METADATA = {...}`, which nothing reads.
                    Stmt::Assign(assign) if literal(&assign.value, source).is_some() => {}
                    Stmt::Pass(_) => {}
                    _ => return None,
                }
            }
            claims
        })
    }
}

fn in_body(body: &[Stmt], source: &str) -> Option<Claims> {
    let mut claims = Collected::default();
    for statement in body {
        match statement {
            // `assert True, "..."` claims nothing; HumanEval has many.
            Stmt::Assert(assert) if matches!(&*assert.test, Expr::BooleanLiteral(it) if it.value) =>
                {}
            Stmt::Assert(assert) => claims.add(&assert.test, source)?,
            Stmt::Pass(_) => {}
            Stmt::Expr(it) if literal(&it.value, source).is_some() || is_print(&it.value) => {}
            _ => return None,
        }
    }
    claims.finished()
}

/// HumanEval/129 names the function and does not call it.
fn is_print(expression: &Expr) -> bool {
    matches!(expression, Expr::Name(name) if name.id.as_str() == "print")
}

/// What the tests that one judge has seen were read as, if they were claims. Reading takes a parser
/// and a thread with a stack for it, and a problem has many candidates.
#[derive(Debug, Default)]
pub(in super::super) struct KnownClaims(Mutex<HashMap<Key, Arc<Option<Claims>>>>);

impl KnownClaims {
    pub(super) fn of_asserts(&self, asserts: &[String]) -> Arc<Option<Claims>> {
        let parts = asserts.iter().map(String::as_bytes);
        let key = key_of([b"asserts".as_slice()].into_iter().chain(parts));
        self.remembered(key, || Claims::of_asserts(asserts))
    }

    pub(super) fn of_check(&self, source: &str) -> Arc<Option<Claims>> {
        let key = key_of([b"check", source.as_bytes()]);
        self.remembered(key, || Claims::of_check(source))
    }

    fn remembered(&self, key: Key, read: impl FnOnce() -> Option<Claims>) -> Arc<Option<Claims>> {
        let known = || self.0.lock().expect("no one panics while holding this lock");
        if let Some(claims) = known().get(&key) {
            return Arc::clone(claims);
        }
        // Nobody waits for a parser; two that read the same at once read the same.
        let claims = Arc::new(read());
        known().insert(key, Arc::clone(&claims));
        claims
    }
}

/// Claims on their way to being [`Claims`].
#[derive(Default)]
struct Collected {
    function: Option<String>,
    claims: Vec<Claim>,
}

impl Collected {
    fn add(&mut self, condition: &Expr, source: &str) -> Option<()> {
        let (call, expectation) = Reader { source }.condition(condition)?;
        let Expr::Name(function) = call.func.as_ref() else { return None };
        let known = self.function.get_or_insert_with(|| function.id.to_string());
        if known != function.id.as_str() || !call.arguments.keywords.is_empty() {
            return None;
        }
        let arguments = call.arguments.args.iter().map(|it| literal(it, source));
        self.claims.push(Claim { arguments: arguments.collect::<Option<_>>()?, expectation });
        Some(())
    }

    /// Tests without a claim would be passed by anything, so they are none.
    fn finished(self) -> Option<Claims> {
        let function = self.function?;
        Some(Claims { function, claims: self.claims })
    }
}

/// Reads conditions of one source text.
#[derive(Clone, Copy)]
struct Reader<'a> {
    source: &'a str,
}

impl Reader<'_> {
    /// The call in `condition` and what the condition expects of its result.
    fn condition(self, condition: &Expr) -> Option<(&ExprCall, Expectation)> {
        match condition {
            Expr::Compare(comparison) => self.comparison(comparison),
            Expr::UnaryOp(it) if it.op == UnaryOp::Not => match self.condition(&it.operand)? {
                (call, Expectation::True) => Some((call, Expectation::False)),
                (call, Expectation::Equal(value)) => Some((call, Expectation::Different(value))),
                _ => None,
            },
            Expr::Call(it) if is_named(&it.func, "math", "isclose") => self.closeness(it),
            Expr::Call(call) => Some((call, Expectation::True)),
            _ => None,
        }
    }

    fn comparison(self, comparison: &ExprCompare) -> Option<(&ExprCall, Expectation)> {
        let ([operator], [right]) = (&*comparison.ops, &*comparison.comparators) else {
            return None;
        };
        let (left, value) = (&*comparison.left, literal(right, self.source));
        match (operator, value) {
            (CmpOp::Lt | CmpOp::LtE, Some(tolerance)) => {
                let inclusive = *operator == CmpOp::LtE;
                self.distance(left, real(&tolerance)?, inclusive)
            }
            (CmpOp::Eq, Some(value)) => Some((call(left)?, Expectation::Equal(value))),
            (CmpOp::NotEq, Some(value)) => Some((call(left)?, Expectation::Different(value))),
            (CmpOp::Is, Some(value @ (Value::None | Value::Bool(_)))) => {
                Some((call(left)?, Expectation::Same(value)))
            }
            (CmpOp::IsNot, Some(value @ (Value::None | Value::Bool(_)))) => {
                Some((call(left)?, Expectation::NotSame(value)))
            }
            (CmpOp::In, Some(Value::List(values) | Value::Tuple(values) | Value::Set(values))) => {
                Some((call(left)?, Expectation::OneOf(values)))
            }
            // The other way round: `value == f(...)`.
            (CmpOp::Eq, None) => {
                let value = literal(left, self.source)?;
                Some((call(right)?, Expectation::Equal(value)))
            }
            _ => None,
        }
    }

    /// `abs(f(...) - value) < tolerance`, or with `math.fabs`.
    fn distance(
        self,
        left: &Expr,
        tolerance: f64,
        inclusive: bool,
    ) -> Option<(&ExprCall, Expectation)> {
        let Expr::Call(outer) = left else { return None };
        let absolute = matches!(&*outer.func, Expr::Name(name) if name.id.as_str() == "abs");
        if !absolute && !is_named(&outer.func, "math", "fabs") {
            return None;
        }
        let [Expr::BinOp(difference)] = &*outer.arguments.args else { return None };
        if difference.op != Operator::Sub || !outer.arguments.keywords.is_empty() {
            return None;
        }
        let value = self.number(&difference.right)?;
        Some((call(&difference.left)?, Expectation::Near { value, tolerance, inclusive }))
    }

    /// A number, or a quotient of two: `2.0 / 3.0`.
    fn number(self, expression: &Expr) -> Option<f64> {
        let Expr::BinOp(it) = expression else { return self.exact(expression) };
        let (over, under) = (self.exact(&it.left)?, self.exact(&it.right)?);
        (it.op == Operator::Div && under != 0.0).then(|| over / under)
    }

    /// A number that a float holds to its last digit. Python computes exactly with larger whole ones.
    fn exact(self, expression: &Expr) -> Option<f64> {
        match literal(expression, self.source)? {
            Value::Int(number) if number.bits() > 52 => None,
            number => real(&number),
        }
    }

    /// `math.isclose(f(...), value, rel_tol=..., abs_tol=...)`.
    fn closeness(self, outer: &ExprCall) -> Option<(&ExprCall, Expectation)> {
        let [result, value] = &*outer.arguments.args else { return None };
        let value = real(&literal(value, self.source)?)?;
        // The defaults of `math.isclose`.
        let (mut relative, mut absolute) = (1e-9, 0.0);
        for keyword in &outer.arguments.keywords {
            let number = real(&literal(&keyword.value, self.source)?)?;
            match keyword.arg.as_deref()? {
                "rel_tol" => relative = number,
                "abs_tol" => absolute = number,
                _ => return None,
            }
        }
        Some((call(result)?, Expectation::Close { value, relative, absolute }))
    }
}

fn call(expression: &Expr) -> Option<&ExprCall> {
    if let Expr::Call(call) = expression { Some(call) } else { None }
}

fn is_named(function: &Expr, module: &str, name: &str) -> bool {
    let Expr::Attribute(attribute) = function else { return false };
    attribute.attr.as_str() == name
        && matches!(&*attribute.value, Expr::Name(it) if it.id.as_str() == module)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asserts(lines: &[&str]) -> Option<Claims> {
        Claims::of_asserts(&lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn asserts_in_their_many_dresses_are_claims() {
        let claims = asserts(&[
            "assert f([1], (2, 3)) == 6",
            "assert (f(1)) == set([1])",
            "assert f('a') is None",
            "assert not f({})",
            "assert f()",
            "assert 3 == f(3)",
            "assert abs(f(2.0) - 1.5) < 1e-6",
            "assert math.isclose(f(1, 2), 0.5, rel_tol=0.001)",
            "assert f(1) in (1, 2)",
            "assert f(0) != -1, 'never negative'",
            "assert abs(f([1.0]) - 2.0/3.0) < 1e-6",
        ])
        .unwrap();
        assert_eq!(claims.function, "f");
        let expectations: Vec<_> = claims.claims.into_iter().map(|it| it.expectation).collect();
        assert_eq!(
            expectations[6],
            Expectation::Near { value: 1.5, tolerance: 1e-6, inclusive: false }
        );
        assert_eq!(expectations[3], Expectation::False);
        assert_eq!(expectations[5], Expectation::Equal(Value::Int(3.into())));
        assert_eq!(
            expectations[7],
            Expectation::Close { value: 0.5, relative: 0.001, absolute: 0.0 }
        );
        assert_eq!(
            expectations[10],
            Expectation::Near { value: 2.0 / 3.0, tolerance: 1e-6, inclusive: false }
        );
        assert_eq!(expectations.len(), 11);
    }

    #[test]
    fn what_needs_an_interpreter_is_not_read() {
        for line in [
            "assert f(g(1)) == 2",
            "assert f(x) == 1",
            "assert f(1) == f(2)",
            "assert len(f(1)) == 2",
            "assert f(key=1) == 2",
            "assert 1 < f(1) < 2",
            "x = f(1)",
            "assert abs(f(1) - 1.0/0.0) < 1e-6",
            "assert abs(f(1) - 2.0*3.0) < 1e-6",
            "assert abs(f(1) - g(1)/3.0) < 1e-6",
            "assert abs(f(1) - 4503599627370496/3) < 1e-6",
        ] {
            assert_eq!(asserts(&[line]), None, "{line}");
        }
        assert_eq!(asserts(&["assert f(1) == 1", "assert g(1) == 1"]), None);
        assert_eq!(asserts(&[]), None);
    }

    #[test]
    fn a_check_function_is_read_with_its_ornaments() {
        let source = "METADATA = {'author': 'x'}\n\n\ndef check(candidate):\n    'doc'\n    \
                      assert True, 'never fails'\n    print\n    assert candidate(1) == 2\n";
        let claims = Claims::of_check(source).unwrap();
        assert_eq!((claims.function.as_str(), claims.claims.len()), ("candidate", 1));
    }

    #[test]
    fn a_check_that_does_more_is_not_read() {
        for body in ["for x in [1]:\n        assert candidate(x)", "assert other(1) == 1", "pass"] {
            assert_eq!(Claims::of_check(&format!("def check(candidate):\n    {body}\n")), None);
        }
        assert_eq!(Claims::of_check("import math\ndef check(c):\n    assert c(1)\n"), None);
    }
}
