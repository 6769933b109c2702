//! Whether a text is Python, and its syntax tree if so.
//!
//! The answer is meant to be that of `ast.parse` of CPython 3.11, on which the public graders were
//! measured. Text comes from a model and may be written against us: the parser below is recursive,
//! so depth is bounded before it starts, and it runs on a stack made for that depth.
//!
//! Names and scopes are not looked at: `return` outside a function parses, as it does in CPython.

mod depth;
mod literal;

use std::ops::Range;
use std::panic;
use std::thread;

use ruff_python_ast::token::{Token, TokenKind};
use ruff_python_ast::{ModModule, PythonVersion, Stmt};
use ruff_python_parser::{Mode, ParseOptions, Parsed, parse_unchecked};
use ruff_text_size::Ranged;

pub(crate) use literal::literal;

/// Room for the deepest text that [`depth`] lets through, in the frames of an unoptimised parser.
/// Only the pages that are touched count.
const STACK_BYTES: usize = 256 << 20;

/// The parser's positions are 32 bits wide; nothing that long is a program anyway.
const LENGTH_LIMIT: usize = 1 << 30;

const BYTE_ORDER_MARK: char = '\u{feff}';

/// A syntax tree with the tokens it was made from.
pub(crate) type Module = Parsed<ModModule>;

/// A text, read as far as it is Python.
pub(crate) struct Reading {
    /// What was understood, with all tokens.
    pub(crate) module: Module,
    /// The first tokens that cannot continue what stands before them, in bytes.
    pub(crate) fault: Option<Range<usize>>,
    /// The parser stops at a NUL, so that no token after it tells that the fault is final.
    has_nul: bool,
}

impl Reading {
    /// Whether no continuation of the text can mend its fault: something stands after it.
    ///
    /// A fault with nothing after it may only mean that more is wanted: a body, a closing bracket.
    pub(crate) fn is_faulty_however_it_goes_on(&self) -> bool {
        let Some(fault) = &self.fault else { return false };
        let is_text = |token: &&Token| {
            !token.kind().is_trivia()
                && token.kind() != TokenKind::Newline
                && !token.range().is_empty()
        };
        let last = self.module.tokens().iter().rev().find(is_text);
        self.has_nul || last.is_some_and(|last| last.start().to_usize() >= fault.end)
    }
}

/// Whether `source` is a Python module.
pub(crate) fn parses(source: &str) -> bool {
    on_parser_stack(|| parse(source).is_some())
}

/// The statements of `source` that import something, and nothing else of it.
pub(crate) fn imports_of(source: &str) -> String {
    if source.trim().is_empty() {
        return String::new();
    }
    on_parser_stack(|| {
        let Some(module) = parse(source) else { return String::new() };
        let is_import = |it: &&Stmt| matches!(it, Stmt::Import(_) | Stmt::ImportFrom(_));
        let imports = module.syntax().body.iter().filter(is_import);
        imports.map(|it| format!("{}\n", &source[it.range()])).collect()
    })
}

/// Run `work`, which may call [`parse`] or [`read`], on a stack that is large enough for it.
pub(crate) fn on_parser_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let parser = thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, work);
        let parser = parser.expect("the system has room for one more thread");
        parser.join().unwrap_or_else(|cause| panic::resume_unwind(cause))
    })
}

/// The syntax tree of `source` if it is Python. Call it within [`on_parser_stack`].
pub(crate) fn parse(source: &str) -> Option<Module> {
    let reading = read(source)?;
    reading.fault.is_none().then_some(reading.module)
}

/// Read `source`, or refuse to if it nests too deep. Call it within [`on_parser_stack`].
pub(crate) fn read(source: &str) -> Option<Reading> {
    if source.len() > LENGTH_LIMIT || depth::exceeds_limit(source) {
        return None;
    }
    let options = ParseOptions::from(Mode::Module).with_target_version(PythonVersion::PY311);
    let module = parse_unchecked(source, options)
        .try_into_module()
        .expect("a text parsed as a module is a module");
    let fault = first_fault(source, &module);
    Some(Reading { module, fault, has_nul: source.contains('\0') })
}

fn first_fault(source: &str, module: &Module) -> Option<Range<usize>> {
    let syntax = module.errors().iter().map(|error| error.location);
    let version = module.unsupported_syntax_errors().iter().map(|error| error.range);
    let parser = syntax.chain(version).map(Range::<usize>::from);
    // The parser lets pass what CPython refuses before it looks at the grammar.
    let nul = source.find('\0').map(|at| at..at + 1);
    let byte_order_mark =
        source.starts_with(BYTE_ORDER_MARK).then(|| 0..BYTE_ORDER_MARK.len_utf8());
    parser.chain(nul).chain(byte_order_mark).min_by_key(|range| range.start)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(source: &str) -> Option<Range<usize>> {
        on_parser_stack(|| read(source).expect("no test nests deeply").fault)
    }

    #[test]
    fn syntax_newer_than_3_11_does_not_parse() {
        assert!(!parses("type X = int\n"));
        assert!(!parses("f'{'a' 'b'}'\n"));
        assert!(parses("match x:\n    case [1, *_]: pass\n"));
    }

    #[test]
    fn python_2_does_not_parse() {
        assert!(!parses("print 'hello'\n"));
        assert!(!parses("exec code in {}\n"));
    }

    #[test]
    fn a_return_outside_a_function_parses() {
        assert!(parses("return 1\n"));
    }

    #[test]
    fn a_nul_and_a_byte_order_mark_do_not_parse() {
        assert_eq!(fault("x = '\0'\n"), Some(5..6));
        assert_eq!(fault("\u{feff}x = 1\n"), Some(0..3));
    }

    #[test]
    fn the_fault_is_the_first_token_that_does_not_fit() {
        assert_eq!(fault("x = 1\nhere comes prose\n"), Some(11..16));
    }
}
