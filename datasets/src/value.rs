//! A plain Python value, typed as Python types it.
//!
//! Benchmarks publish test inputs as JSON, but Python tells tuples from lists, sets from lists and
//! integers from floats, and its integers have no upper bound. [`Value`] keeps all of that.

use num_bigint::BigInt;

/// A Python value built only from built-in types.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// An `int` of any size.
    Int(BigInt),
    /// A `float`, including infinities and NaN.
    Float(f64),
    /// A `complex`, as real and imaginary part.
    Complex(f64, f64),
    /// A `str`.
    Str(String),
    /// A `bytes`.
    Bytes(Vec<u8>),
    /// A `list`.
    List(Vec<Value>),
    /// A `tuple`.
    Tuple(Vec<Value>),
    /// A `set`, in the order the source gave.
    Set(Vec<Value>),
    /// A `dict`, in insertion order.
    Dict(Vec<(Value, Value)>),
}

impl Value {
    /// Python source that evaluates to this value, type for type.
    pub fn to_python(&self) -> String {
        match self {
            Self::None => "None".to_owned(),
            Self::Bool(true) => "True".to_owned(),
            Self::Bool(false) => "False".to_owned(),
            Self::Int(number) => number.to_string(),
            Self::Str(text) => format!("{text:?}"),
            Self::Float(number) => format!("{number:?}"),
            other => format!("{other:?}"),
        }
    }
}
