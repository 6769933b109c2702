//! Imports and reachable definitions of a module.
//!
//! EvalPlus walks the tree of another parser, tree-sitter, and this module answers as that walk
//! does: a definition is named by the first identifier among its *direct* parts, needs every name
//! that occurs anywhere in it, and extends over the comments at its end.

use std::collections::{HashMap, HashSet};

use ruff_python_ast::statement_visitor::{StatementVisitor, walk_stmt};
use ruff_python_ast::token::TokenKind;
use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::{Ranged, TextRange};

use crate::syntax::{self, Module};

/// The imports of `source`, then the definitions that `entry_point` reaches, each on its own lines.
///
/// Empty where `source` is no Python or has neither.
pub(super) fn needed_by(entry_point: Option<&str>, source: &str) -> String {
    // Text that is not Python is a single line, and tree-sitter does not mind its indentation.
    let source = source.trim_start_matches([' ', '\t']);
    let Some(module) = syntax::parse(source) else { return String::new() };
    let imports = module.suite().iter().filter(|statement| is_kept_import(statement));
    let imports = imports.map(|statement| &source[statement.range()]);

    let definitions = definitions(source, &module);
    let reachable = entry_point.map(|name| reachable_from(name, &definitions));
    let is_needed = |definition: &&Definition<'_>| match (&reachable, definition.name) {
        (None, _) => true,
        (Some(reachable), Some(name)) => reachable.contains(name),
        (Some(_), None) => false,
    };
    let definitions = definitions.iter().filter(is_needed).map(|definition| definition.text);
    imports.chain(definitions).collect::<Vec<_>>().join("\n")
}

/// A function, class or variable at the top level.
struct Definition<'s> {
    /// A target such as `a.b` or `a, b` has none.
    name: Option<&'s str>,
    text: &'s str,
    /// Every name in it.
    needs: HashSet<&'s str>,
}

/// The definitions that count, in order: of each name the first.
fn definitions<'s>(source: &'s str, module: &'s Module) -> Vec<Definition<'s>> {
    let mut seen = HashSet::new();
    let mut definitions = Vec::new();
    for statement in module.suite() {
        let Some((name, end)) = defined(source, statement) else { continue };
        if seen.insert(name) {
            let range = statement.range();
            let text = &source[range.start().to_usize()..end];
            definitions.push(Definition { name, text, needs: names_in(source, module, range) });
        }
    }
    definitions
}

/// The name that `statement` defines and where its text ends, if it is a definition that counts.
fn defined<'s>(source: &'s str, statement: &'s Stmt) -> Option<(Option<&'s str>, usize)> {
    match statement {
        Stmt::ClassDef(class) if class.decorator_list.is_empty() => {
            Some((Some(&source[class.name.range]), block_end(source, &class.body)))
        }
        Stmt::FunctionDef(function)
            if function.decorator_list.is_empty() && returns(&function.body) =>
        {
            Some((Some(&source[function.name.range]), block_end(source, &function.body)))
        }
        Stmt::Assign(assign) => {
            let value = (assign.targets.len() == 1).then_some(&*assign.value);
            let name = assigned_name(source, statement, assign.targets.first(), value);
            Some((name, statement.end().to_usize()))
        }
        Stmt::AnnAssign(assign) => {
            let name =
                assigned_name(source, statement, Some(&assign.target), assign.value.as_deref());
            Some((name, statement.end().to_usize()))
        }
        _ => None,
    }
}

/// The first plain name among the two sides of an assignment: `a.b = c` counts as defining `c`.
fn assigned_name<'s>(
    source: &'s str,
    statement: &Stmt,
    target: Option<&Expr>,
    value: Option<&Expr>,
) -> Option<&'s str> {
    // A name in parentheses is not a direct part, and then the statement does not start or end with it.
    let target = target.filter(|target| target.start() == statement.start());
    let value = value.filter(|value| value.end() == statement.end());
    let name = [target, value].into_iter().flatten().find_map(Expr::as_name_expr)?;
    Some(&source[name.range])
}

fn is_kept_import(statement: &Stmt) -> bool {
    match statement {
        Stmt::Import(_) => true,
        // tree-sitter has a node of its own for `from __future__`, which EvalPlus does not list.
        Stmt::ImportFrom(import) => import.module.as_deref() != Some("__future__"),
        _ => false,
    }
}

/// Whether a `return` stands anywhere in `body`, nested functions included.
fn returns(body: &[Stmt]) -> bool {
    struct Finder(bool);
    impl StatementVisitor<'_> for Finder {
        fn visit_stmt(&mut self, statement: &Stmt) {
            self.0 |= statement.is_return_stmt();
            if !self.0 {
                walk_stmt(self, statement);
            }
        }
    }
    let mut finder = Finder(false);
    finder.visit_body(body);
    finder.0
}

fn names_in<'s>(source: &'s str, module: &Module, range: TextRange) -> HashSet<&'s str> {
    let tokens = module.tokens().in_range(range).iter();
    let names = tokens.filter(|token| token.kind() == TokenKind::Name);
    names.map(|token| &source[token.range()]).collect()
}

fn reachable_from<'s>(entry_point: &'s str, definitions: &[Definition<'s>]) -> HashSet<&'s str> {
    let named = definitions.iter().filter_map(|definition| Some((definition.name?, definition)));
    let by_name: HashMap<_, _> = named.collect();
    let mut reachable = HashSet::from([entry_point]);
    let mut waiting = vec![entry_point];
    while let Some(name) = waiting.pop() {
        let Some(definition) = by_name.get(name) else { continue };
        waiting.extend(definition.needs.iter().filter(|need| reachable.insert(need)));
    }
    reachable
}

/// Where a block ends: after its last statement and the comments that belong to it.
///
/// A comment belongs to a block if it ends the last line, or follows at the block's indentation or
/// deeper.
fn block_end(source: &str, body: &[Stmt]) -> usize {
    let (Some(first), Some(last)) = (body.first(), body.last()) else { return 0 };
    let mut end = last.end().to_usize();
    let mut lines = source[end..].split_inclusive('\n');
    let mut offset = end;
    if let Some(rest) = lines.next() {
        end += length_of_tail(rest);
        offset += rest.len();
    }
    let Some(indentation) = indentation_of(source, first) else { return end };
    for line in lines {
        let text = line.trim();
        if !text.is_empty() {
            if !text.starts_with('#') || width(line) < indentation {
                break;
            }
            end = offset + line.trim_end().len();
        }
        offset += line.len();
    }
    end
}

/// How much of the rest of a line, after a statement, still belongs to it: `;` and a comment.
fn length_of_tail(rest: &str) -> usize {
    let text = rest.trim_end();
    let after_semicolon = text.trim_start().trim_start_matches(';').trim_start();
    match after_semicolon.is_empty() || after_semicolon.starts_with('#') {
        true => text.len(),
        false => 0,
    }
}

/// The width of the indentation before `statement`, if it starts its line.
fn indentation_of(source: &str, statement: &Stmt) -> Option<usize> {
    let before = &source[..statement.start().to_usize()];
    let line = &before[before.rfind('\n').map_or(0, |newline| newline + 1)..];
    line.trim().is_empty().then(|| width(line))
}

fn width(line: &str) -> usize {
    let indentation = line.chars().take_while(|character| matches!(character, ' ' | '\t'));
    indentation.map(|character| if character == '\t' { 8 } else { 1 }).sum()
}
